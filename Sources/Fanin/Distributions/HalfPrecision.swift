import FaninKernelTable

/// IEEE 754 binary16, as bits: Swift's own `Float16` is missing on some processors.
public struct Binary16: Hashable, Sendable {
  public var bitPattern: UInt16

  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }
}

/// The high half of a float32, as bits.
public struct BFloat16: Hashable, Sendable {
  public var bitPattern: UInt16

  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }
}

extension Binary16: NarrowElement {
  public static var dtype: DType { .float16 }

  public static func rounded(_ x: Float) -> Float {
    x.magnitude >= 65520 && !x.isNaN
      ? Float(signOf: x, magnitudeOf: .infinity) : rounded(x, mantissaBits: 10, smallestExponent: -14)
  }

  public init(storing x: Float) {
    let sign: UInt16 = x.sign == .minus ? 0x8000 : 0
    let magnitude = x.magnitude.bitPattern
    if !x.isFinite {
      bitPattern = sign | 0x7C00 | UInt16(truncatingIfNeeded: (magnitude &>> 13) & 0x3FF)
    } else if x.magnitude < 0x1p-14 {
      bitPattern = sign | UInt16(x.magnitude * 0x1p24)
    } else {
      bitPattern = sign | UInt16(truncatingIfNeeded: (magnitude &- (112 << 23)) &>> 13)
    }
  }

  public static func uniforms(_ block: SIMD4<UInt32>) -> SIMD4<Float> {
    SIMD4(
      UnitInterval.float16(block[0]), UnitInterval.float16(block[1]), UnitInterval.float16(block[2]),
      UnitInterval.float16(block[3]))
  }
}

extension BFloat16: NarrowElement {
  public static var dtype: DType { .bfloat16 }

  public static func rounded(_ x: Float) -> Float {
    rounded(x, mantissaBits: 7, smallestExponent: -126)
  }

  public init(storing x: Float) {
    bitPattern = UInt16(truncatingIfNeeded: x.bitPattern &>> 16)
  }

  public static func uniforms(_ block: SIMD4<UInt32>) -> SIMD4<Float> {
    SIMD4(
      UnitInterval.bfloat16(block[0]), UnitInterval.bfloat16(block[1]),
      UnitInterval.bfloat16(block[2]), UnitInterval.bfloat16(block[3]))
  }
}

extension NarrowElement {
  /// The nearest number with `mantissaBits` bits behind the leading one, to nearest even.
  static func rounded(_ x: Float, mantissaBits: Int, smallestExponent: Int) -> Float {
    guard x.isFinite, x != 0 else { return x }
    let exponent = max(Int(x.exponent), smallestExponent) - mantissaBits
    let step = Float(sign: .plus, exponent: exponent, significand: 1)
    return (x / step).rounded(.toNearestOrEven) * step
  }
}
