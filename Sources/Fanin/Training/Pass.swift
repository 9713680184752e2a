import CSIMD
import FaninKernelTable

/// Samples on their way through a network in steps, whose tasks a team of threads shares.
///
/// What tasks read is reached by pointers: to count references would have the threads wait for each other.
final class Pass<T: Scalar>: @unchecked Sendable {
  private let tasks: UnsafeMutableBufferPointer<Task>
  private let operations: UnsafeMutableBufferPointer<Operation>
  /// Of `network`.
  private let stages: UnsafeMutableBufferPointer<Unmanaged<Stage<T>>>
  private let memory: UnsafeMutableBufferPointer<StageMemory<T>>
  private let network: Network<T>
  private let sizes: Sizes
  private let parameters: UnsafeMutablePointer<T>
  private let trained: [Variable]
  private let samples: Samples<T>
  private let rates: UnsafePointer<Double>?
  private let out: UnsafeMutablePointer<T>?
  private let compiled: Compiled<T>?
  /// Of `compiled`.
  private let loss: Loss?
  private let metrics: UnsafeMutableBufferPointer<(metric: Metric, count: Int)>
  private let slots: UnsafeMutablePointer<T>?
  /// What becomes of the terms of gradients that are sums.
  private let terms: OptimizerTerms<T>?
  private let plan: Plan
  private let schedule: Schedule
  private let workspace: Workspace<T>
  private let threads: Int
  /// The last activation, if the loss reads what goes into it.
  private let skipped: Activation?
  private let kernels = T.denseKernels(InstructionSet.current.kernels)
  /// This round's batch and the next one's, in turn.
  private let batches: UnsafeMutablePointer<Batch<T>>
  /// Of the loss and the metrics, over all samples of the rounds done.
  private(set) var sums: [Double]
  /// Steps begun.
  private var step: Int
  private var error: FaninError?

  /// - Parameters:
  ///   - trained: the variables that are changed.
  ///   - training: whether layers behave as in training.
  ///   - rates: the learning rate of each step; nil for the optimizer's.
  ///   - compiled: nil for predictions.
  ///   - out: receives predictions, rows × outputs.
  init(
    _ goal: Goal, _ samples: Samples<T>, _ plan: Plan, network: Network<T>, trained: [Variable], training: Bool,
    rates: UnsafePointer<Double>?, compiled: Compiled<T>?, out: UnsafeMutablePointer<T>?
  ) throws(FaninError) {
    let purpose = Schedule.Purpose(
      goal: goal, batchRows: plan.batchSize, gathers: samples.order != nil, training: training,
      stepsTogether: goal == .train
        && (compiled?.optimizer.isElementwise == false
          || trained.contains(where: \.isWatched)),
      penalizes: goal != .predict
        && (network.stages.contains { $0.isPenalized } || trained.contains { $0.regularizer != nil }))
    var workspace = goal == .train ? compiled?.workspace : nil
    if workspace?.schedule.purpose != purpose { workspace = nil }
    schedule = workspace?.schedule ?? Schedule(network.stages, for: purpose)
    threads = schedule.usefulThreads(steps: plan.steps)
    let sumCount = compiled?.sumCount ?? 0
    if let workspace, workspace.threads >= threads {
      self.workspace = workspace
    } else {
      self.workspace = try Workspace(
        network.stages, schedule, threads: threads, positions: network.sizes.positions,
        parameterCount: network.parameterCount, sumCount: sumCount)
    }
    if goal == .train { compiled?.workspace = self.workspace }
    tasks = copy(schedule.tasks)
    operations = copy(schedule.operations)
    stages = copy(network.stages.map(Unmanaged.passUnretained))
    memory = copy(self.workspace.stages)
    metrics = copy(compiled?.metrics.map { ($0, $0.stateCount(units: network.sizes.units)) } ?? [])
    loss = compiled?.loss
    slots = compiled?.slots.base
    // Keras adds them up to add a regularizer's gradient; only the first variable can have any.
    terms = trained.first?.regularizer == nil ? compiled?.optimizer.terms() : nil
    let lastActivation = network.stages[network.stages.count - 1].lastActivation
    skipped = lastActivation.flatMap { compiled?.loss.readsInputs(of: $0) == true ? $0 : nil }
    self.network = network
    sizes = network.sizes
    parameters = network.parameters.base
    self.trained = trained
    self.samples = samples
    self.rates = rates
    self.out = out
    self.compiled = compiled
    self.plan = plan
    step = plan.first
    sums = [Double](repeating: 0, count: sumCount)
    batches = .allocate(capacity: 2)
    batches.initialize(repeating: Batch(x: samples.x), count: 2)
  }

  deinit {
    tasks.deallocate()
    operations.deallocate()
    stages.deallocate()
    memory.deallocate()
    metrics.deinitialize().deallocate()
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

  /// Of each stage, after a round that went backward: what is known of its outputs and of their gradients.
  func statistics() -> [(outputs: Statistics, gradients: Statistics)] {
    let batch = batches
    return stages.indices.map { i in
      let flow = flow(i, batch)
      return stages[i]._withUnsafeGuaranteedRef { stage in
        var outputs = Statistics(flow.y, rows: flow.rows, columns: stage.outputs)
        if let activation = stage.elementwise {
          outputs.saturate(activation, x: flow.x, y: flow.y, rows: flow.rows, columns: stage.outputs)
        }
        return (outputs, Statistics(flow.dy, rows: flow.rows, columns: stage.outputs))
      }
    }
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
      case .forward(let i):
        if task.part == nil { own(memory[i].y, rows, memory[i].outputs) }
        let flow = flow(i, batch)
        stages[i]._withUnsafeGuaranteedRef { $0.forward(flow, rows: rows, part: task.part) }
      case .judge: judge(rows, batch, piece: number - schedule.judging.lowerBound)
      case .emit: emit(rows, batch)
      case .backward(let i): backward(i, rows, task.part, batch)
      case .penalize: penalize(batch)
      case .update(let i): change(i, task.part, batch, workspace.updates(thread: thread))
      case .gradient(let i): change(i, task.part, batch, nil)
      case .apply: apply(batch)
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
    let positions = sizes.positions
    var batch = Batch(x: samples.x + first * sizes.inputs)
    batch.first = range.lowerBound
    batch.rows = range.count
    batch.targets = samples.targets.map { $0 + first * sizes.outputs }
    batch.weights = samples.weights.map { $0 + first * positions }
    if !isConsecutive {
      batch.indices = UnsafePointer(indices)
      batch.x = UnsafePointer(workspace.x)
      batch.targets = samples.targets.map { _ in UnsafePointer(workspace.targets) }
      if let source = samples.weights {
        for row in 0..<range.count {
          (workspace.weights + row * positions).update(from: source + indices[row] * positions, count: positions)
        }
        batch.weights = UnsafePointer(workspace.weights)
      }
    }
    if let source = samples.labels {
      let labels = workspace.labels(round: round)
      for row in 0..<range.count {
        let values = source + (isConsecutive ? first + row : indices[row]) * positions
        for i in 0..<positions {
          guard values[i] >= 0 && values[i] < sizes.units || values[i] == loss?.ignoreClass else {
            throw .invalidValue("`labels` must be between 0 and \(sizes.units - 1). Received: \(values[i])")
          }
          labels[row * positions + i] = values[i]
        }
      }
      batch.labels = UnsafePointer(labels)
    }
    if network.stages[0].checksInputs {
      for row in 0..<range.count {
        try network.stages[0].check(samples.x + (isConsecutive ? first + row : indices[row]) * sizes.inputs)
      }
    }
    if let loss {
      let answers = Answers(labels: batch.labels, targets: batch.targets, weights: batch.weights)
      batch.lossScale = loss.scale(answers, rows: batch.rows * positions)
    }
    if schedule.purpose.training {
      for stage in stages { stage._withUnsafeGuaranteedRef { $0.begin() } }
    }
    if schedule.purpose.goal == .train, let compiled {
      compiled.steps += 1
      batch.step = compiled.optimizer.step(compiled.steps, rate: rates?[step] ?? compiled.optimizer.learningRate)
    }
    return batch
  }

  private func gather(_ rows: Range<Int>, _ batch: UnsafePointer<Batch<T>>) {
    guard let indices = batch.pointee.indices else { return }
    let inputs = sizes.inputs
    own(workspace.x, rows, inputs)
    for row in rows {
      (workspace.x + row * inputs).update(from: samples.x + indices[row] * inputs, count: inputs)
    }
    guard let source = samples.targets else { return }
    let outputs = sizes.outputs
    for row in rows {
      (workspace.targets + row * outputs).update(from: source + indices[row] * outputs, count: outputs)
    }
  }

  /// Takes rows that other threads have read, and that this task alone is going to write, into this thread's cache, if
  /// they are so little that they stay there until then.
  private func own(_ values: UnsafeMutablePointer<T>, _ rows: Range<Int>, _ width: Int) {
    let bytes = rows.count * width * MemoryLayout<T>.stride
    guard threads > 1, bytes <= 1 << 15 else { return }
    let start = UnsafeMutableRawPointer(values + rows.lowerBound * width)
    for offset in stride(from: 0, to: bytes, by: 64) { simd_own(start + offset) }
  }

  /// A batch in a stage.
  private func flow(_ i: Int, _ batch: UnsafePointer<Batch<T>>) -> Flow<T> {
    Flow(
      x: i == 0 ? batch.pointee.x : UnsafePointer(memory[i - 1].y), y: memory[i].y, dy: memory[i].dy,
      dx: memory[max(0, i - 1)].dy, kept: memory[i].kept, parameters: parameters,
      rows: batch.pointee.rows, training: schedule.purpose.training,
      skipsActivation: skipped != nil && i == stages.count - 1, kernels: kernels)
  }

  private func judge(_ rows: Range<Int>, _ batch: UnsafePointer<Batch<T>>, piece: Int) {
    let i = stages.count - 1
    let units = sizes.units
    let start = rows.lowerBound * sizes.outputs
    guard let loss else {
      // The targets are the outputs' gradients.
      guard let gradient = batch.pointee.targets else { return }
      (memory[i].dy + start).update(from: gradient + start, count: rows.count * sizes.outputs)
      return settle(i, rows, 0..<sizes.outputs, batch)
    }
    let first = rows.lowerBound * sizes.positions
    let count = rows.count * sizes.positions
    own(memory[i].dy, rows, sizes.outputs)
    let outputs = memory[i].y + start
    let answers = Answers(
      labels: batch.pointee.labels.map { $0 + first }, targets: batch.pointee.targets.map { $0 + start },
      weights: batch.pointee.weights.map { $0 + first })
    let sums = workspace.sums.base + piece * self.sums.count
    var state = sums + 1
    state.update(repeating: 0, count: self.sums.count - 1)
    // What the loss reads is gone afterwards.
    for (metric, stateCount) in metrics {
      if let skipped, metric.readsInputs(of: skipped) {
        metric.add(
          outputs, answers, rows: count, units: units, logits: true, softmax: skipped == .softmax, to: state)
      }
      state += stateCount
    }
    sums[0] = loss.evaluate(
      outputs, answers, rows: count, units: units, scale: T(batch.pointee.lossScale),
      logits: skipped != nil || loss.fromLogits, softmax: skipped == .softmax, gradient: memory[i].dy + start, kernels)
    if let skipped, skipped != .softmax {
      skipped.apply(KernelMatrix(outputs, stride: units, rows: count, columns: units), bias: nil, kernels)
    }
    if schedule.purpose.goal.goesBackward { settle(i, rows, 0..<sizes.outputs, batch) }
    state = sums + 1
    for (metric, stateCount) in metrics {
      if skipped.map(metric.readsInputs(of:)) != true {
        metric.add(outputs, answers, rows: count, units: units, to: state)
      }
      state += stateCount
    }
  }

  private func settle(_ i: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ batch: UnsafePointer<Batch<T>>) {
    let flow = flow(i, batch)
    stages[i]._withUnsafeGuaranteedRef { $0.settle(flow, rows: rows, columns: columns) }
  }

  private func emit(_ rows: Range<Int>, _ batch: UnsafePointer<Batch<T>>) {
    guard let out else { return }
    (out + (batch.pointee.first + rows.lowerBound) * sizes.outputs).update(
      from: memory[stages.count - 1].y + rows.lowerBound * sizes.outputs, count: rows.count * sizes.outputs)
  }

  private func backward(_ i: Int, _ rows: Range<Int>, _ part: Range<Int>?, _ batch: UnsafePointer<Batch<T>>) {
    if part == nil { own(memory[i - 1].dy, rows, memory[i - 1].outputs) }
    let flow = flow(i, batch)
    let columns = stages[i]._withUnsafeGuaranteedRef { $0.backward(flow, rows: rows, part: part) }
    settle(i - 1, rows, columns, batch)
  }

  private func penalize(_ batch: UnsafePointer<Batch<T>>) {
    var penalty = compiled?.optimizer.penalty(of: trained, parameters: parameters) ?? 0
    for i in stages.indices {
      let flow = flow(i, batch)
      penalty += stages[i]._withUnsafeGuaranteedRef { $0.penalty(flow) }
    }
    workspace.penalty.pointee = penalty
  }

  /// Makes the gradients of a part of a stage's parameters; takes their step at once if there is memory for that.
  private func change(
    _ i: Int, _ part: Range<Int>?, _ batch: UnsafePointer<Batch<T>>, _ scratch: UnsafeMutablePointer<T>?
  ) {
    guard let part else { return }
    let flow = flow(i, batch)
    stages[i]._withUnsafeGuaranteedRef { stage in
      var number = 0
      while let block = stage.block(number, of: part) {
        if let scratch, let step = batch.pointee.step, let slots {
          own(flow.parameters, block, 1)
          var powers: UnsafeMutablePointer<T>?
          if let terms, stage.hasTerms {
            let sums = scratch + block.count
            stage.gradient(flow, block: number, of: part, into: scratch, terms, powers: sums)
            powers = sums
          } else {
            stage.gradient(flow, block: number, of: part, into: scratch)
          }
          step.apply(
            KernelUpdate(
              flow.parameters + block.lowerBound, gradient: scratch, powers: powers,
              slots: slots + block.lowerBound, slotStride: network.parameterCount, count: block.count), kernels)
        } else if let gradients = workspace.gradients {
          let gradient = gradients + block.lowerBound
          if let terms, stage.hasTerms, let powers = workspace.powers.baseAddress {
            stage.gradient(
              flow, block: number, of: part, into: gradient, terms, powers: powers + block.lowerBound)
          } else {
            stage.gradient(flow, block: number, of: part, into: gradient)
          }
        }
        number += 1
      }
    }
  }

  private func apply(_ batch: UnsafePointer<Batch<T>>) {
    guard let compiled, let step = batch.pointee.step, let gradients = workspace.gradients else { return }
    compiled.optimizer.applyWhole(
      step, to: trained, parameters: parameters, gradients: gradients,
      powers: terms == nil ? .init(start: nil, count: 0) : workspace.powers, slots: compiled.slots.base,
      slotStride: network.parameterCount, kernels)
  }

  /// Adds up a round's sums, always in the order of its rows.
  private func finish(_ batch: UnsafePointer<Batch<T>>) {
    guard !sums.isEmpty else { return }
    var loss = 0.0
    for (piece, task) in schedule.judging.enumerated()
    where tasks[task].rows.lowerBound < batch.pointee.rows {
      let values = workspace.sums.base + piece * sums.count
      loss += values[0]
      for i in sums.indices.dropFirst() { sums[i] += values[i] }
    }
    sums[0] += (loss * batch.pointee.lossScale + workspace.penalty.pointee) * Double(batch.pointee.rows)
  }
}

/// The elements, for whoever deallocates the memory.
private func copy<Element>(_ elements: [Element]) -> UnsafeMutableBufferPointer<Element> {
  let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
  _ = memory.initialize(fromContentsOf: elements)
  return memory
}
