/// ‖x‖ of `count` values.
func norm<T: Scalar>(_ values: UnsafeMutablePointer<T>, _ count: Int) -> T {
  T(sumOfSquares(values, count).squareRoot())
}

/// Σ x², in eight interleaved sums for each 1024 values, which are added up in double.
@specialized(where T == Float)
@specialized(where T == Double)
func sumOfSquares<T: Scalar>(_ values: UnsafePointer<T>, _ count: Int) -> Double {
  var sum = 0.0
  var first = 0
  while first < count {
    let end = min(first + 1024, count)
    var (a, b, c, d) = (T(0), T(0), T(0), T(0))
    var (e, f, g, h) = (T(0), T(0), T(0), T(0))
    var i = first
    while i + 8 <= end {
      a += values[i] * values[i]
      b += values[i + 1] * values[i + 1]
      c += values[i + 2] * values[i + 2]
      d += values[i + 3] * values[i + 3]
      e += values[i + 4] * values[i + 4]
      f += values[i + 5] * values[i + 5]
      g += values[i + 6] * values[i + 6]
      h += values[i + 7] * values[i + 7]
      i += 8
    }
    while i < end {
      a += values[i] * values[i]
      i += 1
    }
    sum += Double(((a + b) + (c + d)) + ((e + f) + (g + h)))
    first = end
  }
  return sum
}

/// Σ |x|.
@specialized(where T == Float)
@specialized(where T == Double)
func sumOfMagnitudes<T: Scalar>(_ values: UnsafePointer<T>, _ count: Int) -> Double {
  var sum = 0.0
  for i in 0..<count { sum += Double(abs(values[i])) }
  return sum
}
