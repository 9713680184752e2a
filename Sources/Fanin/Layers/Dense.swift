/// y = activation(x W + b): kernel W (inputs × units), bias b (units).
public struct Dense: Sendable {
  public var units: Int
  public var activation: Activation
  public var useBias: Bool
  public var kernelInitializer: any Initializer
  public var biasInitializer: any Initializer

  public init(
    _ units: Int, activation: Activation = .linear, useBias: Bool = true,
    kernelInitializer: any Initializer = .glorotUniform, biasInitializer: any Initializer = .zeros
  ) {
    self.units = units
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
  }
}

/// A dense layer at its place in a network: its sizes, and where its parameters lie in the network's buffers.
struct PlacedDense: Sendable {
  let inputs: Int
  let units: Int
  let activation: Activation
  let kernel: Int
  /// nil without a bias.
  let bias: Int?

  /// z = x W + b for `rows` rows; the activation is not applied.
  func forward<T: Scalar>(
    _ x: UnsafePointer<T>, rows: Int, parameters: UnsafePointer<T>, into z: UnsafeMutablePointer<T>
  ) {
    T.multiply(
      x, transposed: false, parameters + kernel, transposed: false, into: z, m: rows, n: units, k: inputs)
    guard let bias else { return }
    let b = parameters + bias
    for row in 0..<rows {
      let zRow = z + row * units
      for i in 0..<units { zRow[i] += b[i] }
    }
  }

  /// dL/dW = xᵀ dL/dz, dL/db = Σ rows dL/dz, dL/dx = dL/dz Wᵀ (where `inputGradient` asks for it).
  func backward<T: Scalar>(
    _ x: UnsafePointer<T>, gradient dz: UnsafePointer<T>, rows: Int, parameters: UnsafePointer<T>,
    gradients: UnsafeMutablePointer<T>, inputGradient: UnsafeMutablePointer<T>?
  ) {
    T.multiply(
      x, transposed: true, dz, transposed: false, into: gradients + kernel, m: inputs, n: units, k: rows)
    if let bias {
      let db = gradients + bias
      for i in 0..<units { db[i] = 0 }
      for row in 0..<rows {
        let dzRow = dz + row * units
        for i in 0..<units { db[i] += dzRow[i] }
      }
    }
    if let inputGradient {
      T.multiply(
        dz, transposed: false, parameters + kernel, transposed: true, into: inputGradient, m: rows,
        n: inputs, k: units)
    }
  }
}
