/// Groups of values (four each, two for float64) that one turn of a kernel's loop makes.
@inlinable public var kernelBatch: Int { 8 }

/// The kernels of one instruction set: one source, compiled once for each.
///
/// Only pointers and numbers cross into a kernel, no vectors: how those are passed depends on the instruction set.
public struct KernelTable: Sendable {
  /// u · scale + offset, u uniform in [0, 1).
  public let uniform: @Sendable (KernelFill) -> Void
  /// z · scale + offset, z standard normal.
  public let normal: @Sendable (KernelFill) -> Void
  /// The same with |z| < 2. The last argument writes the standard values of a group, four or two: kernels leave to it
  /// the few that take more blocks than they look at.
  public let truncatedNormal: @Sendable (KernelFill, @escaping (UInt64, UnsafeMutablePointer<Double>) -> Void) -> Void
  /// The eight pairs of standard normals of eight pairs of words: the first of all pairs, then the second.
  public let normalsOfWords: @Sendable (UnsafePointer<UInt64>, UnsafeMutablePointer<Float>) -> Void
  /// The passes of dense networks.
  public let dense32: DenseKernelTable<Float>
  public let dense64: DenseKernelTable<Double>

  public init(
    uniform: @escaping @Sendable (KernelFill) -> Void, normal: @escaping @Sendable (KernelFill) -> Void,
    truncatedNormal:
      @escaping @Sendable (KernelFill, @escaping (UInt64, UnsafeMutablePointer<Double>) -> Void) -> Void,
    normalsOfWords: @escaping @Sendable (UnsafePointer<UInt64>, UnsafeMutablePointer<Float>) -> Void,
    dense32: DenseKernelTable<Float>, dense64: DenseKernelTable<Double>
  ) {
    self.uniform = uniform
    self.normal = normal
    self.truncatedNormal = truncatedNormal
    self.normalsOfWords = normalsOfWords
    self.dense32 = dense32
    self.dense64 = dense64
  }
}

/// What a kernel is to fill.
public struct KernelFill {
  public let out: UnsafeMutableRawPointer
  public let dtype: DType
  /// Batches of `kernelBatch` groups.
  public let batches: Int
  /// The first group, a multiple of `kernelBatch`.
  public let first: UInt64
  public let stream: StreamWords
  /// Exact in the dtype, as is the offset.
  public let scale: Double
  public let offset: Double

  public init(
    _ out: UnsafeMutableRawPointer, as dtype: DType, batches: Int, from first: UInt64, of stream: StreamWords,
    scale: Double, offset: Double
  ) {
    self.out = out
    self.dtype = dtype
    self.batches = batches
    self.first = first
    self.stream = stream
    self.scale = scale
    self.offset = offset
  }
}

/// A Philox stream: the key, and the two high words of the counter, which all of its blocks share.
public struct StreamWords: Sendable {
  public let key: SIMD2<UInt32>
  public let high: SIMD2<UInt32>

  public init(key: SIMD2<UInt32>, high: SIMD2<UInt32>) {
    self.key = key
    self.high = high
  }
}
