import CSIMD
import FaninKernelTable

/// Samples on their way through a network in steps, whose tasks a team of threads shares.
///
/// What tasks read is reached by pointers: to count references would have the threads wait for each other.
final class Pass<T: Scalar>: @unchecked Sendable {
  private let tasks: UnsafeMutableBufferPointer<Task>
  private let operations: UnsafeMutableBufferPointer<Operation>
  private let layers: UnsafeMutableBufferPointer<PlacedDense>
  private let last: PlacedDense
  private let parameters: UnsafeMutablePointer<T>
  private let parameterCount: Int
  private let samples: Samples<T>
  private let out: UnsafeMutablePointer<T>?
  private let compiled: Compiled<T>?
  /// Of `compiled`.
  private let loss: Loss?
  private let metrics: UnsafeMutableBufferPointer<Metric>
  private let slots: UnsafeMutablePointer<T>?
  private let plan: Plan
  private let schedule: Schedule
  private let workspace: Workspace<T>
  private let threads: Int
  private let kernels = T.denseKernels(InstructionSet.current.kernels)
  /// This round's batch and the next one's, in turn.
  private let batches: UnsafeMutablePointer<Batch<T>>
  /// Of the loss and the metrics, over all samples of the rounds done.
  private(set) var sums: [Double]
  /// Steps begun.
  private var step: Int
  private var error: FaninError?

  /// - Parameters:
  ///   - compiled: nil for predictions.
  ///   - out: receives predictions, rows × units.
  init(
    _ goal: Goal, _ samples: Samples<T>, _ plan: Plan, layers: [PlacedDense], parameters: Memory<T>,
    compiled: Compiled<T>?, out: UnsafeMutablePointer<T>?
  ) throws(FaninError) {
    let gathers = samples.order != nil
    var workspace = goal == .train ? compiled?.workspace : nil
    if workspace?.schedule.batchRows != plan.batchSize || workspace?.schedule.gathers != gathers {
      workspace = nil
    }
    schedule =
      workspace?.schedule ?? Schedule(layers, goal: goal, batchRows: plan.batchSize, gathers: gathers)
    threads = schedule.usefulThreads(steps: plan.steps)
    if let workspace, workspace.threads >= threads {
      self.workspace = workspace
    } else {
      self.workspace = try Workspace(layers, schedule, threads: threads, sumCount: compiled?.sumCount ?? 0)
    }
    if goal == .train { compiled?.workspace = self.workspace }
    tasks = copy(schedule.tasks)
    operations = copy(schedule.operations)
    self.layers = copy(layers)
    metrics = copy(compiled?.metrics ?? [])
    loss = compiled?.loss
    slots = compiled?.slots.base
    last = layers[layers.count - 1]
    self.parameters = parameters.base
    parameterCount = parameters.count
    self.samples = samples
    self.out = out
    self.compiled = compiled
    self.plan = plan
    step = plan.first
    sums = [Double](repeating: 0, count: compiled?.sumCount ?? 0)
    batches = .allocate(capacity: 2)
    batches.initialize(repeating: Batch(x: samples.x, rule: .descent(rate: 0)), count: 2)
  }

  deinit {
    tasks.deallocate()
    operations.deallocate()
    layers.deallocate()
    metrics.deallocate()
    batches.deallocate()
  }

  /// Does the steps that the plan has time for; `steps` becomes the number of those done, also after an error.
  func run(_ steps: inout Int) throws(FaninError) {
    defer { steps = step }
    guard begin(round: 0) else { return try check() }
    try BLASThreads.single { () throws(FaninError) in
      schedule.stages.withUnsafeBufferPointer { stages in
        Team.run(stages, threads: threads) { task, round, thread in self.perform(task, round, thread) }
      }
    }
    try check()
  }

  private func check() throws(FaninError) {
    if let error { throw error }
  }

  /// Does a task, and returns whether its round is the last one.
  private func perform(_ number: Int, _ round: Int, _ thread: Int) -> Bool {
    let task = tasks[number]
    let batch = batches + (round & 1)
    let rows = task.rows.clamped(to: 0..<batch.pointee.rows)
    guard !rows.isEmpty else { return false }
    for operation in task.operations {
      switch operations[operation] {
      case .gather: gather(rows, batch)
      case .forward(let i): forward(i, rows, task.part, batch)
      case .judge: judge(rows, batch, piece: number - schedule.judging.lowerBound)
      case .emit: emit(rows, batch)
      case .backward(let i): backward(i, rows, task.part)
      case .update(let i): update(i, rows, task.part, batch, thread)
      case .finish:
        finish(batch)
        return !begin(round: round &+ 1)
      }
    }
    return false
  }

  /// Prepares the batch of a round, or returns that there is none: all is done, the time is over, or the data is bad.
  private func begin(round: Int) -> Bool {
    guard let range = plan.samples(of: step) else { return false }
    do {
      batches[round & 1] = try batch(of: range, round)
    } catch {
      self.error = error
      return false
    }
    step += 1
    return true
  }

  /// - Throws: `invalidValue` for an index in `order` or a label that does not exist.
  private func batch(of range: Range<Int>, _ round: Int) throws(FaninError) -> Batch<T> {
    var first = range.lowerBound
    var isConsecutive = true
    let indices = workspace.indices(round: round)
    if let order = samples.order {
      for row in 0..<range.count {
        let value = order[range.lowerBound + row]
        guard value >= 0, value < samples.rows else {
          throw .invalidValue("`order` must have values between 0 and \(samples.rows - 1). Received: \(value)")
        }
        indices[row] = Int(value)
        if indices[row] != indices[0] + row { isConsecutive = false }
      }
      first = indices[0]
    }
    var batch = Batch(
      first: range.lowerBound, rows: range.count, x: samples.x + first * layers[0].inputs,
      targets: samples.targets.map { $0 + first * last.units }, rule: .descent(rate: 0))
    if !isConsecutive {
      batch.indices = UnsafePointer(indices)
      batch.x = UnsafePointer(workspace.x)
      batch.targets = samples.targets.map { _ in UnsafePointer(workspace.targets) }
    }
    if let source = samples.labels {
      let labels = workspace.labels(round: round)
      for row in 0..<range.count {
        let label = source[isConsecutive ? first + row : indices[row]]
        guard label >= 0, label < last.units else {
          throw .invalidValue("`labels` must be between 0 and \(last.units - 1). Received: \(label)")
        }
        labels[row] = label
      }
      batch.labels = UnsafePointer(labels)
    }
    if schedule.goal == .train, let compiled {
      compiled.steps += 1
      batch.rule = compiled.optimizer.rule(step: compiled.steps)
    }
    return batch
  }

  private func gather(_ rows: Range<Int>, _ batch: UnsafePointer<Batch<T>>) {
    guard let indices = batch.pointee.indices else { return }
    let inputs = layers[0].inputs
    own(workspace.x + rows.lowerBound * inputs, rows.count * inputs)
    for row in rows {
      (workspace.x + row * inputs).update(from: samples.x + indices[row] * inputs, count: inputs)
    }
    guard let source = samples.targets else { return }
    for row in rows {
      (workspace.targets + row * last.units).update(from: source + indices[row] * last.units, count: last.units)
    }
  }

  /// Takes memory that other threads have read, and that this task alone is going to write, into this thread's cache, if
  /// it is so little that it stays there until then.
  private func own(_ memory: UnsafeMutablePointer<T>, _ count: Int) {
    let bytes = count * MemoryLayout<T>.stride
    guard threads > 1, bytes <= 1 << 15 else { return }
    for offset in stride(from: 0, to: bytes, by: 64) { simd_own(UnsafeMutableRawPointer(memory) + offset) }
  }

  /// What goes into a layer: rows × inputs.
  private func inputs(ofLayer i: Int, _ batch: UnsafePointer<Batch<T>>) -> UnsafePointer<T> {
    i == 0 ? batch.pointee.x : UnsafePointer(workspace.outputs(layers[i - 1]))
  }

  private func forward(_ i: Int, _ rows: Range<Int>, _ columns: Range<Int>?, _ batch: UnsafePointer<Batch<T>>) {
    let layer = layers[i]
    let outputs = workspace.outputs(layer) + rows.lowerBound * layer.units
    if columns == nil { own(outputs, rows.count * layer.units) }
    let columns = columns ?? 0..<layer.units
    let z = layer.forward(
      inputs(ofLayer: i, batch) + rows.lowerBound * layer.inputs, rows: rows.count, columns: columns,
      parameters: parameters, into: outputs)
    // The loss may read what goes into the last activation.
    let isEarly = i == layers.count - 1 && (loss?.readsInputs(of: layer.activation) ?? false)
    (isEarly ? Activation.linear : layer.activation).apply(
      z, bias: layer.bias.map { parameters + $0 + columns.lowerBound }, kernels)
  }

  private func judge(_ rows: Range<Int>, _ batch: UnsafePointer<Batch<T>>, piece: Int) {
    guard let loss else { return }
    let start = rows.lowerBound * last.units
    let outputs = KernelMatrix(
      workspace.outputs(last) + start, stride: last.units, rows: rows.count, columns: last.units)
    let gradients = KernelMatrix(
      workspace.gradients(last) + start, stride: last.units, rows: rows.count, columns: last.units)
    own(gradients.base, rows.count * last.units)
    let answers = Answers(
      labels: batch.pointee.labels.map { $0 + rows.lowerBound }, targets: batch.pointee.targets.map { $0 + start })
    let isEarly = loss.readsInputs(of: last.activation)
    let isSoftmax = isEarly && last.activation == .softmax
    let sums = workspace.sums.base + piece * (1 + metrics.count)
    sums[0] = loss.evaluate(
      outputs.base, answers, rows: rows.count, units: last.units, batchRows: batch.pointee.rows,
      logits: isEarly || loss.fromLogits, softmax: isSoftmax, gradient: gradients.base, kernels)
    if isEarly, !isSoftmax { last.activation.apply(outputs, bias: nil, kernels) }
    if schedule.goal == .train, !isEarly { last.activation.differentiate(gradients, outputs: outputs.base, kernels) }
    for (i, metric) in metrics.enumerated() {
      sums[1 + i] = metric.hits(outputs.base, answers, rows: rows.count, units: last.units)
    }
  }

  private func emit(_ rows: Range<Int>, _ batch: UnsafePointer<Batch<T>>) {
    guard let out else { return }
    (out + (batch.pointee.first + rows.lowerBound) * last.units).update(
      from: workspace.outputs(last) + rows.lowerBound * last.units, count: rows.count * last.units)
  }

  private func backward(_ i: Int, _ rows: Range<Int>, _ columns: Range<Int>?) {
    let layer = layers[i]
    let previous = layers[i - 1]
    let start = rows.lowerBound * layer.inputs
    if columns == nil { own(workspace.gradients(previous) + start, rows.count * layer.inputs) }
    let columns = columns ?? 0..<layer.inputs
    let gradients = layer.inputGradient(
      workspace.gradients(layer) + rows.lowerBound * layer.units, rows: rows.count, columns: columns,
      parameters: parameters, into: workspace.gradients(previous) + start)
    previous.activation.differentiate(
      gradients, outputs: workspace.outputs(previous) + start + columns.lowerBound, kernels)
  }

  /// Changes some rows of a kernel, with the first ones also the bias.
  private func update(
    _ i: Int, _ rows: Range<Int>, _ kernelRows: Range<Int>?, _ batch: UnsafePointer<Batch<T>>, _ thread: Int
  ) {
    guard let kernelRows else { return }
    let layer = layers[i]
    let dz = workspace.gradients(layer)
    let gradient = workspace.updates(thread: thread)
    let start = layer.kernel + kernelRows.lowerBound * layer.units
    let count = kernelRows.count * layer.units
    own(parameters + start, count)
    layer.kernelGradient(inputs(ofLayer: i, batch), dz, rows: rows.count, kernelRows: kernelRows, into: gradient)
    let rule = batch.pointee.rule
    update(start, count, gradient, rule)
    guard kernelRows.lowerBound == 0, let bias = layer.bias else { return }
    kernels.columnSums(
      KernelMatrix(dz, stride: layer.units, rows: rows.count, columns: layer.units), gradient)
    update(bias, layer.units, gradient, rule)
  }

  private func update(_ start: Int, _ count: Int, _ gradient: UnsafePointer<T>, _ rule: KernelRule<T>) {
    guard let slots else { return }
    kernels.update(
      KernelUpdate(
        parameters + start, gradient: gradient, slots: slots + start,
        slotStride: parameterCount, count: count), rule)
  }

  /// Adds up a round's sums, always in the order of its rows.
  private func finish(_ batch: UnsafePointer<Batch<T>>) {
    for (piece, task) in schedule.judging.enumerated()
    where tasks[task].rows.lowerBound < batch.pointee.rows {
      for i in sums.indices { sums[i] += workspace.sums.base[piece * sums.count + i] }
    }
  }
}

/// The elements, for whoever deallocates the memory.
private func copy<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
  let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
  _ = memory.initialize(fromContentsOf: elements)
  return memory
}
