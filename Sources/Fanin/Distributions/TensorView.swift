/// The largest flat index, exclusive, so that no block number overflows.
let largestTensorSize = 1 << 58

/// Memory of a tensor that is to be filled: any strides, values by logical, row-major index.
///
/// The memory belongs to the caller, who sees to it that it lives as long as the view, is aligned to its
/// elements, and holds each element once.
public struct TensorView {
  public let base: UnsafeMutableRawPointer
  public let dtype: DType
  public let shape: [Int]
  /// Steps in bytes, one for each axis; they may be negative.
  public let strides: [Int]
  /// The number of elements.
  public let count: Int

  /// - Throws: `invalidValue` for a negative size or strides that don't go with the shape,
  ///   `outOfMemory` for a size that no tensor can have.
  public init(
    _ base: UnsafeMutableRawPointer, dtype: DType, shape: [Int], strides: [Int]? = nil
  ) throws(FaninError) {
    self.base = base
    self.dtype = dtype
    self.shape = shape
    count = try Self.count(of: shape)
    self.strides = strides ?? Self.rowMajor(shape, size: dtype.size)
    guard self.strides.count == shape.count else {
      throw .invalidValue(
        "`strides` must have one value for each axis of the shape \(shape). Received: strides=\(self.strides)")
    }
  }

  /// The number of elements of a shape.
  static func count(of shape: [Int]) throws(FaninError) -> Int {
    if let size = shape.first(where: { $0 < 0 }) {
      throw .invalidValue("`shape` must have sizes >= 0. Received: shape=\(shape), with size \(size)")
    }
    if shape.contains(0) { return 0 }
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow, product < largestTensorSize else {
        throw .outOfMemory("`shape` has more elements than a tensor can. Received: shape=\(shape)")
      }
      count = product
    }
    return count
  }

  /// The strides of a dense row-major array; sizes are known not to overflow unless one is 0.
  private static func rowMajor(_ shape: [Int], size: Int) -> [Int] {
    var strides = [Int](repeating: 0, count: shape.count)
    var step = size
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step = step &* shape[axis]
    }
    return strides
  }

  /// Whether logical neighbours are neighbours in memory.
  public var isContiguous: Bool {
    var step = dtype.size
    for axis in shape.indices.reversed() where shape[axis] != 1 {
      if strides[axis] != step { return count == 0 }
      step = step &* shape[axis]
    }
    return true
  }

  /// Writes the elements with logical indices in `range`, which `make` gives in pieces: their values, and the
  /// logical index of the first.
  func write<T>(_ range: Range<Int>, make: (UnsafeMutableBufferPointer<T>, Int) -> Void) {
    let chunk = 1024
    withUnsafeTemporaryAllocation(of: T.self, capacity: chunk) { values in
      var start = range.lowerBound
      while start < range.upperBound {
        let part = UnsafeMutableBufferPointer(rebasing: values[0..<min(chunk, range.upperBound - start)])
        make(part, start)
        scatter(UnsafeBufferPointer(part), at: start)
        start += part.count
      }
    }
  }

  /// Copies `values`, which belong at logical indices `start` and following, to their places.
  private func scatter<T>(_ values: UnsafeBufferPointer<T>, at start: Int) {
    // The odometer: the multi-index of `start` and its place in memory.
    withUnsafeTemporaryAllocation(of: Int.self, capacity: max(1, shape.count)) { index in
      var rest = start
      var offset = 0
      for axis in shape.indices.reversed() {
        index[axis] = rest % shape[axis]
        rest /= shape[axis]
        offset &+= index[axis] &* strides[axis]
      }
      var next = 0
      while true {
        guard let last = shape.indices.last else {
          base.storeBytes(of: values[0], as: T.self)
          return
        }
        // A run along the last axis.
        let run = min(shape[last] - index[last], values.count - next)
        for i in 0..<run {
          base.storeBytes(of: values[next + i], toByteOffset: offset &+ i &* strides[last], as: T.self)
        }
        next += run
        if next == values.count { return }
        offset &-= index[last] &* strides[last]
        index[last] = 0
        var axis = last - 1
        while axis >= 0 {
          index[axis] += 1
          offset &+= strides[axis]
          if index[axis] < shape[axis] { break }
          offset &-= index[axis] &* strides[axis]
          index[axis] = 0
          axis -= 1
        }
      }
    }
  }
}

extension TensorView {
  /// Writes `value(i)`, rounded to the dtype, at every logical index i.
  func setEach(_ value: (Int) -> Double) {
    switch dtype {
    case .float32: setEach(Float.self, value)
    case .float64: setEach(Double.self, value)
    case .float16: setEach(Binary16.self, value)
    case .bfloat16: setEach(BFloat16.self, value)
    }
  }

  private func setEach<T: Element>(_: T.Type, _ value: (Int) -> Double) {
    write(0..<count) { (part: UnsafeMutableBufferPointer<T>, start) in
      for i in part.indices { part[i] = T(storing: T.parameter(value(start + i))) }
    }
  }
}
