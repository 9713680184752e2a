import FaninKernelTable

extension Optimizer.Muon {
  /// A step of a matrix: m += g + (μ − 1) m, then along an orthogonal matrix near m, or near g + μ m (Nesterov).
  func apply<T: Scalar>(to values: KernelUpdate<T>, rows: Int, columns: Int, rate: T) {
    accumulate(values)
    // X has no more rows than columns.
    let x = values.gradient
    let stride = values.slotStride
    let a = values.slots + stride
    let b = a + stride
    let next = b + stride
    let isTall = rows > columns
    let (m, n) = isTall ? (columns, rows) : (rows, columns)
    if isTall {
      transpose(x, rows: rows, columns: columns, into: next)
      x.update(from: next, count: values.count)
    }
    scale(x, by: 1 / (norm(x, values.count) + 1e-7), values.count)
    let square = { (base: UnsafeMutablePointer<T>) in KernelMatrix(base, stride: m, rows: m, columns: m) }
    for _ in 0..<steps {
      T.multiply(Operand(x, stride: n), Operand(x, stride: n, transposed: true), into: square(a), k: n)
      T.multiply(Operand(a, stride: m), Operand(a, stride: m), into: square(b), k: m)
      combine(b, T(c), a, T(self.b), m * m)
      T.multiply(
        Operand(b, stride: m), Operand(x, stride: n), into: KernelMatrix(next, stride: n, rows: m, columns: n), k: m)
      combine(x, T(self.a), next, 1, values.count)
    }
    var factor = rate
    if let rmsRate { factor *= T(n).squareRoot() * T(rmsRate) }
    if isTall {
      transpose(x, rows: m, columns: n, into: next)
      subtract(next, factor, from: values.parameters, values.count)
    } else {
      subtract(x, factor, from: values.parameters, values.count)
    }
  }

  /// The momentum, and in place of the gradient what is made orthogonal.
  @specialized(where T == Float)
  @specialized(where T == Double)
  private func accumulate<T: Scalar>(_ values: KernelUpdate<T>) {
    let g = values.gradient
    let m = values.slots
    let c = T(momentum - 1)
    let mu = T(momentum)
    for i in 0..<values.count {
      m[i] += g[i] + m[i] * c
      g[i] = nesterov ? g[i] + mu * m[i] : m[i]
    }
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
private func transpose<T: Scalar>(
  _ x: UnsafeMutablePointer<T>, rows: Int, columns: Int, into y: UnsafeMutablePointer<T>
) {
  for row in 0..<rows {
    for column in 0..<columns { y[column * rows + row] = x[row * columns + column] }
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
private func scale<T: Scalar>(_ x: UnsafeMutablePointer<T>, by factor: T, _ count: Int) {
  for i in 0..<count { x[i] *= factor }
}

/// x = a x + b y.
@specialized(where T == Float)
@specialized(where T == Double)
private func combine<T: Scalar>(
  _ x: UnsafeMutablePointer<T>, _ a: T, _ y: UnsafeMutablePointer<T>, _ b: T, _ count: Int
) {
  for i in 0..<count { x[i] = a * x[i] + b * y[i] }
}

@specialized(where T == Float)
@specialized(where T == Double)
private func subtract<T: Scalar>(
  _ x: UnsafeMutablePointer<T>, _ factor: T, from w: UnsafeMutablePointer<T>, _ count: Int
) {
  for i in 0..<count { w[i] -= factor * x[i] }
}
