import CSIMD
import FaninKernelTable

/// Pairs of standard normals of the words of eight blocks: `BoxMuller.float32` in each lane, bit for bit.
///
/// The functions are computed in double, as the scalar ones are, with FMA where there is one and otherwise in
/// the quickest order: a test tries every argument, and the floats are the same.
@inline(__always)
func boxMullerLanes(
  _ word0: SIMD8<UInt64>, _ word1: SIMD8<UInt64>
) -> (SIMD8<Float>, SIMD8<Float>) {
  let smallest = SIMD8<Double>(repeating: Double(BoxMullerConstants.smallestUniform) * 0x1p23)
  let radius = simd_sqrt(scaledLogarithm(simd_max(mantissa(word0), smallest)) * -2)
  let angle = simd_narrow(mantissa(word1) * (BoxMullerConstants.twoPi * 0x1p-23))
  let (sine, cosine) = sineAndCosine(angle)
  return (sine * radius, cosine * radius)
}

/// The low 23 bits of each lane as an integer: 2²³ u.
@inline(__always)
private func mantissa(_ word: SIMD8<UInt64>) -> SIMD8<Double> {
  let bits = (word & SIMD8(repeating: 0x7F_FFFF)) | SIMD8(repeating: (0x1p52).bitPattern)
  return unsafeBitCast(bits, to: SIMD8<Double>.self) - 0x1p52
}

/// ln(2⁻²³ x) for x > 0, see `FloatFunctions.logarithm`.
@inline(__always)
private func scaledLogarithm(_ x: SIMD8<Double>) -> SIMD8<Float> {
  let origin = Double(Float(bitPattern: LogConstants.origin)).bitPattern
  // In the exponent's place k + 1024, which is positive; below it the interval and the rest of the mantissa.
  let t = unsafeBitCast(x, to: SIMD8<UInt64>.self) &- SIMD8(repeating: origin &+ (23 << 52) &- (1024 << 52))
  let z = unsafeBitCast(
    (t & SIMD8(repeating: 0xF_FFFF_FFFF_FFFF)) &+ SIMD8(repeating: origin), to: SIMD8<Double>.self)
  let interval = t &>> SIMD8(repeating: 48)
  let shifted = (t &>> SIMD8(repeating: 52)) | SIMD8(repeating: (0x1p52).bitPattern)
  let k = unsafeBitCast(shifted, to: SIMD8<Double>.self) - (0x1p52 + 1024)
  let r = simd_multiply_add(z, simd_log_inverses(interval), SIMD8(repeating: -1))
  let y0 = simd_multiply_add(k, SIMD8(repeating: LogConstants.ln2), simd_log_centers(interval))
  let r2 = r * r
  let tail = simd_multiply_add(SIMD8(repeating: LogConstants.a1), r, SIMD8(repeating: LogConstants.a2))
  let y = simd_multiply_add(SIMD8(repeating: LogConstants.a0), r2, tail)
  return simd_narrow(simd_multiply_add(y, r2, y0 + r))
}

/// (sin x, cos x) for 0 <= x < 7, see `FloatFunctions.sineAndCosine`.
@inline(__always)
private func sineAndCosine(_ x: SIMD8<Float>) -> (SIMD8<Float>, SIMD8<Float>) {
  // Adding 1.5 · 2²³ leaves the nearest integer in the low bits.
  let magic = SIMD8<Float>(repeating: 0x1.8p23)
  let shifted = x * Float(SinCosConstants.scaledTwoOverPi * 0x1p-24) + magic
  let wide = simd_widen(x)
  let r = simd_multiply_add(
    simd_widen(shifted - magic), SIMD8(repeating: -SinCosConstants.halfPi), wide)
  let r2 = r * r
  let r3 = r2 * r
  let r4 = r2 * r2
  let s = simd_multiply_add(
    r3 * r2, simd_multiply_add(r2, SIMD8(repeating: SinCosConstants.s3), SIMD8(repeating: SinCosConstants.s2)),
    simd_multiply_add(r3, SIMD8(repeating: SinCosConstants.s1), r))
  let c = simd_multiply_add(
    r4 * r2, simd_multiply_add(r2, SIMD8(repeating: SinCosConstants.c4), SIMD8(repeating: SinCosConstants.c3)),
    simd_multiply_add(
      r4, SIMD8(repeating: SinCosConstants.c2),
      simd_multiply_add(r2, SIMD8(repeating: SinCosConstants.c1), SIMD8(repeating: 1))))

  // Odd quarters exchange the two; bit 1 of the quarter, and of the next one, is the sign.
  let quarter = bits(shifted)
  let odd = SIMD8<UInt32>.zero &- (quarter & SIMD8(repeating: 1))
  let sine = bits(simd_narrow(s))
  let cosine = bits(simd_narrow(c))
  return (
    withSign(quarter, simd_select(odd, cosine, sine)),
    withSign(quarter &+ SIMD8(repeating: 1), simd_select(odd, sine, cosine))
  )
}

/// x with its sign changed where bit 1 of `quarter` is set.
@inline(__always)
private func withSign(_ quarter: SIMD8<UInt32>, _ x: SIMD8<UInt32>) -> SIMD8<Float> {
  floats(x ^ ((quarter &<< SIMD8(repeating: 30)) & SIMD8(repeating: 0x8000_0000)))
}
