import FaninKernelTable

/// Normal: z · stddev + mean, z by Box and Muller.
///
/// The bits are those of TensorFlow's `stateless_normal`; float16 and bfloat16 round the float32 z first.
public struct NormalDistribution<Value: Element>: Distribution {
  public let scale: Value.Arithmetic
  public let offset: Value.Arithmetic

  /// - Throws: `invalidValue` if a parameter is not finite in `Value`.
  public init(mean: Double, stddev: Double) throws(FaninError) {
    offset = try Value.parameter("mean", mean)
    scale = try Value.parameter("stddev", stddev)
  }

  public static func group(_ number: UInt64, of stream: PhiloxStream) -> SIMD4<Value.Arithmetic> {
    Value.normals(stream.block(number))
  }

  public static func kernel(in table: KernelTable, of stream: PhiloxStream) -> (KernelFill) -> Void {
    table.normal
  }
}
