/// In training: y = a (x or, with probability rate, α′) + b, which keeps mean 0 and variance 1; otherwise y = x.
///
/// α′ = −α λ, the value that SELU tends to; a = ((1 − rate) (1 + rate α′²))^−½, b = −a α′ rate. The uniform numbers are
/// float32 ones, also in a float64 network: so they are in Keras.
/// Klambauer et al., "Self-normalizing neural networks", NeurIPS 2017.
public struct AlphaDropout: Layer {
  public var rate: Double
  /// As of `Dropout`.
  public var noiseShape: [Int]?
  public var seed: Int64

  public init(_ rate: Double, noiseShape: [Int]? = nil, seed: Int64 = 0) {
    self.rate = rate
    self.noiseShape = noiseShape
    self.seed = seed
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    try checkRate(rate)
    guard rate < 1 else { throw .invalidValue("`rate` of AlphaDropout must be less than 1. Received: rate=\(rate)") }
    return inputShape
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let noise = try BatchNoise(noiseShape, samples: place.inputShape)
    return rate == 0 ? nil : try AlphaDropoutStage(rate: rate, noise, place)
  }
}

/// Keeps the uniform numbers, as `DropoutStage` does.
final class AlphaDropoutStage<T: Scalar>: RandomStage<T>, @unchecked Sendable {
  private let rate: Float
  private let saturated: T
  private let a: T
  private let b: T
  private let noise: BatchNoise
  private let uniform: UniformDistribution<Float>

  init(rate: Double, _ noise: BatchNoise, _ place: Place) throws(FaninError) {
    let saturated = -1.6732632423543772 * 1.0507009873554805
    let a = Double.power((1 - rate) * (1 + rate * saturated * saturated), -0.5)
    self.rate = Float(rate)
    self.saturated = T(saturated)
    self.a = T(a)
    b = T(-a * saturated * rate)
    self.noise = noise
    uniform = try UniformDistribution(minval: 0, maxval: 1)
    super.init(place)
  }

  override var kept: Int { noise.broadcast.count }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    guard flow.training else { return copy(flow, rows: rows) }
    let uniforms = uniforms(flow)
    noise.draw(uniform, rows: rows, into: uniforms, from: stream)
    for row in rows {
      let x = flow.x + row * inputs
      let y = flow.y + row * inputs
      let uniforms = uniforms + row * noise.broadcast.count
      noise.broadcast.visit { i, j in
        let isKept: T = uniforms[j] >= rate ? 1 : 0
        y[i] = a * (x[i] * isKept + saturated * (1 - isKept)) + b
      }
    }
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let uniforms = uniforms(flow)
    for row in rows {
      let dy = flow.dy + row * inputs
      let dx = flow.dx + row * inputs
      let uniforms = uniforms + row * noise.broadcast.count
      noise.broadcast.visit { i, j in
        let isKept: T = uniforms[j] >= rate ? 1 : 0
        dx[i] = dy[i] * a * isKept
      }
    }
    return 0..<inputs
  }

  /// They lie in memory for as many numbers that are at least as large.
  private func uniforms(_ flow: Flow<T>) -> UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(flow.kept).assumingMemoryBound(to: Float.self)
  }
}
