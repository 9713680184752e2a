/// A stage that draws random numbers in training: those of Keras's `SeedGenerator`, one op seed for each batch.
class RandomStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  /// The seed, and how many batches have drawn from it.
  private let state: UnsafeMutablePointer<Int64>
  /// Of this batch; set by one thread before the others read it.
  private(set) var stream = PhiloxStream(0)

  init(_ place: Place) {
    state = place.state
    super.init(inputs: place.inputs, outputs: place.outputs)
  }

  override func begin() {
    stream = PhiloxStream(OpSeed(state[0], call: state[1]))
    state[1] &+= 1
  }

  /// y = x, for what happens outside of training.
  final func copy(_ flow: Flow<T>, rows: Range<Int>) {
    (flow.y + rows.lowerBound * outputs).update(from: flow.x + rows.lowerBound * inputs, count: rows.count * inputs)
  }
}

/// Random numbers for a batch, which may be the same along some axes.
///
/// The flat index of a number is that in the whole batch's array of them, so that rows can be drawn by themselves.
struct BatchNoise: Sendable {
  /// Which of a row's numbers goes with which value of a sample.
  let broadcast: Broadcast
  /// Whether each row has numbers of its own.
  private let isPerRow: Bool

  /// - Parameter noiseShape: sizes, of the batch's axis first: 1 to share numbers along an axis, else -1; nil to share
  ///   none.
  /// - Throws: `invalidValue` if there is not one size for each axis, or one is neither 1, -1 nor the sample's own.
  init(_ noiseShape: [Int]?, samples shape: [Int]) throws(FaninError) {
    let sizes = noiseShape ?? [Int](repeating: -1, count: shape.count + 1)
    guard sizes.count == shape.count + 1, sizes[0] == 1 || sizes[0] == -1,
      zip(sizes.dropFirst(), shape).allSatisfy({ $0 == 1 || $0 == -1 || $0 == $1 })
    else {
      throw .invalidValue(
        "`noise_shape` must have a size for each axis, that of the batch first: 1 to share the noise along it, or -1. "
          + "Received: noise_shape=\(sizes) for samples of shape \(shape)")
    }
    broadcast = Broadcast(shape, repeats: sizes.dropFirst().map { $0 == 1 })
    isPerRow = sizes[0] == -1
  }

  /// Draws the numbers of some rows: each has `broadcast.count` of them in `out`.
  func draw<D: Distribution>(
    _ distribution: D, rows: Range<Int>, into out: UnsafeMutablePointer<D.Value>, from stream: PhiloxStream
  ) {
    let count = broadcast.count
    let drawn = isPerRow ? rows : 0..<1
    let target = out + rows.lowerBound * count
    distribution.fill(
      UnsafeMutableBufferPointer(start: target, count: drawn.count * count), UInt64(drawn.lowerBound * count), stream)
    if isPerRow { return }
    for row in 1..<max(1, rows.count) {
      for i in 0..<count { target[row * count + i] = target[i] }
    }
  }
}

/// - Throws: `invalidValue` if a probability is not one.
func checkRate(_ rate: Double) throws(FaninError) {
  guard rate >= 0, rate <= 1 else {
    throw .invalidValue("`rate` must be between 0 and 1. Received: rate=\(rate)")
  }
}
