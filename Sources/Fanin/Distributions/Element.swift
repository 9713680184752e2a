import FaninKernelTable

/// The kernels know them too.
public typealias DType = FaninKernelTable.DType

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

/// An element type that is computed in float32.
protocol NarrowElement: Element where Arithmetic == Float {}

extension NarrowElement {
  public static var groupSize: Int { 4 }

  public static func parameter(_ x: Double) -> Float { rounded(Float(x)) }

  public static func normals(_ block: SIMD4<UInt32>) -> SIMD4<Float> {
    let (z0, z1) = BoxMuller.float32(block[0], block[1])
    let (z2, z3) = BoxMuller.float32(block[2], block[3])
    return SIMD4(z0, z1, z2, z3)
  }
}

extension Float: NarrowElement {
  public static var dtype: DType { .float32 }
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
}
