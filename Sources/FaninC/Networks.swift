import CFanin
import Fanin

/// What a `fanin_network *` points to: a network of either scalar.
final class NetworkHandle {
  let network: any AnyNetwork

  init(_ network: any AnyNetwork) { self.network = network }

  static func network(_ pointer: OpaquePointer?) throws(FaninError) -> any AnyNetwork {
    guard let pointer else { throw .invalidValue("`network` must not be NULL") }
    return Unmanaged<NetworkHandle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue().network
  }
}

/// A network whose scalar is not known: memory has no type here.
protocol AnyNetwork: AnyObject {
  var layerCount: Int { get }
  var sumCount: Int { get throws(FaninError) }
  func compile(optimizer: Optimizer, loss: Loss, metrics: [Metric]) throws(FaninError)
  func resetOptimizer() throws(FaninError)
  func setIterations(_ count: Int) throws(FaninError)
  func setTrainable(_ isTrainable: Bool, layer index: Int) throws(FaninError)
  func watch(
    layer index: Int, variable number: Int, regularizer: Regularizer?, constraint: Constraint?,
    exemptions: Exemptions?, rateFactor: Double?
  ) throws(FaninError)
  func state(ofLayer index: Int) throws(FaninError) -> UnsafeMutablePointer<Int64>
  func memory(ofLayer index: Int, variable: Int) throws(FaninError) -> (address: UnsafeMutableRawPointer?, count: Int)
  func memory(ofSlot slot: Int, layer: Int, variable: Int) throws(FaninError) -> UnsafeMutableRawPointer?
  func run(
    _ samples: fanin_samples, training: Bool, batchSize: Int, budget: Int, rates: UnsafePointer<Double>?,
    step: inout Int, sums: inout [Double]
  ) throws(FaninError)
  func predict(
    _ x: UnsafeRawPointer, rows: Int, batchSize: Int, budget: Int, training: Bool, step: inout Int,
    into out: UnsafeMutableRawPointer
  ) throws(FaninError)
  func observe(
    _ samples: fanin_samples, loss: Loss?
  ) throws(FaninError) -> [(outputs: Statistics, gradients: Statistics)]
}

extension Network: AnyNetwork {
  func memory(
    ofLayer index: Int, variable: Int
  ) throws(FaninError) -> (address: UnsafeMutableRawPointer?, count: Int) {
    let values = try values(ofLayer: index, variable: variable)
    return (UnsafeMutableRawPointer(values.baseAddress), values.count)
  }

  func memory(ofSlot number: Int, layer: Int, variable: Int) throws(FaninError) -> UnsafeMutableRawPointer? {
    UnsafeMutableRawPointer(try slot(number, layer: layer, variable: variable).baseAddress)
  }

  func run(
    _ samples: fanin_samples, training: Bool, batchSize: Int, budget: Int, rates: UnsafePointer<Double>?,
    step: inout Int, sums: inout [Double]
  ) throws(FaninError) {
    let data = try data(samples)
    if training {
      try train(data, batchSize: batchSize, budget: budget, rates: rates, step: &step, sums: &sums)
    } else {
      try evaluate(data, batchSize: batchSize, budget: budget, step: &step, sums: &sums)
    }
  }

  func predict(
    _ x: UnsafeRawPointer, rows: Int, batchSize: Int, budget: Int, training: Bool, step: inout Int,
    into out: UnsafeMutableRawPointer
  ) throws(FaninError) {
    try predict(
      x.assumingMemoryBound(to: T.self), rows: rows, batchSize: batchSize, budget: budget, training: training,
      step: &step, into: out.assumingMemoryBound(to: T.self))
  }

  func observe(
    _ samples: fanin_samples, loss: Loss?
  ) throws(FaninError) -> [(outputs: Statistics, gradients: Statistics)] {
    try observe(try data(samples), loss: loss)
  }

  private func data(_ samples: fanin_samples) throws(FaninError) -> Samples<T> {
    Samples(
      x: try required("x", samples.x).assumingMemoryBound(to: T.self), labels: samples.labels,
      targets: samples.targets?.assumingMemoryBound(to: T.self),
      weights: samples.weights?.assumingMemoryBound(to: T.self), order: samples.order, rows: Int(samples.rows))
  }
}

@_cdecl("fanin_network_create")
public func networkCreate(
  _ dtype: Int32, _ shape: UnsafePointer<Int64>?, _ rank: Int32, _ layers: UnsafePointer<fanin_layer>?,
  _ count: Int64, _ network: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let network = try required("network", network)
    let shape = try integers("shape", shape, rank)
    guard count > 0, count < 1 << 20, let layers else {
      throw .invalidValue("`layers` must have between 1 and 2**20 - 1 layers. Received: count=\(count)")
    }
    var descriptions: [any Layer] = []
    for i in 0..<Int(count) { descriptions.append(try layer(layers[i])) }
    let made: any AnyNetwork
    switch DType(rawValue: dtype) {
    case .float32: made = try Network<Float>(inputShape: shape, layers: descriptions)
    case .float64: made = try Network<Double>(inputShape: shape, layers: descriptions)
    default:
      throw .invalidType("`dtype` of a network must be 0 (float32) or 1 (float64). Received: dtype=\(dtype)")
    }
    network.pointee = OpaquePointer(Unmanaged.passRetained(NetworkHandle(made)).toOpaque())
  }
}

@_cdecl("fanin_network_destroy")
public func networkDestroy(_ network: OpaquePointer?) {
  guard let network else { return }
  Unmanaged<NetworkHandle>.fromOpaque(UnsafeRawPointer(network)).release()
}

@_cdecl("fanin_network_parameter")
public func networkParameter(
  _ network: OpaquePointer?, _ layer: Int64, _ index: Int64,
  _ values: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ count: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let values = try required("values", values)
    let count = try required("count", count)
    let memory = try NetworkHandle.network(network).memory(ofLayer: Int(layer), variable: Int(index))
    values.pointee = memory.address
    count.pointee = Int64(memory.count)
  }
}

@_cdecl("fanin_network_state")
public func networkState(
  _ network: OpaquePointer?, _ layer: Int64, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try required("state", state).pointee = UnsafeMutableRawPointer(
      try NetworkHandle.network(network).state(ofLayer: Int(layer)))
  }
}

@_cdecl("fanin_network_set_trainable")
public func networkSetTrainable(
  _ network: OpaquePointer?, _ layer: Int64, _ trainable: Int32, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try NetworkHandle.network(network).setTrainable(try truth("trainable", trainable), layer: Int(layer))
  }
}

@_cdecl("fanin_network_compile")
public func networkCompile(
  _ network: OpaquePointer?, _ optimizer: UnsafePointer<fanin_optimizer>?,
  _ loss: UnsafePointer<fanin_loss>?, _ metrics: UnsafePointer<fanin_metric>?, _ metricCount: Int64,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let optimizer = try Optimizer(try required("optimizer", optimizer).pointee)
    let loss = try Loss(try required("loss", loss).pointee)
    guard metricCount >= 0, metricCount < 1 << 20, metrics != nil || metricCount == 0 else {
      throw .invalidValue("`metrics` must have between 0 and 2**20 - 1 metrics. Received: metric_count=\(metricCount)")
    }
    var list: [Metric] = []
    for i in 0..<Int(metricCount) {
      guard let metric = metrics?[i] else { break }
      list.append(try Metric(metric))
    }
    try NetworkHandle.network(network).compile(optimizer: optimizer, loss: loss, metrics: list)
  }
}

@_cdecl("fanin_network_reset_optimizer")
public func networkResetOptimizer(
  _ network: OpaquePointer?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try NetworkHandle.network(network).resetOptimizer()
  }
}

@_cdecl("fanin_network_set_iterations")
public func networkSetIterations(
  _ network: OpaquePointer?, _ iterations: Int64, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try NetworkHandle.network(network).setIterations(Int(iterations))
  }
}

@_cdecl("fanin_network_slot")
public func networkSlot(
  _ network: OpaquePointer?, _ layer: Int64, _ index: Int64, _ slot: Int64,
  _ values: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try required("values", values).pointee = try NetworkHandle.network(network).memory(
      ofSlot: Int(slot), layer: Int(layer), variable: Int(index))
  }
}

@_cdecl("fanin_network_train")
public func networkTrain(
  _ network: OpaquePointer?, _ samples: UnsafePointer<fanin_samples>?, _ batchSize: Int64,
  _ budget: Int64, _ rates: UnsafePointer<Double>?, _ step: UnsafeMutablePointer<Int64>?,
  _ sums: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try run(network, training: true, samples, batchSize, budget, rates, step, sums)
  }
}

@_cdecl("fanin_network_evaluate")
public func networkEvaluate(
  _ network: OpaquePointer?, _ samples: UnsafePointer<fanin_samples>?, _ batchSize: Int64,
  _ budget: Int64, _ step: UnsafeMutablePointer<Int64>?, _ sums: UnsafeMutablePointer<Double>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try run(network, training: false, samples, batchSize, budget, nil, step, sums)
  }
}

@_cdecl("fanin_network_predict")
public func networkPredict(
  _ network: OpaquePointer?, _ x: UnsafeRawPointer?, _ rows: Int64, _ batchSize: Int64,
  _ budget: Int64, _ training: Int32, _ step: UnsafeMutablePointer<Int64>?, _ out: UnsafeMutableRawPointer?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let step = try required("step", step)
    var count = Int(step.pointee)
    defer { step.pointee = Int64(count) }
    try NetworkHandle.network(network).predict(
      try required("x", x), rows: Int(rows), batchSize: Int(batchSize), budget: Int(budget),
      training: try truth("training", training), step: &count, into: try required("out", out))
  }
}

@_cdecl("fanin_network_observe")
public func networkObserve(
  _ network: OpaquePointer?, _ samples: UnsafePointer<fanin_samples>?, _ loss: UnsafePointer<fanin_loss>?,
  _ outputs: UnsafeMutablePointer<fanin_statistics>?, _ gradients: UnsafeMutablePointer<fanin_statistics>?,
  _ count: Int64, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let outputs = try required("outputs", outputs)
    let gradients = try required("gradients", gradients)
    let network = try NetworkHandle.network(network)
    let samples = try required("samples", samples).pointee
    guard count == network.layerCount else {
      throw .invalidValue("`count` must be \(network.layerCount), the number of layers. Received: count=\(count)")
    }
    var given: Loss?
    if let loss { given = try Loss(loss.pointee) }
    for (i, measured) in try network.observe(samples, loss: given).enumerated() {
      write(measured.outputs, to: &outputs[i])
      write(measured.gradients, to: &gradients[i])
    }
  }
}

private func write(_ statistics: Statistics, to target: inout fanin_statistics) {
  target.count = Int64(statistics.count)
  target.not_finite = Int64(statistics.notFinite)
  target.mean = statistics.mean
  target.variance = statistics.variance
  target.kurtosis = statistics.kurtosis
  target.minimum = statistics.minimum
  target.maximum = statistics.maximum
  target.zeros = statistics.zeros
  target.constant = statistics.constant
  target.saturated = statistics.saturated
  withUnsafeMutableBytes(of: &target.histogram) { bytes in
    let bins = bytes.bindMemory(to: Int64.self)
    for (i, count) in statistics.histogram.enumerated() { bins[i] = Int64(count) }
  }
}

/// Trains or evaluates; what was done before a failure is still counted in *step and `sums`.
private func run(
  _ network: OpaquePointer?, training: Bool, _ samples: UnsafePointer<fanin_samples>?, _ batchSize: Int64,
  _ budget: Int64, _ rates: UnsafePointer<Double>?, _ step: UnsafeMutablePointer<Int64>?,
  _ sums: UnsafeMutablePointer<Double>?
) throws(FaninError) {
  let samples = try required("samples", samples).pointee
  let step = try required("step", step)
  let sums = try required("sums", sums)
  let network = try NetworkHandle.network(network)
  var count = Int(step.pointee)
  var added = [Double](repeating: 0, count: try network.sumCount)
  defer {
    step.pointee = Int64(count)
    for (i, value) in added.enumerated() { sums[i] += value }
  }
  try network.run(
    samples, training: training, batchSize: Int(batchSize), budget: Int(budget), rates: rates, step: &count,
    sums: &added)
}
