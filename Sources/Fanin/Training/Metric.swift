/// A number that says how well a network does, as sums over samples: `add` adds to them, and who reads them works out
/// the number.
public struct Metric: Sendable {
  public enum Kind: Int32, CaseIterable, Sendable {
    // The means of a number for each sample: their states are Σ w v and Σ w.
    /// The largest output is that of the class number.
    case sparseCategoricalAccuracy = 0
    /// The largest output is where the largest target is.
    case categoricalAccuracy = 1
    /// The share of outputs for which (output > threshold) equals the target.
    case binaryAccuracy = 2
    /// The share of outputs that equal the target.
    case accuracy = 3
    /// Fewer than `number` outputs are larger than that of the class number.
    case sparseTopKCategoricalAccuracy = 4
    /// Fewer than `number` outputs are larger than that of the largest target.
    case topKCategoricalAccuracy = 5
    /// The class number is among the first `number` outputs.
    case sparseSortedTopKCategoricalAccuracy = 6
    case pearsonCorrelation = 7
    case concordanceCorrelation = 8
    /// `loss`
    case loss = 9

    // Others, see `add`.
    case confusion = 10
    case fBetaScore = 11
    case r2Score = 12
    case intersection = 13
  }

  /// What `intersection` takes for classes.
  public enum Classes: Int32, CaseIterable, Sendable {
    /// Outputs and targets as they are.
    case values = 0
    /// Outputs are 1 if >= threshold, else 0; targets as they are.
    case binary = 1
    /// Where the largest output is, and the class number.
    case labels = 2
    /// Where the largest output and the largest target are.
    case largest = 3
  }

  public var kind: Kind
  /// Whether samples count with their weights.
  public var isWeighted: Bool
  public var threshold: Double
  /// k of a top-k accuracy or confusion (0 for all), classes of an intersection.
  public var number: Int
  /// The only column that a confusion counts; -1 for all.
  public var column: Int
  public var loss: Loss?
  /// Of a confusion, ascending; those that are not numbers between 0 and 1 only at the ends.
  public var thresholds: [Double]
  /// Whether outputs find their place among the thresholds by multiplication, as Keras does with even ones.
  public var isEven: Bool
  /// Whether a confusion counts each column by itself.
  public var isMultiLabel: Bool
  /// What each column counts; empty for 1.
  public var columnWeights: [Double]
  /// Whether outputs are logits, of which a confusion takes the sigmoid.
  public var fromLogits: Bool
  public var classes: Classes
  /// Samples of this class do not count in an intersection.
  public var ignoreClass: Int?
  /// Whether weights are rounded towards 0 first.
  public var truncatesWeights: Bool

  public init(
    _ kind: Kind, isWeighted: Bool = false, threshold: Double = 0.5, number: Int = 0, column: Int = -1,
    loss: Loss? = nil, thresholds: [Double] = [], isEven: Bool = false, isMultiLabel: Bool = false,
    columnWeights: [Double] = [], fromLogits: Bool = false, classes: Classes = .values, ignoreClass: Int? = nil,
    truncatesWeights: Bool = false
  ) {
    self.kind = kind
    self.isWeighted = isWeighted
    self.threshold = threshold
    self.number = number
    self.column = column
    self.loss = loss
    self.thresholds = thresholds
    self.isEven = isEven
    self.isMultiLabel = isMultiLabel
    self.columnWeights = columnWeights
    self.fromLogits = fromLogits
    self.classes = classes
    self.ignoreClass = ignoreClass
    self.truncatesWeights = truncatesWeights
  }

  /// Whether it reads class numbers rather than targets.
  public var isSparse: Bool {
    switch kind {
    case .sparseCategoricalAccuracy, .sparseTopKCategoricalAccuracy, .sparseSortedTopKCategoricalAccuracy: true
    case .intersection: classes == .labels
    case .loss: loss?.isSparse ?? false
    default: false
    }
  }

  /// Whether it is a cross-entropy that reads what goes into the last activation, see `Loss.readsInputs`.
  func readsInputs(of activation: Activation) -> Bool { kind == .loss && loss?.readsInputs(of: activation) == true }

  /// How many sums it has for outputs with a last axis of `units`.
  public func stateCount(units: Int) -> Int {
    switch kind {
    case .confusion: (isMultiLabel ? units : 1) * 2 * (thresholds.count + 1)
    case .fBetaScore: 3 * units
    case .r2Score: 3 * units + 2
    case .intersection: number * number
    default: 2
    }
  }

  /// - Throws: `invalidValue` unless it can be counted for outputs with a last axis of `units`.
  public func check(units: Int) throws(FaninError) {
    switch kind {
    case .confusion:
      guard !thresholds.isEmpty else { throw .invalidValue("`thresholds` must have values. Received: none") }
      guard column < units else {
        throw .invalidValue("`class_id` must be less than \(units). Received: class_id=\(column)")
      }
      guard columnWeights.isEmpty || columnWeights.count == units else {
        throw .invalidValue("`label_weights` must have \(units) values. Received: \(columnWeights.count)")
      }
    case .intersection:
      guard (1...4096).contains(number) else {
        throw .invalidValue("`num_classes` must be between 1 and 4096. Received: num_classes=\(number)")
      }
    default: break
    }
    guard stateCount(units: units) <= 1 << 24 else {
      throw .outOfMemory("No memory for a metric with \(stateCount(units: units)) numbers")
    }
  }

  /// `add`, for samples by themselves.
  public func add<T: Scalar>(
    _ outputs: UnsafePointer<T>, labels: UnsafePointer<Int64>?, targets: UnsafePointer<T>?,
    weights: UnsafePointer<T>?, rows: Int, units: Int, to state: UnsafeMutablePointer<Double>
  ) {
    add(
      outputs, Answers(labels: labels, targets: targets, weights: weights), rows: rows, units: units, to: state)
  }

  /// Adds some samples to the sums:
  ///
  /// - means: Σ w v, Σ w.
  /// - confusion: for each column counted by itself, of its positive targets how many lie above exactly 0, 1, …
  ///   thresholds, and of its negative ones.
  /// - F-beta: for each column true positives, false positives, false negatives; with threshold 0 the largest output
  ///   of a row, if not 0, is the positive one.
  /// - R²: for each column Σ w y, Σ w y², Σ w (y − p)²; Σ w, and the number of targets.
  /// - intersection: the confusion matrix, a row for each target class.
  ///
  /// - Parameter logits: whether outputs are what goes into the last activation, of which the loss is read.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func add<T: Scalar>(
    _ outputs: UnsafePointer<T>, _ answers: Answers<T>, rows: Int, units: Int, logits: Bool = false,
    softmax: Bool = false, to state: UnsafeMutablePointer<Double>
  ) {
    let batch = MetricBatch(
      p: outputs, labels: answers.labels, targets: answers.targets, weights: isWeighted ? answers.weights : nil,
      rows: rows, units: units, truncatesWeights: truncatesWeights)
    switch kind {
    case .sparseCategoricalAccuracy:
      batch.average(state) { $0.largest($0.p($1)) == $0.label($1) ? 1 : 0 }
    case .categoricalAccuracy:
      batch.average(state) { $0.largest($0.p($1)) == $0.largest($0.y($1)) ? 1 : 0 }
    case .binaryAccuracy:
      let threshold = T(threshold)
      batch.average(state) { $0.share($1) { p, y in y == (p > threshold ? 1 : 0) } }
    case .accuracy: batch.average(state) { $0.share($1) { $0 == $1 } }
    case .sparseTopKCategoricalAccuracy:
      batch.average(state) { $0.isInTop($0.label($1), number, $0.p($1)) ? 1 : 0 }
    case .topKCategoricalAccuracy:
      batch.average(state) { $0.isInTop($0.largest($0.y($1)), number, $0.p($1)) ? 1 : 0 }
    case .sparseSortedTopKCategoricalAccuracy:
      batch.average(state) { batch, row in
        let p = batch.p(row)
        for i in 0..<min(number, units) where p[i] == T(batch.label(row)) { return 1 }
        return 0
      }
    case .pearsonCorrelation: batch.average(state) { $0.pearson($1) }
    case .concordanceCorrelation: batch.average(state) { $0.concordance($1) }
    case .loss:
      guard let loss else { return }
      addLosses(loss, batch, answers, logits: logits || loss.fromLogits, softmax: softmax, to: state)
    case .confusion: addConfusion(batch, to: state)
    case .fBetaScore: batch.addFBeta(threshold: threshold, to: state)
    case .r2Score: batch.addR2(to: state)
    case .intersection: addIntersection(batch, to: state)
    }
  }
}
