/// In training: y = x / (1 − rate) with probability 1 − rate, else 0; otherwise y = x.
///
/// What is kept is where a uniform number u >= rate; bit for bit TensorFlow's `stateless_dropout` with the seeds of Keras.
/// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014.
public struct Dropout: Layer {
  public var rate: Double
  /// Sizes, of the batch's axis first: 1 to drop all along an axis together, else -1; nil for -1 everywhere.
  public var noiseShape: [Int]?
  public var seed: Int64

  public init(_ rate: Double, noiseShape: [Int]? = nil, seed: Int64 = 0) {
    self.rate = rate
    self.noiseShape = noiseShape
    self.seed = seed
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    try checkRate(rate)
    return inputShape
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let noise = try BatchNoise(noiseShape, samples: place.inputShape)
    return rate == 0 ? nil : try DropoutStage(rate: rate, noise, place)
  }
}

/// Keeps the uniform numbers, to drop the gradients of what was dropped.
final class DropoutStage<T: Scalar>: RandomStage<T>, @unchecked Sendable {
  private let rate: T
  private let scale: T
  private let noise: BatchNoise
  private let uniform: UniformDistribution<T>

  init(rate: Double, _ noise: BatchNoise, _ place: Place) throws(FaninError) {
    self.rate = T(rate)
    scale = T(1 / (1 - rate))
    self.noise = noise
    uniform = try UniformDistribution(minval: 0, maxval: 1)
    super.init(place)
  }

  override var kept: Int { noise.broadcast.count }

  /// Keras draws nothing where it drops all.
  override func begin() {
    if rate < 1 { super.begin() }
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    guard flow.training else { return copy(flow, rows: rows) }
    noise.draw(uniform, rows: rows, into: flow.kept, from: stream)
    drop(flow.x, flow.kept, into: flow.y, rows)
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    drop(flow.dy, flow.kept, into: flow.dx, rows)
    return 0..<inputs
  }

  @inline(__always)
  private func drop(
    _ values: UnsafePointer<T>, _ uniforms: UnsafePointer<T>, into result: UnsafeMutablePointer<T>, _ rows: Range<Int>
  ) {
    for row in rows {
      let values = values + row * inputs
      let uniforms = uniforms + row * noise.broadcast.count
      let result = result + row * inputs
      noise.broadcast.visit { i, j in
        let value = values[i] * scale
        result[i] = uniforms[j] >= rate ? value : 0
      }
    }
  }
}
