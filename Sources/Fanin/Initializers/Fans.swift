/// The number of inputs of a unit (`fanIn`) and the number of units that an input reaches (`fanOut`).
public struct Fans: Equatable, Sendable {
  public let fanIn: Double
  public let fanOut: Double

  /// Keras's rule: a scalar has (1, 1), a vector of n has (n, n), a matrix its two sizes, and a convolution
  /// kernel (…, inputs, outputs) its last two sizes times the receptive field.
  public init(shape: [Int]) throws(FaninError) {
    _ = try TensorView.count(of: shape)
    switch shape.count {
    case 0: (fanIn, fanOut) = (1, 1)
    case 1: (fanIn, fanOut) = (Double(shape[0]), Double(shape[0]))
    default:
      let receptiveField = Self.product(shape.dropLast(2))
      fanIn = Double(shape[shape.count - 2]) * receptiveField
      fanOut = Double(shape[shape.count - 1]) * receptiveField
    }
  }

  /// The products of the sizes on the given axes; negative axes count from the end.
  public init(shape: [Int], inputAxes: [Int], outputAxes: [Int]) throws(FaninError) {
    _ = try TensorView.count(of: shape)
    for (name, axes) in [("input_axes", inputAxes), ("output_axes", outputAxes)] {
      if let axis = axes.first(where: { !(-shape.count..<shape.count).contains($0) }) {
        throw .invalidValue(
          "`\(name)` must lie between -\(shape.count) and \(shape.count - 1) for the shape \(shape). Received: \(name)=\(axes), with axis \(axis)"
        )
      }
    }
    let sizes = { (axes: [Int]) in axes.map { shape[$0 < 0 ? $0 + shape.count : $0] }[...] }
    fanIn = Self.product(sizes(inputAxes))
    fanOut = Self.product(sizes(outputAxes))
  }

  private static func product(_ sizes: ArraySlice<Int>) -> Double {
    sizes.reduce(1) { $0 * Double($1) }
  }
}
