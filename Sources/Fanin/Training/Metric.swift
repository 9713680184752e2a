/// A count of what the network gets right.
public struct Metric: Sendable {
  public enum Kind: Int32, CaseIterable, Sendable {
    /// The largest output is that of the class number.
    case sparseCategoricalAccuracy = 0
    /// The largest output is where the largest target is.
    case categoricalAccuracy = 1
    /// The share of outputs for which (output > threshold) equals the target.
    case binaryAccuracy = 2
  }

  public var kind: Kind
  public var threshold: Double

  public init(_ kind: Kind, threshold: Double = 0.5) {
    self.kind = kind
    self.threshold = threshold
  }

  /// Whether it reads class numbers rather than targets.
  var isSparse: Bool { kind == .sparseCategoricalAccuracy }

  /// The sum over `rows` samples; of equal largest values the first counts.
  func hits<T: Scalar>(
    _ outputs: UnsafePointer<T>, _ answers: Answers<T>, rows: Int, units: Int
  ) -> Double {
    var total = 0.0
    for row in 0..<rows {
      let y = outputs + row * units
      let target = answers.targets.map { $0 + row * units }
      switch (kind, answers.labels, target) {
      case (.sparseCategoricalAccuracy, let labels?, _):
        if largest(y, units) == Int(labels[row]) { total += 1 }
      case (.categoricalAccuracy, _, let target?):
        if largest(y, units) == largest(target, units) { total += 1 }
      case (.binaryAccuracy, _, let target?):
        var right = 0
        for i in 0..<units where target[i] == (y[i] > T(threshold) ? 1 : 0) { right += 1 }
        total += Double(right) / Double(units)
      default: total = .nan
      }
    }
    return total
  }

  private func largest<T: Scalar>(_ values: UnsafePointer<T>, _ count: Int) -> Int {
    var best = 0
    for i in 1..<max(1, count) where values[i] > values[best] { best = i }
    return best
  }
}
