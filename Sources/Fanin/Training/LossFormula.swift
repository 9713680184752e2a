/// The loss of one sample, and its gradient, with the numbers it is made of.
struct LossFormula<T: Scalar> {
  private let kind: Loss.Kind
  private let units: Int
  /// Whether outputs are logits.
  private let logits: Bool
  /// Whether these are a softmax's, though the loss is one that takes a sigmoid's.
  private let ofSoftmax: Bool
  private let ignoreClass: Int64?
  /// Targets become y kept + added.
  private let kept: T
  private let added: T
  private let first: T
  private let second: T
  private let balancesClasses: Bool
  private var epsilon: T { T(1e-7) }
  private var largest: T { T(1 - 1e-7) }

  init(_ loss: Loss, units: Int, logits: Bool, softmax: Bool) {
    kind = loss.kind
    self.units = units
    self.logits = logits
    ofSoftmax = softmax
    ignoreClass = loss.ignoreClass
    let isBinary = kind == .binaryCrossentropy || kind == .binaryFocalCrossentropy
    kept = T(1 - loss.labelSmoothing)
    added = isBinary ? T(0.5 * loss.labelSmoothing) : T(loss.labelSmoothing) / T(units)
    first = T(loss.constants.x)
    second = T(loss.constants.y)
    balancesClasses = loss.balancesClasses
  }

  /// The sum of losses times weights; writes the gradients times weights times `scale`.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func evaluate(
    _ outputs: UnsafePointer<T>, _ answers: Answers<T>, rows: Int, scale: T, gradient: UnsafeMutablePointer<T>
  ) -> Double {
    let convertsLabels = takesBinaryLabels(answers, rows)
    var total = 0.0
    withUnsafeTemporaryAllocation(of: T.self, capacity: units) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for row in 0..<rows {
        let g = gradient + row * units
        let weight = answers.weights?[row] ?? 1
        total += Double(loss(outputs + row * units, answers, row, convertsLabels, g, scratch) * weight)
        let scale = scale * weight
        for i in 0..<units { g[i] *= scale }
      }
    }
    return total
  }

  /// The losses by themselves, and their gradients if asked.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func values(
    _ outputs: UnsafePointer<T>, _ answers: Answers<T>, rows: Int, into values: UnsafeMutablePointer<T>,
    gradient: UnsafeMutablePointer<T>?
  ) {
    let convertsLabels = takesBinaryLabels(answers, rows)
    withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * units) { scratch in
      guard let scratch = scratch.baseAddress else { return }
      for row in 0..<rows {
        let g = gradient.map { $0 + row * units } ?? scratch + units
        values[row] = loss(outputs + row * units, answers, row, convertsLabels, g, scratch)
      }
    }
  }

  /// Whether hinge losses take labels 0 and 1 for −1 and 1: if all of them are 0 or 1.
  private func takesBinaryLabels(_ answers: Answers<T>, _ rows: Int) -> Bool {
    guard kind == .hinge || kind == .squaredHinge, let targets = answers.targets else { return false }
    for i in 0..<rows * units where targets[i] != 0 && targets[i] != 1 { return false }
    return true
  }

  /// Returns the loss of a row and writes its gradient to `g`; `scratch` has `units` values.
  @inline(__always)
  private func loss(
    _ p: UnsafePointer<T>, _ answers: Answers<T>, _ row: Int, _ convertsLabels: Bool, _ g: UnsafeMutablePointer<T>,
    _ scratch: UnsafeMutablePointer<T>
  ) -> T {
    switch kind {
    case .sparseCategoricalCrossentropy, .categoricalGeneralizedCrossEntropy:
      guard let labels = answers.labels else { return .nan }
      let label = Int(labels[row])
      if labels[row] == ignoreClass {
        for i in 0..<units { g[i] = 0 }
        return 0
      }
      if kind == .categoricalGeneralizedCrossEntropy { return generalized(p, label, g) }
      return logits ? sparseLogits(p, label, g) : sparse(p, label, g)
    default: break
    }
    guard let targets = answers.targets else { return .nan }
    let y = targets + row * units
    switch kind {
    case .sparseCategoricalCrossentropy, .categoricalGeneralizedCrossEntropy: return .nan
    case .categoricalCrossentropy: return logits ? denseLogits(p, y, g) : dense(p, y, g)
    case .meanSquaredError: return mean(p, y, g) { ($0 * $0, 2 * $0) }
    case .meanAbsoluteError: return mean(p, y, g) { (abs($0), sign($0)) }
    case .meanAbsolutePercentageError: return percentage(p, y, g)
    case .meanSquaredLogarithmicError: return logarithmic(p, y, g)
    case .huber:
      return mean(p, y, g) {
        abs($0) <= first
          ? (0.5 * $0 * $0, $0) : (first * abs($0) - 0.5 * first * first, first * sign($0))
      }
    case .logCosh:
      return mean(p, y, g) { ($0 + softPositive(-2 * $0) - T(0.6931471805599453), T.hyperbolicTangent($0)) }
    case .cosineSimilarity: return cosine(p, y, g)
    case .klDivergence: return divergence(p, y, g)
    case .poisson: return poisson(p, y, g)
    case .hinge: return hinge(p, y, convertsLabels, g) { ($0, 1) }
    case .squaredHinge: return hinge(p, y, convertsLabels, g) { ($0 * $0, 2 * $0) }
    case .categoricalHinge: return categoricalHinge(p, y, g)
    case .binaryCrossentropy: return logits ? binaryLogits(p, y, g) : binary(p, y, g)
    case .binaryFocalCrossentropy: return binaryFocal(p, y, g, scratch)
    case .categoricalFocalCrossentropy: return categoricalFocal(p, y, g, scratch)
    case .dice: return dice(p, y, g)
    case .tversky: return tversky(p, y, g)
    }
  }

  /// mean f(p − y), where f gives value and derivative.
  @inline(__always)
  private func mean(
    _ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>, _ f: (T) -> (T, T)
  ) -> T {
    let count = T(units)
    var sum: T = 0
    for i in 0..<units {
      let (value, slope) = f(p[i] - y[i])
      sum += value
      g[i] = slope / count
    }
    return sum / count
  }

  /// 100 mean |(y − p) / max(|y|, ε)|
  private func percentage(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    let count = T(units)
    var sum: T = 0
    for i in 0..<units {
      let size = max(abs(y[i]), epsilon)
      let share = (y[i] - p[i]) / size
      sum += abs(share)
      g[i] = -100 * sign(share) / size / count
    }
    return 100 * (sum / count)
  }

  /// mean (ln(max(p, ε) + 1) − ln(max(y, ε) + 1))²
  private func logarithmic(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    let count = T(units)
    var sum: T = 0
    for i in 0..<units {
      let q = max(p[i], epsilon) + 1
      let difference = T.logarithm(q) - T.logarithm(max(y[i], epsilon) + 1)
      sum += difference * difference
      g[i] = p[i] >= epsilon ? 2 * difference / q / count : 0
    }
    return sum / count
  }

  /// −Σ ŷ p̂, with x̂ = x min(1 / |x|, 1 / ε).
  private func cosine(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    var pp: T = 0
    var yy: T = 0
    for i in 0..<units {
      pp += p[i] * p[i]
      yy += y[i] * y[i]
    }
    let p1 = min(1 / pp.squareRoot(), T(1 / 1e-7))
    let y1 = min(1 / yy.squareRoot(), T(1 / 1e-7))
    var sum: T = 0
    for i in 0..<units { sum += (y[i] * y1) * (p[i] * p1) }
    let along = p1 < T(1 / 1e-7) ? sum : 0
    for i in 0..<units { g[i] = -(y[i] * y1 - p[i] * p1 * along) * p1 }
    return -sum
  }

  /// Σ y ln(y / p), both within [ε, 1].
  private func divergence(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    var sum: T = 0
    for i in 0..<units {
      let target = min(max(y[i], epsilon), 1)
      let q = min(max(p[i], epsilon), 1)
      sum += target * T.logarithm(target / q)
      g[i] = p[i] < epsilon || p[i] > 1 ? 0 : -target / q
    }
    return sum
  }

  /// mean (p − y ln(p + ε))
  private func poisson(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    let count = T(units)
    var sum: T = 0
    for i in 0..<units {
      sum += p[i] - y[i] * T.logarithm(p[i] + epsilon)
      g[i] = (1 - y[i] / (p[i] + epsilon)) / count
    }
    return sum / count
  }

  /// mean f(max(1 − y p, 0)), where f gives value and derivative.
  @inline(__always)
  private func hinge(
    _ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ convertsLabels: Bool, _ g: UnsafeMutablePointer<T>,
    _ f: (T) -> (T, T)
  ) -> T {
    let count = T(units)
    var sum: T = 0
    for i in 0..<units {
      let label = convertsLabels ? 2 * y[i] - 1 : y[i]
      let gap = 1 - label * p[i]
      let (value, slope) = f(max(gap, 0))
      sum += value
      g[i] = gap >= 0 ? -slope * label / count : 0
    }
    return sum / count
  }

  /// max(max (1 − y) p − Σ y p + 1, 0); equal maxima share the gradient.
  private func categoricalHinge(
    _ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>
  ) -> T {
    var positive: T = 0
    var negative = -T.infinity
    for i in 0..<units {
      positive += y[i] * p[i]
      negative = max(negative, (1 - y[i]) * p[i])
    }
    var ties: T = 0
    for i in 0..<units where (1 - y[i]) * p[i] == negative { ties += 1 }
    let gap = negative - positive + 1
    for i in 0..<units {
      let share = (1 - y[i]) * p[i] == negative ? (1 - y[i]) / ties : 0
      g[i] = gap >= 0 ? share - y[i] : 0
    }
    return max(gap, 0)
  }

  /// With q = clip(p, ε, 1 − ε): ln Σ q − ln q_label.
  private func sparse(_ p: UnsafePointer<T>, _ label: Int, _ g: UnsafeMutablePointer<T>) -> T {
    var sum: T = 0
    for i in 0..<units { sum += clipped(p[i]) }
    for i in 0..<units { g[i] = isClipped(p[i]) ? 0 : 1 / sum }
    if !isClipped(p[label]) { g[label] -= 1 / p[label] }
    return T.logarithm(sum) - T.logarithm(clipped(p[label]))
  }

  /// ln Σ exp z − z_label
  private func sparseLogits(_ z: UnsafePointer<T>, _ label: Int, _ g: UnsafeMutablePointer<T>) -> T {
    let (top, logSum) = softmax(z, into: g)
    g[label] -= 1
    return logSum - (z[label] - top)
  }

  /// Σ y (ln Σ exp z − z); the gradient is TensorFlow's, which takes Σ y for 1.
  private func denseLogits(_ z: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    let (top, logSum) = softmax(z, into: g)
    var loss: T = 0
    for i in 0..<units {
      let target = smoothed(y[i])
      loss += target * (logSum - (z[i] - top))
      g[i] -= target
    }
    return loss
  }

  /// With r = p / Σ p and q = clip(r, ε, 1 − ε): −Σ y ln q.
  private func dense(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    var sum: T = 0
    for i in 0..<units { sum += p[i] }
    var loss: T = 0
    var weighted: T = 0
    for i in 0..<units {
      let ratio = p[i] / sum
      let target = smoothed(y[i])
      loss -= target * T.logarithm(clipped(ratio))
      g[i] = isClipped(ratio) ? 0 : -target / ratio
      weighted += g[i] * ratio
    }
    for i in 0..<units { g[i] = (g[i] - weighted) / sum }
    return loss
  }

  /// (1 − p_label^q) / q
  private func generalized(_ p: UnsafePointer<T>, _ label: Int, _ g: UnsafeMutablePointer<T>) -> T {
    for i in 0..<units { g[i] = 0 }
    g[label] = -T.power(p[label], first - 1)
    return (1 - T.power(p[label], first)) / first
  }

  /// −mean (y ln q + (1 − y) ln(1 − q)), q = clip(p, ε, 1 − ε)
  private func binary(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    let count = T(units)
    var sum: T = 0
    for i in 0..<units {
      let (loss, slope) = binary(p[i], smoothed(y[i]))
      sum += loss
      g[i] = slope / count
    }
    return sum / count
  }

  @inline(__always)
  private func binary(_ p: T, _ y: T) -> (loss: T, slope: T) {
    let q = clipped(p)
    return (
      -(y * T.logarithm(q) + (1 - y) * T.logarithm(1 - q)), isClipped(p) ? 0 : (1 - y) / (1 - q) - y / q
    )
  }

  /// mean (max(z, 0) − z y + ln(1 + exp −|z|))
  private func binaryLogits(_ z: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    let count = T(units)
    var sum: T = 0
    for i in 0..<units {
      let target = smoothed(y[i])
      sum += binaryLogits(z[i], target)
      g[i] = (logistic(z[i]) - target) / count
    }
    return sum / count
  }

  @inline(__always)
  private func binaryLogits(_ z: T, _ y: T) -> T {
    max(z, 0) - z * y + T.logarithmOnePlus(T.exponential(-abs(z)))
  }

  /// mean w (1 − t)^γ b, with b the binary cross-entropy and t = y p + (1 − y) (1 − p); balanced classes weigh
  /// w = y α + (1 − y) (1 − α).
  ///
  /// Of logits, p is their sigmoid or, where they are a softmax's, their softmax.
  private func binaryFocal(
    _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>, _ p: UnsafeMutablePointer<T>
  ) -> T {
    let count = T(units)
    if ofSoftmax {
      _ = softmax(x, into: p)
    } else {
      for i in 0..<units { p[i] = logits ? logistic(x[i]) : x[i] }
    }
    var sum: T = 0
    var weighted: T = 0
    for i in 0..<units {
      let target = smoothed(y[i])
      let missed = 1 - (target * p[i] + (1 - target) * (1 - p[i]))
      let balance = balancesClasses ? target * first + (1 - target) * (1 - first) : 1
      let factor = balance * T.power(missed, second)
      // d factor / dp
      let bend = balance * second * T.power(missed, second - 1) * (1 - 2 * target)
      if logits {
        let loss = binaryLogits(x[i], target)
        sum += factor * loss
        let slope = factor * (logistic(x[i]) - target)
        if ofSoftmax {
          weighted += bend * loss * p[i]
          g[i] = (slope + p[i] * bend * loss) / count
        } else {
          g[i] = (slope + p[i] * (1 - p[i]) * bend * loss) / count
        }
      } else {
        let (loss, slope) = binary(p[i], target)
        sum += factor * loss
        g[i] = (factor * slope + bend * loss) / count
      }
    }
    if ofSoftmax { for i in 0..<units { g[i] -= p[i] * weighted / count } }
    return sum / count
  }

  /// −Σ α (1 − q)^γ y ln q, with q = clip(p / Σ p, ε, 1 − ε); of logits, p is their softmax.
  private func categoricalFocal(
    _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>, _ p: UnsafeMutablePointer<T>
  ) -> T {
    if logits {
      _ = softmax(x, into: p)
    } else {
      for i in 0..<units { p[i] = x[i] }
    }
    var total: T = 0
    for i in 0..<units { total += p[i] }
    var sum: T = 0
    var weighted: T = 0
    for i in 0..<units {
      let ratio = p[i] / total
      let q = clipped(ratio)
      let target = smoothed(y[i])
      let logarithm = T.logarithm(q)
      let factor = first * T.power(1 - q, second)
      sum -= factor * target * logarithm
      let bend = first * second * T.power(1 - q, second - 1)
      g[i] = isClipped(ratio) ? 0 : target * (bend * logarithm - factor / q)
      weighted += g[i] * ratio
    }
    for i in 0..<units { g[i] = (g[i] - weighted) / total }
    guard logits else { return sum }
    var mean: T = 0
    for i in 0..<units { mean += g[i] * p[i] }
    for i in 0..<units { g[i] = p[i] * (g[i] - mean) }
    return sum
  }

  /// 1 − 2 Σ y p / (Σ y + Σ p + ε)
  private func dice(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    var both: T = 0
    var ys: T = 0
    var ps: T = 0
    for i in 0..<units {
      both += y[i] * p[i]
      ys += y[i]
      ps += p[i]
    }
    let size = ys + ps + epsilon
    for i in 0..<units { g[i] = 2 * both / (size * size) - 2 * y[i] / size }
    return 1 - 2 * both / size
  }

  /// 1 − t / (t + α Σ (1 − p) y + β Σ p (1 − y) + ε), t = Σ y p
  private func tversky(_ p: UnsafePointer<T>, _ y: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>) -> T {
    var both: T = 0
    var missed: T = 0
    var wrong: T = 0
    for i in 0..<units {
      both += y[i] * p[i]
      missed += (1 - p[i]) * y[i]
      wrong += p[i] * (1 - y[i])
    }
    let size = both + missed * first + wrong * second + epsilon
    for i in 0..<units {
      let growth = y[i] - first * y[i] + second * (1 - y[i])
      g[i] = both * growth / (size * size) - y[i] / size
    }
    return 1 - both / size
  }

  /// Writes softmax(z) to p and returns max z and ln Σ exp(z − max z).
  @inline(__always)
  private func softmax(_ z: UnsafePointer<T>, into p: UnsafeMutablePointer<T>) -> (top: T, logSum: T) {
    var top = z[0]
    for i in 0..<units { top = max(top, z[i]) }
    var sum: T = 0
    for i in 0..<units {
      p[i] = T.exponential(z[i] - top)
      sum += p[i]
    }
    for i in 0..<units { p[i] /= sum }
    return (top, T.logarithm(sum))
  }

  private func smoothed(_ y: T) -> T { y * kept + added }
  private func sign(_ x: T) -> T { x > 0 ? 1 : x < 0 ? -1 : x }
  private func clipped(_ p: T) -> T { min(max(p, epsilon), largest) }
  private func isClipped(_ p: T) -> Bool { p < epsilon || p > largest }
}
