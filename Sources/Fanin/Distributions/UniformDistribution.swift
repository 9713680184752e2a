import FaninKernelTable

/// Uniform on [minval, maxval): u (maxval − minval) + minval.
///
/// The bits are those of TensorFlow's `stateless_uniform`: u has 23 random bits for float32, 52 for
/// float64, 10 for float16 and 7 for bfloat16.
public struct UniformDistribution<Value: Element>: Distribution {
  public let scale: Value.Arithmetic
  public let offset: Value.Arithmetic

  /// - Throws: `invalidValue` if a bound, or the distance between them, is not finite in `Value`.
  public init(minval: Double, maxval: Double) throws(FaninError) {
    offset = try Value.parameter("minval", minval)
    scale = Value.rounded(try Value.parameter("maxval", maxval) - offset)
    guard scale.isFinite else {
      throw .invalidValue(
        "`maxval` - `minval` must be finite in \(Value.dtype). Received: minval=\(minval), maxval=\(maxval)")
    }
  }

  public static func group(_ number: UInt64, of stream: PhiloxStream) -> SIMD4<Value.Arithmetic> {
    Value.uniforms(stream.block(number))
  }

  public static func kernel(in table: KernelTable, of stream: PhiloxStream) -> (KernelFill) -> Void {
    table.uniform
  }
}
