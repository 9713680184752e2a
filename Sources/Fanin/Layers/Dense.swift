import FaninKernelTable

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
  /// The outputs of all layers before it.
  let outputsBefore: Int

  var kernelCount: Int { inputs * units }

  /// z = x W for some columns of W and z; neither bias nor activation is applied.
  func forward<T: Scalar>(
    _ x: UnsafePointer<T>, rows: Int, columns: Range<Int>, parameters: UnsafePointer<T>,
    into z: UnsafeMutablePointer<T>
  ) -> KernelMatrix<T> {
    let z = KernelMatrix(z + columns.lowerBound, stride: units, rows: rows, columns: columns.count)
    T.multiply(
      Operand(x, stride: inputs), Operand(parameters + kernel + columns.lowerBound, stride: units), into: z,
      k: inputs)
    return z
  }

  /// dL/dx = dL/dz Wᵀ for some columns of x.
  func inputGradient<T: Scalar>(
    _ dz: UnsafePointer<T>, rows: Int, columns: Range<Int>, parameters: UnsafePointer<T>,
    into dx: UnsafeMutablePointer<T>
  ) -> KernelMatrix<T> {
    let dx = KernelMatrix(dx + columns.lowerBound, stride: inputs, rows: rows, columns: columns.count)
    T.multiply(
      Operand(dz, stride: units),
      Operand(parameters + kernel + columns.lowerBound * units, stride: units, transposed: true), into: dx,
      k: units)
    return dx
  }

  /// dL/dW = xᵀ dL/dz for some rows of W, without gaps.
  func kernelGradient<T: Scalar>(
    _ x: UnsafePointer<T>, _ dz: UnsafePointer<T>, rows: Int, kernelRows: Range<Int>,
    into dw: UnsafeMutablePointer<T>
  ) {
    T.multiply(
      Operand(x + kernelRows.lowerBound, stride: inputs, transposed: true), Operand(dz, stride: units),
      into: KernelMatrix(dw, stride: units, rows: kernelRows.count, columns: units), k: rows)
  }
}
