/// y = (x − mean) / max(√variance, 10⁻⁷), or the inverse, with numbers that are not learned but known of the data.
public struct Normalization: Layer {
  /// The axes of a sample along which there are means and variances of their own; negative ones count from the end.
  public var axes: [Int]
  /// Whether y = mean + x max(√variance, 10⁻⁷).
  public var isInverse: Bool
  public var mean: any Initializer
  public var variance: any Initializer

  public init(
    axes: [Int] = [-1], isInverse: Bool = false, mean: any Initializer = .zeros, variance: any Initializer = .ones
  ) {
    self.axes = axes
    self.isInverse = isInverse
    self.mean = mean
    self.variance = variance
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    _ = try positions(of: axes, in: inputShape)
    return inputShape
  }

  public func variables(inputShape: [Int]) -> [Variable] {
    [mean, variance].map { Variable(sizes(of: axes, in: inputShape), $0, isTrainable: false) }
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let own = try positions(of: axes, in: place.inputShape)
    let broadcast = Broadcast(place.inputShape, repeats: place.inputShape.indices.map { !own.contains($0) })
    return NormalizationStage(broadcast, isInverse: isInverse, place)
  }
}

final class NormalizationStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let broadcast: Broadcast
  private let isInverse: Bool
  private let mean: Int
  private let variance: Int

  init(_ broadcast: Broadcast, isInverse: Bool, _ place: Place) {
    self.broadcast = broadcast
    self.isInverse = isInverse
    mean = place.variables[0].offset
    variance = place.variables[1].offset
    super.init(inputs: place.inputs, outputs: place.outputs)
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let mean = flow.parameters + mean
    withDeviations(flow) { deviations in
      for row in rows {
        let (x, y) = (flow.x + row * inputs, flow.y + row * inputs)
        if isInverse {
          broadcast.visit { i, j in y[i] = mean[j] + x[i] * deviations[j] }
        } else {
          broadcast.visit { i, j in y[i] = (x[i] - mean[j]) / deviations[j] }
        }
      }
    }
  }

  /// dL/dx = dL/dy / max(√variance, 10⁻⁷), or times that.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    withDeviations(flow) { deviations in
      for row in rows {
        let (dy, dx) = (flow.dy + row * inputs, flow.dx + row * inputs)
        if isInverse {
          broadcast.visit { i, j in dx[i] = dy[i] * deviations[j] }
        } else {
          broadcast.visit { i, j in dx[i] = dy[i] / deviations[j] }
        }
      }
    }
    return 0..<inputs
  }

  /// max(√variance, 10⁻⁷): of the variances as they are now, for anyone may write to them.
  @inline(__always)
  private func withDeviations(_ flow: Flow<T>, _ body: (UnsafePointer<T>) -> Void) {
    let variance = flow.parameters + variance
    withUnsafeTemporaryAllocation(of: T.self, capacity: broadcast.count) { memory in
      guard let deviations = memory.baseAddress else { return }
      for i in 0..<broadcast.count {
        let root = variance[i].squareRoot()
        deviations[i] = root < 1e-7 ? 1e-7 : root
      }
      body(deviations)
    }
  }
}
