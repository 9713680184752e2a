import FaninKernelTable

/// The numbers of one step of an optimizer.
struct OptimizerStep<T: Scalar> {
  let rule: KernelRule<T>
  let rate: T
  /// Steps with accumulated gradients count as one; 1 first.
  let number: Int
  /// Whether parameters are changed, not only gradients added up.
  let isUpdate: Bool
  let decay: T
  /// To which gradients are clipped by value.
  let limit: T?
  let average: Average?

  struct Average {
    let slot: Int
    let momentum: T
    let overwrites: Bool
  }

  /// Changes consecutive parameters.
  func apply(_ values: KernelUpdate<T>, _ kernels: DenseKernelTable<T>) {
    clip(values, kernels)
    if decay != 0 { kernels.update(values, .decay(decay, rate: rate)) }
    change(values, rule, kernels)
    take(average, of: values, kernels)
  }

  /// Clips gradients by value, unless their terms have been.
  func clip(_ values: KernelUpdate<T>, _ kernels: DenseKernelTable<T>) {
    if let limit, values.powers == nil { kernels.update(values, .clip(limit: limit)) }
  }

  /// Applies a rule.
  func change(_ values: KernelUpdate<T>, _ rule: KernelRule<T>, _ kernels: DenseKernelTable<T>) {
    if case .ftrl(let rate, let power, let l1, let l2, let shrinkage) = rule, power != 0.5 {
      ftrl(values, rate, power, l1, l2, shrinkage)
    } else {
      kernels.update(values, rule)
    }
  }

  /// a = μ a + (1 − μ) w, and perhaps w = a.
  func take(_ average: Average?, of values: KernelUpdate<T>, _ kernels: DenseKernelTable<T>) {
    guard let average else { return }
    let slot = values.slots + average.slot * values.slotStride
    kernels.update(
      KernelUpdate(values.parameters, gradient: values.gradient, slots: slot, slotStride: 0, count: values.count),
      .average(mu: average.momentum))
    if average.overwrites { values.parameters.update(from: slot, count: values.count) }
  }
}

extension Optimizer {
  /// - Parameter number: of the batch, 1 first.
  func step<T: Scalar>(_ number: Int, rate: Double) -> OptimizerStep<T> {
    let done = (number - 1) / options.accumulationSteps
    var limit: T?
    if case .value(let value) = options.clipping { limit = T(value) }
    return OptimizerStep(
      rule: kernelRule(step: done + 1, rate: T(rate)), rate: T(rate), number: done + 1,
      isUpdate: number % options.accumulationSteps == 0, decay: T(options.weightDecay), limit: limit,
      average: options.average.map { average in
        OptimizerStep.Average(
          slot: averageSlot, momentum: done == 0 ? 0 : T(average.momentum),
          overwrites: average.overwriteFrequency.map { (done + 1) % $0 == 0 } ?? false)
      })
  }

  /// What the kernels do in update number `step`, 1 first; of Lamb its direction, of Muon what Adam changes, of
  /// Adafactor nothing.
  private func kernelRule<T: Scalar>(step: Int, rate: T) -> KernelRule<T> {
    let t = T(step)
    func corrected(_ beta1: Double, _ beta2: Double) -> T {
      rate * (1 - T.power(T(beta2), t)).squareRoot() / (1 - T.power(T(beta1), t))
    }
    switch rule {
    case .sgd(momentum: 0, _), .adafactor:
      return .descent(rate: rate)
    case .sgd(let momentum, let nesterov):
      return .momentum(rate: rate, mu: T(momentum), nesterov: nesterov)
    case .adagrad(_, let epsilon):
      return .adagrad(rate: rate, epsilon: T(epsilon))
    case .adam(let beta1, let beta2, let epsilon, let amsgrad):
      return .adam(
        rate: corrected(beta1, beta2), c1: T(1 - beta1), c2: T(1 - beta2), epsilon: T(epsilon), amsgrad: amsgrad)
    case .rmsprop(let rho, let momentum, let epsilon, let centered):
      return .rmsprop(
        rate: rate, rho: T(rho), c: T(1 - rho), mu: T(momentum), epsilon: T(epsilon), centered: centered)
    case .nadam(let beta1, let beta2, let epsilon):
      // Keras rounds the betas first.
      let b1 = T(beta1)
      let b2 = T(beta2)
      let u = b1 * (1 - 0.5 * T.power(0.96, t))
      let next = b1 * (1 - 0.5 * T.power(0.96, t + 1))
      let product = T(momentumProduct(beta1, step))
      return .nadam(
        rate: rate, c1: 1 - b1, c2: 1 - b2, momentum: next / (1 - product * next), gradient: (1 - u) / (1 - product),
        correction: 1 - T.power(b2, t), epsilon: T(epsilon))
    case .adamax(let beta1, let beta2, let epsilon):
      return .adamax(
        rate: rate, c1: T(1 - beta1), beta2: T(beta2), correction: 1 - T.power(T(beta1), t), epsilon: T(epsilon))
    case .adadelta(let rho, let epsilon):
      return .adadelta(rate: rate, rho: T(rho), c: T(1 - rho), epsilon: T(epsilon))
    case .ftrl(let power, _, let l1, let l2, let shrinkage, let beta):
      return .ftrl(
        rate: rate, power: T(-power), l1: T(l1), l2: 2 * (T(l2) + T(beta) / (2 * rate)), shrinkage: T(2 * shrinkage))
    case .lion(let beta1, let beta2):
      return .lion(rate: rate, beta1: T(beta1), c1: 1 - T(beta1), beta2: T(beta2), c2: 1 - T(beta2))
    case .lamb(let beta1, let beta2, let epsilon):
      return .direction(
        c1: T(1 - beta1), c2: T(1 - beta2), correction1: 1 - T.power(T(beta1), t),
        correction2: 1 - T.power(T(beta2), t), epsilon: T(epsilon))
    case .muon(let muon):
      return .adam(
        rate: T(muon.adamRatio) * corrected(muon.adamBeta1, muon.adamBeta2), c1: T(1 - muon.adamBeta1),
        c2: T(1 - muon.adamBeta2), epsilon: T(muon.adamEpsilon), amsgrad: false)
    }
  }

  /// Nadam's u₁ ⋯ uₜ; from the thousandth on 0.96ᵗ / 2 is nothing beside 1.
  func momentumProduct(_ beta1: Double, _ t: Int) -> Double {
    var product = Double.power(beta1, Double(t))
    var power = 1.0
    for _ in 0..<min(t, 1000) {
      power *= 0.96
      product *= 1 - 0.5 * power
    }
    return product
  }

  /// A step of all variables, whose gradients it may change.
  ///
  /// - Parameters:
  ///   - variables: those that are trained.
  ///   - powers: of the terms of the first so many gradients.
  func applyWhole<T: Scalar>(
    _ step: OptimizerStep<T>, to variables: [Variable], parameters: UnsafeMutablePointer<T>,
    gradients: UnsafeMutablePointer<T>, powers: UnsafeMutableBufferPointer<T> = .init(start: nil, count: 0),
    slots: UnsafeMutablePointer<T>, slotStride: Int, _ kernels: DenseKernelTable<T>
  ) {
    var powers = powers
    func values(_ variable: Variable) -> KernelUpdate<T> {
      let start = variable.offset
      return KernelUpdate(
        parameters + start, gradient: gradients + start,
        powers: powers.indices.contains(start) ? powers.baseAddress! + start : nil, slots: slots + start,
        slotStride: slotStride, count: variable.count)
    }
    for variable in variables {
      variable.regularizer?.addGradient(
        of: UnsafePointer(parameters + variable.offset), shape: variable.shape, to: gradients + variable.offset)
      guard accumulates else { continue }
      let values = values(variable)
      let sums = values.slots + accumulatorSlot * slotStride
      if step.isUpdate {
        mean(of: values.gradient, and: sums, T(options.accumulationSteps), values.count)
      } else {
        add(values.gradient, to: sums, values.count)
      }
    }
    if step.isUpdate {
      if clip(variables.map(values)) { powers = .init(start: nil, count: 0) }
      for variable in variables {
        change(variable, values(variable), scaled(step, by: variable.rateFactor), kernels)
      }
    }
    for variable in variables {
      step.take(step.average, of: values(variable), kernels)
      variable.constraint?.apply(to: parameters + variable.offset, shape: variable.shape)
    }
  }

  /// The step with another learning rate.
  private func scaled<T: Scalar>(_ step: OptimizerStep<T>, by factor: Double) -> OptimizerStep<T> {
    guard factor != 1 else { return step }
    let rate = step.rate * T(factor)
    return OptimizerStep(
      rule: kernelRule(step: step.number, rate: rate), rate: rate, number: step.number, isUpdate: step.isUpdate,
      decay: step.decay, limit: step.limit, average: step.average)
  }

  /// A variable's decay and rule.
  private func change<T: Scalar>(
    _ variable: Variable, _ values: KernelUpdate<T>, _ step: OptimizerStep<T>, _ kernels: DenseKernelTable<T>
  ) {
    step.clip(values, kernels)
    var decay = step.decay
    var muon: Muon?
    if case .muon(let rule) = rule {
      if variable.shape.count == 2 && !variable.exemptions.contains(.muon) {
        muon = rule
      } else {
        decay = T(rule.adamWeightDecay)
      }
    }
    if decay != 0 && !variable.exemptions.contains(.decay) {
      kernels.update(values, .decay(decay, rate: step.rate))
    }
    if let muon {
      return muon.apply(to: values, rows: variable.shape[0], columns: variable.shape[1], rate: step.rate)
    }
    switch rule {
    case .adafactor(let beta2Decay, let epsilon1, let epsilon2, let clipThreshold):
      adafactor(
        values, shape: variable.shape,
        AdafactorNumbers(
          beta2: 1 - T.power(T(step.number), T(beta2Decay)), epsilon1: T(epsilon1), epsilon2: T(epsilon2),
          clipThreshold: T(clipThreshold), rate: min(step.rate, 1 / T(step.number).squareRoot())))
    case .lamb:
      kernels.update(values, step.rule)
      let size = norm(values.parameters, values.count)
      let direction = norm(values.gradient, values.count)
      let ratio = size > 0 && direction > 0 ? size / direction : 1
      kernels.update(values, .descent(rate: ratio * step.rate))
    default:
      step.change(values, step.rule, kernels)
    }
  }

  /// Clips gradients by norms, and returns whether their terms' powers are of no more use.
  private func clip<T: Scalar>(_ variables: [KernelUpdate<T>]) -> Bool {
    func squares(_ values: KernelUpdate<T>) -> Double {
      values.powers.map { sumOfMagnitudes($0, values.count) } ?? sumOfSquares(values.gradient, values.count)
    }
    switch options.clipping {
    case .norm(let limit):
      for values in variables {
        let divisor = max(T(squares(values).squareRoot()), T(limit))
        multiply(values.gradient, by: T(limit), over: divisor, values.count)
        let factor = T(limit) / divisor
        if let powers = values.powers { multiply(powers, by: factor * factor, over: 1, values.count) }
      }
      // Squares, of which the norm is made, are not what Adamax takes.
      if case .adamax = rule { return true }
      return false
    case .globalNorm(let limit):
      let norm = T(variables.reduce(0) { $0 + squares($1) }.squareRoot())
      // A norm that is not finite makes all gradients NaN.
      let scale = T(limit) * min(1 / norm, 1 / T(limit)) + (norm - norm)
      for values in variables { multiply(values.gradient, by: scale, over: 1, values.count) }
      // Keras adds the terms up.
      return true
    case .value, nil:
      return false
    }
  }

  /// What the variables' values cost.
  func penalty<T: Scalar>(of variables: [Variable], parameters: UnsafeMutablePointer<T>) -> Double {
    var sum = 0.0
    for variable in variables {
      guard let regularizer = variable.regularizer else { continue }
      sum += regularizer.penalty(of: UnsafePointer(parameters + variable.offset), shape: variable.shape)
    }
    return sum
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
private func add<T: Scalar>(_ gradient: UnsafeMutablePointer<T>, to sums: UnsafeMutablePointer<T>, _ count: Int) {
  for i in 0..<count { sums[i] += gradient[i] }
}

/// Makes gradients the means of a step's, and clears the sums of the others.
@specialized(where T == Float)
@specialized(where T == Double)
private func mean<T: Scalar>(
  of gradient: UnsafeMutablePointer<T>, and sums: UnsafeMutablePointer<T>, _ steps: T, _ count: Int
) {
  for i in 0..<count {
    gradient[i] = (gradient[i] + sums[i]) / steps
    sums[i] = 0
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
private func multiply<T: Scalar>(_ values: UnsafeMutablePointer<T>, by factor: T, over divisor: T, _ count: Int) {
  for i in 0..<count { values[i] = values[i] * factor / divisor }
}

/// Ftrl with any power of the learning rate.
@specialized(where T == Float)
@specialized(where T == Double)
private func ftrl<T: Scalar>(_ values: KernelUpdate<T>, _ rate: T, _ power: T, _ l1: T, _ l2: T, _ shrinkage: T) {
  let w = values.parameters
  let n = values.slots
  let z = n + values.slotStride
  for i in 0..<values.count {
    let g = values.gradient[i]
    let next = n[i] + (values.powers.map { $0[i] } ?? g * g)
    let nextPower = T.power(next, power)
    z[i] += (g + shrinkage * w[i]) - (nextPower - T.power(n[i], power)) / rate * w[i]
    n[i] = next
    w[i] = (min(max(z[i], -l1), l1) - z[i]) / (nextPower / rate + l2)
  }
}
