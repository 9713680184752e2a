import COpenBLAS
import FaninKernelTable

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What networks and matrices are made of: `Float` or `Double`.
public protocol Scalar: Element, BinaryFloatingPoint, BitwiseCopyable {
  /// The passes over memory of one instruction set.
  static func denseKernels(_ kernels: KernelTable) -> DenseKernelTable<Self>

  /// C = op(A) op(B), row-major; op(A) is m × k, op(B) k × n.
  static func multiply(_ a: Operand<Self>, _ b: Operand<Self>, into c: KernelMatrix<Self>, k: Int)

  /// LAPACK's geqrf and orgqr on a column-major m × n matrix, m >= n; they return LAPACK's info.
  static func geqrf(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Self>, _ tau: UnsafeMutablePointer<Self>,
    _ work: UnsafeMutablePointer<Self>, _ workCount: Int32
  ) -> Int32
  static func orgqr(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Self>, _ tau: UnsafePointer<Self>,
    _ work: UnsafeMutablePointer<Self>, _ workCount: Int32
  ) -> Int32

  static func exponential(_ x: Self) -> Self
  static func logarithm(_ x: Self) -> Self
  static func hyperbolicTangent(_ x: Self) -> Self
  static func sine(_ x: Self) -> Self
  static func cosine(_ x: Self) -> Self
  static func power(_ x: Self, _ y: Self) -> Self
  static func exponentialMinusOne(_ x: Self) -> Self
  static func logarithmOnePlus(_ x: Self) -> Self
  static func errorFunction(_ x: Self) -> Self
}

/// A matrix that enters a product, perhaps transposed, or a part of one: its rows in memory begin `stride` apart.
public struct Operand<T> {
  let base: UnsafePointer<T>
  let stride: Int
  let transposed: Bool

  init(_ base: UnsafePointer<T>, stride: Int, transposed: Bool = false) {
    self.base = base
    self.stride = stride
    self.transposed = transposed
  }

  fileprivate var flag: Int32 { transposed ? Int32(BLAS_TRANS) : Int32(BLAS_NO_TRANS) }
}

extension Float: Scalar {
  public static func denseKernels(_ kernels: KernelTable) -> DenseKernelTable<Float> {
    kernels.dense32
  }

  public static func multiply(
    _ a: Operand<Float>, _ b: Operand<Float>, into c: KernelMatrix<Float>, k: Int
  ) {
    blas_sgemm(
      a.flag, b.flag, Int32(c.rows), Int32(c.columns), Int32(k), 1, a.base, Int32(a.stride), b.base,
      Int32(b.stride), 0, c.base, Int32(c.stride))
  }

  public static func geqrf(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Float>, _ tau: UnsafeMutablePointer<Float>,
    _ work: UnsafeMutablePointer<Float>, _ workCount: Int32
  ) -> Int32 { lapack_sgeqrf(m, n, a, tau, work, workCount) }

  public static func orgqr(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Float>, _ tau: UnsafePointer<Float>,
    _ work: UnsafeMutablePointer<Float>, _ workCount: Int32
  ) -> Int32 { lapack_sorgqr(m, n, a, tau, work, workCount) }

  public static func exponential(_ x: Float) -> Float { expf(x) }
  public static func logarithm(_ x: Float) -> Float { logf(x) }
  public static func hyperbolicTangent(_ x: Float) -> Float { tanhf(x) }
  public static func sine(_ x: Float) -> Float { sinf(x) }
  public static func cosine(_ x: Float) -> Float { cosf(x) }
  public static func power(_ x: Float, _ y: Float) -> Float { powf(x, y) }
  public static func exponentialMinusOne(_ x: Float) -> Float { expm1f(x) }
  public static func logarithmOnePlus(_ x: Float) -> Float { log1pf(x) }
  public static func errorFunction(_ x: Float) -> Float { erff(x) }
}

extension Double: Scalar {
  public static func denseKernels(_ kernels: KernelTable) -> DenseKernelTable<Double> {
    kernels.dense64
  }

  public static func multiply(
    _ a: Operand<Double>, _ b: Operand<Double>, into c: KernelMatrix<Double>, k: Int
  ) {
    blas_dgemm(
      a.flag, b.flag, Int32(c.rows), Int32(c.columns), Int32(k), 1, a.base, Int32(a.stride), b.base,
      Int32(b.stride), 0, c.base, Int32(c.stride))
  }

  public static func geqrf(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Double>, _ tau: UnsafeMutablePointer<Double>,
    _ work: UnsafeMutablePointer<Double>, _ workCount: Int32
  ) -> Int32 { lapack_dgeqrf(m, n, a, tau, work, workCount) }

  public static func orgqr(
    _ m: Int32, _ n: Int32, _ a: UnsafeMutablePointer<Double>, _ tau: UnsafePointer<Double>,
    _ work: UnsafeMutablePointer<Double>, _ workCount: Int32
  ) -> Int32 { lapack_dorgqr(m, n, a, tau, work, workCount) }

  public static func exponential(_ x: Double) -> Double { exp(x) }
  public static func logarithm(_ x: Double) -> Double { log(x) }
  public static func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
  public static func sine(_ x: Double) -> Double { sin(x) }
  public static func cosine(_ x: Double) -> Double { cos(x) }
  public static func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }
  public static func exponentialMinusOne(_ x: Double) -> Double { expm1(x) }
  public static func logarithmOnePlus(_ x: Double) -> Double { log1p(x) }
  public static func errorFunction(_ x: Double) -> Double { erf(x) }
}
