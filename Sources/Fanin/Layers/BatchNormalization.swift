/// y = γ (x − μ) / √(σ² + ε) + β, with mean and variance for each place along an axis, over the batch and all other axes.
///
/// In training μ and σ² are those of the batch, the variance being biased, and the moving ones become
/// moving · momentum + batch · (1 − momentum); otherwise, and if the layer is frozen, they are the moving ones.
/// Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift",
/// ICML 2015.
public struct BatchNormalization: Layer {
  /// Of a sample; negative ones count from the end.
  public var axis: Int
  public var momentum: Double
  public var epsilon: Double
  /// Nil for none.
  public var gammaInitializer: (any Initializer)?
  public var betaInitializer: (any Initializer)?
  public var movingMeanInitializer: any Initializer
  public var movingVarianceInitializer: any Initializer

  public init(
    axis: Int = -1, momentum: Double = 0.99, epsilon: Double = 1e-3,
    gammaInitializer: (any Initializer)? = .ones, betaInitializer: (any Initializer)? = .zeros,
    movingMeanInitializer: any Initializer = .zeros, movingVarianceInitializer: any Initializer = .ones
  ) {
    self.axis = axis
    self.momentum = momentum
    self.epsilon = epsilon
    self.gammaInitializer = gammaInitializer
    self.betaInitializer = betaInitializer
    self.movingMeanInitializer = movingMeanInitializer
    self.movingVarianceInitializer = movingVarianceInitializer
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    _ = try positions(of: [axis], in: inputShape)
    return inputShape
  }

  public func variables(inputShape: [Int]) -> [Variable] {
    let shape = [inputShape[axis < 0 ? axis + inputShape.count : axis]]
    return [gammaInitializer, betaInitializer].compactMap { $0.map { Variable(shape, $0) } } + [
      Variable(shape, movingMeanInitializer, isTrainable: false),
      Variable(shape, movingVarianceInitializer, isTrainable: false),
    ]
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let block = try AxisBlock(try positions(of: [axis], in: place.inputShape), of: place.inputShape)
    return try BatchNormalizationStage(self, block, place)
  }
}

/// In training, one part of the places along the axis after the other, for all rows.
final class BatchNormalizationStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let block: AxisBlock
  private let momentum: T
  private let rest: T
  private let epsilon: T
  private let gamma: Int?
  private let beta: Int?
  private let movingMean: Int
  private let movingVariance: Int
  /// Of the batch in training, of which there is one at a time: the means, then 1 / √(σ² + ε).
  private let statistics: Memory<T>

  init(_ layer: BatchNormalization, _ block: AxisBlock, _ place: Place) throws(FaninError) {
    self.block = block
    momentum = T(layer.momentum)
    rest = T(1 - layer.momentum)
    epsilon = T(layer.epsilon)
    var offsets = place.variables.map(\.offset)
    gamma = layer.gammaInitializer == nil ? nil : offsets.removeFirst()
    beta = layer.betaInitializer == nil ? nil : offsets.removeFirst()
    movingMean = offsets[0]
    movingVariance = offsets[1]
    statistics = try Memory(2 * block.size, for: "a batch normalization of \(block.size) features")
    super.init(inputs: place.inputs, outputs: place.outputs, parameters: place.trainable)
  }

  private var means: UnsafeMutablePointer<T> { statistics.base }
  private var factors: UnsafeMutablePointer<T> { statistics.base + block.size }

  override func forwardParts(training: Bool) -> [Range<Int>]? {
    training && !isFrozen ? pieces(of: block.size, 128) : nil
  }

  override func backwardParts(byElement: Bool) -> [Range<Int>]? {
    if isFrozen { return nil }
    guard byElement, block.outer == 1 else { return [0..<inputs] }
    return pieces(of: block.size, 128).map { $0.lowerBound * block.inner..<$0.upperBound * block.inner }
  }

  override func gradientParts(batchRows: Int) -> [Range<Int>] { pieces(of: block.size, 128) }

  override func block(_ number: Int, of part: Range<Int>) -> Range<Int>? {
    let offsets = [gamma, beta].compactMap(\.self)
    guard number < offsets.count else { return nil }
    return offsets[number] + part.lowerBound..<offsets[number] + part.upperBound
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let places = part ?? 0..<block.size
    if part != nil { measure(flow, places) }
    let parameters = flow.parameters
    withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * places.count) { memory in
      guard let scales = memory.baseAddress else { return }
      let shifts = scales + places.count
      for (i, place) in places.enumerated() {
        let factor = part != nil ? factors[place] : inverse(parameters[movingVariance + place])
        let mean = part != nil ? means[place] : parameters[movingMean + place]
        let scale = gamma.map { factor * parameters[$0 + place] } ?? factor
        scales[i] = scale
        shifts[i] = beta.map { parameters[$0 + place] - mean * scale } ?? -mean * scale
      }
      for row in rows {
        let x = flow.x + row * inputs
        let y = flow.y + row * inputs
        block.visit(places) { index, place, _ in
          let i = place &- places.lowerBound
          y[index] = x[index] * scales[i] + shifts[i]
        }
      }
    }
  }

  /// The batch's mean and variance, by which the moving ones move.
  @inline(__always)
  private func measure(_ flow: Flow<T>, _ places: Range<Int>) {
    let x = flow.x
    let count = Double(flow.rows) * Double(block.groups)
    let (means, factors) = (means, factors)
    block.sums(places, rows: flow.rows, over: count, into: means + places.lowerBound) { _, index, _, _ in x[index] }
    block.sums(places, rows: flow.rows, over: count, into: factors + places.lowerBound) { _, index, place, _ in
      let difference = x[index] - means[place]
      return difference * difference
    }
    for place in places {
      let mean = flow.parameters + movingMean + place
      mean.pointee = mean.pointee * momentum + means[place] * rest
      let variance = flow.parameters + movingVariance + place
      variance.pointee = variance.pointee * momentum + factors[place] * rest
      factors[place] = inverse(factors[place])
    }
  }

  @inline(__always)
  private func inverse(_ variance: T) -> T { 1 / (variance + epsilon).squareRoot() }

  /// With x̂ = (x − μ) / √(σ² + ε): dL/dx = γ / √(σ² + ε) (dL/dy − mean dL/dy − x̂ mean(x̂ dL/dy)).
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let (x, dy, dx) = (flow.x, flow.dy, flow.dx)
    let parameters = flow.parameters
    let columns = part ?? 0..<inputs
    let places = block.outer == 1 ? columns.lowerBound / block.inner..<columns.upperBound / block.inner : 0..<block.size
    let (means, factors) = (means, factors)
    let count = Double(flow.rows) * Double(block.groups)
    withUnsafeTemporaryAllocation(of: T.self, capacity: 3 * places.count) { memory in
      guard let scales = memory.baseAddress else { return }
      let shifts = scales + places.count
      let slopes = shifts + places.count
      for (i, place) in places.enumerated() {
        let factor = isFrozen ? inverse(parameters[movingVariance + place]) : factors[place]
        scales[i] = gamma.map { factor * parameters[$0 + place] } ?? factor
      }
      if isFrozen {
        for row in rows {
          block.visit(places) { index, place, _ in
            let index = row &* inputs &+ index
            dx[index] = dy[index] * scales[place &- places.lowerBound]
          }
        }
        return
      }
      block.sums(places, rows: flow.rows, over: count, into: shifts) { _, index, _, _ in dy[index] }
      block.sums(places, rows: flow.rows, over: count, into: slopes) { _, index, place, _ in
        dy[index] * ((x[index] - means[place]) * factors[place])
      }
      for row in rows {
        block.visit(places) { index, place, _ in
          let index = row &* inputs &+ index
          let i = place &- places.lowerBound
          let normal = (x[index] - means[place]) * factors[place]
          dx[index] = scales[i] * (dy[index] - shifts[i] - normal * slopes[i])
        }
      }
    }
    return columns
  }

  /// dL/dγ = Σ x̂ dL/dy, dL/dβ = Σ dL/dy.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func gradient(
    _ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>
  ) {
    let (x, dy) = (flow.x, flow.dy)
    let (means, factors) = (means, factors)
    if number == 0, gamma != nil {
      block.sums(part, rows: flow.rows, into: gradient) { _, index, place, _ in
        dy[index] * ((x[index] - means[place]) * factors[place])
      }
    } else {
      block.sums(part, rows: flow.rows, into: gradient) { _, index, _, _ in dy[index] }
    }
  }
}
