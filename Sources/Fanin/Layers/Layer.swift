/// A layer as it is described: what it makes of samples of a shape.
///
/// `Network` asks for the output shape, then for the variables, then for the stage.
public protocol Layer: Sendable {
  /// The shape of a sample's outputs.
  ///
  /// - Throws: `invalidValue` if the layer does not take samples of this shape.
  func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int]

  /// The layer's variables in Keras's order; those that gradients change come first.
  func variables(inputShape: [Int]) -> [Variable]

  /// What computes it; nil if the layer leaves the values as they are (a reshape).
  func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>?

  /// Of the random numbers a layer draws in training.
  var seed: Int64 { get }
}

extension Layer {
  public func variables(inputShape: [Int]) -> [Variable] { [] }
  public var seed: Int64 { 0 }
}

/// An array of parameters.
public struct Variable: Sendable {
  public let shape: [Int]
  public let initializer: any Initializer
  /// Whether gradients change it, unless its layer is frozen.
  public let isTrainable: Bool
  public internal(set) var regularizer: Regularizer?
  public internal(set) var constraint: Constraint?
  public internal(set) var exemptions: Exemptions = []
  /// What the optimizer's learning rate is multiplied by for it.
  public internal(set) var rateFactor = 1.0
  /// Where it begins in the network's buffer.
  var offset = 0

  init(_ shape: [Int], _ initializer: any Initializer, isTrainable: Bool = true) {
    self.shape = shape
    self.initializer = initializer
    self.isTrainable = isTrainable
  }

  /// Whether a step of it is another than that of the parameters beside it.
  var isWatched: Bool { regularizer != nil || constraint != nil || !exemptions.isEmpty || rateFactor != 1 }
  var count: Int { shape.reduce(1, *) }
  var range: Range<Int> { offset..<offset + count }
}

/// Where a layer stands in a network.
public struct Place {
  public let inputShape: [Int]
  public let outputShape: [Int]
  /// With their offsets.
  let variables: [Variable]
  /// A `SeedGenerator`'s state: the seed, and how many times it has been drawn from.
  let state: UnsafeMutablePointer<Int64>

  var inputs: Int { inputShape.reduce(1, *) }
  var outputs: Int { outputShape.reduce(1, *) }
  /// Of the variables that gradients change.
  var trainable: Range<Int> {
    let ranges = variables.filter(\.isTrainable).map(\.range)
    guard let first = ranges.first, let last = ranges.last else { return 0..<0 }
    return first.lowerBound..<last.upperBound
  }
}
