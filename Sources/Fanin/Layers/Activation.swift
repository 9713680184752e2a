/// The function a dense layer applies to its outputs.
public enum Activation: Int32, CaseIterable, Sendable {
  case linear = 0
  case relu = 1
  case softmax = 2
  case tanh = 3
  case sigmoid = 4

  /// Replaces `rows` × `units` pre-activations z by the activations y.
  ///
  /// relu max(z, 0); softmax exp(zᵢ) / Σ exp(zⱼ) over a row; tanh; sigmoid 1 / (1 + exp(−z)).
  func apply<T: Scalar>(_ z: UnsafeMutablePointer<T>, rows: Int, units: Int) {
    let count = rows * units
    switch self {
    case .linear: break
    case .relu: for i in 0..<count { z[i] = T.relu(z[i]) }
    case .softmax: for row in 0..<rows { _ = softmaxRow(z + row * units, z + row * units, units) }
    case .tanh: for i in 0..<count { z[i] = T.hyperbolicTangent(z[i]) }
    case .sigmoid: for i in 0..<count { z[i] = logistic(z[i]) }
    }
  }

  /// Replaces the gradients dL/dy of `rows` × `units` activations y by those of the pre-activations, dL/dz.
  ///
  /// Each derivative is a function of y: relu [y > 0]; tanh 1 − y²; sigmoid y (1 − y); softmax yᵢ (gᵢ − Σ gⱼ yⱼ).
  func differentiate<T: Scalar>(
    _ gradient: UnsafeMutablePointer<T>, outputs y: UnsafePointer<T>, rows: Int, units: Int
  ) {
    let count = rows * units
    switch self {
    case .linear: break
    case .relu: for i in 0..<count { gradient[i] = T.value(gradient[i], ifPositive: y[i]) }
    case .tanh: for i in 0..<count { gradient[i] *= 1 - y[i] * y[i] }
    case .sigmoid: for i in 0..<count { gradient[i] *= y[i] * (1 - y[i]) }
    case .softmax:
      for row in 0..<rows {
        let g = gradient + row * units
        let p = y + row * units
        var mean: T = 0
        for i in 0..<units { mean += g[i] * p[i] }
        for i in 0..<units { g[i] = p[i] * (g[i] - mean) }
      }
    }
  }
}

/// Writes softmax(z) to `p`, which may be `z`, and returns ln Σ exp(zᵢ); no exponent is above 0.
func softmaxRow<T: Scalar>(
  _ z: UnsafePointer<T>, _ p: UnsafeMutablePointer<T>, _ units: Int
) -> T {
  var largest = z[0]
  for i in 1..<max(1, units) where z[i] > largest { largest = z[i] }
  var sum: T = 0
  for i in 0..<units {
    p[i] = T.exponential(z[i] - largest)
    sum += p[i]
  }
  for i in 0..<units { p[i] /= sum }
  return largest + T.logarithm(sum)
}

/// 1 / (1 + exp(−z)), without overflow on either side.
private func logistic<T: Scalar>(_ z: T) -> T {
  if z >= 0 { return 1 / (1 + T.exponential(-z)) }
  let e = T.exponential(z)
  return e / (1 + e)
}
