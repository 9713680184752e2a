import FaninKernelTable

/// The memory of a batch on its way through a network and back, and of what must be known of the next one.
final class Workspace<T: Scalar> {
  let schedule: Schedule
  let threads: Int
  /// Gathered samples, rows × inputs, their targets, rows × outputs, and their weights, rows × positions.
  let x: UnsafeMutablePointer<T>
  let targets: UnsafeMutablePointer<T>
  let weights: UnsafeMutablePointer<T>
  /// The gradients of all parameters, if the step is one for all.
  let gradients: UnsafeMutablePointer<T>?
  /// The powers of the terms of the first of them, see `Stage.hasTerms`.
  let powers: UnsafeMutableBufferPointer<T>
  /// For each task that judges, the sums of its rows; and last what the batch's outputs and the parameters cost.
  let sums: Memory<Double>
  /// Where the memory of each stage lies.
  let stages: [StageMemory<T>]
  private let updates: UnsafeMutablePointer<T>
  private let memory: Memory<T>
  private let indices: Memory<Int>
  private let labels: Memory<Int64>

  /// - Parameters:
  ///   - threads: how many may work on the schedule.
  ///   - sumCount: of how many numbers there are sums.
  init(
    _ network: [Stage<T>], _ schedule: Schedule, threads: Int, positions: Int, parameterCount: Int, sumCount: Int
  ) throws(FaninError) {
    let purpose = schedule.purpose
    let rows = purpose.batchRows
    let text = "a batch of \(rows) samples"
    let last = network[network.count - 1]
    // Rows of each: values a sample.
    var offsets: [(y: Int, dy: Int, kept: Int, outputs: Int)] = []
    var width = 0
    func take(_ count: Int) -> Int {
      width += count
      return width - count
    }
    for (i, stage) in network.enumerated() {
      // The loss always writes the last gradient.
      let hasGradient = purpose.goal.goesBackward && i >= schedule.firstTrained || i == network.count - 1
      offsets.append(
        (
          take(stage.outputs), take(hasGradient ? stage.outputs : 0), take(purpose.training ? stage.kept : 0),
          stage.outputs
        ))
    }
    let copied = purpose.gathers ? 1 : 0
    let xOffset = take(copied * network[0].inputs)
    let targetsOffset = take(copied * last.outputs)
    let weightsOffset = take(copied * positions)
    let batchCount = try checkedProduct(rows, width, for: text)
    let updateCount = try checkedProduct(threads, schedule.largestUpdate, for: text)
    let gradientCount = purpose.goal == .train && purpose.stepsTogether ? parameterCount : 0
    let powerCount = gradientCount > 0 ? network.first { $0.hasTerms }?.parameters.upperBound ?? 0 : 0
    memory = try Memory(batchCount + updateCount + gradientCount + powerCount, for: text)
    indices = try Memory(2 * copied * rows, for: text)
    labels = try Memory(try checkedProduct(2, rows, positions, for: text), for: text)
    sums = try Memory(try checkedProduct(schedule.judging.count, sumCount, for: text) + 1, for: text)
    updates = memory.base
    gradients = gradientCount > 0 ? memory.base + updateCount + batchCount : nil
    gradients?.update(repeating: 0, count: gradientCount)
    powers = UnsafeMutableBufferPointer(
      start: memory.base + updateCount + batchCount + gradientCount, count: powerCount)
    let base = memory.base + updateCount
    stages = offsets.map {
      StageMemory(y: base + rows * $0.y, dy: base + rows * $0.dy, kept: base + rows * $0.kept, outputs: $0.outputs)
    }
    x = base + rows * xOffset
    targets = base + rows * targetsOffset
    weights = base + rows * weightsOffset
    self.schedule = schedule
    self.threads = threads
    penalty.pointee = 0
  }

  /// The last of `sums`.
  var penalty: UnsafeMutablePointer<Double> { sums.base + (sums.count - 1) }

  /// The gradients by the parameters that a thread is about to change.
  func updates(thread: Int) -> UnsafeMutablePointer<T> { updates + thread * schedule.largestUpdate }

  /// The numbers and the labels of the samples of a round's batch; those of the round before are kept.
  func indices(round: Int) -> UnsafeMutablePointer<Int> { indices.base + (round & 1) * schedule.purpose.batchRows }
  func labels(round: Int) -> UnsafeMutablePointer<Int64> { labels.base + (round & 1) * (labels.count / 2) }
}

/// Of a batch, in one stage: rows × outputs, the gradients of the loss by them, and rows × kept.
struct StageMemory<T> {
  let y: UnsafeMutablePointer<T>
  let dy: UnsafeMutablePointer<T>
  let kept: UnsafeMutablePointer<T>
  let outputs: Int
}
