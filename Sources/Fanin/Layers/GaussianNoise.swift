/// In training: y = x + n, n normal with mean 0 and standard deviation stddev; otherwise y = x.
public struct GaussianNoise: Layer {
  public var stddev: Double
  public var seed: Int64

  public init(_ stddev: Double, seed: Int64 = 0) {
    self.stddev = stddev
    self.seed = seed
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    guard stddev >= 0, stddev <= 1 else {
      throw .invalidValue("`stddev` must be between 0 and 1. Received: stddev=\(stddev)")
    }
    return inputShape
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    stddev == 0 ? nil : try GaussianNoiseStage(stddev: stddev, place)
  }
}

final class GaussianNoiseStage<T: Scalar>: RandomStage<T>, @unchecked Sendable {
  private let normal: NormalDistribution<T>

  init(stddev: Double, _ place: Place) throws(FaninError) {
    normal = try NormalDistribution(mean: 0, stddev: stddev)
    super.init(place)
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    guard flow.training else { return copy(flow, rows: rows) }
    let first = rows.lowerBound * outputs
    let count = rows.count * outputs
    let x = flow.x + first
    let y = flow.y + first
    normal.fill(UnsafeMutableBufferPointer(start: y, count: count), UInt64(first), stream)
    for i in 0..<count { y[i] += x[i] }
  }

  /// dL/dx = dL/dy.
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let first = rows.lowerBound * inputs
    (flow.dx + first).update(from: flow.dy + first, count: rows.count * inputs)
    return 0..<inputs
  }
}
