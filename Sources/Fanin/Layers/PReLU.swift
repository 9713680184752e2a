/// y = x where x > 0, else α x, with slopes α that are learned: one for each value of a sample, or shared along axes.
///
/// He et al., "Delving deep into rectifiers", ICCV 2015.
public struct PReLU: Layer {
  /// Axes of a sample along which α is the same; negative ones count from the end.
  public var sharedAxes: [Int]
  public var alphaInitializer: any Initializer

  public init(sharedAxes: [Int] = [], alphaInitializer: any Initializer = .zeros) {
    self.sharedAxes = sharedAxes
    self.alphaInitializer = alphaInitializer
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    _ = try positions(of: sharedAxes, in: inputShape)
    return inputShape
  }

  public func variables(inputShape: [Int]) -> [Variable] {
    var shape = inputShape
    for axis in sharedAxes { shape[axis < 0 ? axis + shape.count : axis] = 1 }
    return [Variable(shape, alphaInitializer)]
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let shared = try positions(of: sharedAxes, in: place.inputShape)
    let broadcast = Broadcast(place.inputShape, repeats: place.inputShape.indices.map(shared.contains))
    return PReLUStage(broadcast, place)
  }
}

final class PReLUStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let broadcast: Broadcast

  init(_ broadcast: Broadcast, _ place: Place) {
    self.broadcast = broadcast
    super.init(inputs: place.inputs, outputs: place.outputs, parameters: place.trainable)
  }

  /// Shared slopes are few, and all values go to them.
  override func gradientParts(batchRows: Int) -> [Range<Int>] {
    broadcast.isWhole ? pieces(of: inputs, 512) : [0..<broadcast.count]
  }

  override func block(_ number: Int, of part: Range<Int>) -> Range<Int>? {
    number == 0 ? parameters.lowerBound + part.lowerBound..<parameters.lowerBound + part.upperBound : nil
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let alpha = flow.parameters + parameters.lowerBound
    for row in rows {
      let x = flow.x + row * inputs
      let y = flow.y + row * inputs
      broadcast.visit { i, j in
        let value = x[i]
        let scaled = alpha[j] * value
        y[i] = value > 0 ? value : scaled
      }
    }
  }

  /// dL/dx = dL/dy (1 where x > 0, α where x < 0, else 0).
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let alpha = flow.parameters + parameters.lowerBound
    for row in rows {
      let x = flow.x + row * inputs
      let dy = flow.dy + row * inputs
      let dx = flow.dx + row * inputs
      broadcast.visit { i, j in
        let value = x[i]
        let left: T = value < 0 ? alpha[j] : 0
        dx[i] = dy[i] * (value > 0 ? 1 : left)
      }
    }
    return 0..<inputs
  }

  /// dL/dα = Σ dL/dy min(x, 0).
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func gradient(
    _ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>
  ) {
    let (x, dy) = (flow.x, flow.dy)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: part.count) { memory in
      guard let sums = memory.baseAddress else { return }
      sums.initialize(repeating: 0, count: part.count)
      func add(_ index: Int, _ slope: Int) {
        let value = x[index]
        sums[slope] += Double(dy[index] * (value > 0 ? 0 : value))
      }
      for row in 0..<flow.rows {
        let first = row &* inputs
        if broadcast.isWhole {
          for i in part { add(first &+ i, i &- part.lowerBound) }
        } else {
          broadcast.visit { i, j in add(first &+ i, j) }
        }
      }
      for i in 0..<part.count { gradient[i] = T(sums[i]) }
    }
  }
}
