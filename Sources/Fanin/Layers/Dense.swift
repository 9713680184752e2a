import FaninKernelTable

/// y = activation(x W + b) along the last axis of x: kernel W (inputs × units), bias b (units).
public struct Dense: Layer {
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

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    guard (1..<(1 << 31)).contains(units) else {
      throw .invalidValue("`units` must be between 1 and 2**31 - 1. Received: units=\(units)")
    }
    guard !inputShape.isEmpty else {
      throw .invalidValue("Dense takes samples of at least one axis. Received: none")
    }
    guard activation.outputCount(units) == units else {
      throw .notImplemented("Dense can't halve its units by \(activation.kind); put an activation layer after it")
    }
    return inputShape.dropLast() + [units]
  }

  public func variables(inputShape: [Int]) -> [Variable] {
    let kernel = Variable([inputShape[inputShape.count - 1], units], kernelInitializer)
    return useBias ? [kernel, Variable([units], biasInitializer)] : [kernel]
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    DenseStage(
      positions: place.outputs / units, features: place.inputs / (place.outputs / units), units: units,
      activation: activation, kernel: place.variables[0].offset, bias: useBias ? place.variables[1].offset : nil)
  }
}

/// A dense layer, for each of the positions of a sample.
///
/// Activations whose derivative is a function of y are applied where z = x W lay; of the others, z is kept.
final class DenseStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let positions: Int
  private let features: Int
  private let units: Int
  private let activation: Activation
  private let kernel: Int
  /// nil without a bias.
  private let bias: Int?
  private let keepsInputs: Bool

  init(positions: Int, features: Int, units: Int, activation: Activation, kernel: Int, bias: Int?) {
    self.positions = positions
    self.features = features
    self.units = units
    self.activation = activation
    self.kernel = kernel
    self.bias = bias
    keepsInputs = !activation.isFunctionOfOutput
    let end = kernel + features * units
    super.init(
      inputs: positions * features, outputs: positions * units,
      parameters: kernel..<(bias == nil ? end : end + units))
  }

  override var kept: Int { keepsInputs ? outputs : 0 }
  override var work: Double { Double(positions) * Double(features) * Double(units) }
  override var lastActivation: Activation? { activation }
  override var settlesByElement: Bool { activation.isElementwise && positions == 1 }

  /// Small products by rows, so that what follows finds their results in the cache.
  private var isSmall: Bool { features * units <= 1 << 17 || positions > 1 }

  override func forwardParts(training: Bool) -> [Range<Int>]? {
    isSmall || !activation.isElementwise ? nil : pieces(of: units, 256)
  }

  override func backwardParts(byElement: Bool) -> [Range<Int>]? {
    isSmall || !byElement ? nil : pieces(of: features, 512)
  }

  override func gradientParts(batchRows: Int) -> [Range<Int>] {
    let row = units * batchRows * positions
    return pieces(of: features, row <= 1_000_000 / 32 ? 32 : max(16, min(256, (1 << 18) / units)))
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let columns = part ?? 0..<units
    let start = rows.lowerBound * outputs + columns.lowerBound
    let count = rows.count * positions
    let y = KernelMatrix(flow.y + start, stride: units, rows: count, columns: columns.count)
    // Without a training, nobody asks for z.
    let keeps = keepsInputs && flow.training && !flow.skipsActivation
    let z = keeps ? KernelMatrix(flow.kept + start, stride: units, rows: count, columns: columns.count) : y
    T.multiply(
      Operand(flow.x + rows.lowerBound * inputs, stride: features),
      Operand(flow.parameters + kernel + columns.lowerBound, stride: units), into: z, k: features)
    let b = bias.map { UnsafePointer(flow.parameters) + $0 + columns.lowerBound }
    if flow.skipsActivation || keepsInputs {
      Activation.linear.apply(z, bias: b, flow.kernels)
      if !flow.skipsActivation { activation.forward(z, into: y) }
    } else {
      activation.apply(z, bias: b, flow.kernels)
    }
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func settle(_ flow: Flow<T>, rows: Range<Int>, columns: Range<Int>) {
    if flow.skipsActivation { return }
    // All columns of all positions, or some of the only one.
    let columns = positions == 1 ? columns : 0..<units
    let start = rows.lowerBound * outputs + columns.lowerBound
    let count = rows.count * positions
    func matrix(_ base: UnsafeMutablePointer<T>) -> KernelMatrix<T> {
      KernelMatrix(base + start, stride: units, rows: count, columns: columns.count)
    }
    if keepsInputs {
      activation.backward(matrix(flow.dy), x: matrix(flow.kept), y: matrix(flow.y), into: matrix(flow.dy))
    } else {
      activation.differentiate(matrix(flow.dy), outputs: flow.y + start, flow.kernels)
    }
  }

  /// dL/dx = dL/dz Wᵀ.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let columns = part ?? 0..<features
    let dx = KernelMatrix(
      flow.dx + rows.lowerBound * inputs + columns.lowerBound, stride: features, rows: rows.count * positions,
      columns: columns.count)
    T.multiply(
      Operand(flow.dy + rows.lowerBound * outputs, stride: units),
      Operand(flow.parameters + kernel + columns.lowerBound * units, stride: units, transposed: true), into: dx,
      k: units)
    return part ?? 0..<inputs
  }

  /// Some rows of the kernel; with the first ones also the bias.
  override func block(_ number: Int, of part: Range<Int>) -> Range<Int>? {
    if number == 0 { return kernel + part.lowerBound * units..<kernel + part.upperBound * units }
    guard number == 1, part.lowerBound == 0, let bias else { return nil }
    return bias..<bias + units
  }

  /// dL/dW = xᵀ dL/dz and dL/db = Σ dL/dz.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func gradient(
    _ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>
  ) {
    let rows = flow.rows * positions
    if number == 1 {
      return flow.kernels.columnSums(KernelMatrix(flow.dy, stride: units, rows: rows, columns: units), gradient)
    }
    T.multiply(
      Operand(flow.x + part.lowerBound, stride: features, transposed: true), Operand(flow.dy, stride: units),
      into: KernelMatrix(gradient, stride: units, rows: part.count, columns: units), k: rows)
  }
}
