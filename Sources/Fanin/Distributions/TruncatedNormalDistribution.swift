import FaninKernelTable

/// Normal restricted to |z| < 2: z · stddev + mean, z by rejection.
///
/// The bits are those of TensorFlow's `stateless_truncated_normal`. The standard deviation of z is
/// 0.87962566103423978, not 1.
public struct TruncatedNormalDistribution<Value: Element>: Distribution {
  public let scale: Value.Arithmetic
  public let offset: Value.Arithmetic

  /// - Throws: `invalidValue` if a parameter is not finite in `Value`.
  public init(mean: Double, stddev: Double) throws(FaninError) {
    offset = try Value.parameter("mean", mean)
    scale = try Value.parameter("stddev", stddev)
  }

  /// A group owns 256 words of the stream for each of its values, and keeps in order what lies inside (−2, 2)
  /// until it is full.
  public static func group(_ number: UInt64, of stream: PhiloxStream) -> SIMD4<Value.Arithmetic> {
    var kept = SIMD4<Value.Arithmetic>()
    var count = 0
    var block = number &* UInt64(Value.groupSize * 64)
    while count < Value.groupSize {
      let candidates = Value.normals(stream.block(block))
      block &+= 1
      for i in 0..<Value.groupSize where count < Value.groupSize && candidates[i].magnitude < 2 {
        kept[count] = candidates[i]
        count += 1
      }
    }
    return kept
  }

  public static func kernel(in table: KernelTable, of stream: PhiloxStream) -> (KernelFill) -> Void {
    { fill in
      table.truncatedNormal(fill) { number, values in
        let group = group(number, of: stream)
        for i in 0..<Value.groupSize { values[i] = Double(group[i]) }
      }
    }
  }
}
