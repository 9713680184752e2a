import Synchronization

/// A stack of layers.
///
/// All parameters lie in one buffer. Gradients exist for a part of them at a time, until the optimizer has changed it,
/// or, where a step needs them all, in another buffer. Predictions and evaluations may run in many threads at once, one
/// training beside them.
public final class Network<T: Scalar>: @unchecked Sendable {
  let sizes: Sizes
  /// The arithmetic of the layers that have any.
  let stages: [Stage<T>]
  let parameters: Memory<T>
  private let layers: Mutex<[PlacedLayer<T>]>
  private let state: Memory<Int64>
  private let isTraining = Atomic<Bool>(false)
  private let compiled = Mutex<Compiled<T>?>(nil)

  public var inputSize: Int { sizes.inputs }
  public var outputSize: Int { sizes.outputs }
  public var parameterCount: Int { parameters.count }
  public var layerCount: Int { placedLayers().count }

  /// Lays the layers out and draws their weights, see `initialize`.
  ///
  /// - Parameter inputShape: of a sample.
  /// - Throws: `invalidValue` for sizes outside 1 ..< 2³¹ or no layers, `outOfMemory`, and what the layers and their
  ///   initializers throw.
  public init(inputShape: [Int], layers descriptions: [any Layer], seed: Int64 = 0) throws(FaninError) {
    guard !descriptions.isEmpty else { throw .invalidValue("A network needs at least one layer") }
    let purpose = "the network's parameters"
    var shape = inputShape
    var inputs = try size(of: shape, purpose)
    let firstInputs = inputs
    var count = 0
    var placed: [PlacedLayer<T>] = []
    var stages: [Stage<T>] = []
    state = try Memory(2 * descriptions.count, for: purpose)
    for (i, layer) in descriptions.enumerated() {
      let outputShape = try layer.outputShape(of: shape)
      let outputs = try size(of: outputShape, purpose)
      var variables = layer.variables(inputShape: shape)
      for i in variables.indices {
        variables[i].offset = count
        let values = try TensorView.count(of: variables[i].shape)
        let (end, overflow) = count.addingReportingOverflow(values)
        guard !overflow else { throw .outOfMemory("No memory for \(purpose): its size overflows") }
        count = end
      }
      let place = Place(
        inputShape: shape, outputShape: outputShape, variables: variables, state: state.base + 2 * i)
      place.state[0] = layer.seed
      place.state[1] = 0
      let stage = try layer.stage(T.self, at: place)
      if let stage {
        guard stages.isEmpty || !stage.checksInputs else { throw .notImplemented("Embedding must be the first layer") }
        stages.append(stage)
      } else if inputs != outputs {
        throw .invalidValue("A layer without arithmetic can't change the number of values in a sample")
      }
      placed.append(PlacedLayer(stage: stage, variables: variables))
      shape = outputShape
      inputs = outputs
    }
    if stages.isEmpty { stages = [IdentityStage(inputs: inputs, outputs: inputs)] }
    let units = shape.last ?? 1
    sizes = Sizes(inputs: firstInputs, outputs: inputs, positions: inputs / units, units: units)
    self.stages = stages
    layers = Mutex(placed)
    parameters = try Memory(count, for: purpose)
    try initialize(seed: seed)
  }

  /// Draws all weights anew and clears the optimizer's state.
  ///
  /// The layers' variables take the op seeds (seed, 0), (seed, 1), … of a `SeedGenerator` in turn.
  public func initialize(seed: Int64) throws(FaninError) {
    try whileTraining { () throws(FaninError) in
      var generator = SeedGenerator(seed)
      for layer in placedLayers() {
        for variable in layer.variables {
          let view = try TensorView(parameters.base + variable.offset, dtype: T.dtype, shape: variable.shape)
          try variable.initializer.fill(view, seed: generator.next())
        }
      }
      compiled.withLock { $0 }?.reset()
    }
  }

  /// A variable of a layer, row-major.
  ///
  /// - Throws: `invalidValue` if there is no such layer or variable.
  public func values(ofLayer index: Int, variable: Int) throws(FaninError) -> UnsafeMutableBufferPointer<T> {
    let range = try self.variable(variable, ofLayer: index).range
    return UnsafeMutableBufferPointer(start: parameters.base + range.lowerBound, count: range.count)
  }

  /// The seed of the random numbers that a layer draws, and how many batches have drawn from it.
  public func state(ofLayer index: Int) throws(FaninError) -> UnsafeMutablePointer<Int64> {
    _ = try layer(index)
    return state.base + 2 * index
  }

  /// Whether gradients change a layer's variables.
  public func setTrainable(_ isTrainable: Bool, layer index: Int) throws(FaninError) {
    let layer = try layer(index)
    guard layer.stage?.isFrozen == isTrainable else { return }
    try whileTraining { () throws(FaninError) in
      layer.stage?.isFrozen = !isTrainable
      compiled.withLock { $0 }?.workspace = nil
    }
  }

  /// Sets what a variable's values cost, what they are brought to, what the optimizer leaves out for them and what
  /// its learning rate is multiplied by; nil leaves that as it is.
  ///
  /// - Throws: `invalidValue` for what does not suit the variable, and for a factor that is negative or not finite.
  public func watch(
    layer index: Int, variable number: Int, regularizer: Regularizer? = nil, constraint: Constraint? = nil,
    exemptions: Exemptions? = nil, rateFactor: Double? = nil
  ) throws(FaninError) {
    let shape = try variable(number, ofLayer: index).shape
    try regularizer?.check(shape)
    try constraint?.check(shape)
    if let rateFactor, !(0...Double.greatestFiniteMagnitude ~= rateFactor) {
      throw .invalidValue("`factor` must be finite and not negative. Received: factor=\(rateFactor)")
    }
    try whileTraining { () throws(FaninError) in
      layers.withLock { layers in
        if let regularizer { layers[index].variables[number].regularizer = regularizer }
        if let constraint { layers[index].variables[number].constraint = constraint }
        if let exemptions { layers[index].variables[number].exemptions = exemptions }
        if let rateFactor { layers[index].variables[number].rateFactor = rateFactor }
      }
    }
  }

  /// Sets how the network is trained and judged; the optimizer starts anew.
  public func compile(
    optimizer: Optimizer, loss: Loss, metrics: [Metric] = []
  ) throws(FaninError) {
    try whileTraining { () throws(FaninError) in
      let state = try Compiled<T>(
        optimizer: optimizer, loss: loss, metrics: metrics, units: sizes.units, parameterCount: parameterCount)
      compiled.withLock { $0 = state }
    }
  }

  /// How many numbers `train` and `evaluate` add up: the loss, and the metrics' states.
  public var sumCount: Int {
    get throws(FaninError) { try requireCompiled().sumCount }
  }

  /// Clears the optimizer's slots and step count.
  public func resetOptimizer() throws(FaninError) {
    try whileTraining { () throws(FaninError) in try requireCompiled().reset() }
  }

  /// Steps that the optimizer has taken.
  public func setIterations(_ count: Int) throws(FaninError) {
    guard (0..<(1 << 53)).contains(count) else {
      throw .invalidValue("`iterations` must be between 0 and 2**53 - 1. Received: iterations=\(count)")
    }
    try whileTraining { () throws(FaninError) in try requireCompiled().steps = count }
  }

  /// The optimizer's array number `slot` for a variable.
  public func slot(
    _ slot: Int, layer index: Int, variable: Int
  ) throws(FaninError) -> UnsafeMutableBufferPointer<T> {
    let range = try self.variable(variable, ofLayer: index).range
    let compiled = try requireCompiled()
    guard (0..<compiled.optimizer.slotCount).contains(slot) else {
      throw .invalidValue("`slot` must be between 0 and \(compiled.optimizer.slotCount - 1). Received: slot=\(slot)")
    }
    return UnsafeMutableBufferPointer(
      start: compiled.slots.base + slot * parameterCount + range.lowerBound, count: range.count)
  }

  /// Trains in steps of `batchSize` samples, from step `step`, until all are done or `budget` nanoseconds have
  /// passed, but at least one step; `step` becomes the number of steps done in all.
  ///
  /// - Parameters:
  ///   - rates: the learning rate of each step; nil for the optimizer's.
  ///   - sums: receives, added, each step's loss times its samples, and the metrics' states, both before the update.
  /// - Throws: `invalidValue` for data that does not fit the loss, an index or label that does not exist (that
  ///   step has then changed nothing), `outOfMemory`, `busy` if another thread is training.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func train(
    _ samples: Samples<T>, batchSize: Int, budget: Int, rates: UnsafePointer<Double>? = nil, step: inout Int,
    sums: inout [Double]
  ) throws(FaninError) {
    try whileTraining { () throws(FaninError) in
      try run(.train, samples, try requireCompiled(), batchSize, budget, rates, &step, &sums)
    }
  }

  /// As `train`, without changing anything.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func evaluate(
    _ samples: Samples<T>, batchSize: Int, budget: Int, step: inout Int, sums: inout [Double]
  ) throws(FaninError) {
    try run(.evaluate, samples, try requireCompiled(), batchSize, budget, nil, &step, &sums)
  }

  /// Writes the outputs, rows × outputs, in steps as `train` does.
  ///
  /// - Parameter training: whether layers behave as in training: they drop, and use and move the batch's statistics.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func predict(
    _ x: UnsafePointer<T>, rows: Int, batchSize: Int, budget: Int, training: Bool = false, step: inout Int,
    into out: UnsafeMutablePointer<T>
  ) throws(FaninError) {
    let plan = try plan(rows, batchSize, step, budget)
    let pass = try Pass(
      .predict, Samples(x: x, rows: rows), plan, network: self, trained: [], training: training, rates: nil,
      compiled: nil, out: out)
    guard training else { return try pass.run(&step) }
    try whileTraining { () throws(FaninError) in try pass.run(&step) }
  }

  /// Goes forward and backward once, as in training, and measures what goes through; nothing is changed but what
  /// layers remember of batches.
  ///
  /// - Parameters:
  ///   - samples: one batch, in its own order.
  ///   - loss: what gives the outputs' gradients; nil if the samples' targets are these gradients.
  /// - Returns: for each layer its outputs and the gradients by them; of a `Dense` with an activation, the gradients by
  ///   what goes into that, and so also of the last activation if the loss reads what goes into it. Layers without
  ///   arithmetic have no values.
  /// - Throws: as `train`.
  @specialized(where T == Float)
  @specialized(where T == Double)
  public func observe(
    _ samples: Samples<T>, loss: Loss? = nil
  ) throws(FaninError) -> [(outputs: Statistics, gradients: Statistics)] {
    guard samples.rows > 0 else { throw .invalidValue("`rows` must be at least 1. Received: rows=\(samples.rows)") }
    guard samples.order == nil else { throw .invalidValue("`order` must be NULL: the batch is taken as it is") }
    guard loss != nil || samples.targets != nil else {
      throw .invalidValue("`targets` must not be NULL without a loss: they are the outputs' gradients")
    }
    let plan = try plan(samples.rows, samples.rows, 0, 0)
    var compiled: Compiled<T>?
    if let loss {
      compiled = try Compiled(
        optimizer: try Optimizer(.sgd(), learningRate: 0), loss: loss, metrics: [], units: sizes.units,
        parameterCount: parameterCount)
      try compiled?.check(samples)
    }
    var measured: [(outputs: Statistics, gradients: Statistics)] = []
    try whileTraining { () throws(FaninError) in
      let pass = try Pass(
        .observe, samples, plan, network: self, trained: [], training: true, rates: nil, compiled: compiled, out: nil)
      var step = 0
      try pass.run(&step)
      measured = pass.statistics()
    }
    var stage = 0
    return placedLayers().map { layer in
      guard layer.stage != nil else { return (Statistics(), Statistics()) }
      stage += 1
      return measured[stage - 1]
    }
  }

  private func run(
    _ goal: Goal, _ samples: Samples<T>, _ state: Compiled<T>, _ batchSize: Int, _ budget: Int,
    _ rates: UnsafePointer<Double>?, _ step: inout Int, _ sums: inout [Double]
  ) throws(FaninError) {
    let plan = try plan(samples.rows, batchSize, step, budget)
    try state.check(samples)
    guard sums.count == state.sumCount else {
      throw .invalidValue("`sums` must have \(state.sumCount) values. Received: \(sums.count)")
    }
    let pass = try Pass(
      goal, samples, plan, network: self, trained: trainedVariables(), training: goal == .train, rates: rates,
      compiled: state, out: nil)
    defer { for i in sums.indices { sums[i] += pass.sums[i] } }
    try pass.run(&step)
  }

  private func plan(_ rows: Int, _ batchSize: Int, _ step: Int, _ budget: Int) throws(FaninError) -> Plan {
    let widest = stages.reduce(sizes.inputs) { max($0, $1.outputs, $1.kept) }
    return try Plan(rows: rows, width: widest, batchSize: batchSize, step: step, budget: budget)
  }

  private func placedLayers() -> [PlacedLayer<T>] { layers.withLock { $0 } }

  /// Those that gradients change.
  private func trainedVariables() -> [Variable] {
    placedLayers().flatMap { layer in
      layer.stage?.isFrozen == false ? layer.variables.filter(\.isTrainable) : []
    }
  }

  private func layer(_ index: Int) throws(FaninError) -> PlacedLayer<T> {
    let layers = placedLayers()
    guard layers.indices.contains(index) else {
      throw .invalidValue("`layer` must be between 0 and \(layers.count - 1). Received: layer=\(index)")
    }
    return layers[index]
  }

  private func variable(_ number: Int, ofLayer index: Int) throws(FaninError) -> Variable {
    let variables = try layer(index).variables
    guard variables.indices.contains(number) else {
      throw .invalidValue(
        "`index` must be that of one of the layer's \(variables.count) variables. Received: index=\(number)")
    }
    return variables[number]
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

/// Values a sample that go into a network and come out, the latter as positions × units.
struct Sizes {
  let inputs: Int
  let outputs: Int
  let positions: Int
  let units: Int
}

/// A layer of a network: its arithmetic, if it has any, and its variables.
private struct PlacedLayer<T: Scalar> {
  let stage: Stage<T>?
  var variables: [Variable]
}

/// The values of a sample of a shape.
private func size(of shape: [Int], _ purpose: String) throws(FaninError) -> Int {
  var size = 1
  for axis in shape {
    guard (1..<(1 << 31)).contains(axis) else {
      throw .invalidValue("The sizes of a sample's shape must be between 1 and 2**31 - 1. Received: shape=\(shape)")
    }
    size = try checkedProduct(size, axis, for: purpose)
  }
  return size
}

/// How a network is trained, and the optimizer's state.
final class Compiled<T: Scalar>: @unchecked Sendable {
  let optimizer: Optimizer
  let loss: Loss
  let metrics: [Metric]
  let slots: Memory<T>
  /// Updates made so far.
  var steps = 0
  /// Kept from one call of `train` to the next.
  var workspace: Workspace<T>?

  /// Of the loss and the metrics' states.
  let sumCount: Int

  init(
    optimizer: Optimizer, loss: Loss, metrics: [Metric], units: Int, parameterCount: Int
  ) throws(FaninError) {
    self.optimizer = optimizer
    self.loss = loss
    self.metrics = metrics
    for metric in metrics { try metric.check(units: units) }
    sumCount = metrics.reduce(1) { $0 + $1.stateCount(units: units) }
    let purpose = "the optimizer's state"
    slots = try Memory(try checkedProduct(optimizer.slotCount, parameterCount, for: purpose), for: purpose)
    reset()
  }

  func reset() {
    steps = 0
    let count = slots.count / max(1, optimizer.slotCount)
    for slot in 0..<optimizer.slotCount {
      (slots.base + slot * count).update(repeating: T(optimizer.initialValue(ofSlot: slot)), count: count)
    }
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
