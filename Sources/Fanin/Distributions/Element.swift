import FaninKernels

/// A type that a distribution can fill: `Float`, `Double`, `Binary16` or `BFloat16`.
public protocol Element: Sendable {
  /// What its values are computed in.
  associatedtype Arithmetic: BinaryFloatingPoint & SIMDScalar & Sendable

  static var dtype: DType { get }

  /// Values that come from one block of the stream: four, or two for double.
  static var groupSize: Int { get }

  /// The nearest value of this type.
  static func rounded(_ x: Arithmetic) -> Arithmetic

  /// From a value that is exact in this type.
  init(storing x: Arithmetic)

  /// A parameter, rounded from double as TensorFlow rounds a Python float.
  static func parameter(_ x: Double) -> Arithmetic

  /// Uniforms in [0, 1), the first `groupSize` of four.
  static func uniforms(_ block: SIMD4<UInt32>) -> SIMD4<Arithmetic>

  /// Standard normals before rounding, the first `groupSize` of four.
  static func normals(_ block: SIMD4<UInt32>) -> SIMD4<Arithmetic>

  /// The fast way to `batches` times `kernelBatch` groups of a distribution.
  static func fillUniform(
    _ out: UnsafeMutablePointer<Self>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Arithmetic, offset: Arithmetic)
  static func fillNormal(
    _ out: UnsafeMutablePointer<Self>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Arithmetic, offset: Arithmetic)
  static func fillTruncatedNormal(
    _ out: UnsafeMutablePointer<Self>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Arithmetic, offset: Arithmetic)
}

extension Element {
  /// A parameter, which must be finite in this type.
  static func parameter(_ name: String, _ x: Double) throws(FaninError) -> Arithmetic {
    let value = parameter(x)
    guard value.isFinite else {
      throw .invalidValue("`\(name)` must be finite in \(dtype). Received: \(name)=\(x)")
    }
    return value
  }
}

/// An element type that is computed in float32, and has kernels.
protocol NarrowElement: Element where Arithmetic == Float {
  static var format: KernelFormat { get }
}

extension NarrowElement {
  public static var groupSize: Int { 4 }

  public static func parameter(_ x: Double) -> Float { rounded(Float(x)) }

  public static func normals(_ block: SIMD4<UInt32>) -> SIMD4<Float> {
    let (z0, z1) = BoxMuller.float32(block[0], block[1])
    let (z2, z3) = BoxMuller.float32(block[2], block[3])
    return SIMD4(z0, z1, z2, z3)
  }

  public static func fillUniform(
    _ out: UnsafeMutablePointer<Self>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Float, offset: Float
  ) {
    uniformKernel(
      out, as: format, batches: batches, from: first, of: stream.words, scale: scale, offset: offset)
  }

  public static func fillNormal(
    _ out: UnsafeMutablePointer<Self>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Float, offset: Float
  ) {
    normalKernel(
      out, as: format, batches: batches, from: first, of: stream.words, scale: scale, offset: offset)
  }

  public static func fillTruncatedNormal(
    _ out: UnsafeMutablePointer<Self>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Float, offset: Float
  ) {
    truncatedNormalKernel(
      out, as: format, batches: batches, from: first, of: stream.words, scale: scale, offset: offset
    ) { group in TruncatedNormalDistribution<Self>.group(group, of: stream) }
  }
}

extension Float: NarrowElement {
  public static var dtype: DType { .float32 }
  static var format: KernelFormat { .float32 }
  public static func rounded(_ x: Float) -> Float { x }
  public init(storing x: Float) { self = x }
  public static func uniforms(_ block: SIMD4<UInt32>) -> SIMD4<Float> {
    SIMD4(
      UnitInterval.float32(block[0]), UnitInterval.float32(block[1]), UnitInterval.float32(block[2]),
      UnitInterval.float32(block[3]))
  }
}

extension Double: Element {
  public static var dtype: DType { .float64 }
  public static var groupSize: Int { 2 }
  public static func rounded(_ x: Double) -> Double { x }
  public init(storing x: Double) { self = x }
  public static func parameter(_ x: Double) -> Double { x }
  public static func uniforms(_ block: SIMD4<UInt32>) -> SIMD4<Double> {
    SIMD4(UnitInterval.float64(block[0], block[1]), UnitInterval.float64(block[2], block[3]), 0, 0)
  }
  public static func normals(_ block: SIMD4<UInt32>) -> SIMD4<Double> {
    let (z0, z1) = BoxMuller.float64(block)
    return SIMD4(z0, z1, 0, 0)
  }

  public static func fillUniform(
    _ out: UnsafeMutablePointer<Double>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Double, offset: Double
  ) {
    uniformKernel(out, batches: batches, from: first, of: stream.words, scale: scale, offset: offset)
  }

  public static func fillNormal(
    _ out: UnsafeMutablePointer<Double>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Double, offset: Double
  ) {
    fill(out, batches, first, scale, offset) { NormalDistribution<Double>.group($0, of: stream) }
  }

  public static func fillTruncatedNormal(
    _ out: UnsafeMutablePointer<Double>, batches: Int, from first: UInt64, of stream: PhiloxStream,
    scale: Double, offset: Double
  ) {
    fill(out, batches, first, scale, offset) { TruncatedNormalDistribution<Double>.group($0, of: stream) }
  }

  /// Group by group: the C library's functions work on one number at a time.
  @inline(__always)
  private static func fill(
    _ out: UnsafeMutablePointer<Double>, _ batches: Int, _ first: UInt64, _ scale: Double,
    _ offset: Double, _ group: (UInt64) -> SIMD4<Double>
  ) {
    for i in 0..<batches * kernelBatch {
      let z = group(first &+ UInt64(i))
      out[2 * i] = z[0] * scale + offset
      out[2 * i + 1] = z[1] * scale + offset
    }
  }
}
