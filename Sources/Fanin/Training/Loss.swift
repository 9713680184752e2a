import FaninKernelTable

/// What training makes small: the mean over a batch of a number for each sample.
///
/// The equations, and the clip at ε = 10⁻⁷, are Keras's on TensorFlow (`keras/src/backend/tensorflow/nn.py`).
public struct Loss: Sendable {
  public enum Kind: Int32, CaseIterable, Sendable {
    case sparseCategoricalCrossentropy = 0
    case categoricalCrossentropy = 1
    case meanSquaredError = 2
  }

  public var kind: Kind
  /// Whether the network's outputs are logits.
  public var fromLogits: Bool
  /// Targets become y (1 − s) + s / classes.
  public var labelSmoothing: Double

  /// - Throws: `invalidValue` unless the smoothing is in [0, 1].
  public init(_ kind: Kind, fromLogits: Bool = false, labelSmoothing: Double = 0) throws(FaninError) {
    guard (0...1).contains(labelSmoothing) else {
      throw .invalidValue("`label_smoothing` must be between 0 and 1. Received: label_smoothing=\(labelSmoothing)")
    }
    self.kind = kind
    self.fromLogits = fromLogits
    self.labelSmoothing = labelSmoothing
  }

  /// Whether it reads class numbers rather than targets.
  var isSparse: Bool { kind == .sparseCategoricalCrossentropy }

  /// Whether it is a cross-entropy that is computed from what goes into the last activation, whatever
  /// `fromLogits` says: after softmax, where both together are stable, and after sigmoid, whose inputs Keras takes for
  /// a softmax's.
  func readsInputs(of activation: Activation) -> Bool {
    kind != .meanSquaredError && (activation == .softmax || activation == .sigmoid)
  }

  /// The sum of the losses of some samples of a batch; also writes the gradients of the batch's mean.
  ///
  /// - Parameters:
  ///   - outputs: rows × units, logits if `logits`; they become probabilities where `softmax` asks for them.
  ///   - gradient: rows × units, receives dL/doutputs (dL/dlogits if `logits`).
  ///   - batchRows: the samples of the whole batch.
  func evaluate<T: Scalar>(
    _ outputs: UnsafeMutablePointer<T>, _ answers: Answers<T>, rows: Int, units: Int, batchRows: Int,
    logits: Bool, softmax: Bool, gradient: UnsafeMutablePointer<T>, _ kernels: DenseKernelTable<T>
  ) -> Double {
    var total = 0.0
    if kind != .meanSquaredError, logits {
      total = fromLogits(outputs, answers, rows, units, gradient, kernels)
      if softmax { outputs.update(from: gradient, count: rows * units) }
      subtractTargets(answers, from: gradient, rows, units)
    } else {
      for row in 0..<rows {
        let y = outputs + row * units
        let g = gradient + row * units
        let loss: T =
          switch (kind, answers.labels, answers.targets) {
          case (.meanSquaredError, _, let targets?): squaredError(y, targets + row * units, units, g)
          case (.sparseCategoricalCrossentropy, let labels?, _): sparse(y, Int(labels[row]), units, g)
          case (.categoricalCrossentropy, _, let targets?): dense(y, targets + row * units, units, g)
          default: .nan
          }
        total += Double(loss)
      }
    }
    let scale = 1 / T(batchRows)
    for i in 0..<rows * units { gradient[i] *= scale }
    return total
  }

  /// Σ y (ln Σ exp z − z), with ln Σ exp z − z_label for sparse labels; writes softmax(z) to `p`.
  private func fromLogits<T: Scalar>(
    _ z: UnsafePointer<T>, _ answers: Answers<T>, _ rows: Int, _ units: Int, _ p: UnsafeMutablePointer<T>,
    _ kernels: DenseKernelTable<T>
  ) -> Double {
    withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * rows) { memory in
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
          for i in 0..<units { loss += smoothed(target[i], units) * (logSum - (z[i] - largest[row])) }
        }
        total += Double(loss)
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
      for i in 0..<rows * units { p[i] -= smoothed(targets[i], units) }
    }
  }

  /// mean (p − y)².
  private func squaredError<T: Scalar>(
    _ p: UnsafePointer<T>, _ target: UnsafePointer<T>, _ units: Int, _ g: UnsafeMutablePointer<T>
  ) -> T {
    var sum: T = 0
    for i in 0..<units {
      let difference = p[i] - target[i]
      sum += difference * difference
      g[i] = 2 * difference / T(units)
    }
    return sum / T(units)
  }

  /// With q = clip(p, ε, 1 − ε): ln Σ q − ln q_label.
  private func sparse<T: Scalar>(
    _ p: UnsafePointer<T>, _ label: Int, _ units: Int, _ g: UnsafeMutablePointer<T>
  ) -> T {
    var sum: T = 0
    for i in 0..<units { sum += clipped(p[i]) }
    for i in 0..<units { g[i] = isClipped(p[i]) ? 0 : 1 / sum }
    if !isClipped(p[label]) { g[label] -= 1 / p[label] }
    return T.logarithm(sum) - T.logarithm(clipped(p[label]))
  }

  /// With r = p / Σ p and q = clip(r, ε, 1 − ε): −Σ y ln q.
  private func dense<T: Scalar>(
    _ p: UnsafePointer<T>, _ target: UnsafePointer<T>, _ units: Int, _ g: UnsafeMutablePointer<T>
  ) -> T {
    var sum: T = 0
    for i in 0..<units { sum += p[i] }
    var loss: T = 0
    var weighted: T = 0
    for i in 0..<units {
      let ratio = p[i] / sum
      let y = smoothed(target[i], units)
      loss -= y * T.logarithm(clipped(ratio))
      g[i] = isClipped(ratio) ? 0 : -y / ratio
      weighted += g[i] * ratio
    }
    for i in 0..<units { g[i] = (g[i] - weighted) / sum }
    return loss
  }

  private func smoothed<T: Scalar>(_ y: T, _ classes: Int) -> T {
    y * T(1 - labelSmoothing) + T(labelSmoothing) / T(classes)
  }

  private func clipped<T: Scalar>(_ p: T) -> T { min(max(p, T(1e-7)), T(1 - 1e-7)) }
  private func isClipped<T: Scalar>(_ p: T) -> Bool { p < T(1e-7) || p > T(1 - 1e-7) }
}

/// What the samples of a batch should give: class numbers, targets (rows × units), or both.
struct Answers<T: Scalar> {
  var labels: UnsafePointer<Int64>?
  var targets: UnsafePointer<T>?
}
