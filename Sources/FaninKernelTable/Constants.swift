/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11).
public enum PhiloxConstants {
  @inlinable public static var rounds: Int { 10 }
  @inlinable public static var multiplier0: UInt32 { 0xD251_1F53 }
  @inlinable public static var multiplier1: UInt32 { 0xCD9E_8D57 }
  @inlinable public static var weyl0: UInt32 { 0x9E37_79B9 }
  @inlinable public static var weyl1: UInt32 { 0xBB67_AE85 }
}

/// float32 `logf`, evaluated in double: the polynomial that goes with `simd_log_table`.
public enum LogConstants {
  @inlinable public static var origin: UInt32 { 0x3F33_0000 }
  @inlinable public static var ln2: Double { 0x1.62e42fefa39efp-1 }
  @inlinable public static var a0: Double { -0x1.00ea348b88334p-2 }
  @inlinable public static var a1: Double { 0x1.5575b0be00b6ap-2 }
  @inlinable public static var a2: Double { -0x1.ffffef20a4123p-2 }
}

/// float32 `sincosf`, evaluated in double: the reduction by quarter turns and both polynomials of the GNU C
/// library (Arm optimized routines, `math/sincosf_data.c`).
public enum SinCosConstants {
  @inlinable public static var halfPi: Double { 0x1.921fb54442d18p0 }
  /// 2/π · 2²⁴.
  @inlinable public static var scaledTwoOverPi: Double { 0x1.45f306dc9c883p+23 }
  @inlinable public static var s1: Double { -0x1.555545995a603p-3 }
  @inlinable public static var s2: Double { 0x1.1107605230bc4p-7 }
  @inlinable public static var s3: Double { -0x1.994eb3774cf24p-13 }
  @inlinable public static var c1: Double { -0x1.ffffffd0c621cp-2 }
  @inlinable public static var c2: Double { 0x1.55553e1068f19p-5 }
  @inlinable public static var c3: Double { -0x1.6c087e89a359dp-10 }
  @inlinable public static var c4: Double { 0x1.99343027bf8c3p-16 }
}

/// The Box-Muller transform.
public enum BoxMullerConstants {
  /// The smallest radius argument; log 0 is thus avoided.
  @inlinable public static var smallestUniform: Float { 1e-7 }
  @inlinable public static var twoPi: Double { 6.283185307179586 }
}
