/// A sample as outer × size × inner values: neighbouring axes of it, and what comes before and after them.
struct AxisBlock: Sendable {
  let outer: Int
  let size: Int
  let inner: Int

  /// - Parameter axes: as `positions` gives them.
  /// - Throws: `notImplemented` if they are not neighbours.
  init(_ axes: [Int], of shape: [Int]) throws(FaninError) {
    guard let first = axes.first, let last = axes.last, last - first == axes.count - 1 else {
      throw .notImplemented("Only axes next to each other can be normalized together. Received: axes=\(axes)")
    }
    outer = shape[..<first].reduce(1, *)
    size = shape[first...last].reduce(1, *)
    inner = shape[(last + 1)...].reduce(1, *)
  }

  /// How many groups there are of values that differ in their place along the axes only.
  var groups: Int { outer * inner }
  var count: Int { outer * size * inner }

  /// Calls `body` for each group: where it begins, how far apart its values lie, and its number.
  @inline(__always)
  func visitGroups(_ body: (_ start: Int, _ step: Int, _ number: Int) -> Void) {
    if inner == 1 {
      for i in 0..<outer { body(i &* size, 1, i) }
    } else {
      for i in 0..<outer {
        for k in 0..<inner { body(i &* size &* inner &+ k, inner, i &* inner &+ k) }
      }
    }
  }

  /// Calls `body` for each value at some places along the axes: where it lies, its place, and its group.
  @inline(__always)
  func visit(_ places: Range<Int>, _ body: (_ index: Int, _ place: Int, _ group: Int) -> Void) {
    for i in 0..<outer {
      let start = i &* size &* inner
      if inner == 1 {
        for place in places { body(start &+ place, place, i) }
      } else {
        for place in places {
          for k in 0..<inner { body(start &+ place &* inner &+ k, place, i &* inner &+ k) }
        }
      }
    }
  }

  /// Writes, for each of some places along the axes, the sum of `term` over the batch's values there, over `divisor`.
  /// Added up in double precision.
  @inline(__always)
  func sums<T: Scalar>(
    _ places: Range<Int>, rows: Int, over divisor: Double = 1, into sums: UnsafeMutablePointer<T>,
    _ term: (_ row: Int, _ index: Int, _ place: Int, _ group: Int) -> T
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: places.count) { memory in
      guard let totals = memory.baseAddress else { return }
      totals.initialize(repeating: 0, count: places.count)
      for row in 0..<rows {
        visit(places) { index, place, group in
          totals[place &- places.lowerBound] += Double(term(row, row &* count &+ index, place, group))
        }
      }
      for i in 0..<places.count { sums[i] = T(totals[i] / divisor) }
    }
  }
}

/// Axes of a sample in order, counted from its first one; negative ones count from the end.
///
/// - Throws: `invalidValue` for an axis that the sample has not, or has been named already.
func positions(of axes: [Int], in shape: [Int]) throws(FaninError) -> [Int] {
  var positions: [Int] = []
  for axis in axes {
    guard axis >= -shape.count, axis < shape.count else {
      throw .invalidValue("Axis \(axis) is out of bounds for samples of shape \(shape). Received: axes=\(axes)")
    }
    let position = axis < 0 ? axis + shape.count : axis
    guard !positions.contains(position) else {
      throw .invalidValue("An axis can be named once only. Received: axes=\(axes) for samples of shape \(shape)")
    }
    positions.append(position)
  }
  return positions.sorted()
}

/// The sum of `value` over 0 ..< count, in double precision.
@inline(__always)
func sum(_ count: Int, _ value: (Int) -> Double) -> Double {
  var a = 0.0
  var b = 0.0
  var c = 0.0
  var d = 0.0
  var i = 0
  while i &+ 4 <= count {
    a += value(i)
    b += value(i &+ 1)
    c += value(i &+ 2)
    d += value(i &+ 3)
    i &+= 4
  }
  while i < count {
    a += value(i)
    i &+= 1
  }
  return (a + b) + (c + d)
}

/// The sizes of axes that a sample has, in order.
func sizes(of axes: [Int], in shape: [Int]) -> [Int] {
  axes.map { $0 < 0 ? $0 + shape.count : $0 }.sorted().map { shape[$0] }
}
