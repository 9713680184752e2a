/// The memory of one batch on its way through a network and back.
final class Workspace<T: Scalar> {
  /// rows × units of each layer.
  let outputs: [UnsafeMutablePointer<T>]
  /// Two gradients of rows × the widest layer, used in turn.
  let gradients: (UnsafeMutablePointer<T>, UnsafeMutablePointer<T>)
  private let x: UnsafeMutablePointer<T>
  private let targets: UnsafeMutablePointer<T>
  private let labels: Memory<Int64>
  private let memory: Memory<T>

  /// - Parameter gathers: whether samples must be copied here, since they are not taken in their own order.
  init(_ layers: [PlacedDense], rows: Int, gathers: Bool) throws(FaninError) {
    let purpose = "a batch of \(rows) samples"
    let inputs = gathers ? layers[0].inputs : 0
    let units = layers[layers.count - 1].units
    let widest = layers.reduce(0) { max($0, $1.units) }
    var width = inputs + (gathers ? units : 0) + 2 * widest
    for layer in layers { width += layer.units }
    memory = try Memory(try checkedProduct(rows, width, for: purpose), for: purpose)
    labels = try Memory(gathers ? rows : 0, for: purpose)
    var next = memory.base
    func take(_ width: Int) -> UnsafeMutablePointer<T> {
      defer { next += rows * width }
      return next
    }
    x = take(inputs)
    targets = take(gathers ? units : 0)
    gradients = (take(widest), take(widest))
    outputs = layers.map { take($0.units) }
  }

  /// Samples first ..< first + rows of `samples`.
  ///
  /// - Throws: `invalidValue` for an index in `order` or a label that does not exist.
  func gather(
    _ samples: Samples<T>, from first: Int, rows: Int, inputs: Int, units: Int
  ) throws(FaninError) -> Batch<T> {
    var batch = Batch(
      x: samples.x + first * inputs,
      answers: Answers(
        labels: samples.labels.map { $0 + first }, targets: samples.targets.map { $0 + first * units }),
      rows: rows)
    if let order = samples.order {
      for row in 0..<rows {
        guard let index = Int(exactly: order[first + row]), (0..<samples.rows).contains(index) else {
          throw .invalidValue(
            "`order` must have values between 0 and \(samples.rows - 1). Received: \(order[first + row])")
        }
        (x + row * inputs).update(from: samples.x + index * inputs, count: inputs)
        if let source = samples.targets {
          (targets + row * units).update(from: source + index * units, count: units)
        }
        if let source = samples.labels { labels.base[row] = source[index] }
      }
      batch = Batch(
        x: x,
        answers: Answers(
          labels: samples.labels.map { _ in UnsafePointer(labels.base) },
          targets: samples.targets.map { _ in UnsafePointer(targets) }),
        rows: rows)
    }
    if let labels = batch.answers.labels {
      for row in 0..<rows where !(0..<Int64(units)).contains(labels[row]) {
        throw .invalidValue("`labels` must be between 0 and \(units - 1). Received: \(labels[row])")
      }
    }
    return batch
  }
}
