import CFanin
import Fanin

@_cdecl("fanin_network_regularize")
public func networkRegularize(
  _ network: OpaquePointer?, _ layer: Int64, _ index: Int64, _ regularizer: UnsafePointer<fanin_regularizer>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try NetworkHandle.network(network).watch(
      layer: Int(layer), variable: Int(index),
      regularizer: try Regularizer(try required("regularizer", regularizer).pointee), constraint: nil, exemptions: nil,
      rateFactor: nil)
  }
}

@_cdecl("fanin_network_constrain")
public func networkConstrain(
  _ network: OpaquePointer?, _ layer: Int64, _ index: Int64, _ constraint: UnsafePointer<fanin_constraint>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try NetworkHandle.network(network).watch(
      layer: Int(layer), variable: Int(index), regularizer: nil,
      constraint: try Constraint(try required("constraint", constraint).pointee), exemptions: nil, rateFactor: nil)
  }
}

@_cdecl("fanin_network_exempt")
public func networkExempt(
  _ network: OpaquePointer?, _ layer: Int64, _ index: Int64, _ exemptions: Int32,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    guard (0...3).contains(exemptions) else {
      throw .invalidValue("`exemptions` must be between 0 and 3. Received: exemptions=\(exemptions)")
    }
    try NetworkHandle.network(network).watch(
      layer: Int(layer), variable: Int(index), regularizer: nil, constraint: nil,
      exemptions: Exemptions(rawValue: exemptions), rateFactor: nil)
  }
}

@_cdecl("fanin_network_scale_rate")
public func networkScaleRate(
  _ network: OpaquePointer?, _ layer: Int64, _ index: Int64, _ factor: Double,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try NetworkHandle.network(network).watch(
      layer: Int(layer), variable: Int(index), regularizer: nil, constraint: nil, exemptions: nil, rateFactor: factor)
  }
}

extension Optimizer {
  init(_ optimizer: fanin_optimizer) throws(FaninError) {
    var options = Options()
    options.weightDecay = optimizer.weight_decay
    let limits = [optimizer.clipvalue, optimizer.clipnorm, optimizer.global_clipnorm]
    guard limits.filter({ $0 != 0 }).count <= 1 else {
      throw .invalidValue(
        "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: clipnorm=\(limits[1]), "
          + "clipvalue=\(limits[0]), global_clipnorm=\(limits[2])")
    }
    if limits[0] != 0 { options.clipping = .value(limits[0]) }
    if limits[1] != 0 { options.clipping = .norm(limits[1]) }
    if limits[2] != 0 { options.clipping = .globalNorm(limits[2]) }
    if !optimizer.ema_momentum.isNaN {
      let frequency = Int(optimizer.ema_overwrite_frequency)
      options.average = Average(
        momentum: optimizer.ema_momentum, overwriteFrequency: frequency == 0 ? nil : frequency)
    }
    options.accumulationSteps = Int(optimizer.gradient_accumulation_steps)
    try self.init(try Rule(optimizer), learningRate: optimizer.learning_rate, options: options)
  }
}

extension Optimizer.Rule {
  fileprivate init(_ optimizer: fanin_optimizer) throws(FaninError) {
    let flag = try truth("flag", optimizer.flag)
    let c = optimizer.constants
    switch optimizer.kind {
    case Int32(FANIN_SGD): self = .sgd(momentum: c.0, nesterov: flag)
    case Int32(FANIN_ADAGRAD): self = .adagrad(initialAccumulator: c.0, epsilon: c.1)
    case Int32(FANIN_ADAM): self = .adam(beta1: c.0, beta2: c.1, epsilon: c.2, amsgrad: flag)
    case Int32(FANIN_RMSPROP): self = .rmsprop(rho: c.0, momentum: c.1, epsilon: c.2, centered: flag)
    case Int32(FANIN_NADAM): self = .nadam(beta1: c.0, beta2: c.1, epsilon: c.2)
    case Int32(FANIN_ADAMAX): self = .adamax(beta1: c.0, beta2: c.1, epsilon: c.2)
    case Int32(FANIN_ADADELTA): self = .adadelta(rho: c.0, epsilon: c.1)
    case Int32(FANIN_FTRL):
      self = .ftrl(power: c.0, initialAccumulator: c.1, l1: c.2, l2: c.3, shrinkage: c.4, beta: c.5)
    case Int32(FANIN_LION): self = .lion(beta1: c.0, beta2: c.1)
    case Int32(FANIN_LAMB): self = .lamb(beta1: c.0, beta2: c.1, epsilon: c.2)
    case Int32(FANIN_ADAFACTOR):
      self = .adafactor(beta2Decay: c.0, epsilon1: c.1, epsilon2: c.2, clipThreshold: c.3)
    case Int32(FANIN_MUON):
      var muon = Optimizer.Muon()
      (muon.a, muon.b, muon.c, muon.momentum) = (c.0, c.1, c.2, c.3)
      guard let steps = Int(exactly: c.4) else {
        throw .invalidValue("`ns_steps` must be an integer. Received: ns_steps=\(c.4)")
      }
      muon.steps = steps
      muon.rmsRate = c.5.isNaN ? nil : c.5
      (muon.adamBeta1, muon.adamBeta2, muon.adamEpsilon) = (c.6, c.7, c.8)
      (muon.adamWeightDecay, muon.adamRatio) = (c.9, c.10)
      muon.nesterov = flag
      self = .muon(muon)
    default:
      throw .invalidValue("`kind` must be an optimizer's, between 0 and 11. Received: kind=\(optimizer.kind)")
    }
  }
}

extension Regularizer {
  fileprivate init(_ regularizer: fanin_regularizer) throws(FaninError) {
    let flag = try truth("flag", regularizer.flag)
    switch regularizer.kind {
    case Int32(FANIN_NORMS):
      try self.init(.norms(l1: regularizer.constants.0, l2: regularizer.constants.1))
    case Int32(FANIN_ORTHOGONAL):
      try self.init(.orthogonal(factor: regularizer.constants.0, columns: flag))
    default:
      throw .invalidValue(
        "`kind` must be one of 0 (norms), 1 (orthogonal). Received: kind=\(regularizer.kind)")
    }
  }
}

extension Constraint {
  fileprivate init(_ constraint: fanin_constraint) throws(FaninError) {
    let axes =
      constraint.axis_count == -1 ? nil : try integers("axes", constraint.axes, constraint.axis_count)
    let c = constraint.constants
    switch constraint.kind {
    case Int32(FANIN_NON_NEGATIVE): self.init(.nonNegative, axes: axes)
    case Int32(FANIN_NORM): self.init(.norm(min: c.0, max: c.1, rate: c.2), axes: axes)
    case Int32(FANIN_UNIT_NORM): self.init(.unitNorm, axes: axes)
    default:
      throw .invalidValue(
        "`kind` must be one of 0 (non-negative), 1 (norm), 2 (unit norm). Received: kind=\(constraint.kind)")
    }
  }
}
