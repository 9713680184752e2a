/// In training: y = x n, n normal with mean 1 and standard deviation √(rate / (1 − rate)); otherwise y = x.
///
/// Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 15, 2014, section 10.
public struct GaussianDropout: Layer {
  public var rate: Double
  public var seed: Int64

  public init(_ rate: Double, seed: Int64 = 0) {
    self.rate = rate
    self.seed = seed
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    try checkRate(rate)
    guard rate < 1 else { throw .invalidValue("`rate` of GaussianDropout must be less than 1. Received: rate=\(rate)") }
    return inputShape
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    rate == 0 ? nil : try GaussianDropoutStage(stddev: (rate / (1 - rate)).squareRoot(), place)
  }
}

/// Keeps n.
final class GaussianDropoutStage<T: Scalar>: RandomStage<T>, @unchecked Sendable {
  private let normal: NormalDistribution<T>

  init(stddev: Double, _ place: Place) throws(FaninError) {
    normal = try NormalDistribution(mean: 1, stddev: stddev)
    super.init(place)
  }

  override var kept: Int { outputs }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    guard flow.training else { return copy(flow, rows: rows) }
    let first = rows.lowerBound * outputs
    let count = rows.count * outputs
    let (x, y, noise) = (flow.x + first, flow.y + first, flow.kept + first)
    normal.fill(UnsafeMutableBufferPointer(start: noise, count: count), UInt64(first), stream)
    for i in 0..<count { y[i] = x[i] * noise[i] }
  }

  /// dL/dx = dL/dy n.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let first = rows.lowerBound * inputs
    let (dx, dy, noise) = (flow.dx + first, flow.dy + first, flow.kept + first)
    for i in 0..<rows.count * inputs { dx[i] = dy[i] * noise[i] }
    return 0..<inputs
  }
}
