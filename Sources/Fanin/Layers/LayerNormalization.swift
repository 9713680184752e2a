/// y = γ (x − μ) / √(σ² + ε) + β, with the mean and the biased variance of each sample's values along some axes.
///
/// γ and β have the sizes of these axes. Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450, 2016.
public struct LayerNormalization: Layer {
  /// Of a sample, next to each other; negative ones count from the end.
  public var axes: [Int]
  public var epsilon: Double
  /// Nil for none.
  public var gammaInitializer: (any Initializer)?
  public var betaInitializer: (any Initializer)?

  public init(
    axes: [Int] = [-1], epsilon: Double = 1e-3, gammaInitializer: (any Initializer)? = .ones,
    betaInitializer: (any Initializer)? = .zeros
  ) {
    self.axes = axes
    self.epsilon = epsilon
    self.gammaInitializer = gammaInitializer
    self.betaInitializer = betaInitializer
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    _ = try AxisBlock(try positions(of: axes, in: inputShape), of: inputShape)
    return inputShape
  }

  public func variables(inputShape: [Int]) -> [Variable] {
    let shape = sizes(of: axes, in: inputShape)
    return [gammaInitializer, betaInitializer].compactMap { $0.map { Variable(shape, $0) } }
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let block = try AxisBlock(try positions(of: axes, in: place.inputShape), of: place.inputShape)
    return LayerNormalizationStage(self, block, place)
  }
}

/// Keeps the mean and 1 / √(σ² + ε) of each group of values.
final class LayerNormalizationStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let block: AxisBlock
  private let epsilon: T
  private let gamma: Int?
  private let beta: Int?

  init(_ layer: LayerNormalization, _ block: AxisBlock, _ place: Place) {
    self.block = block
    epsilon = T(layer.epsilon)
    gamma = layer.gammaInitializer == nil ? nil : place.variables.first?.offset
    beta = layer.betaInitializer == nil ? nil : place.variables.last?.offset
    super.init(inputs: place.inputs, outputs: place.outputs, parameters: place.trainable)
  }

  override var kept: Int { 2 * block.groups }

  override func gradientParts(batchRows: Int) -> [Range<Int>] { pieces(of: block.size, 128) }

  override func block(_ number: Int, of part: Range<Int>) -> Range<Int>? {
    let offsets = [gamma, beta].compactMap(\.self)
    guard number < offsets.count else { return nil }
    return offsets[number] + part.lowerBound..<offsets[number] + part.upperBound
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let size = block.size
    let gamma = gamma.map { flow.parameters + $0 }
    let beta = beta.map { flow.parameters + $0 }
    for row in rows {
      let kept = flow.kept + row * kept
      block.visitGroups { start, step, number in
        let x = flow.x + (row &* inputs &+ start)
        let y = flow.y + (row &* inputs &+ start)
        let mean = T(sum(size) { Double(x[$0 &* step]) } / Double(size))
        let variance = T(
          sum(size) {
            let difference = x[$0 &* step] - mean
            return Double(difference * difference)
          } / Double(size))
        let factor = 1 / (variance + epsilon).squareRoot()
        if flow.training {
          kept[2 &* number] = mean
          kept[2 &* number &+ 1] = factor
        }
        for i in 0..<size {
          let scale = gamma.map { factor * $0[i] } ?? factor
          let shift = beta.map { $0[i] - mean * scale } ?? -mean * scale
          y[i &* step] = x[i &* step] * scale + shift
        }
      }
    }
  }

  /// With x̂ = (x − μ) / √(σ² + ε) and g = γ dL/dy: dL/dx = (g − mean g − x̂ mean(x̂ g)) / √(σ² + ε).
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let size = block.size
    let gamma = gamma.map { flow.parameters + $0 }
    for row in rows {
      let kept = flow.kept + row * kept
      block.visitGroups { start, step, number in
        let x = flow.x + (row &* inputs &+ start)
        let dy = flow.dy + (row &* inputs &+ start)
        let dx = flow.dx + (row &* inputs &+ start)
        let mean = kept[2 &* number]
        let factor = kept[2 &* number &+ 1]
        for i in 0..<size { dx[i &* step] = gamma.map { dy[i &* step] * $0[i] } ?? dy[i &* step] }
        let shift = T(sum(size) { Double(dx[$0 &* step]) } / Double(size))
        let slope = T(
          sum(size) { Double(dx[$0 &* step] * ((x[$0 &* step] - mean) * factor)) } / Double(size))
        for i in 0..<size {
          let normal = (x[i &* step] - mean) * factor
          dx[i &* step] = factor * (dx[i &* step] - shift - normal * slope)
        }
      }
    }
    return 0..<inputs
  }

  /// dL/dγ = Σ x̂ dL/dy, dL/dβ = Σ dL/dy.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func gradient(
    _ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>
  ) {
    let (x, dy, kept) = (flow.x, flow.dy, flow.kept)
    let keptCount = self.kept
    if number == 0, gamma != nil {
      block.sums(part, rows: flow.rows, into: gradient) { row, index, _, group in
        let statistics = kept + (row &* keptCount &+ 2 &* group)
        return dy[index] * ((x[index] - statistics[0]) * statistics[1])
      }
    } else {
      block.sums(part, rows: flow.rows, into: gradient) { _, index, _, _ in dy[index] }
    }
  }
}
