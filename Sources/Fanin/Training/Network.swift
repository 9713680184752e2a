import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A stack of dense layers.
///
/// All parameters lie in one buffer and all gradients in another, so an optimizer step is one loop.
/// Predictions and evaluations may run in many threads at once, one training beside them.
public final class Network<T: Scalar>: @unchecked Sendable {
  let layers: [PlacedDense]
  private let specifications: [Dense]
  private let parameterMemory: Memory<T>
  private let gradientMemory: Memory<T>
  private let isTraining = Atomic<Bool>(false)
  private let compiled = Mutex<Compiled<T>?>(nil)

  public var inputSize: Int { layers[0].inputs }
  public var outputSize: Int { layers[layers.count - 1].units }
  public var parameterCount: Int { parameterMemory.count }
  private var widest: Int { layers.reduce(inputSize) { max($0, $1.units) } }

  /// Lays the layers out and draws their weights, see `initialize`.
  ///
  /// - Throws: `invalidValue` for sizes outside 1 ..< 2³¹ or no layers, `outOfMemory`, and what the layers'
  ///   initializers throw.
  public init(inputSize: Int, layers specifications: [Dense], seed: Int64 = 0) throws(FaninError) {
    guard !specifications.isEmpty else { throw .invalidValue("A network needs at least one layer") }
    let sizes = 1..<(1 << 31)
    guard sizes.contains(inputSize) else {
      throw .invalidValue("`input_size` must be between 1 and 2**31 - 1. Received: input_size=\(inputSize)")
    }
    let purpose = "the network's parameters"
    var placed: [PlacedDense] = []
    var inputs = inputSize
    var count = 0
    for dense in specifications {
      guard sizes.contains(dense.units) else {
        throw .invalidValue("`units` must be between 1 and 2**31 - 1. Received: units=\(dense.units)")
      }
      let kernelCount = try checkedProduct(inputs, dense.units, for: purpose)
      let (end, overflow) = count.addingReportingOverflow(kernelCount + dense.units)
      guard !overflow else { throw .outOfMemory("No memory for \(purpose): its size overflows") }
      placed.append(
        PlacedDense(
          inputs: inputs, units: dense.units, activation: dense.activation, kernel: count,
          bias: dense.useBias ? count + kernelCount : nil))
      count = dense.useBias ? end : end - dense.units
      inputs = dense.units
    }
    layers = placed
    self.specifications = specifications
    parameterMemory = try Memory(count, for: purpose)
    gradientMemory = try Memory(count, for: "the network's gradients")
    try initialize(seed: seed)
  }

  /// Draws all weights anew and clears the optimizer's state.
  ///
  /// The layers' kernels and biases take the op seeds (seed, 0), (seed, 1), … of a `SeedGenerator` in turn.
  public func initialize(seed: Int64) throws(FaninError) {
    try whileTraining { () throws(FaninError) in
      var generator = SeedGenerator(seed)
      for (dense, layer) in zip(specifications, layers) {
        let kernel = try TensorView(
          parameterMemory.base + layer.kernel, dtype: T.dtype, shape: [layer.inputs, layer.units])
        try dense.kernelInitializer.fill(kernel, seed: generator.next())
        guard let offset = layer.bias else { continue }
        let bias = try TensorView(parameterMemory.base + offset, dtype: T.dtype, shape: [layer.units])
        try dense.biasInitializer.fill(bias, seed: generator.next())
      }
      compiled.withLock { $0 }?.reset()
    }
  }

  /// The parameters of a layer: its kernel, inputs × units row-major, and its bias, if it has one.
  ///
  /// - Throws: `invalidValue` if there is no such layer.
  public func parameters(
    ofLayer index: Int
  ) throws(FaninError) -> (kernel: UnsafeMutableBufferPointer<T>, bias: UnsafeMutableBufferPointer<T>?) {
    guard layers.indices.contains(index) else {
      throw .invalidValue("`layer` must be between 0 and \(layers.count - 1). Received: layer=\(index)")
    }
    let layer = layers[index]
    return (
      UnsafeMutableBufferPointer(
        start: parameterMemory.base + layer.kernel, count: layer.inputs * layer.units),
      layer.bias.map { UnsafeMutableBufferPointer(start: parameterMemory.base + $0, count: layer.units) }
    )
  }

  /// Sets how the network is trained and judged; the optimizer starts anew.
  public func compile(
    optimizer: Optimizer, loss: Loss, metrics: [Metric] = []
  ) throws(FaninError) {
    try whileTraining { () throws(FaninError) in
      let state = try Compiled<T>(
        optimizer: optimizer, loss: loss, metrics: metrics, parameterCount: parameterCount)
      compiled.withLock { $0 = state }
    }
  }

  /// How many numbers `train` and `evaluate` add up: the loss, and each metric.
  public var sumCount: Int {
    get throws(FaninError) { 1 + (try requireCompiled()).metrics.count }
  }

  /// Clears the optimizer's slots and step count.
  public func resetOptimizer() throws(FaninError) {
    try whileTraining { () throws(FaninError) in try requireCompiled().reset() }
  }

  public func setLearningRate(_ rate: Double) throws(FaninError) {
    try whileTraining { () throws(FaninError) in
      let state = try requireCompiled()
      state.optimizer = try Optimizer(state.optimizer.rule, learningRate: rate)
    }
  }

  /// Trains in steps of `batchSize` samples, from step `step`, until all are done or `budget` nanoseconds have
  /// passed, but at least one step; `step` becomes the number of steps done in all.
  ///
  /// - Parameter sums: receives, added, the losses and each metric's hits over the samples seen, before
  ///   their updates.
  /// - Throws: `invalidValue` for data that does not fit the loss, an index or label that does not exist (that
  ///   step has then changed nothing), `outOfMemory`, `busy` if another thread is training.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func train(
    _ samples: Samples<T>, batchSize: Int, budget: Int, step: inout Int, sums: inout [Double]
  ) throws(FaninError) {
    try whileTraining { () throws(FaninError) in
      try run(samples, try requireCompiled(), batchSize, budget, &step, &sums, training: true)
    }
  }

  /// As `train`, without changing anything.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func evaluate(
    _ samples: Samples<T>, batchSize: Int, budget: Int, step: inout Int, sums: inout [Double]
  ) throws(FaninError) {
    try run(samples, try requireCompiled(), batchSize, budget, &step, &sums, training: false)
  }

  /// Writes the outputs, rows × units, in steps as `train` does.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func predict(
    _ x: UnsafePointer<T>, rows: Int, batchSize: Int, budget: Int, step: inout Int,
    into out: UnsafeMutablePointer<T>
  ) throws(FaninError) {
    let plan = try Plan(rows: rows, width: widest, batchSize: batchSize, step: step, budget: budget)
    let workspace = try Workspace<T>(layers, rows: plan.batchSize, gathers: false)
    try BLASThreads.single { () throws(FaninError) in
      while let range = plan.next(&step) {
        let outputs = forward(
          x + range.lowerBound * inputSize, rows: range.count, workspace, lastActivation: true)
        (out + range.lowerBound * outputSize).update(from: outputs, count: range.count * outputSize)
        step += 1
      }
    }
  }

  /// The steps of `train` and `evaluate`.
  private func run(
    _ samples: Samples<T>, _ state: Compiled<T>, _ batchSize: Int, _ budget: Int, _ step: inout Int,
    _ sums: inout [Double], training: Bool
  ) throws(FaninError) {
    let plan = try Plan(rows: samples.rows, width: widest, batchSize: batchSize, step: step, budget: budget)
    try state.check(samples)
    guard sums.count == 1 + state.metrics.count else {
      throw .invalidValue("`sums` must have \(1 + state.metrics.count) values. Received: \(sums.count)")
    }
    let workspace = try Workspace<T>(layers, rows: plan.batchSize, gathers: samples.order != nil)
    let last = layers[layers.count - 1]
    let early = state.loss.readsInputs(of: last.activation)
    let logits = early || state.loss.fromLogits
    let softmax = early && last.activation == .softmax
    try BLASThreads.single { () throws(FaninError) in
      while let range = plan.next(&step) {
        let batch = try workspace.gather(
          samples, from: range.lowerBound, rows: range.count, inputs: inputSize, units: outputSize)
        let outputs = forward(batch.x, rows: batch.rows, workspace, lastActivation: !early)
        sums[0] += state.loss.evaluate(
          outputs, batch.answers, rows: batch.rows, units: outputSize, logits: logits, softmax: softmax,
          gradient: workspace.gradients.0)
        if early, !softmax { last.activation.apply(outputs, rows: batch.rows, units: outputSize) }
        for (i, metric) in state.metrics.enumerated() {
          sums[1 + i] += metric.hits(outputs, batch.answers, rows: batch.rows, units: outputSize)
        }
        if training {
          if !early {
            last.activation.differentiate(
              workspace.gradients.0, outputs: outputs, rows: batch.rows, units: outputSize)
          }
          backward(batch, workspace)
          state.steps += 1
          state.optimizer.update(
            parameterMemory.base, gradient: gradientMemory.base, slots: state.slots.base,
            count: parameterCount, step: state.steps)
        }
        step += 1
      }
    }
  }

  /// The last layer's outputs, or its pre-activations.
  private func forward(
    _ x: UnsafePointer<T>, rows: Int, _ workspace: Workspace<T>, lastActivation: Bool
  ) -> UnsafeMutablePointer<T> {
    var input = x
    for (i, layer) in layers.enumerated() {
      let output = workspace.outputs[i]
      layer.forward(input, rows: rows, parameters: parameterMemory.base, into: output)
      if lastActivation || i < layers.count - 1 {
        layer.activation.apply(output, rows: rows, units: layer.units)
      }
      input = UnsafePointer(output)
    }
    return workspace.outputs[layers.count - 1]
  }

  /// All parameters' gradients, from those of the last layer's pre-activations in `workspace.gradients.0`.
  private func backward(_ batch: Batch<T>, _ workspace: Workspace<T>) {
    var (gradient, spare) = workspace.gradients
    for (i, layer) in layers.enumerated().reversed() {
      let input = i == 0 ? batch.x : UnsafePointer(workspace.outputs[i - 1])
      layer.backward(
        input, gradient: gradient, rows: batch.rows, parameters: parameterMemory.base,
        gradients: gradientMemory.base, inputGradient: i == 0 ? nil : spare)
      if i > 0 {
        layers[i - 1].activation.differentiate(
          spare, outputs: input, rows: batch.rows, units: layer.inputs)
        swap(&gradient, &spare)
      }
    }
  }

  private func requireCompiled() throws(FaninError) -> Compiled<T> {
    guard let state = compiled.withLock({ $0 }) else {
      throw .invalidValue("You must call `compile()` before using the model.")
    }
    return state
  }

  /// Runs `body` as the only one that changes the network.
  private func whileTraining(_ body: () throws(FaninError) -> Void) throws(FaninError) {
    guard isTraining.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      throw .busy("The network is being trained by another thread")
    }
    defer { isTraining.store(false, ordering: .releasing) }
    try body()
  }
}

/// How a network is trained, and the optimizer's state.
final class Compiled<T: Scalar>: @unchecked Sendable {
  var optimizer: Optimizer
  let loss: Loss
  let metrics: [Metric]
  let slots: Memory<T>
  /// Updates made so far.
  var steps = 0

  init(
    optimizer: Optimizer, loss: Loss, metrics: [Metric], parameterCount: Int
  ) throws(FaninError) {
    self.optimizer = optimizer
    self.loss = loss
    self.metrics = metrics
    let purpose = "the optimizer's state"
    slots = try Memory(try checkedProduct(optimizer.slotCount, parameterCount, for: purpose), for: purpose)
    reset()
  }

  func reset() {
    steps = 0
    slots.base.update(repeating: T(optimizer.initialSlotValue), count: slots.count)
  }

  /// - Throws: `invalidValue` if the loss or a metric lacks what it reads.
  func check(_ samples: Samples<T>) throws(FaninError) {
    let sparse = [loss.isSparse] + metrics.map(\.isSparse)
    if samples.labels == nil, sparse.contains(true) {
      throw .invalidValue("`labels` must not be NULL for a sparse loss or metric")
    }
    if samples.targets == nil, sparse.contains(false) {
      throw .invalidValue("`targets` must not be NULL for a loss or metric that is not sparse")
    }
  }
}

/// The steps through `rows` samples, within a time.
private struct Plan {
  let rows: Int
  let batchSize: Int
  private let first: Int
  private let deadline: UInt64

  /// - Parameter width: the most values that a sample has anywhere.
  init(rows: Int, width: Int, batchSize: Int, step: Int, budget: Int) throws(FaninError) {
    guard rows >= 0 else { throw .invalidValue("`rows` must be >= 0. Received: rows=\(rows)") }
    _ = try checkedProduct(rows, width, for: "\(rows) samples")
    guard batchSize > 0, min(batchSize, rows) < 1 << 31 else {
      throw .invalidValue(
        "`batch_size` must be between 1 and 2**31 - 1. Received: batch_size=\(batchSize)")
    }
    guard step >= 0 else { throw .invalidValue("`step` must be >= 0. Received: step=\(step)") }
    self.rows = rows
    self.batchSize = max(1, min(batchSize, rows))
    first = step
    deadline = monotonicNanoseconds() &+ UInt64(max(0, budget))
  }

  /// The samples of step `step`, or nil if all are done or the time is over.
  func next(_ step: inout Int) -> Range<Int>? {
    let (start, overflow) = step.multipliedReportingOverflow(by: batchSize)
    guard !overflow, start < rows else { return nil }
    if step > first, monotonicNanoseconds() >= deadline { return nil }
    return start..<start + min(batchSize, rows - start)
  }
}

private func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}
