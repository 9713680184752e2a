/// y = x scale + offset, with numbers that are not learned: one of each, or one for each place along the last axis.
public struct Rescaling: Layer {
  /// How many scales and offsets there are: 1, or the size of the last axis.
  public var units: Int
  public var scale: any Initializer
  public var offset: any Initializer

  public init(units: Int = 1, scale: any Initializer, offset: any Initializer = .zeros) {
    self.units = units
    self.scale = scale
    self.offset = offset
  }

  public init(_ scale: Double, offset: Double = 0) {
    self.init(scale: Constant(scale), offset: Constant(offset))
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    guard units == 1 || units == inputShape.last else {
      throw .invalidValue(
        "Rescaling needs 1 scale or one for each place along the last axis. Received: \(units) for samples of shape "
          + "\(inputShape)")
    }
    return inputShape
  }

  public func variables(inputShape: [Int]) -> [Variable] {
    [scale, offset].map { Variable([units], $0, isTrainable: false) }
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let last = place.inputShape.count - 1
    return RescalingStage(
      Broadcast(place.inputShape, repeats: place.inputShape.indices.map { units == 1 || $0 != last }), place)
  }
}

final class RescalingStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let broadcast: Broadcast
  private let scale: Int
  private let offset: Int

  init(_ broadcast: Broadcast, _ place: Place) {
    self.broadcast = broadcast
    scale = place.variables[0].offset
    offset = place.variables[1].offset
    super.init(inputs: place.inputs, outputs: place.outputs)
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let (scale, offset) = (flow.parameters + scale, flow.parameters + offset)
    for row in rows {
      let (x, y) = (flow.x + row * inputs, flow.y + row * inputs)
      broadcast.visit { i, j in y[i] = x[i] * scale[j] + offset[j] }
    }
  }

  /// dL/dx = dL/dy scale.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let scale = flow.parameters + scale
    for row in rows {
      let (dy, dx) = (flow.dy + row * inputs, flow.dx + row * inputs)
      broadcast.visit { i, j in dx[i] = dy[i] * scale[j] }
    }
    return 0..<inputs
  }
}
