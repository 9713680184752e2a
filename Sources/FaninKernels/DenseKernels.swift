import FaninKernelTable

func denseKernels<T: DenseNumber>(_: T.Type) -> DenseKernelTable<T> {
  DenseKernelTable(
    addBias: { addBias($0, $1, relu: $2) }, reluGradient: { reluGradient($0, $1) },
    columnSums: { columnSums($0, $1) }, softmax: { softmax($0, $1, $2, $3, $4, $5) },
    update: { update($0, $1) })
}

@inline(__always)
private func addBias<T: DenseNumber>(_ z: KernelMatrix<T>, _ b: UnsafePointer<T>?, relu: Bool) {
  for row in 0..<z.rows {
    let values = z.base + row &* z.stride
    switch (b, relu) {
    case (let b?, true): for i in 0..<z.columns { values[i] = T.relu(values[i] + b[i]) }
    case (let b?, false): for i in 0..<z.columns { values[i] += b[i] }
    case (nil, true): for i in 0..<z.columns { values[i] = T.relu(values[i]) }
    case (nil, false): break
    }
  }
}

@inline(__always)
private func reluGradient<T: DenseNumber>(_ g: KernelMatrix<T>, _ y: UnsafePointer<T>) {
  for row in 0..<g.rows {
    let start = row &* g.stride
    for i in start..<start &+ g.columns { g.base[i] = T.value(g.base[i], ifPositive: y[i]) }
  }
}

@inline(__always)
private func columnSums<T: DenseNumber>(_ values: KernelMatrix<T>, _ sums: UnsafeMutablePointer<T>) {
  let count = values.columns
  for i in 0..<count { sums[i] = 0 }
  for row in 0..<values.rows {
    let values = UnsafePointer(values.base + row &* values.stride)
    for i in 0..<count { sums[i] += values[i] }
  }
}

/// The exponentials are one loop over all rows: those of many networks are shorter than a vector or two.
@inline(__always)
private func softmax<T: DenseNumber>(
  _ z: UnsafePointer<T>, _ p: UnsafeMutablePointer<T>, _ rows: Int, _ columns: Int,
  _ largest: UnsafeMutablePointer<T>, _ sums: UnsafeMutablePointer<T>
) {
  for row in 0..<rows {
    let start = row &* columns
    let top = T.largest(z + start, columns)
    largest[row] = top
    for i in start..<start &+ columns { p[i] = z[i] - top }
  }
  for i in 0..<rows &* columns { p[i] = T.exponential(ofNegative: p[i]) }
  for row in 0..<rows {
    let values = p + row &* columns
    let sum = T.sum(values, columns)
    sums[row] = sum
    let inverse = 1 / sum
    for i in 0..<columns { values[i] *= inverse }
  }
}
