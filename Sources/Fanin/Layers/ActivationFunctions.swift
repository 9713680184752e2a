import FaninKernelTable

extension Activation {
  /// y from x; y may be x unless the function halves the columns.
  ///
  /// Of functions of a row, x has all columns. At the edges of their pieces functions have the derivatives that
  /// TensorFlow gives them.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func forward<T: Scalar>(_ x: KernelMatrix<T>, into y: KernelMatrix<T>) {
    let a = T(constants.x)
    let b = T(constants.y)
    let c = T(constants.z)
    switch kind {
    case .linear: x.map(into: y) { $0 }
    case .relu: x.map(into: y) { rectified($0, slope: a, largest: b, threshold: c) }
    case .softmax: x.eachRow(with: y, shares)
    case .tanh: x.map(into: y) { T.hyperbolicTangent($0) }
    case .sigmoid: x.map(into: y) { logistic($0) }
    case .celu: x.map(into: y) { max($0, 0) + a * T.exponentialMinusOne(min($0, 0) / a) }
    case .elu: x.map(into: y) { $0 > 0 ? $0 : a * T.exponentialMinusOne($0) }
    case .exponential: x.map(into: y) { T.exponential($0) }
    case .gelu:
      if a == 0 {
        x.map(into: y) { $0 * normalShare($0) }
      } else {
        x.map(into: y) { 0.5 * $0 * (1 + T.hyperbolicTangent(geluAngle($0))) }
      }
    case .glu:
      for row in 0..<y.rows {
        let x = x.base + row * x.stride
        let y0 = y.base + row * y.stride
        for i in 0..<y.columns { y0[i] = x[i] * logistic(x[y.columns + i]) }
      }
    case .hardShrink: x.map(into: y) { abs($0) > a ? $0 : 0 }
    case .hardSigmoid: x.map(into: y) { min(max($0 + 3, 0), 6) / 6 }
    case .hardSilu: x.map(into: y) { $0 * (min(max($0 + 3, 0), 6) / 6) }
    case .hardTanh: x.map(into: y) { min(max($0, -1), 1) }
    case .leakyRelu: x.map(into: y) { $0 > 0 ? $0 : a * $0 }
    case .logSigmoid: x.map(into: y) { -softPositive(-$0) }
    case .logSoftmax: x.eachRow(with: y, logShares)
    case .mish: x.map(into: y) { $0 * T.hyperbolicTangent(softPositive($0)) }
    case .relu6: x.map(into: y) { min(max($0, 0), 6) }
    case .selu: x.map(into: y) { $0 > 0 ? T(seluScale) * $0 : T(seluScaleAlpha) * T.exponentialMinusOne($0) }
    case .silu: x.map(into: y) { $0 * logistic($0) }
    case .softShrink: x.map(into: y) { $0 > a ? $0 - a : $0 < -a ? $0 + a : 0 }
    case .softplus: x.map(into: y) { softPositive($0) }
    case .softsign: x.map(into: y) { $0 / (1 + abs($0)) }
    case .sparsePlus: x.map(into: y) { $0 <= -1 ? 0 : $0 < 1 ? 0.25 * ($0 + 1) * ($0 + 1) : $0 }
    case .sparseSigmoid: x.map(into: y) { $0 <= -1 ? 0 : $0 >= 1 ? 1 : 0.5 * ($0 + 1) }
    case .sparsemax:
      withUnsafeTemporaryAllocation(of: Int.self, capacity: x.columns) { order in
        x.eachRow(with: y) { x, y, count in
          let (threshold, _) = sparseThreshold(x, count, order)
          for i in 0..<count { y[i] = max(x[i] - threshold, 0) }
        }
      }
    case .squareplus: x.map(into: y) { ($0 + ($0 * $0 + a).squareRoot()) / 2 }
    case .tanhShrink: x.map(into: y) { $0 - T.hyperbolicTangent($0) }
    case .threshold: x.map(into: y) { $0 > a ? $0 : b }
    }
  }

  /// dL/dx from dL/dy; dx may be dy unless the function halves the columns. x is not read if
  /// `isFunctionOfOutput`, y only then and for functions of a row.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func backward<T: Scalar>(
    _ dy: KernelMatrix<T>, x: KernelMatrix<T>, y: KernelMatrix<T>, into dx: KernelMatrix<T>
  ) {
    let a = T(constants.x)
    let b = T(constants.y)
    let c = T(constants.z)
    switch kind {
    case .linear: dy.scale(by: x, into: dx) { _ in 1 }
    case .relu:
      if isFunctionOfOutput {
        dy.scale(by: y, into: dx) { $0 > 0 ? 1 : 0 }
      } else {
        dy.scale(by: x, into: dx) { reluSlope($0, slope: a, largest: b, threshold: c) }
      }
    case .softmax:
      dy.eachRow(y, dx) { dy, y, dx, count in
        var mean: T = 0
        for i in 0..<count { mean += dy[i] * y[i] }
        for i in 0..<count { dx[i] = y[i] * (dy[i] - mean) }
      }
    case .tanh: dy.scale(by: y, into: dx) { 1 - $0 * $0 }
    case .sigmoid: dy.scale(by: y, into: dx) { $0 * (1 - $0) }
    // At 0 both halves count, as TensorFlow has it.
    case .celu: dy.scale(by: x, into: dx) { ($0 >= 0 ? 1 : 0) + ($0 <= 0 ? T.exponential($0 / a) : 0) }
    case .elu: dy.scale(by: x, into: dx) { $0 >= 0 ? (($0 > 0 || a == 1) ? 1 : a) : a * T.exponential($0) }
    case .exponential: dy.scale(by: x, into: dx) { T.exponential($0) }
    case .gelu:
      if a == 0 {
        dy.scale(by: x, into: dx) { normalShare($0) + $0 * T.exponential(-0.5 * $0 * $0) * T(0.3989422804014327) }
      } else {
        dy.scale(by: x, into: dx) { x in
          let t = T.hyperbolicTangent(geluAngle(x))
          let slope = T(0.7978845608028654) * (1 + 3 * T(0.044715) * x * x)
          return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope
        }
      }
    case .glu:
      for row in 0..<dy.rows {
        let half = dy.columns
        let g = dy.base + row * dy.stride
        let x = x.base + row * x.stride
        let dx = dx.base + row * dx.stride
        for i in 0..<half {
          let gate = logistic(x[half + i])
          dx[half + i] = g[i] * x[i] * gate * (1 - gate)
          dx[i] = g[i] * gate
        }
      }
    case .hardShrink, .softShrink: dy.scale(by: x, into: dx) { abs($0) > a ? 1 : 0 }
    case .hardSigmoid: dy.scale(by: x, into: dx) { $0 > -3 && $0 < 3 ? 1 / 6 : 0 }
    case .hardSilu:
      dy.scale(by: x, into: dx) { $0 > -3 && $0 < 3 ? ($0 + 3) / 6 + $0 / 6 : $0 >= 3 ? 1 : 0 }
    case .hardTanh: dy.scale(by: x, into: dx) { $0 >= -1 && $0 <= 1 ? 1 : 0 }
    case .leakyRelu: dy.scale(by: x, into: dx) { $0 > 0 ? 1 : a }
    case .logSigmoid: dy.scale(by: x, into: dx) { logistic(-$0) }
    case .logSoftmax:
      dy.eachRow(y, dx) { dy, y, dx, count in
        var sum: T = 0
        for i in 0..<count { sum += dy[i] }
        for i in 0..<count { dx[i] = dy[i] - T.exponential(y[i]) * sum }
      }
    case .mish:
      dy.scale(by: x, into: dx) { x in
        let t = T.hyperbolicTangent(softPositive(x))
        return t + x * (1 - t * t) * logistic(x)
      }
    case .relu6: dy.scale(by: x, into: dx) { $0 > 0 && $0 < 6 ? 1 : 0 }
    case .selu:
      dy.scale(by: x, into: dx) { $0 >= 0 ? T(seluScale) : T(seluScaleAlpha) * T.exponential($0) }
    case .silu:
      dy.scale(by: x, into: dx) { x in
        let s = logistic(x)
        return s * (1 + x * (1 - s))
      }
    case .softplus: dy.scale(by: x, into: dx) { logistic($0) }
    case .softsign: dy.scale(by: x, into: dx) { 1 / ((1 + abs($0)) * (1 + abs($0))) }
    case .sparsePlus: dy.scale(by: x, into: dx) { $0 <= -1 ? 0 : $0 < 1 ? 0.5 * ($0 + 1) : 1 }
    case .sparseSigmoid: dy.scale(by: x, into: dx) { $0 <= -1 || $0 >= 1 ? 0 : 0.5 }
    case .sparsemax: sparsemaxGradient(dy, x, into: dx)
    case .squareplus: dy.scale(by: x, into: dx) { (1 + $0 / ($0 * $0 + a).squareRoot()) / 2 }
    case .tanhShrink:
      dy.scale(by: x, into: dx) { x in
        let t = T.hyperbolicTangent(x)
        return t * t
      }
    case .threshold: dy.scale(by: x, into: dx) { $0 > a ? 1 : 0 }
    }
  }
}

extension KernelMatrix {
  /// y = f(x), value by value.
  @inline(__always)
  fileprivate func map(into y: KernelMatrix, _ f: (T) -> T) {
    for row in 0..<rows {
      let x = base + row * stride
      let y = y.base + row * y.stride
      for i in 0..<columns { y[i] = f(x[i]) }
    }
  }

  /// dx = dy f′(x), value by value, where self is dy.
  @inline(__always)
  fileprivate func scale(by x: KernelMatrix, into dx: KernelMatrix, _ slope: (T) -> T) where T: Scalar {
    for row in 0..<rows {
      let g = base + row * stride
      let x = x.base + row * x.stride
      let dx = dx.base + row * dx.stride
      for i in 0..<columns { dx[i] = g[i] * slope(x[i]) }
    }
  }

  @inline(__always)
  fileprivate func eachRow(
    with y: KernelMatrix, _ body: (UnsafeMutablePointer<T>, UnsafeMutablePointer<T>, Int) -> Void
  ) {
    for row in 0..<rows { body(base + row * stride, y.base + row * y.stride, columns) }
  }

  @inline(__always)
  fileprivate func eachRow(
    _ a: KernelMatrix, _ b: KernelMatrix,
    _ body: (UnsafeMutablePointer<T>, UnsafeMutablePointer<T>, UnsafeMutablePointer<T>, Int) -> Void
  ) {
    for row in 0..<rows { body(base + row * stride, a.base + row * a.stride, b.base + row * b.stride, columns) }
  }
}

private var seluScale: Double { 1.0507009873554805 }
private var seluScaleAlpha: Double { 1.0507009873554805 * 1.6732632423543772 }

/// 1 / (1 + exp(−z)), without overflow on either side.
@inline(__always)
func logistic<T: Scalar>(_ z: T) -> T {
  let e = T.exponential(-abs(z))
  return (z >= 0 ? 1 : e) / (1 + e)
}

/// ln(1 + exp x)
@inline(__always)
func softPositive<T: Scalar>(_ x: T) -> T { max(x, 0) + T.logarithmOnePlus(T.exponential(-abs(x))) }

/// Φ(x), the share of a standard normal below x.
@inline(__always)
private func normalShare<T: Scalar>(_ x: T) -> T { 0.5 * (1 + T.errorFunction(x * T(0.7071067811865476))) }

@inline(__always)
private func geluAngle<T: Scalar>(_ x: T) -> T { T(0.7978845608028654) * (x + T(0.044715) * x * x * x) }

/// x above the threshold, within 0 and `largest` if that is finite; slope (x − threshold) below it.
@inline(__always)
private func rectified<T: Scalar>(_ x: T, slope: T, largest: T, threshold: T) -> T {
  let value = x > threshold ? x : 0
  return (largest.isFinite ? min(max(value, 0), largest) : value) - slope * max(threshold - x, 0)
}

/// Of the cases at the edges, TensorFlow computes some by leaky_relu and by relu6.
@inline(__always)
private func reluSlope<T: Scalar>(_ x: T, slope: T, largest: T, threshold: T) -> T {
  if x > threshold {
    guard largest.isFinite else { return 1 }
    return x >= 0 && (x < largest || x == largest && (largest != 6 || threshold != 0)) ? 1 : 0
  }
  return x < threshold || threshold == 0 && !largest.isFinite ? slope : 0
}

/// exp(x − max x) / Σ
@inline(__always)
private func shares<T: Scalar>(_ x: UnsafeMutablePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int) {
  var largest = x[0]
  for i in 0..<count { largest = max(largest, x[i]) }
  var sum: T = 0
  for i in 0..<count {
    y[i] = T.exponential(x[i] - largest)
    sum += y[i]
  }
  for i in 0..<count { y[i] /= sum }
}

/// x − max x − ln Σ exp(x − max x)
@inline(__always)
private func logShares<T: Scalar>(_ x: UnsafeMutablePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int) {
  var largest = x[0]
  for i in 0..<count { largest = max(largest, x[i]) }
  var sum: T = 0
  for i in 0..<count { sum += T.exponential(x[i] - largest) }
  let logSum = T.logarithm(sum)
  for i in 0..<count { y[i] = x[i] - largest - logSum }
}

/// What sparsemax subtracts, and of how many values it is made: with the largest values s₁ ≥ s₂ ≥ … and their sums
/// cₖ = s₁ + … + sₖ those k count for which sₖ > (cₖ − 1) / k.
///
/// Keras 3.15 subtracts (c₁ + … + cₖ − 1) / k, not (cₖ − 1) / k as the paper does: see `keras.md`.
@inline(__always)
private func sparseThreshold<T: Scalar>(
  _ x: UnsafeMutablePointer<T>, _ count: Int, _ order: UnsafeMutableBufferPointer<Int>
) -> (threshold: T, support: Int) {
  for i in 0..<count { order[i] = i }
  var order = order
  order.sort { x[$0] > x[$1] || x[$0] == x[$1] && $0 < $1 }
  var sum: T = 0
  var sums: T = 0
  var support = 0
  for k in 1...max(count, 1) {
    sum += x[order[k - 1]]
    guard x[order[k - 1]] - (sum - 1) / T(k) > 0 else { break }
    sums += sum
    support = k
  }
  return ((sums - 1) / T(support), support)
}

/// Those of the `support` largest values have their share in the threshold.
private func sparsemaxGradient<T: Scalar>(_ dy: KernelMatrix<T>, _ x: KernelMatrix<T>, into dx: KernelMatrix<T>) {
  withUnsafeTemporaryAllocation(of: Int.self, capacity: x.columns) { order in
    dy.eachRow(x, dx) { dy, x, dx, count in
      let (threshold, support) = sparseThreshold(x, count, order)
      var sum: T = 0
      for i in 0..<count {
        dx[i] = x[i] >= threshold ? dy[i] : 0
        sum += dx[i]
      }
      for k in 0..<support { dx[order[k]] -= sum * T(support - k) / T(support) }
    }
  }
}
