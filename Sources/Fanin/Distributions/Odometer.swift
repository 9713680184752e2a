/// An axis of a tensor that is written.
struct Axis {
  let size: Int
  /// The way to the next element in memory, in bytes.
  let stride: Int
  /// The way to the next element in logical, row-major order.
  let step: Int
}

/// Walks over the elements that axes span, the last axis fastest.
struct Odometer {
  private let axes: [Axis]
  private var index: [Int]
  /// Where the element lies: bytes from the first.
  private(set) var offset = 0
  /// The logical index.
  private(set) var logical = 0

  /// - Parameter position: How many elements come before in this order.
  init(_ axes: [Axis], at position: Int) {
    self.axes = axes
    index = Array(repeating: 0, count: axes.count)
    var rest = position
    for i in axes.indices.reversed() {
      index[i] = rest % axes[i].size
      rest /= axes[i].size
      offset &+= index[i] &* axes[i].stride
      logical &+= index[i] &* axes[i].step
    }
  }

  /// Goes to the next element.
  mutating func advance() {
    var i = axes.count - 1
    index[i] += 1
    offset &+= axes[i].stride
    logical &+= axes[i].step
    while index[i] == axes[i].size, i > 0 {
      offset &+= axes[i - 1].stride &- index[i] &* axes[i].stride
      logical &+= axes[i - 1].step &- index[i] &* axes[i].step
      index[i] = 0
      i -= 1
      index[i] += 1
    }
  }
}
