import CSIMD
import FaninKernelTable

/// float32 functions as the GNU C library (since 2.28) computes them: in double, rounded once.
///
/// With them a normal draw has the very bits that TensorFlow gives on Linux. The coefficients are Arm's
/// ("optimized routines", `logf` and `sincosf`).
public enum FloatFunctions {
  /// ln x for normal x > 0: x = 2ᵏ z, ln x = k ln 2 + ln c + ln(z / c).
  public static func logarithm(_ x: Float) -> Float {
    let t = x.bitPattern &- LogConstants.origin
    let interval = Int32(bitPattern: (t &>> 19) & 15)
    let k = Int32(bitPattern: t) &>> 23
    let z = Double(Float(bitPattern: x.bitPattern &- (t & 0xFF80_0000)))
    let r = z * simd_log_inverse(interval) - 1
    let y0 = simd_log_center(interval) + Double(k) * LogConstants.ln2
    let r2 = r * r
    let y = LogConstants.a0 * r2 + (LogConstants.a1 * r + LogConstants.a2)
    return Float(y * r2 + (y0 + r))
  }

  /// (sin x, cos x) for 0 <= x < 120: reduced by quarter turns, then two polynomials.
  public static func sineAndCosine(_ x: Float) -> (sine: Float, cosine: Float) {
    let wide = Double(x)
    let quarters = (Int32(wide * SinCosConstants.scaledTwoOverPi) &+ 0x80_0000) &>> 24
    let r = wide - Double(quarters) * SinCosConstants.halfPi
    let r2 = r * r
    let r3 = r2 * r
    let r4 = r2 * r2
    let s = (r + r3 * SinCosConstants.s1) + (r3 * r2) * (SinCosConstants.s2 + r2 * SinCosConstants.s3)
    let c =
      ((1 + r2 * SinCosConstants.c1) + r4 * SinCosConstants.c2)
      + (r4 * r2) * (SinCosConstants.c3 + r2 * SinCosConstants.c4)
    switch quarters & 3 {
    case 0: return (Float(s), Float(c))
    case 1: return (Float(c), Float(-s))
    case 2: return (Float(-s), Float(-c))
    default: return (Float(-c), Float(s))
    }
  }
}
