import FaninKernelTable

/// How a gradient g changes a parameter w; the equations are Keras's (`keras/src/optimizers`).
///
/// Each step: clip g, decay w, apply the rule, average w; constraints come last.
public struct Optimizer: Sendable {
  public enum Rule: Sendable {
    /// w −= lr g; with momentum μ: m = μ m − lr g, w += m, or w += μ m − lr g (Nesterov).
    case sgd(momentum: Double = 0, nesterov: Bool = false)
    /// a += g², w −= lr g / √(a + ε). Duchi, Hazan and Singer, 2011.
    case adagrad(initialAccumulator: Double = 0.1, epsilon: Double = 1e-7)
    /// m += (g − m)(1 − β₁), v += (g² − v)(1 − β₂), w −= α m / (√v + ε) with
    /// α = lr √(1 − β₂ᵗ) / (1 − β₁ᵗ). Kingma and Ba, 2015. AMSGrad takes the largest v so far (Reddi et al., 2018).
    case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7, amsgrad: Bool = false)
    /// v = ρ v + (1 − ρ) g², s = lr g / √(v + ε), w −= s, or m = μ m + s, w −= m. Centered:
    /// a = ρ a + (1 − ρ) g and v − a² in place of v. Tieleman and Hinton, 2012.
    case rmsprop(rho: Double = 0.9, momentum: Double = 0, epsilon: Double = 1e-7, centered: Bool = false)
    /// Adam with Nesterov's momentum: with uₜ = β₁ (1 − 0.96ᵗ / 2) and P = u₁ ⋯ uₜ,
    /// w −= lr (uₜ₊₁ m / (1 − P uₜ₊₁) + (1 − uₜ) g / (1 − P)) / (√(v / (1 − β₂ᵗ)) + ε). Dozat, 2015.
    case nadam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7)
    /// m as Adam's, u = max(β₂ u, |g|), w −= lr m / ((1 − β₁ᵗ)(u + ε)). Kingma and Ba, 2015.
    case adamax(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7)
    /// a = ρ a + (1 − ρ) g², δ = −√(d + ε) g / √(a + ε), d = ρ d + (1 − ρ) δ², w += lr δ. Zeiler, 2012.
    case adadelta(rho: Double = 0.95, epsilon: Double = 1e-7)
    /// n' = n + g², z += g + 2 s w − (n'^−p − n^−p) w / lr, w = (clip(z, ±l₁) − z) / (n'^−p / lr + 2 l₂ + β / lr) with
    /// p the learning rate's power and s the shrinkage. McMahan et al., 2013.
    case ftrl(
      power: Double = -0.5, initialAccumulator: Double = 0.1, l1: Double = 0, l2: Double = 0, shrinkage: Double = 0,
      beta: Double = 0)
    /// w −= lr sign(β₁ m + (1 − β₁) g), then m = β₂ m + (1 − β₂) g. Chen et al., 2023.
    case lion(beta1: Double = 0.9, beta2: Double = 0.99)
    /// m and v as Adam's, u = m̂ / (√v̂ + ε), w −= lr u ‖w‖ / ‖u‖ (without the norms if one is 0). You et al., 2020.
    case lamb(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7)
    /// g² is estimated by its means over rows and columns; w −= α u / max(1, RMS u / d) with u = g / √v and
    /// α = max(ε₂, RMS w) min(lr, 1 / √t). Shazeer and Stern, 2018.
    case adafactor(
      beta2Decay: Double = -0.8, epsilon1: Double = 1e-30, epsilon2: Double = 1e-3, clipThreshold: Double = 1)
    /// Matrices are moved along an orthogonal matrix near the momentum, which a Newton-Schulz iteration gives; all others
    /// by Adam with `adamRatio` times the rate. Jordan et al., 2024; Liu et al., 2025.
    case muon(Muon = Muon())
  }

  public struct Muon: Sendable {
    public var adamBeta1 = 0.9
    public var adamBeta2 = 0.999
    public var adamEpsilon = 1e-7
    public var adamWeightDecay = 0.004
    public var adamRatio = 1.0
    /// X ← a X + (b A + c A²) X with A = X Xᵀ, in each of `steps` steps.
    public var a = 3.4445
    public var b = -4.775
    public var c = 2.0315
    public var steps = 5
    public var momentum = 0.95
    public var nesterov = true
    /// The step is multiplied by this and √max(rows, columns); nil for 1.
    public var rmsRate: Double? = 0.2

    public init() {}
  }

  public enum Clipping: Sendable {
    /// Values to −limit … limit.
    case value(Double)
    /// g limit / max(‖g‖, limit), for each variable.
    case norm(Double)
    /// The same with the norm of all variables' gradients.
    case globalNorm(Double)
  }

  /// a = μ a + (1 − μ) w after each step.
  public struct Average: Sendable {
    public var momentum: Double
    /// w = a in every so-manieth step; nil for never.
    public var overwriteFrequency: Int?

    public init(momentum: Double = 0.99, overwriteFrequency: Int? = nil) {
      self.momentum = momentum
      self.overwriteFrequency = overwriteFrequency
    }
  }

  public struct Options: Sendable {
    /// w −= w decay lr before each step.
    public var weightDecay = 0.0
    public var clipping: Clipping?
    public var average: Average?
    /// Of how many batches the gradients are averaged for a step.
    public var accumulationSteps = 1

    public init() {}
  }

  public let rule: Rule
  public let learningRate: Double
  public let options: Options

  /// - Throws: `invalidValue` for a number outside of its range.
  public init(_ rule: Rule, learningRate: Double, options: Options = Options()) throws(FaninError) {
    let finite = -Double.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    try Self.check("learning_rate", learningRate, finite)
    try Self.check(rule)
    try Self.check("weight_decay", options.weightDecay, finite)
    switch options.clipping {
    case .value(let limit): try Self.check("clipvalue", limit, 0 ... .greatestFiniteMagnitude)
    case .norm(let limit): try Self.check("clipnorm", limit, 0 ... .greatestFiniteMagnitude)
    case .globalNorm(let limit): try Self.check("global_clipnorm", limit, 0 ... .greatestFiniteMagnitude)
    case nil: break
    }
    if let average = options.average {
      try Self.check("ema_momentum", average.momentum, 0...1)
      if let frequency = average.overwriteFrequency, frequency < 1 {
        throw .invalidValue(
          "`ema_overwrite_frequency` must be >= 1. Received: ema_overwrite_frequency=\(frequency)")
      }
    }
    guard options.accumulationSteps >= 1 else {
      throw .invalidValue(
        "`gradient_accumulation_steps` must be >= 1. Received: "
          + "gradient_accumulation_steps=\(options.accumulationSteps)")
    }
    self.rule = rule
    self.learningRate = learningRate
    self.options = options
  }

  private static func check(_ rule: Rule) throws(FaninError) {
    let finite = -Double.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    let notNegative = 0...Double.greatestFiniteMagnitude
    switch rule {
    case .sgd(let momentum, _):
      try check("momentum", momentum, 0...1)
    case .adagrad(let initial, let epsilon):
      try check("initial_accumulator_value", initial, notNegative)
      try check("epsilon", epsilon, notNegative)
    case .adam(let beta1, let beta2, let epsilon, _), .nadam(let beta1, let beta2, let epsilon),
      .adamax(let beta1, let beta2, let epsilon), .lamb(let beta1, let beta2, let epsilon):
      try checkBetas(beta1, beta2, epsilon)
    case .rmsprop(let rho, let momentum, let epsilon, _):
      try check("rho", rho, 0...1)
      try check("momentum", momentum, 0...1)
      try check("epsilon", epsilon, notNegative)
    case .adadelta(let rho, let epsilon):
      try check("rho", rho, 0...1)
      try check("epsilon", epsilon, notNegative)
    case .ftrl(let power, let initial, let l1, let l2, let shrinkage, let beta):
      try check("learning_rate_power", power, -.greatestFiniteMagnitude...0)
      try check("initial_accumulator_value", initial, notNegative)
      try check("l1_regularization_strength", l1, notNegative)
      try check("l2_regularization_strength", l2, notNegative)
      try check("l2_shrinkage_regularization_strength", shrinkage, notNegative)
      try check("beta", beta, finite)
    case .lion(let beta1, let beta2):
      try check("beta_1", beta1, Double.leastNonzeroMagnitude...1)
      try check("beta_2", beta2, 0...1)
    case .adafactor(let beta2Decay, let epsilon1, let epsilon2, let clipThreshold):
      try check("beta_2_decay", beta2Decay, finite)
      try check("epsilon_1", epsilon1, notNegative)
      try check("epsilon_2", epsilon2, notNegative)
      try check("clip_threshold", clipThreshold, Double.leastNonzeroMagnitude ... .greatestFiniteMagnitude)
    case .muon(let muon):
      try checkBetas(muon.adamBeta1, muon.adamBeta2, muon.adamEpsilon)
      try check("adam_weight_decay", muon.adamWeightDecay, finite)
      try check("adam_lr_ratio", muon.adamRatio, finite)
      try check("muon_a", muon.a, finite)
      try check("muon_b", muon.b, finite)
      try check("muon_c", muon.c, finite)
      try check("momentum", muon.momentum, finite)
      try check("rms_rate", muon.rmsRate ?? 0, finite)
      guard (0...1000).contains(muon.steps) else {
        throw .invalidValue("`ns_steps` must be between 0 and 1000. Received: ns_steps=\(muon.steps)")
      }
    }
  }

  private static func checkBetas(_ beta1: Double, _ beta2: Double, _ epsilon: Double) throws(FaninError) {
    try check("beta_1", beta1, 0...1.0.nextDown)
    try check("beta_2", beta2, 0...1.0.nextDown)
    try check("epsilon", epsilon, 0 ... .greatestFiniteMagnitude)
  }

  static func check(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws(FaninError) {
    guard range.contains(value) else {
      throw .invalidValue(
        "`\(name)` must be between \(range.lowerBound) and \(range.upperBound). Received: \(name)=\(value)")
    }
  }

  /// Arrays of the parameters' size: those of the rule, the average, the accumulated gradients.
  var slotCount: Int { ruleSlotCount + (options.average == nil ? 0 : 1) + (accumulates ? 1 : 0) }

  var averageSlot: Int { ruleSlotCount }
  var accumulatorSlot: Int { slotCount - 1 }
  var accumulates: Bool { options.accumulationSteps > 1 }

  private var ruleSlotCount: Int {
    switch rule {
    case .sgd(let momentum, _): momentum == 0 ? 0 : 1
    case .adagrad, .lion: 1
    case .adam(_, _, _, let amsgrad): amsgrad ? 3 : 2
    case .rmsprop(_, let momentum, _, let centered): 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0)
    case .nadam, .adamax, .adadelta, .ftrl, .lamb: 2
    // The means over rows and columns, which take less than that, and the estimate.
    case .adafactor: 3
    // The momentum, Adam's second moment or A, and two that products are made in.
    case .muon: 4
    }
  }

  /// The value that a slot starts with.
  func initialValue(ofSlot slot: Int) -> Double {
    guard slot == 0 else { return 0 }
    switch rule {
    case .adagrad(let initial, _), .ftrl(_, let initial, _, _, _, _): return initial
    default: return 0
    }
  }

  /// What the optimizer does with the terms of a gradient that is a sum; nil if it needs no more than the sum.
  func terms<T: Scalar>() -> OptimizerTerms<T>? {
    // Keras adds the terms up when it accumulates gradients.
    guard !accumulates else { return nil }
    switch (options.clipping, rule) {
    case (.value(let limit), .adamax): return OptimizerTerms(limit: T(limit), areSquared: false)
    case (.value(let limit), _): return OptimizerTerms(limit: T(limit), areSquared: true)
    case (.norm, _), (.globalNorm, _): return OptimizerTerms(limit: .infinity, areSquared: true)
    case (nil, .sgd), (nil, .lion): return nil
    case (nil, .adamax): return OptimizerTerms(limit: .infinity, areSquared: false)
    case (nil, _): return OptimizerTerms(limit: .infinity, areSquared: true)
    }
  }

  /// Whether each parameter's step needs its own gradient only.
  var isElementwise: Bool {
    switch options.clipping {
    case .norm, .globalNorm: return false
    case .value, nil: break
    }
    switch rule {
    case .lamb, .adafactor, .muon: return false
    default: return !accumulates
    }
  }
}

/// What becomes of the terms that a gradient is the sum of.
struct OptimizerTerms<T: Scalar> {
  /// To which each is clipped by value.
  let limit: T
  /// Whether the powers are the sums of their squares, or of their magnitudes.
  let areSquared: Bool
}

/// What an optimizer leaves out for a variable.
public struct Exemptions: OptionSet, Sendable {
  public let rawValue: Int32
  public static let decay = Exemptions(rawValue: 1)
  /// Muon changes it as Adam does.
  public static let muon = Exemptions(rawValue: 2)

  public init(rawValue: Int32) { self.rawValue = rawValue }
}
