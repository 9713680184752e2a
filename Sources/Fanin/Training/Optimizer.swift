import FaninKernelTable

/// How a gradient g changes a parameter w; the equations are Keras's (`keras/src/optimizers`).
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
  }

  public let rule: Rule
  public internal(set) var learningRate: Double

  /// - Throws: `invalidValue` for a rate that is not finite or a parameter outside of its range.
  public init(_ rule: Rule, learningRate: Double) throws(FaninError) {
    try Self.check("learning_rate", learningRate, -.greatestFiniteMagnitude ... .greatestFiniteMagnitude)
    let notNegative = 0...Double.greatestFiniteMagnitude
    switch rule {
    case .sgd(let momentum, _):
      try Self.check("momentum", momentum, 0...1)
    case .adagrad(let initial, let epsilon):
      try Self.check("initial_accumulator_value", initial, notNegative)
      try Self.check("epsilon", epsilon, notNegative)
    case .adam(let beta1, let beta2, let epsilon, _):
      try Self.check("beta_1", beta1, 0...1.0.nextDown)
      try Self.check("beta_2", beta2, 0...1.0.nextDown)
      try Self.check("epsilon", epsilon, notNegative)
    case .rmsprop(let rho, let momentum, let epsilon, _):
      try Self.check("rho", rho, 0...1)
      try Self.check("momentum", momentum, 0...1)
      try Self.check("epsilon", epsilon, notNegative)
    }
    self.rule = rule
    self.learningRate = learningRate
  }

  static func check(_ name: String, _ value: Double, _ range: ClosedRange<Double>) throws(FaninError) {
    guard range.contains(value) else {
      throw .invalidValue(
        "`\(name)` must be between \(range.lowerBound) and \(range.upperBound). Received: \(name)=\(value)")
    }
  }

  /// Values of state for each parameter.
  var slotCount: Int {
    switch rule {
    case .sgd(let momentum, _): momentum == 0 ? 0 : 1
    case .adagrad: 1
    case .adam(_, _, _, let amsgrad): amsgrad ? 3 : 2
    case .rmsprop(_, let momentum, _, let centered): 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0)
    }
  }

  /// The value that every slot starts with.
  var initialSlotValue: Double {
    if case .adagrad(let initial, _) = rule { initial } else { 0 }
  }

  /// The rule for update number `step`, 1 first.
  func rule<T: Scalar>(step: Int) -> KernelRule<T> {
    let rate = T(learningRate)
    switch rule {
    case .sgd(momentum: 0, _):
      return .descent(rate: rate)
    case .sgd(let momentum, let nesterov):
      return .momentum(rate: rate, mu: T(momentum), nesterov: nesterov)
    case .adagrad(_, let epsilon):
      return .adagrad(rate: rate, epsilon: T(epsilon))
    case .adam(let beta1, let beta2, let epsilon, let amsgrad):
      let t = T(step)
      let corrected = rate * (1 - T.power(T(beta2), t)).squareRoot() / (1 - T.power(T(beta1), t))
      return .adam(
        rate: corrected, c1: T(1 - beta1), c2: T(1 - beta2), epsilon: T(epsilon), amsgrad: amsgrad)
    case .rmsprop(let rho, let momentum, let epsilon, let centered):
      return .rmsprop(
        rate: rate, rho: T(rho), c: T(1 - rho), mu: T(momentum), epsilon: T(epsilon), centered: centered)
    }
  }
}
