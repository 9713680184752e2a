import CFanin
import Fanin

/// What a `fanin_network *` points to: a network of either scalar.
private final class NetworkHandle {
  let network: any AnyNetwork

  init(_ network: any AnyNetwork) { self.network = network }

  static func network(_ pointer: OpaquePointer?) throws(FaninError) -> any AnyNetwork {
    guard let pointer else { throw .invalidValue("`network` must not be NULL") }
    return Unmanaged<NetworkHandle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue().network
  }
}

/// A network whose scalar is not known: memory has no type here.
private protocol AnyNetwork: AnyObject {
  var sumCount: Int { get throws(FaninError) }
  func compile(optimizer: Optimizer, loss: Loss, metrics: [Metric]) throws(FaninError)
  func resetOptimizer() throws(FaninError)
  func setLearningRate(_ rate: Double) throws(FaninError)
  func addresses(
    ofLayer index: Int
  ) throws(FaninError) -> (kernel: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?)
  func run(
    _ samples: fanin_samples, training: Bool, batchSize: Int, budget: Int, step: inout Int,
    sums: inout [Double]
  ) throws(FaninError)
  func predict(
    _ x: UnsafeRawPointer, rows: Int, batchSize: Int, budget: Int, step: inout Int,
    into out: UnsafeMutableRawPointer
  ) throws(FaninError)
}

extension Network: AnyNetwork {
  func addresses(
    ofLayer index: Int
  ) throws(FaninError) -> (kernel: UnsafeMutableRawPointer?, bias: UnsafeMutableRawPointer?) {
    let (kernel, bias) = try parameters(ofLayer: index)
    return (UnsafeMutableRawPointer(kernel.baseAddress), UnsafeMutableRawPointer(bias?.baseAddress))
  }

  func run(
    _ samples: fanin_samples, training: Bool, batchSize: Int, budget: Int, step: inout Int,
    sums: inout [Double]
  ) throws(FaninError) {
    let data = Samples(
      x: try required("x", samples.x).assumingMemoryBound(to: T.self), labels: samples.labels,
      targets: samples.targets?.assumingMemoryBound(to: T.self), order: samples.order,
      rows: Int(samples.rows))
    if training {
      try train(data, batchSize: batchSize, budget: budget, step: &step, sums: &sums)
    } else {
      try evaluate(data, batchSize: batchSize, budget: budget, step: &step, sums: &sums)
    }
  }

  func predict(
    _ x: UnsafeRawPointer, rows: Int, batchSize: Int, budget: Int, step: inout Int,
    into out: UnsafeMutableRawPointer
  ) throws(FaninError) {
    try predict(
      x.assumingMemoryBound(to: T.self), rows: rows, batchSize: batchSize, budget: budget, step: &step,
      into: out.assumingMemoryBound(to: T.self))
  }
}

@_cdecl("fanin_network_create")
public func networkCreate(
  _ dtype: Int32, _ inputSize: Int64, _ layers: UnsafePointer<fanin_dense>?, _ count: Int64,
  _ network: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let network = try required("network", network)
    guard count > 0, count < 1 << 20, let layers else {
      throw .invalidValue("`layers` must have between 1 and 2**20 - 1 layers. Received: count=\(count)")
    }
    var dense: [Dense] = []
    for i in 0..<Int(count) {
      dense.append(
        Dense(
          Int(layers[i].units), activation: try choice("activation", layers[i].activation),
          useBias: try truth("use_bias", layers[i].use_bias), kernelInitializer: .zeros))
    }
    let made: any AnyNetwork
    switch DType(rawValue: dtype) {
    case .float32: made = try Network<Float>(inputSize: Int(inputSize), layers: dense)
    case .float64: made = try Network<Double>(inputSize: Int(inputSize), layers: dense)
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

@_cdecl("fanin_network_parameters")
public func networkParameters(
  _ network: OpaquePointer?, _ layer: Int64, _ kernel: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ bias: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let kernel = try required("kernel", kernel)
    let bias = try required("bias", bias)
    let addresses = try NetworkHandle.network(network).addresses(ofLayer: Int(layer))
    kernel.pointee = addresses.kernel
    bias.pointee = addresses.bias
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
      list.append(Metric(try choice("metrics", metric.kind), threshold: metric.threshold))
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

@_cdecl("fanin_network_set_learning_rate")
public func networkSetLearningRate(
  _ network: OpaquePointer?, _ rate: Double, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try NetworkHandle.network(network).setLearningRate(rate)
  }
}

@_cdecl("fanin_network_train")
public func networkTrain(
  _ network: OpaquePointer?, _ samples: UnsafePointer<fanin_samples>?, _ batchSize: Int64,
  _ budget: Int64, _ step: UnsafeMutablePointer<Int64>?, _ sums: UnsafeMutablePointer<Double>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try run(network, training: true, samples, batchSize, budget, step, sums)
  }
}

@_cdecl("fanin_network_evaluate")
public func networkEvaluate(
  _ network: OpaquePointer?, _ samples: UnsafePointer<fanin_samples>?, _ batchSize: Int64,
  _ budget: Int64, _ step: UnsafeMutablePointer<Int64>?, _ sums: UnsafeMutablePointer<Double>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try run(network, training: false, samples, batchSize, budget, step, sums)
  }
}

@_cdecl("fanin_network_predict")
public func networkPredict(
  _ network: OpaquePointer?, _ x: UnsafeRawPointer?, _ rows: Int64, _ batchSize: Int64,
  _ budget: Int64, _ step: UnsafeMutablePointer<Int64>?, _ out: UnsafeMutableRawPointer?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let step = try required("step", step)
    var count = Int(step.pointee)
    defer { step.pointee = Int64(count) }
    try NetworkHandle.network(network).predict(
      try required("x", x), rows: Int(rows), batchSize: Int(batchSize), budget: Int(budget), step: &count,
      into: try required("out", out))
  }
}

extension Optimizer {
  fileprivate init(_ optimizer: fanin_optimizer) throws(FaninError) {
    let flag = try truth("flag", optimizer.flag)
    let rule: Rule
    switch optimizer.kind {
    case Int32(FANIN_SGD): rule = .sgd(momentum: optimizer.momentum, nesterov: flag)
    case Int32(FANIN_ADAGRAD):
      rule = .adagrad(
        initialAccumulator: optimizer.initial_accumulator_value, epsilon: optimizer.epsilon)
    case Int32(FANIN_ADAM):
      rule = .adam(
        beta1: optimizer.beta_1, beta2: optimizer.beta_2, epsilon: optimizer.epsilon, amsgrad: flag)
    case Int32(FANIN_RMSPROP):
      rule = .rmsprop(
        rho: optimizer.rho, momentum: optimizer.momentum, epsilon: optimizer.epsilon, centered: flag)
    default:
      throw .invalidValue(
        "`kind` must be one of 0 (SGD), 1 (Adagrad), 2 (Adam), 3 (RMSprop). Received: kind=\(optimizer.kind)")
    }
    try self.init(rule, learningRate: optimizer.learning_rate)
  }
}

extension Loss {
  fileprivate init(_ loss: fanin_loss) throws(FaninError) {
    try self.init(
      try choice("kind", loss.kind), fromLogits: try truth("from_logits", loss.from_logits),
      labelSmoothing: loss.label_smoothing)
  }
}

/// Trains or evaluates; what was done before a failure is still counted in *step and `sums`.
private func run(
  _ network: OpaquePointer?, training: Bool, _ samples: UnsafePointer<fanin_samples>?, _ batchSize: Int64,
  _ budget: Int64, _ step: UnsafeMutablePointer<Int64>?, _ sums: UnsafeMutablePointer<Double>?
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
    samples, training: training, batchSize: Int(batchSize), budget: Int(budget), step: &count, sums: &added)
}
