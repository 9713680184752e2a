import CSIMD

/// A storage format whose arithmetic is float32 arithmetic, rounded to the format after each operation.
///
/// For binary16 and bfloat16 that equals arithmetic in the format itself: float32 has more
/// than twice their precision, so rounding twice rounds as once does (Figueroa 1995).
protocol Format {
  associatedtype Storage
  /// Each lane rounded to the format, to nearest even.
  static func rounded(_ x: SIMD32<Float>) -> SIMD32<Float>
  /// Stores lanes that are exact in the format; `out` need not be aligned to the vector.
  static func store(_ x: SIMD32<Float>, to out: UnsafeMutablePointer<Storage>)
  /// The low bits of each word as a number in [0, 1), exact in the format.
  static func unit(_ words: SIMD8<UInt64>) -> SIMD8<Float>
}

extension Format {
  /// u · scale + offset, rounded after each operation.
  @inline(__always)
  static func affine(_ u: SIMD32<Float>, scale: Float, offset: Float) -> SIMD32<Float> {
    rounded(rounded(u * scale) + offset)
  }
}

enum Binary32: Format {
  @inline(__always)
  static func rounded(_ x: SIMD32<Float>) -> SIMD32<Float> { x }

  @inline(__always)
  static func store(_ x: SIMD32<Float>, to out: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(out).storeBytes(of: x, as: SIMD32<Float>.self)
  }

  @inline(__always)
  static func unit(_ words: SIMD8<UInt64>) -> SIMD8<Float> {
    let mantissa = simd_low_words(words) & SIMD8(repeating: 0x7F_FFFF)
    return floats(mantissa | SIMD8(repeating: 0x3F80_0000)) - 1
  }
}

enum Binary16: Format {
  @inline(__always)
  static func rounded(_ x: SIMD32<Float>) -> SIMD32<Float> {
    let bits = unsafeBitCast(x, to: SIMD32<UInt32>.self)
    let sign = bits & SIMD32(repeating: 0x8000_0000)
    let magnitude = bits ^ sign
    // 13 bits of float32's mantissa go.
    let odd = (magnitude &>> SIMD32(repeating: 13)) & SIMD32(repeating: 1)
    var result = (magnitude &+ SIMD32(repeating: 0xFFF) &+ odd) & SIMD32(repeating: 0xFFFF_E000)
    // Below 2⁻¹⁴ the steps are 2⁻²⁴, float32's own between ½ and 1.
    let small = magnitude .< SIMD32(repeating: 0x3880_0000)
    let stepped = (unsafeBitCast(magnitude, to: SIMD32<Float>.self) + 0.5) - 0.5
    result.replace(with: unsafeBitCast(stepped, to: SIMD32<UInt32>.self), where: small)
    // From 65520 on the nearest is infinity; a NaN stays one.
    let large = (result .>= SIMD32(repeating: 0x4780_0000)) .& (magnitude .<= SIMD32(repeating: 0x7F80_0000))
    result.replace(with: SIMD32(repeating: 0x7F80_0000), where: large)
    return unsafeBitCast(result | sign, to: SIMD32<Float>.self)
  }

  @inline(__always)
  static func store(_ x: SIMD32<Float>, to out: UnsafeMutablePointer<UInt16>) {
    let bits = unsafeBitCast(x, to: SIMD32<UInt32>.self)
    let sign = (bits &>> SIMD32(repeating: 16)) & SIMD32(repeating: 0x8000)
    let magnitude = bits & SIMD32(repeating: 0x7FFF_FFFF)
    // Bias 127 becomes 15; infinity and NaN keep an exponent of ones.
    var half = (magnitude &- SIMD32(repeating: 112 << 23)) &>> SIMD32(repeating: 13)
    let small = magnitude .< SIMD32(repeating: 0x3880_0000)
    let steps = unsafeBitCast(magnitude, to: SIMD32<Float>.self) + 0.5
    half.replace(
      with: unsafeBitCast(steps, to: SIMD32<UInt32>.self) &- SIMD32(repeating: 0x3F00_0000), where: small)
    let special = magnitude .>= SIMD32(repeating: 0x7F80_0000)
    half.replace(
      with: SIMD32(repeating: 0x7C00) | ((magnitude &>> SIMD32(repeating: 13)) & SIMD32(repeating: 0x3FF)),
      where: special)
    UnsafeMutableRawPointer(out).storeBytes(of: simd_low_halves(half | sign), as: SIMD32<UInt16>.self)
  }

  @inline(__always)
  static func unit(_ words: SIMD8<UInt64>) -> SIMD8<Float> {
    let mantissa = simd_low_words(words) & SIMD8(repeating: 0x3FF)
    return floats((mantissa &<< SIMD8(repeating: 13)) | SIMD8(repeating: 0x3F80_0000)) - 1
  }
}

enum Brain16: Format {
  @inline(__always)
  static func rounded(_ x: SIMD32<Float>) -> SIMD32<Float> {
    let bits = unsafeBitCast(x, to: SIMD32<UInt32>.self)
    let odd = (bits &>> SIMD32(repeating: 16)) & SIMD32(repeating: 1)
    var result = (bits &+ SIMD32(repeating: 0x7FFF) &+ odd) & SIMD32(repeating: 0xFFFF_0000)
    let nan = (bits & SIMD32(repeating: 0x7FFF_FFFF)) .> SIMD32(repeating: 0x7F80_0000)
    result.replace(with: SIMD32(repeating: 0x7FC0_0000), where: nan)
    return unsafeBitCast(result, to: SIMD32<Float>.self)
  }

  @inline(__always)
  static func store(_ x: SIMD32<Float>, to out: UnsafeMutablePointer<UInt16>) {
    let high = unsafeBitCast(x, to: SIMD32<UInt32>.self) &>> SIMD32(repeating: 16)
    UnsafeMutableRawPointer(out).storeBytes(of: simd_low_halves(high), as: SIMD32<UInt16>.self)
  }

  @inline(__always)
  static func unit(_ words: SIMD8<UInt64>) -> SIMD8<Float> {
    let mantissa = simd_low_words(words) & SIMD8(repeating: 0x7F)
    return floats((mantissa &<< SIMD8(repeating: 16)) | SIMD8(repeating: 0x3F80_0000)) - 1
  }
}

@inline(__always)
func floats(_ bits: SIMD8<UInt32>) -> SIMD8<Float> { unsafeBitCast(bits, to: SIMD8<Float>.self) }
