import CSIMD

/// A storage format whose arithmetic is float32 arithmetic, rounded to the format after each operation.
///
/// For binary16 and bfloat16 that equals arithmetic in the format itself: float32 has more
/// than twice their precision, so rounding twice rounds as once does (Figueroa 1995).
protocol Format {
  associatedtype Storage
  /// Each lane rounded to the format, to nearest even.
  static func rounded(_ x: SIMD8<Float>) -> SIMD8<Float>
  /// The format's bits of lanes that are exact in it.
  static func bits(_ x: SIMD8<Float>) -> SIMD8<UInt32>
  /// Stores eight such bit patterns as elements `place` and following; `out` need not be aligned to a vector.
  static func store(_ bits: SIMD8<UInt32>, to out: UnsafeMutablePointer<Storage>, at place: Int)
  /// The low bits of each word as a number in [0, 1), exact in the format.
  static func unit(_ words: SIMD8<UInt32>) -> SIMD8<Float>
}

/// Arithmetic is on eight lanes: Swift unrolls its operators up to there, and loops over the lanes of
/// longer vectors.
extension Format {
  /// Stores u · scale + offset for 32 words' u in [0, 1), rounded after each operation.
  @inline(__always)
  static func storeUniforms(
    _ words: SIMD32<UInt32>, scale: Float, offset: Float, to out: UnsafeMutablePointer<Storage>
  ) {
    store(affine(unit(simd_words_0(words)), scale, offset), to: out, at: 0)
    store(affine(unit(simd_words_1(words)), scale, offset), to: out, at: 8)
    store(affine(unit(simd_words_2(words)), scale, offset), to: out, at: 16)
    store(affine(unit(simd_words_3(words)), scale, offset), to: out, at: 24)
  }

  /// Stores z · scale + offset for the bits of 32 floats z, rounded first and after each operation.
  @inline(__always)
  static func storeNormals(
    _ z: SIMD32<UInt32>, scale: Float, offset: Float, to out: UnsafeMutablePointer<Storage>
  ) {
    store(affine(rounded(floats(simd_words_0(z))), scale, offset), to: out, at: 0)
    store(affine(rounded(floats(simd_words_1(z))), scale, offset), to: out, at: 8)
    store(affine(rounded(floats(simd_words_2(z))), scale, offset), to: out, at: 16)
    store(affine(rounded(floats(simd_words_3(z))), scale, offset), to: out, at: 24)
  }

  @inline(__always)
  private static func affine(_ x: SIMD8<Float>, _ scale: Float, _ offset: Float) -> SIMD8<UInt32> {
    bits(rounded(rounded(x * scale) + offset))
  }
}

enum Binary32: Format {
  @inline(__always)
  static func rounded(_ x: SIMD8<Float>) -> SIMD8<Float> { x }

  @inline(__always)
  static func bits(_ x: SIMD8<Float>) -> SIMD8<UInt32> { unsafeBitCast(x, to: SIMD8<UInt32>.self) }

  @inline(__always)
  static func store(_ bits: SIMD8<UInt32>, to out: UnsafeMutablePointer<Float>, at place: Int) {
    UnsafeMutableRawPointer(out + place).storeBytes(of: bits, as: SIMD8<UInt32>.self)
  }

  @inline(__always)
  static func unit(_ words: SIMD8<UInt32>) -> SIMD8<Float> {
    let mantissa = words & SIMD8(repeating: 0x7F_FFFF)
    return floats(mantissa | SIMD8(repeating: 0x3F80_0000)) - 1
  }
}

extension Format where Storage == UInt16 {
  @inline(__always)
  static func store(_ bits: SIMD8<UInt32>, to out: UnsafeMutablePointer<UInt16>, at place: Int) {
    UnsafeMutableRawPointer(out + place).storeBytes(of: simd_low_halves(bits), as: SIMD8<UInt16>.self)
  }
}

enum Binary16: Format {
  /// 2⁻¹⁴: below it the steps are 2⁻²⁴, which are float32's own between ½ and 1.
  private static var smallestNormal: SIMD8<UInt32> { SIMD8(repeating: 0x3880_0000) }
  private static var infinity: SIMD8<UInt32> { SIMD8(repeating: 0x7F80_0000) }

  @inline(__always)
  static func rounded(_ x: SIMD8<Float>) -> SIMD8<Float> {
    let bits = unsafeBitCast(x, to: SIMD8<UInt32>.self)
    let sign = bits & SIMD8(repeating: 0x8000_0000)
    let magnitude = bits ^ sign
    // 13 bits of float32's mantissa go.
    let odd = (magnitude &>> SIMD8(repeating: 13)) & SIMD8(repeating: 1)
    let normal = (magnitude &+ SIMD8(repeating: 0xFFF) &+ odd) & SIMD8(repeating: 0xFFFF_E000)
    let stepped = unsafeBitCast((floats(magnitude) + 0.5) - 0.5, to: SIMD8<UInt32>.self)
    let finite = simd_select(simd_less(magnitude, smallestNormal), stepped, normal)
    // From 65520 on the nearest is infinity; a NaN stays one.
    let result = simd_select(simd_less(finite, SIMD8(repeating: 0x4780_0000)), finite, infinity)
    return floats(simd_select(simd_less(infinity, magnitude), bits, result | sign))
  }

  @inline(__always)
  static func bits(_ x: SIMD8<Float>) -> SIMD8<UInt32> {
    let bits = unsafeBitCast(x, to: SIMD8<UInt32>.self)
    let sign = (bits &>> SIMD8(repeating: 16)) & SIMD8(repeating: 0x8000)
    let magnitude = bits & SIMD8(repeating: 0x7FFF_FFFF)
    // Bias 127 becomes 15.
    let normal = (magnitude &- SIMD8(repeating: 112 << 23)) &>> SIMD8(repeating: 13)
    let steps =
      unsafeBitCast(floats(magnitude) + 0.5, to: SIMD8<UInt32>.self) &- SIMD8(repeating: 0x3F00_0000)
    let finite = simd_select(simd_less(magnitude, smallestNormal), steps, normal)
    let special =
      SIMD8(repeating: 0x7C00) | ((magnitude &>> SIMD8(repeating: 13)) & SIMD8(repeating: 0x3FF))
    return simd_select(simd_less(magnitude, infinity), finite, special) | sign
  }

  @inline(__always)
  static func unit(_ words: SIMD8<UInt32>) -> SIMD8<Float> {
    let mantissa = words & SIMD8(repeating: 0x3FF)
    return floats((mantissa &<< SIMD8(repeating: 13)) | SIMD8(repeating: 0x3F80_0000)) - 1
  }
}

enum Brain16: Format {
  @inline(__always)
  static func rounded(_ x: SIMD8<Float>) -> SIMD8<Float> {
    let bits = unsafeBitCast(x, to: SIMD8<UInt32>.self)
    let odd = (bits &>> SIMD8(repeating: 16)) & SIMD8(repeating: 1)
    let result = (bits &+ SIMD8(repeating: 0x7FFF) &+ odd) & SIMD8(repeating: 0xFFFF_0000)
    let nan = simd_less(SIMD8(repeating: 0x7F80_0000), bits & SIMD8(repeating: 0x7FFF_FFFF))
    return floats(simd_select(nan, SIMD8(repeating: 0x7FC0_0000), result))
  }

  @inline(__always)
  static func bits(_ x: SIMD8<Float>) -> SIMD8<UInt32> {
    unsafeBitCast(x, to: SIMD8<UInt32>.self) &>> SIMD8(repeating: 16)
  }

  @inline(__always)
  static func unit(_ words: SIMD8<UInt32>) -> SIMD8<Float> {
    let mantissa = words & SIMD8(repeating: 0x7F)
    return floats((mantissa &<< SIMD8(repeating: 16)) | SIMD8(repeating: 0x3F80_0000)) - 1
  }
}

@inline(__always)
func floats(_ bits: SIMD8<UInt32>) -> SIMD8<Float> { unsafeBitCast(bits, to: SIMD8<Float>.self) }
