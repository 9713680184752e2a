import FaninKernelTable

/// Data that a network is trained on or tested with; the memory is the caller's.
public struct Samples<T: Scalar> {
  /// rows × inputs, row-major.
  public var x: UnsafePointer<T>
  /// rows class numbers, for sparse losses and metrics.
  public var labels: UnsafePointer<Int64>?
  /// rows × units, for the other losses and metrics.
  public var targets: UnsafePointer<T>?
  /// rows indices, in which order the samples are taken; nil for 0, 1, ….
  public var order: UnsafePointer<Int64>?
  public var rows: Int

  public init(
    x: UnsafePointer<T>, labels: UnsafePointer<Int64>? = nil, targets: UnsafePointer<T>? = nil,
    order: UnsafePointer<Int64>? = nil, rows: Int
  ) {
    self.x = x
    self.labels = labels
    self.targets = targets
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
  /// The samples' own numbers, if they have to be gathered.
  var indices: UnsafePointer<Int>?
  var labels: UnsafePointer<Int64>?
  var rule: KernelRule<T>
}
