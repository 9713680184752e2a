import FaninKernelTable

struct AdafactorNumbers<T: Scalar> {
  let beta2: T
  let epsilon1: T
  let epsilon2: T
  let clipThreshold: T
  let rate: T
}

/// A step of a variable; the slots are the means of g² over the last axis, those over the last but one, and v.
@specialized(where T == Float)
@specialized(where T == Double)
func adafactor<T: Scalar>(_ values: KernelUpdate<T>, shape: [Int], _ numbers: AdafactorNumbers<T>) {
  let g = values.gradient
  let w = values.parameters
  let v = values.slots + 2 * values.slotStride
  let count = values.count
  let beta2 = numbers.beta2
  let c2 = 1 - beta2
  @inline(__always)
  func square(_ i: Int) -> T {
    if let powers = values.powers { return powers[i] }
    return g[i] * g[i]
  }
  if shape.count < 2 {
    for i in 0..<count { v[i] = beta2 * v[i] + c2 * (square(i) + numbers.epsilon1) }
  } else {
    let columns = shape[shape.count - 1]
    let rows = shape[shape.count - 2]
    for matrix in 0..<count / (rows * columns) {
      let first = matrix * rows * columns
      let v = v + first
      let byRow = values.slots + matrix * rows
      let byColumn = values.slots + values.slotStride + matrix * columns
      // The new means; those over rows are summed up in v's first row.
      for j in 0..<columns { v[j] = 0 }
      var total: T = 0
      for i in 0..<rows {
        var sum: T = 0
        for j in 0..<columns {
          let square = square(first + i * columns + j) + numbers.epsilon1
          sum += square
          v[j] += square
        }
        byRow[i] = beta2 * byRow[i] + c2 * (sum / T(columns))
        total += byRow[i]
      }
      for j in 0..<columns { byColumn[j] = beta2 * byColumn[j] + c2 * (v[j] / T(rows)) }
      let mean = total / T(rows)
      for i in 0..<rows {
        for j in 0..<columns { v[i * columns + j] = byRow[i] / mean * byColumn[j] }
      }
    }
  }
  let size = (T(sumOfSquares(w, count)) / T(count)).squareRoot()
  for i in 0..<count { g[i] /= v[i].squareRoot() }
  var directions = sumOfSquares(g, count)
  if let powers = values.powers {
    for i in 0..<count { powers[i] /= v[i] }
    directions = sumOfMagnitudes(powers, count)
  }
  let direction = (T(directions) / T(count)).squareRoot()
  let rate = max(numbers.epsilon2, size) * numbers.rate
  let divisor = max(1, direction / numbers.clipThreshold)
  for i in 0..<count { w[i] -= rate * (g[i] / divisor) }
}
