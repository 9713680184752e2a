import COpenBLAS

/// The library that multiplies and decomposes matrices.
public enum OpenBLAS {
  /// What it says of itself: its version, its options, the processor it takes this one for.
  public static var description: String { blas_get_config().map { String(cString: $0) } ?? "" }
}
