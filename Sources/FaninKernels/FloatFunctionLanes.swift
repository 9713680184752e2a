import CSIMD

/// ln x for normal x > 0, in each lane the very float that the scalar `logarithm` gives.
@inline(__always)
public func logarithmLanes(_ x: SIMD8<Float>) -> SIMD8<Float> {
  let bits = unsafeBitCast(x, to: SIMD8<UInt32>.self)
  let t = bits &- SIMD8(repeating: LogConstants.origin)
  let interval = unsafeBitCast(
    (t &>> SIMD8(repeating: 19)) & SIMD8(repeating: 15), to: SIMD8<Int32>.self)
  let exponent = unsafeBitCast(t, to: SIMD8<Int32>.self) &>> SIMD8(repeating: 23)
  let z = simd_widen(floats(bits &- (t & SIMD8(repeating: 0xFF80_0000))))
  let r = z * simd_log_inverses(interval) - 1
  let y0 = simd_log_centers(interval) + simd_double(exponent) * LogConstants.ln2
  let r2 = r * r
  let y = LogConstants.a0 * r2 + (LogConstants.a1 * r + LogConstants.a2)
  return simd_narrow(y * r2 + (y0 + r))
}

/// (sin x, cos x) for 0 <= x < 120, in each lane the very floats that the scalar `sineAndCosine` gives.
@inline(__always)
public func sineAndCosineLanes(_ x: SIMD8<Float>) -> (sine: SIMD8<Float>, cosine: SIMD8<Float>) {
  let wide = simd_widen(x)
  let turns =
    (simd_truncate(wide * SinCosConstants.scaledTwoOverPi) &+ SIMD8(repeating: 0x80_0000))
    &>> SIMD8(repeating: 24)
  let r = wide - simd_double(turns) * SinCosConstants.halfPi
  let r2 = r * r
  let r3 = r2 * r
  let r4 = r2 * r2
  let s = simd_narrow(
    (r + r3 * SinCosConstants.s1) + (r3 * r2) * (SinCosConstants.s2 + r2 * SinCosConstants.s3))
  let c = simd_narrow(
    ((1 + r2 * SinCosConstants.c1) + r4 * SinCosConstants.c2)
      + (r4 * r2) * (SinCosConstants.c3 + r2 * SinCosConstants.c4))

  let quarter = unsafeBitCast(turns, to: SIMD8<UInt32>.self)
  let odd = SIMD8<UInt32>.zero &- (quarter & SIMD8(repeating: 1))
  let sineSign = (quarter & SIMD8(repeating: 2)) &<< SIMD8(repeating: 30)
  let cosineSign = ((quarter &+ SIMD8(repeating: 1)) & SIMD8(repeating: 2)) &<< SIMD8(repeating: 30)
  let sineBits = unsafeBitCast(s, to: SIMD8<UInt32>.self)
  let cosineBits = unsafeBitCast(c, to: SIMD8<UInt32>.self)
  return (
    floats(select(odd, cosineBits, sineBits) ^ sineSign),
    floats(select(odd, sineBits, cosineBits) ^ cosineSign)
  )
}

/// The bits of `a` where `mask` has ones, those of `b` elsewhere.
@inline(__always)
func select(_ mask: SIMD8<UInt32>, _ a: SIMD8<UInt32>, _ b: SIMD8<UInt32>) -> SIMD8<UInt32> {
  (mask & a) | (~mask & b)
}
