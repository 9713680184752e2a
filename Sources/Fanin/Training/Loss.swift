import FaninKernelTable

/// What training makes small: the mean over a batch of a number for each sample.
///
/// The equations, and the clip at ε = 10⁻⁷, are Keras's on TensorFlow (`keras/src/losses/losses.py`,
/// `keras/src/backend/tensorflow/nn.py`); each is in `LossFormula`.
public struct Loss: Sendable {
  public enum Kind: Int32, CaseIterable, Sendable {
    case sparseCategoricalCrossentropy = 0
    case categoricalCrossentropy = 1
    case meanSquaredError = 2
    case meanAbsoluteError = 3
    case meanAbsolutePercentageError = 4
    case meanSquaredLogarithmicError = 5
    case huber = 6
    case logCosh = 7
    case cosineSimilarity = 8
    case klDivergence = 9
    case poisson = 10
    case hinge = 11
    case squaredHinge = 12
    case categoricalHinge = 13
    case binaryCrossentropy = 14
    case binaryFocalCrossentropy = 15
    case categoricalFocalCrossentropy = 16
    case categoricalGeneralizedCrossEntropy = 17
    case dice = 18
    case tversky = 19
  }

  /// What the sum of a batch's losses, each times its weight, is divided by.
  public enum Reduction: Int32, CaseIterable, Sendable {
    /// The number of losses, those of an ignored class left out.
    case mean = 0
    case sum = 1
    /// The sum of the weights.
    case weightedMean = 2
  }

  public var kind: Kind
  /// Whether the network's outputs are logits.
  public var fromLogits: Bool
  /// Targets become y (1 − s) + s / classes, or y (1 − s) + s / 2 for binary losses.
  public var labelSmoothing: Double
  public var reduction: Reduction
  /// Samples of this class cost nothing.
  public var ignoreClass: Int64?
  /// What the whole is multiplied by.
  public var weight: Double
  /// huber: δ; focal losses: α, γ; tversky: α, β; generalized cross-entropy: q.
  public var constants: SIMD2<Double>
  /// binary focal cross-entropy: whether classes are balanced by α.
  public var balancesClasses: Bool

  /// - Throws: `invalidValue` unless the smoothing is in [0, 1].
  public init(
    _ kind: Kind, fromLogits: Bool = false, labelSmoothing: Double = 0, reduction: Reduction = .mean,
    ignoreClass: Int64? = nil, weight: Double = 1, constants: SIMD2<Double>? = nil, balancesClasses: Bool = false
  ) throws(FaninError) {
    guard (0...1).contains(labelSmoothing) else {
      throw .invalidValue("`label_smoothing` must be between 0 and 1. Received: label_smoothing=\(labelSmoothing)")
    }
    self.kind = kind
    self.fromLogits = fromLogits
    self.labelSmoothing = labelSmoothing
    self.reduction = reduction
    self.ignoreClass = ignoreClass
    self.weight = weight
    self.constants = constants ?? kind.defaultConstants
    self.balancesClasses = balancesClasses
  }

  /// Whether it reads class numbers rather than targets.
  public var isSparse: Bool { kind == .sparseCategoricalCrossentropy || kind == .categoricalGeneralizedCrossEntropy }

  /// Whether it is a cross-entropy that is computed from what goes into the last activation, whatever
  /// `fromLogits` says: after softmax and sigmoid, whose inputs Keras's TensorFlow backend takes for the logits of any
  /// of them.
  ///
  /// With an ignored class, and where the binary focal one makes probabilities of outputs, Keras loses sight of them.
  func readsInputs(of activation: Activation) -> Bool {
    guard activation.kind == .softmax || activation.kind == .sigmoid else { return false }
    return switch kind {
    case .sparseCategoricalCrossentropy: ignoreClass == nil
    case .categoricalCrossentropy, .binaryCrossentropy: true
    case .binaryFocalCrossentropy: !fromLogits
    default: false
    }
  }

  /// What the sum of a batch's losses has to be multiplied by.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func scale<T: Scalar>(_ answers: Answers<T>, rows: Int) -> Double {
    var divisor = Double(rows)
    switch (reduction, answers.weights) {
    case (.sum, _): return weight
    case (.weightedMean, let weights?):
      divisor = 0
      for row in 0..<rows where !isIgnored(answers, row) { divisor += Double(weights[row]) }
    default:
      if ignoreClass != nil { for row in 0..<rows where isIgnored(answers, row) { divisor -= 1 } }
    }
    return divisor == 0 ? 0 : weight / divisor
  }

  /// The sum of the losses of some samples of a batch, each times its weight; also writes the gradients.
  ///
  /// - Parameters:
  ///   - outputs: rows × units, logits if `logits`; they become probabilities where `softmax` asks for them.
  ///   - scale: what the gradients are multiplied by, besides the weights.
  ///   - gradient: rows × units, receives dL/doutputs (dL/dlogits if `logits`).
  @specialized(where T == Float)
  @specialized(where T == Double)
  func evaluate<T: Scalar>(
    _ outputs: UnsafeMutablePointer<T>, _ answers: Answers<T>, rows: Int, units: Int, scale: T,
    logits: Bool, softmax: Bool, gradient: UnsafeMutablePointer<T>, _ kernels: DenseKernelTable<T>
  ) -> Double {
    // Many rows at once, on vectors.
    if logits, ignoreClass == nil, kind == .sparseCategoricalCrossentropy || kind == .categoricalCrossentropy {
      let total = fromLogits(outputs, answers, rows, units, gradient, kernels)
      if softmax { outputs.update(from: gradient, count: rows * units) }
      subtractTargets(answers, from: gradient, rows, units)
      multiply(gradient, answers, rows, units, scale)
      return total
    }
    let formula = LossFormula<T>(self, units: units, logits: logits, softmax: softmax)
    let total = formula.evaluate(outputs, answers, rows: rows, scale: scale, gradient: gradient)
    if softmax { Activation.softmax.apply(matrix(outputs, rows, units), bias: nil, kernels) }
    return total
  }

  /// The losses of samples by themselves and, if asked, their gradients.
  public func values<T: Scalar>(
    _ outputs: UnsafePointer<T>, labels: UnsafePointer<Int64>?, targets: UnsafePointer<T>?, rows: Int,
    units: Int, into values: UnsafeMutablePointer<T>, gradient: UnsafeMutablePointer<T>?
  ) {
    let formula = LossFormula<T>(self, units: units, logits: fromLogits, softmax: false)
    formula.values(
      outputs, Answers(labels: labels, targets: targets), rows: rows, into: values, gradient: gradient)
  }

  func isIgnored<T: Scalar>(_ answers: Answers<T>, _ row: Int) -> Bool {
    guard let ignoreClass, let labels = answers.labels else { return false }
    return labels[row] == ignoreClass
  }

  private func matrix<T>(_ values: UnsafeMutablePointer<T>, _ rows: Int, _ units: Int) -> KernelMatrix<T> {
    KernelMatrix(values, stride: units, rows: rows, columns: units)
  }

  /// Σ y (ln Σ exp z − z), with ln Σ exp z − z_label for sparse labels; writes softmax(z) to `p`.
  private func fromLogits<T: Scalar>(
    _ z: UnsafePointer<T>, _ answers: Answers<T>, _ rows: Int, _ units: Int, _ p: UnsafeMutablePointer<T>,
    _ kernels: DenseKernelTable<T>
  ) -> Double {
    let kept = T(1 - labelSmoothing)
    let added = T(labelSmoothing) / T(units)
    return withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * rows) { memory in
      guard let largest = memory.baseAddress else { return 0 }
      let sums = largest + rows
      kernels.softmax(z, p, rows, units, largest, sums)
      var total = 0.0
      for row in 0..<rows {
        let logSum = T.logarithm(sums[row])
        let z = z + row * units
        var loss: T = 0
        if let labels = answers.labels, isSparse {
          loss = logSum - (z[Int(labels[row])] - largest[row])
        } else if let targets = answers.targets {
          let target = targets + row * units
          for i in 0..<units { loss += (target[i] * kept + added) * (logSum - (z[i] - largest[row])) }
        }
        total += Double(loss * (answers.weights?[row] ?? 1))
      }
      return total
    }
  }

  /// Makes dL/dz, softmax(z) − y, of softmax(z).
  private func subtractTargets<T: Scalar>(
    _ answers: Answers<T>, from p: UnsafeMutablePointer<T>, _ rows: Int, _ units: Int
  ) {
    if let labels = answers.labels, isSparse {
      for row in 0..<rows { p[row * units + Int(labels[row])] -= 1 }
    } else if let targets = answers.targets {
      let kept = T(1 - labelSmoothing)
      let added = T(labelSmoothing) / T(units)
      for i in 0..<rows * units { p[i] -= targets[i] * kept + added }
    }
  }

  private func multiply<T: Scalar>(
    _ gradient: UnsafeMutablePointer<T>, _ answers: Answers<T>, _ rows: Int, _ units: Int, _ scale: T
  ) {
    guard let weights = answers.weights else {
      for i in 0..<rows * units { gradient[i] *= scale }
      return
    }
    for row in 0..<rows {
      let scale = scale * weights[row]
      for i in row * units..<(row + 1) * units { gradient[i] *= scale }
    }
  }
}

extension Loss.Kind {
  /// Keras's defaults, see `Loss.constants`.
  var defaultConstants: SIMD2<Double> {
    switch self {
    case .huber: [1, 0]
    case .binaryFocalCrossentropy, .categoricalFocalCrossentropy: [0.25, 2]
    case .categoricalGeneralizedCrossEntropy: [0.5, 0]
    case .tversky: [0.5, 0.5]
    default: [0, 0]
    }
  }
}
