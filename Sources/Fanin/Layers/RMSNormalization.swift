/// y = x / √(mean x² + ε) · scale, with the mean of each sample's squares along some axes.
///
/// The scale has the sizes of these axes. Zhang and Sennrich, "Root mean square layer normalization", NeurIPS 2019.
public struct RMSNormalization: Layer {
  /// Of a sample, next to each other; negative ones count from the end.
  public var axes: [Int]
  public var epsilon: Double
  /// Nil for no scale.
  public var scaleInitializer: (any Initializer)?

  public init(axes: [Int] = [-1], epsilon: Double = 1e-6, scaleInitializer: (any Initializer)? = .ones) {
    self.axes = axes
    self.epsilon = epsilon
    self.scaleInitializer = scaleInitializer
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    _ = try AxisBlock(try positions(of: axes, in: inputShape), of: inputShape)
    return inputShape
  }

  public func variables(inputShape: [Int]) -> [Variable] {
    scaleInitializer.map { [Variable(sizes(of: axes, in: inputShape), $0)] } ?? []
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let block = try AxisBlock(try positions(of: axes, in: place.inputShape), of: place.inputShape)
    return RMSNormalizationStage(block, epsilon: epsilon, place)
  }
}

/// Keeps 1 / √(mean x² + ε) of each group of values.
final class RMSNormalizationStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let block: AxisBlock
  private let epsilon: T
  private let scale: Int?

  init(_ block: AxisBlock, epsilon: Double, _ place: Place) {
    self.block = block
    self.epsilon = T(epsilon)
    scale = place.variables.first?.offset
    super.init(inputs: place.inputs, outputs: place.outputs, parameters: place.trainable)
  }

  override var kept: Int { block.groups }

  override func gradientParts(batchRows: Int) -> [Range<Int>] { pieces(of: block.size, 128) }

  override func block(_ number: Int, of part: Range<Int>) -> Range<Int>? {
    guard number == 0, let scale else { return nil }
    return scale + part.lowerBound..<scale + part.upperBound
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let size = block.size
    let scale = scale.map { flow.parameters + $0 }
    for row in rows {
      let kept = flow.kept + row * kept
      block.visitGroups { start, step, number in
        let x = flow.x + (row &* inputs &+ start)
        let y = flow.y + (row &* inputs &+ start)
        let square = T(sum(size) { Double(x[$0 &* step] * x[$0 &* step]) } / Double(size))
        let factor = 1 / (square + epsilon).squareRoot()
        if flow.training { kept[number] = factor }
        for i in 0..<size {
          let normal = x[i &* step] * factor
          y[i &* step] = scale.map { normal * $0[i] } ?? normal
        }
      }
    }
  }

  /// With x̂ = x / √(mean x² + ε) and g = scale dL/dy: dL/dx = (g − x̂ mean(x̂ g)) / √(mean x² + ε).
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let size = block.size
    let scale = scale.map { flow.parameters + $0 }
    for row in rows {
      let kept = flow.kept + row * kept
      block.visitGroups { start, step, number in
        let x = flow.x + (row &* inputs &+ start)
        let dy = flow.dy + (row &* inputs &+ start)
        let dx = flow.dx + (row &* inputs &+ start)
        let factor = kept[number]
        for i in 0..<size { dx[i &* step] = scale.map { dy[i &* step] * $0[i] } ?? dy[i &* step] }
        let slope = T(sum(size) { Double(dx[$0 &* step] * (x[$0 &* step] * factor)) } / Double(size))
        for i in 0..<size { dx[i &* step] = factor * (dx[i &* step] - x[i &* step] * factor * slope) }
      }
    }
    return 0..<inputs
  }

  /// dL/dscale = Σ x̂ dL/dy.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func gradient(
    _ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>
  ) {
    let (x, dy, kept) = (flow.x, flow.dy, flow.kept)
    let keptCount = self.kept
    block.sums(part, rows: flow.rows, into: gradient) { row, index, _, group in
      dy[index] * (x[index] * kept[row &* keptCount &+ group])
    }
  }
}
