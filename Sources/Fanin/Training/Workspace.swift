/// The memory of a batch on its way through a network and back, and of what must be known of the next one.
final class Workspace<T: Scalar> {
  let schedule: Schedule
  let threads: Int
  /// Gathered samples, rows × inputs, and their targets, rows × units.
  let x: UnsafeMutablePointer<T>
  let targets: UnsafeMutablePointer<T>
  /// For each task that judges, the sums of its rows.
  let sums: Memory<Double>
  private let outputs: UnsafeMutablePointer<T>
  private let gradients: UnsafeMutablePointer<T>
  /// The outputs of the layers before the first one that has gradients.
  private let ungraded: Int
  private let updates: UnsafeMutablePointer<T>
  private let memory: Memory<T>
  private let indices: Memory<Int>
  private let labels: Memory<Int64>

  /// - Parameters:
  ///   - threads: how many may work on the schedule.
  ///   - sumCount: of how many numbers there are sums.
  init(
    _ layers: [PlacedDense], _ schedule: Schedule, threads: Int, sumCount: Int
  ) throws(FaninError) {
    let rows = schedule.batchRows
    let purpose = "a batch of \(rows) samples"
    let last = layers[layers.count - 1]
    let units = last.outputsBefore + last.units
    ungraded = schedule.goal == .train ? 0 : last.outputsBefore
    let inputs = schedule.gathers ? layers[0].inputs : 0
    let width = units + (units - ungraded) + inputs + (schedule.gathers ? last.units : 0)
    let batchCount = try checkedProduct(rows, width, for: purpose)
    let updateCount = try checkedProduct(threads, schedule.largestUpdate, for: purpose)
    memory = try Memory(batchCount + updateCount, for: purpose)
    indices = try Memory(schedule.gathers ? 2 * rows : 0, for: purpose)
    labels = try Memory(2 * rows, for: purpose)
    sums = try Memory(try checkedProduct(schedule.judging.count, sumCount, for: purpose), for: purpose)
    updates = memory.base
    outputs = updates + updateCount
    gradients = outputs + rows * units
    x = gradients + rows * (units - ungraded)
    targets = x + rows * inputs
    self.schedule = schedule
    self.threads = threads
  }

  /// rows × units.
  func outputs(_ layer: PlacedDense) -> UnsafeMutablePointer<T> {
    outputs + schedule.batchRows * layer.outputsBefore
  }

  /// The gradients of the loss by the layer's outputs, then by its pre-activations: rows × units.
  func gradients(_ layer: PlacedDense) -> UnsafeMutablePointer<T> {
    gradients + schedule.batchRows * (layer.outputsBefore - ungraded)
  }

  /// The gradients by the parameters that a thread is about to change.
  func updates(thread: Int) -> UnsafeMutablePointer<T> { updates + thread * schedule.largestUpdate }

  /// The numbers and the labels of the samples of a round's batch; those of the round before are kept.
  func indices(round: Int) -> UnsafeMutablePointer<Int> { indices.base + (round & 1) * schedule.batchRows }
  func labels(round: Int) -> UnsafeMutablePointer<Int64> { labels.base + (round & 1) * schedule.batchRows }
}
