/// Data that a network is trained on or tested with; the memory is the caller's.
public struct Samples<T: Scalar> {
  /// rows × inputs, row-major.
  public var x: UnsafePointer<T>
  /// rows × positions class numbers, for sparse losses and metrics.
  public var labels: UnsafePointer<Int64>?
  /// rows × outputs, for the other losses and metrics.
  public var targets: UnsafePointer<T>?
  /// rows × positions, by which losses and weighted metrics are multiplied; nil for 1.
  public var weights: UnsafePointer<T>?
  /// rows indices, in which order the samples are taken; nil for 0, 1, ….
  public var order: UnsafePointer<Int64>?
  public var rows: Int

  public init(
    x: UnsafePointer<T>, labels: UnsafePointer<Int64>? = nil, targets: UnsafePointer<T>? = nil,
    weights: UnsafePointer<T>? = nil, order: UnsafePointer<Int64>? = nil, rows: Int
  ) {
    self.x = x
    self.labels = labels
    self.targets = targets
    self.weights = weights
    self.order = order
    self.rows = rows
  }
}

/// The samples of one step.
struct Batch<T: Scalar> {
  /// The first sample, in the order in which they are taken.
  var first = 0
  var rows = 0
  /// Where the samples are: consecutive in the caller's memory, or in the workspace, once they have been gathered.
  var x: UnsafePointer<T>
  var targets: UnsafePointer<T>?
  var weights: UnsafePointer<T>?
  /// The samples' own numbers, if they have to be gathered.
  var indices: UnsafePointer<Int>?
  var labels: UnsafePointer<Int64>?
  /// By what the sum of the losses is multiplied.
  var lossScale = 0.0
  var step: OptimizerStep<T>?
}

/// What the samples of a batch should give: class numbers (rows), targets (rows × units), or both, and what each counts
/// (rows; nil for 1).
struct Answers<T: Scalar> {
  var labels: UnsafePointer<Int64>?
  var targets: UnsafePointer<T>?
  var weights: UnsafePointer<T>?
}
