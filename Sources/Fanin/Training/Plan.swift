/// The steps through `rows` samples, within a time.
struct Plan {
  let rows: Int
  let batchSize: Int
  let first: Int
  private let deadline: UInt64

  /// - Parameter width: the most values that a sample has anywhere.
  init(rows: Int, width: Int, batchSize: Int, step: Int, budget: Int) throws(FaninError) {
    guard rows >= 0 else { throw .invalidValue("`rows` must be >= 0. Received: rows=\(rows)") }
    _ = try checkedProduct(rows, width, for: "\(rows) samples")
    guard batchSize > 0, min(batchSize, rows) < 1 << 31 else {
      throw .invalidValue(
        "`batch_size` must be between 1 and 2**31 - 1. Received: batch_size=\(batchSize)")
    }
    guard step >= 0 else { throw .invalidValue("`step` must be >= 0. Received: step=\(step)") }
    self.rows = rows
    self.batchSize = max(1, min(batchSize, rows))
    first = step
    deadline = monotonicNanoseconds() &+ UInt64(max(0, budget))
  }

  /// How many steps there are from the first one on.
  var steps: Int { max(0, rows / batchSize + (rows % batchSize == 0 ? 0 : 1) - first) }

  /// The samples of step `step`, or nil if all are done or the time is over.
  func samples(of step: Int) -> Range<Int>? {
    let (start, overflow) = step.multipliedReportingOverflow(by: batchSize)
    guard !overflow, start < rows else { return nil }
    if step > first, monotonicNanoseconds() >= deadline { return nil }
    return start..<start + min(batchSize, rows - start)
  }
}
