import COpenBLAS
import CSIMD

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What networks and matrices are made of: `Float` or `Double`.
public protocol Scalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  static var dtype: DType { get }

  /// C = op(A) op(B), row-major; op(A) is m × k, op(B) k × n, and op transposes where asked.
  static func multiply(
    _ a: UnsafePointer<Self>, transposed transposeA: Bool, _ b: UnsafePointer<Self>,
    transposed transposeB: Bool, into c: UnsafeMutablePointer<Self>, m: Int, n: Int, k: Int)

  /// LAPACK's geqrf and orgqr on a column-major m × n matrix, m >= n; they return LAPACK's info.
  static func geqrf(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Self>, _ tau: UnsafeMutablePointer<Self>,
    _ work: UnsafeMutablePointer<Self>, _ workCount: Int32
  ) -> Int32
  static func orgqr(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Self>, _ tau: UnsafePointer<Self>,
    _ work: UnsafeMutablePointer<Self>, _ workCount: Int32
  ) -> Int32

  /// √x, max(x, 0), and x where y > 0 and 0 elsewhere: written in Swift itself they keep the compiler from making
  /// vectors of a loop.
  static func root(_ x: Self) -> Self
  static func relu(_ x: Self) -> Self
  static func value(_ x: Self, ifPositive y: Self) -> Self
  static func exponential(_ x: Self) -> Self
  static func logarithm(_ x: Self) -> Self
  static func hyperbolicTangent(_ x: Self) -> Self
  static func sine(_ x: Self) -> Self
  static func cosine(_ x: Self) -> Self
  static func power(_ x: Self, _ y: Self) -> Self
}

extension Scalar {
  /// The length of an operand's rows in memory: what BLAS calls its leading dimension.
  fileprivate static func leading(_ transposed: Bool, _ rows: Int, _ columns: Int) -> Int32 {
    Int32(max(1, transposed ? rows : columns))
  }

  fileprivate static func flag(_ transposed: Bool) -> Int32 {
    transposed ? Int32(BLAS_TRANS) : Int32(BLAS_NO_TRANS)
  }
}

extension Float: Scalar {
  public static func multiply(
    _ a: UnsafePointer<Float>, transposed transposeA: Bool, _ b: UnsafePointer<Float>,
    transposed transposeB: Bool, into c: UnsafeMutablePointer<Float>, m: Int, n: Int, k: Int
  ) {
    blas_sgemm(
      flag(transposeA), flag(transposeB), Int32(m), Int32(n), Int32(k), 1, a,
      leading(transposeA, m, k), b, leading(transposeB, k, n), 0, c, Int32(max(1, n)))
  }

  public static func geqrf(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Float>, _ tau: UnsafeMutablePointer<Float>,
    _ work: UnsafeMutablePointer<Float>, _ workCount: Int32
  ) -> Int32 { lapack_sgeqrf(m, n, a, tau, work, workCount) }

  public static func orgqr(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Float>, _ tau: UnsafePointer<Float>,
    _ work: UnsafeMutablePointer<Float>, _ workCount: Int32
  ) -> Int32 { lapack_sorgqr(m, n, a, tau, work, workCount) }

  public static func root(_ x: Float) -> Float { simd_sqrt_f32(x) }
  public static func relu(_ x: Float) -> Float { simd_relu_f32(x) }
  public static func value(_ x: Float, ifPositive y: Float) -> Float { simd_if_positive_f32(x, y) }
  public static func exponential(_ x: Float) -> Float { expf(x) }
  public static func logarithm(_ x: Float) -> Float { logf(x) }
  public static func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }
  public static func sine(_ x: Float) -> Float { sinf(x) }
  public static func cosine(_ x: Float) -> Float { cosf(x) }
  public static func power(_ x: Float, _ y: Float) -> Float { powf(x, y) }
}

extension Double: Scalar {
  public static func multiply(
    _ a: UnsafePointer<Double>, transposed transposeA: Bool, _ b: UnsafePointer<Double>,
    transposed transposeB: Bool, into c: UnsafeMutablePointer<Double>, m: Int, n: Int, k: Int
  ) {
    blas_dgemm(
      flag(transposeA), flag(transposeB), Int32(m), Int32(n), Int32(k), 1, a,
      leading(transposeA, m, k), b, leading(transposeB, k, n), 0, c, Int32(max(1, n)))
  }

  public static func geqrf(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Double>, _ tau: UnsafeMutablePointer<Double>,
    _ work: UnsafeMutablePointer<Double>, _ workCount: Int32
  ) -> Int32 { lapack_dgeqrf(m, n, a, tau, work, workCount) }

  public static func orgqr(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Double>, _ tau: UnsafePointer<Double>,
    _ work: UnsafeMutablePointer<Double>, _ workCount: Int32
  ) -> Int32 { lapack_dorgqr(m, n, a, tau, work, workCount) }

  public static func root(_ x: Double) -> Double { simd_sqrt_f64(x) }
  public static func relu(_ x: Double) -> Double { simd_relu_f64(x) }
  public static func value(_ x: Double, ifPositive y: Double) -> Double { simd_if_positive_f64(x, y) }
  public static func exponential(_ x: Double) -> Double { exp(x) }
  public static func logarithm(_ x: Double) -> Double { log(x) }
  public static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
  public static func sine(_ x: Double) -> Double { sin(x) }
  public static func cosine(_ x: Double) -> Double { cos(x) }
  public static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
}
