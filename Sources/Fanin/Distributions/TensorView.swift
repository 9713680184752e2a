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
}
