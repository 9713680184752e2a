/// y = x; adds (l1 Σ |x| + l2 Σ x²) / rows to the loss, summed over the batch.
public struct ActivityRegularization: Layer {
  public var l1: Double
  public var l2: Double

  public init(l1: Double = 0, l2: Double = 0) {
    self.l1 = l1
    self.l2 = l2
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    for (name, factor) in [("l1", l1), ("l2", l2)] where !(factor >= 0 && factor < .infinity) {
      throw .invalidValue("`\(name)` must be finite and not negative. Received: \(name)=\(factor)")
    }
    return inputShape
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    l1 == 0 && l2 == 0 ? nil : ActivityRegularizationStage(l1: l1, l2: l2, place)
  }
}

final class ActivityRegularizationStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let l1: Double
  private let l2: Double

  init(l1: Double, l2: Double, _ place: Place) {
    self.l1 = l1
    self.l2 = l2
    super.init(inputs: place.inputs, outputs: place.outputs)
  }

  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    (flow.y + rows.lowerBound * outputs).update(from: flow.x + rows.lowerBound * inputs, count: rows.count * inputs)
  }

  override var isPenalized: Bool { true }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func penalty(_ flow: Flow<T>) -> Double {
    let count = flow.rows * inputs
    var penalty = 0.0
    if l1 != 0 { penalty += l1 * sum(count) { Double(flow.x[$0].magnitude) } }
    if l2 != 0 { penalty += l2 * sum(count) { Double(flow.x[$0] * flow.x[$0]) } }
    return penalty / Double(flow.rows)
  }

  /// dL/dx = dL/dy + (l1 sign x + 2 l2 x) / rows.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let (x, dy, dx) = (flow.x, flow.dy, flow.dx)
    let l1 = T(self.l1 / Double(flow.rows))
    let l2 = T(2 * self.l2 / Double(flow.rows))
    for i in rows.lowerBound * inputs..<rows.upperBound * inputs {
      let value = x[i]
      let left: T = value < 0 ? -l1 : 0
      dx[i] = dy[i] + ((value > 0 ? l1 : left) + l2 * value)
    }
    return 0..<inputs
  }
}
