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

/// A batch of samples in consecutive memory: the caller's own, or copies in the order that is asked for.
struct Batch<T: Scalar> {
  let x: UnsafePointer<T>
  let answers: Answers<T>
  let rows: Int
}
