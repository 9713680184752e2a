import FaninKernelTable

/// The function a dense layer applies to its outputs.
public enum Activation: Int32, CaseIterable, Sendable {
  case linear = 0
  case relu = 1
  case softmax = 2
  case tanh = 3
  case sigmoid = 4

  /// Whether an output depends on one input only, and not on all of its row.
  var isElementwise: Bool { self != .softmax }

  /// Replaces products x W by activations y of z = x W + bias.
  ///
  /// relu max(z, 0); softmax exp(zᵢ) / Σ exp(zⱼ) over a row, of which z has all columns; tanh;
  /// sigmoid 1 / (1 + exp(−z)).
  func apply<T: Scalar>(
    _ z: KernelMatrix<T>, bias: UnsafePointer<T>?, _ kernels: DenseKernelTable<T>
  ) {
    if bias != nil || self == .relu { kernels.addBias(z, bias, self == .relu) }
    switch self {
    case .linear, .relu: break
    case .softmax:
      withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * z.rows) { sums in
        guard let sums = sums.baseAddress else { return }
        kernels.softmax(z.base, z.base, z.rows, z.columns, sums, sums + z.rows)
      }
    case .tanh: z.transform { $0 = T.hyperbolicTangent($0) }
    case .sigmoid: z.transform { $0 = logistic($0) }
    }
  }

  /// Replaces the gradients dL/dy of activations y, whose rows are as far apart, by those of the pre-activations, dL/dz.
  ///
  /// Each derivative is a function of y: relu [y > 0]; tanh 1 − y²; sigmoid y (1 − y); softmax yᵢ (gᵢ − Σ gⱼ yⱼ).
  func differentiate<T: Scalar>(
    _ gradient: KernelMatrix<T>, outputs y: UnsafePointer<T>, _ kernels: DenseKernelTable<T>
  ) {
    switch self {
    case .linear: return
    case .relu: return kernels.reluGradient(gradient, y)
    case .tanh, .sigmoid, .softmax: break
    }
    for row in 0..<gradient.rows {
      let g = gradient.base + row * gradient.stride
      let y = y + row * gradient.stride
      let columns = 0..<gradient.columns
      switch self {
      case .linear, .relu: break
      case .tanh: for i in columns { g[i] *= 1 - y[i] * y[i] }
      case .sigmoid: for i in columns { g[i] *= y[i] * (1 - y[i]) }
      case .softmax:
        var mean: T = 0
        for i in columns { mean += g[i] * y[i] }
        for i in columns { g[i] = y[i] * (g[i] - mean) }
      }
    }
  }
}

extension KernelMatrix {
  fileprivate func transform(_ body: (inout T) -> Void) {
    for row in 0..<rows {
      for i in 0..<columns { body(&base[row * stride + i]) }
    }
  }
}

/// 1 / (1 + exp(−z)), without overflow on either side.
private func logistic<T: Scalar>(_ z: T) -> T {
  if z >= 0 { return 1 / (1 + T.exponential(-z)) }
  let e = T.exponential(z)
  return e / (1 + e)
}
