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

  /// Update number `step` (1 first) of `count` parameters w with gradients g; slot k begins at slots + k · count.
  func update<T: Scalar>(
    _ w: UnsafeMutablePointer<T>, gradient g: UnsafePointer<T>, slots: UnsafeMutablePointer<T>,
    count: Int, step: Int
  ) {
    let rate = T(learningRate)
    switch rule {
    case .sgd(momentum: 0, _):
      for i in 0..<count { w[i] -= rate * g[i] }

    case .sgd(let momentum, let nesterov):
      let mu = T(momentum)
      for i in 0..<count {
        let change = rate * g[i]
        let m = mu * slots[i] - change
        slots[i] = m
        w[i] += nesterov ? mu * m - change : m
      }

    case .adagrad(_, let epsilon):
      let epsilon = T(epsilon)
      for i in 0..<count {
        let a = slots[i] + g[i] * g[i]
        slots[i] = a
        w[i] -= rate * g[i] / T.root(a + epsilon)
      }

    case .adam(let beta1, let beta2, let epsilon, let amsgrad):
      let t = T(step)
      let b1 = T(beta1)
      let b2 = T(beta2)
      let alpha = rate * T.root(1 - T.power(b2, t)) / (1 - T.power(b1, t))
      let c1 = T(1 - beta1)
      let c2 = T(1 - beta2)
      let epsilon = T(epsilon)
      let first = slots
      let second = slots + count
      for i in 0..<count {
        first[i] += (g[i] - first[i]) * c1
        second[i] += (g[i] * g[i] - second[i]) * c2
      }
      let bound = amsgrad ? slots + 2 * count : second
      if amsgrad { for i in 0..<count { bound[i] = max(bound[i], second[i]) } }
      for i in 0..<count { w[i] -= first[i] * alpha / (T.root(bound[i]) + epsilon) }

    case .rmsprop(let rho, let momentum, let epsilon, let centered):
      let rho1 = T(rho)
      let rho2 = T(1 - rho)
      let mu = T(momentum)
      let epsilon = T(epsilon)
      let velocity = slots
      let momenta = slots + count
      let average = momentum > 0 ? slots + 2 * count : slots + count
      for i in 0..<count { velocity[i] = rho1 * velocity[i] + rho2 * g[i] * g[i] }
      if centered { for i in 0..<count { average[i] = rho1 * average[i] + rho2 * g[i] } }
      func change(_ i: Int) -> T {
        let variance = centered ? velocity[i] - average[i] * average[i] : velocity[i]
        return rate * g[i] / T.root(variance + epsilon)
      }
      if momentum > 0 {
        for i in 0..<count {
          momenta[i] = mu * momenta[i] + change(i)
          w[i] -= momenta[i]
        }
      } else {
        for i in 0..<count { w[i] -= change(i) }
      }
    }
  }
}
