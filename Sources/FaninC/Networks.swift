import CFanin
import Fanin

/// What a `fanin_network *` points to.
private final class NetworkHandle {
  enum Content {
    case float32(Network<Float>)
    case float64(Network<Double>)
  }

  let content: Content

  init(_ content: Content) { self.content = content }

  static func of(_ pointer: OpaquePointer?) throws(FaninError) -> Content {
    guard let pointer else { throw .invalidValue("`network` must not be NULL") }
    return Unmanaged<NetworkHandle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue().content
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
    let content: NetworkHandle.Content
    switch DType(rawValue: dtype) {
    case .float32: content = .float32(try Network(inputSize: Int(inputSize), layers: dense))
    case .float64: content = .float64(try Network(inputSize: Int(inputSize), layers: dense))
    default:
      throw .invalidType("`dtype` of a network must be 0 (float32) or 1 (float64). Received: dtype=\(dtype)")
    }
    network.pointee = OpaquePointer(Unmanaged.passRetained(NetworkHandle(content)).toOpaque())
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
    switch try NetworkHandle.of(network) {
    case .float32(let network):
      let parameters = try network.parameters(ofLayer: Int(layer))
      kernel.pointee = UnsafeMutableRawPointer(parameters.kernel.baseAddress)
      bias.pointee = UnsafeMutableRawPointer(parameters.bias?.baseAddress)
    case .float64(let network):
      let parameters = try network.parameters(ofLayer: Int(layer))
      kernel.pointee = UnsafeMutableRawPointer(parameters.kernel.baseAddress)
      bias.pointee = UnsafeMutableRawPointer(parameters.bias?.baseAddress)
    }
  }
}

@_cdecl("fanin_network_compile")
public func networkCompile(
  _ network: OpaquePointer?, _ optimizer: UnsafePointer<fanin_optimizer>?,
  _ loss: UnsafePointer<fanin_loss>?, _ metrics: UnsafePointer<fanin_metric>?, _ metricCount: Int64,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let optimizer = try Optimizer(try required("optimizer", optimizer))
    let loss = try Loss(try required("loss", loss))
    guard metricCount >= 0, metricCount < 1 << 20, metrics != nil || metricCount == 0 else {
      throw .invalidValue("`metrics` must have between 0 and 2**20 - 1 metrics. Received: metric_count=\(metricCount)")
    }
    var list: [Metric] = []
    for i in 0..<Int(metricCount) {
      guard let metric = metrics?[i] else { break }
      list.append(Metric(try choice("metrics", metric.kind), threshold: metric.threshold))
    }
    switch try NetworkHandle.of(network) {
    case .float32(let network): try network.compile(optimizer: optimizer, loss: loss, metrics: list)
    case .float64(let network): try network.compile(optimizer: optimizer, loss: loss, metrics: list)
    }
  }
}

@_cdecl("fanin_network_reset_optimizer")
public func networkResetOptimizer(
  _ network: OpaquePointer?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    switch try NetworkHandle.of(network) {
    case .float32(let network): try network.resetOptimizer()
    case .float64(let network): try network.resetOptimizer()
    }
  }
}

@_cdecl("fanin_network_set_learning_rate")
public func networkSetLearningRate(
  _ network: OpaquePointer?, _ rate: Double, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    switch try NetworkHandle.of(network) {
    case .float32(let network): try network.setLearningRate(rate)
    case .float64(let network): try network.setLearningRate(rate)
    }
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
    switch try NetworkHandle.of(network) {
    case .float32(let network):
      try network.predict(
        try memory("x", x), rows: Int(rows), batchSize: Int(batchSize), budget: Int(budget), step: &count,
        into: UnsafeMutablePointer(mutating: try memory("out", out)))
    case .float64(let network):
      try network.predict(
        try memory("x", x), rows: Int(rows), batchSize: Int(batchSize), budget: Int(budget), step: &count,
        into: UnsafeMutablePointer(mutating: try memory("out", out)))
    }
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

/// Typed memory behind a pointer that must not be NULL.
private func memory<T>(_ name: String, _ pointer: UnsafeRawPointer?) throws(FaninError) -> UnsafePointer<T> {
  guard let pointer else { throw .invalidValue("`\(name)` must not be NULL") }
  return pointer.assumingMemoryBound(to: T.self)
}

private func checked<T>(_ samples: fanin_samples) throws(FaninError) -> Samples<T> {
  Samples(
    x: try memory("x", samples.x), labels: samples.labels,
    targets: samples.targets?.assumingMemoryBound(to: T.self), order: samples.order,
    rows: Int(samples.rows))
}

/// Trains or evaluates; what was done before a failure is still counted in *step and `sums`.
private func run(
  _ network: OpaquePointer?, training: Bool, _ samples: UnsafePointer<fanin_samples>?, _ batchSize: Int64,
  _ budget: Int64, _ step: UnsafeMutablePointer<Int64>?, _ sums: UnsafeMutablePointer<Double>?
) throws(FaninError) {
  let samples = try required("samples", samples)
  let step = try required("step", step)
  let sums = try required("sums", sums)
  func run<T>(_ network: Network<T>) throws(FaninError) {
    let data: Samples<T> = try checked(samples)
    var count = Int(step.pointee)
    var added = [Double](repeating: 0, count: try network.sumCount)
    defer {
      step.pointee = Int64(count)
      for (i, value) in added.enumerated() { sums[i] += value }
    }
    if training {
      try network.train(data, batchSize: Int(batchSize), budget: Int(budget), step: &count, sums: &added)
    } else {
      try network.evaluate(data, batchSize: Int(batchSize), budget: Int(budget), step: &count, sums: &added)
    }
  }
  switch try NetworkHandle.of(network) {
  case .float32(let network): try run(network)
  case .float64(let network): try run(network)
  }
}
