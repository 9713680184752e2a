/// The passes over the numbers of dense networks, each once over memory, of one instruction set.
public struct DenseKernelTable<T: Sendable>: Sendable {
  /// z + b in every row, then max(·, 0) if asked.
  public let addBias: @Sendable (_ z: KernelMatrix<T>, _ b: UnsafePointer<T>?, _ relu: Bool) -> Void
  /// g where y > 0, else 0; the rows of y are as far apart as those of g.
  public let reluGradient: @Sendable (_ g: KernelMatrix<T>, _ y: UnsafePointer<T>) -> Void
  /// The sum of each column, added up from the first row to the last.
  public let columnSums: @Sendable (_ values: KernelMatrix<T>, _ sums: UnsafeMutablePointer<T>) -> Void
  /// p = exp(z − max z) / Σ exp(z − max z) over each row, and both for each row: max z and the sum. Rows lie without
  /// gaps; p may be z. Within 4 ulp where p is a normal number.
  public let softmax:
    @Sendable (
      _ z: UnsafePointer<T>, _ p: UnsafeMutablePointer<T>, _ rows: Int, _ columns: Int,
      _ largest: UnsafeMutablePointer<T>, _ sums: UnsafeMutablePointer<T>
    ) -> Void
  public let update: @Sendable (KernelUpdate<T>, KernelRule<T>) -> Void

  public init(
    addBias: @escaping @Sendable (KernelMatrix<T>, UnsafePointer<T>?, Bool) -> Void,
    reluGradient: @escaping @Sendable (KernelMatrix<T>, UnsafePointer<T>) -> Void,
    columnSums: @escaping @Sendable (KernelMatrix<T>, UnsafeMutablePointer<T>) -> Void,
    softmax:
      @escaping @Sendable (
        UnsafePointer<T>, UnsafeMutablePointer<T>, Int, Int, UnsafeMutablePointer<T>, UnsafeMutablePointer<T>
      ) -> Void,
    update: @escaping @Sendable (KernelUpdate<T>, KernelRule<T>) -> Void
  ) {
    self.addBias = addBias
    self.reluGradient = reluGradient
    self.columnSums = columnSums
    self.softmax = softmax
    self.update = update
  }
}

/// A matrix, or some columns of one, whose rows begin `stride` elements apart.
public struct KernelMatrix<T> {
  public let base: UnsafeMutablePointer<T>
  public let stride: Int
  public let rows: Int
  public let columns: Int

  public init(_ base: UnsafeMutablePointer<T>, stride: Int, rows: Int, columns: Int) {
    self.base = base
    self.stride = stride
    self.rows = rows
    self.columns = columns
  }
}

/// Consecutive parameters that an optimizer changes.
public struct KernelUpdate<T> {
  public let parameters: UnsafeMutablePointer<T>
  public let gradient: UnsafeMutablePointer<T>
  /// What rules take for g², or for Adamax's |g|; nil for that itself.
  public let powers: UnsafeMutablePointer<T>?
  /// The optimizer's state: slot k begins at slots + k · slotStride.
  public let slots: UnsafeMutablePointer<T>
  public let slotStride: Int
  public let count: Int

  public init(
    _ parameters: UnsafeMutablePointer<T>, gradient: UnsafeMutablePointer<T>,
    powers: UnsafeMutablePointer<T>? = nil, slots: UnsafeMutablePointer<T>, slotStride: Int, count: Int
  ) {
    self.parameters = parameters
    self.gradient = gradient
    self.powers = powers
    self.slots = slots
    self.slotStride = slotStride
    self.count = count
  }
}

/// How gradients change parameters, with the numbers of one step.
public enum KernelRule<T: Sendable>: Sendable {
  /// w −= rate g
  case descent(rate: T)
  /// m = μ m − rate g, w += m, or w += μ m − rate g (Nesterov).
  case momentum(rate: T, mu: T, nesterov: Bool)
  /// a += g², w −= rate g / √(a + ε)
  case adagrad(rate: T, epsilon: T)
  /// m += (g − m) c₁, v += (g² − v) c₂, w −= m rate / (√v + ε); AMSGrad takes the largest v so far.
  case adam(rate: T, c1: T, c2: T, epsilon: T, amsgrad: Bool)
  /// v = ρ v + c g², s = rate g / √(v + ε), w −= s; with momentum m = μ m + s, w −= m; centered: a = ρ a + c g
  /// and v − a² in place of v. The slots are v, m and a, as far as there are any.
  case rmsprop(rate: T, rho: T, c: T, mu: T, epsilon: T, centered: Bool)
  /// m and v as Adam's, w −= rate (momentum m + gradient g) / (√(v / correction) + ε).
  case nadam(rate: T, c1: T, c2: T, momentum: T, gradient: T, correction: T, epsilon: T)
  /// m as Adam's, u = max(β₂ u, |g|), w −= rate m / (correction (u + ε)).
  case adamax(rate: T, c1: T, beta2: T, correction: T, epsilon: T)
  /// a = ρ a + c g², δ = √(d + ε) g / √(a + ε), d = ρ d + c δ², w −= rate δ.
  case adadelta(rate: T, rho: T, c: T, epsilon: T)
  /// n' = n + g², z += g + shrinkage w − (n'ᵖ − nᵖ) / rate w, w = (clip(z, ±l₁) − z) / (n'ᵖ / rate + l₂); the power p is
  /// 1/2.
  case ftrl(rate: T, power: T, l1: T, l2: T, shrinkage: T)
  /// w −= rate sign(β₁ m + c₁ g), then m = β₂ m + c₂ g.
  case lion(rate: T, beta1: T, c1: T, beta2: T, c2: T)
  /// m and v as Adam's, g = (m / correction₁) / (√(v / correction₂) + ε); the parameters stay.
  case direction(c1: T, c2: T, correction1: T, correction2: T, epsilon: T)
  /// g = min(max(g, −limit), limit)
  case clip(limit: T)
  /// w −= w decay rate
  case decay(T, rate: T)
  /// The slot becomes μ slot + (1 − μ) w.
  case average(mu: T)
}
