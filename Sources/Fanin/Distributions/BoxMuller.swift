import FaninKernelTable

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Pairs of standard normals from pairs of uniforms, as TensorFlow makes them: the sine first.
///
/// r = √(−2 ln max(u₁, 10⁻⁷)), z = (r sin 2πu₂, r cos 2πu₂).
/// Box and Muller, "A note on the generation of random normal deviates", 1958.
public enum BoxMuller {
  /// Only the angle is scaled in double, then rounded.
  public static func float32(_ word0: UInt32, _ word1: UInt32) -> (Float, Float) {
    let u1 = max(UnitInterval.float32(word0), BoxMullerConstants.smallestUniform)
    let angle = Float(BoxMullerConstants.twoPi * Double(UnitInterval.float32(word1)))
    let radius = (-2 * FloatFunctions.logarithm(u1)).squareRoot()
    let (sine, cosine) = FloatFunctions.sineAndCosine(angle)
    return (sine * radius, cosine * radius)
  }

  /// With the C library's log, sin and cos.
  public static func float64(_ words: SIMD4<UInt32>) -> (Double, Double) {
    let u1 = max(UnitInterval.float64(words[0], words[1]), 1e-7)
    let angle = BoxMullerConstants.twoPi * UnitInterval.float64(words[2], words[3])
    let radius = (-2 * log(u1)).squareRoot()
    return (sin(angle) * radius, cos(angle) * radius)
  }
}
