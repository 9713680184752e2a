import Synchronization

/// A stack of dense layers.
///
/// All parameters lie in one buffer. Gradients exist for a part of them at a time, until the optimizer has changed it.
/// Predictions and evaluations may run in many threads at once, one training beside them.
public final class Network<T: Scalar>: @unchecked Sendable {
  let layers: [PlacedDense]
  private let specifications: [Dense]
  private let parameterMemory: Memory<T>
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
    var outputs = 0
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
          bias: dense.useBias ? count + kernelCount : nil, outputsBefore: outputs))
      count = dense.useBias ? end : end - dense.units
      inputs = dense.units
      outputs += dense.units
    }
    layers = placed
    self.specifications = specifications
    parameterMemory = try Memory(count, for: purpose)
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
    get throws(FaninError) { try requireCompiled().sumCount }
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
      let state = try requireCompiled()
      try run(.train, samples, state, batchSize, budget, &step, &sums)
    }
  }

  /// As `train`, without changing anything.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func evaluate(
    _ samples: Samples<T>, batchSize: Int, budget: Int, step: inout Int, sums: inout [Double]
  ) throws(FaninError) {
    try run(.evaluate, samples, try requireCompiled(), batchSize, budget, &step, &sums)
  }

  /// Writes the outputs, rows × units, in steps as `train` does.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func predict(
    _ x: UnsafePointer<T>, rows: Int, batchSize: Int, budget: Int, step: inout Int,
    into out: UnsafeMutablePointer<T>
  ) throws(FaninError) {
    let plan = try Plan(rows: rows, width: widest, batchSize: batchSize, step: step, budget: budget)
    let pass = try Pass(
      .predict, Samples(x: x, rows: rows), plan, layers: layers, parameters: parameterMemory, compiled: nil,
      out: out)
    try pass.run(&step)
  }

  private func run(
    _ goal: Goal, _ samples: Samples<T>, _ state: Compiled<T>, _ batchSize: Int, _ budget: Int,
    _ step: inout Int, _ sums: inout [Double]
  ) throws(FaninError) {
    let plan = try Plan(rows: samples.rows, width: widest, batchSize: batchSize, step: step, budget: budget)
    try state.check(samples)
    guard sums.count == state.sumCount else {
      throw .invalidValue("`sums` must have \(state.sumCount) values. Received: \(sums.count)")
    }
    let pass = try Pass(
      goal, samples, plan, layers: layers, parameters: parameterMemory, compiled: state, out: nil)
    defer { for i in sums.indices { sums[i] += pass.sums[i] } }
    try pass.run(&step)
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
  /// Kept from one call of `train` to the next.
  var workspace: Workspace<T>?

  var sumCount: Int { 1 + metrics.count }

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
