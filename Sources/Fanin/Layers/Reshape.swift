/// The same values in another shape.
public struct Reshape: Layer {
  /// Of a sample; one of the sizes may be -1, for what the others leave.
  public var shape: [Int]

  public init(_ shape: [Int]) {
    self.shape = shape
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    let count = inputShape.reduce(1, *)
    let unknown = shape.indices.filter { shape[$0] == -1 }
    var known = 1
    for size in shape where size != -1 {
      let (product, overflow) = known.multipliedReportingOverflow(by: size)
      guard size > 0, !overflow else { throw mismatch(inputShape) }
      known = product
    }
    guard unknown.count <= 1, unknown.isEmpty ? known == count : count % known == 0 else { throw mismatch(inputShape) }
    var result = shape
    for axis in unknown { result[axis] = count / known }
    return result
  }

  private func mismatch(_ inputShape: [Int]) -> FaninError {
    .invalidValue(
      "The total size of the tensor must be unchanged. Received: input_shape=\(inputShape), target_shape=\(shape)")
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? { nil }
}
