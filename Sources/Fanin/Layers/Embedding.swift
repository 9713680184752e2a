/// y = row x of the embeddings (inputDim × units), for each value x of a sample, a whole number.
///
/// Numbers are cut off towards zero, and negative ones count from the end, as in Keras on TensorFlow.
public struct Embedding: Layer {
  public var inputDim: Int
  public var units: Int
  public var embeddingsInitializer: any Initializer

  public init(
    _ inputDim: Int, _ units: Int, embeddingsInitializer: any Initializer = RandomUniform(minval: -0.05, maxval: 0.05)
  ) {
    self.inputDim = inputDim
    self.units = units
    self.embeddingsInitializer = embeddingsInitializer
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    for (name, size) in [("input_dim", inputDim), ("output_dim", units)] where !(1..<(1 << 31)).contains(size) {
      throw .invalidValue("`\(name)` must be between 1 and 2**31 - 1. Received: \(name)=\(size)")
    }
    return inputShape + [units]
  }

  public func variables(inputShape: [Int]) -> [Variable] {
    [Variable([inputDim, units], embeddingsInitializer)]
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    guard inputDim <= 1 << (T.significandBitCount + 1) else {
      throw .notImplemented(
        "An Embedding in \(T.dtype) can't tell more than 2**\(T.significandBitCount + 1) inputs apart. "
          + "Received: input_dim=\(inputDim)")
    }
    return EmbeddingStage(inputDim: inputDim, units: units, place)
  }
}

/// Has no `backward`: no network begins before it.
final class EmbeddingStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let inputDim: Int
  private let units: Int

  init(inputDim: Int, units: Int, _ place: Place) {
    self.inputDim = inputDim
    self.units = units
    super.init(inputs: place.inputs, outputs: place.outputs, parameters: place.trainable)
  }

  override var checksInputs: Bool { true }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func check(_ sample: UnsafePointer<T>) throws(FaninError) {
    for i in 0..<inputs where number(sample[i]) == nil {
      throw .invalidValue("The inputs of Embedding must be between 0 and \(inputDim - 1). Received: \(sample[i])")
    }
  }

  /// Which row of the embeddings is meant.
  @inline(__always)
  private func number(_ x: T) -> Int? {
    guard x.magnitude < 0x1p32 else { return nil }
    let number = Int(x)
    let row = number < 0 ? number &+ inputDim : number
    return row >= 0 && row < inputDim ? row : nil
  }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let embeddings = flow.parameters + parameters.lowerBound
    for i in rows.lowerBound * inputs..<rows.upperBound * inputs {
      let y = flow.y + i * units
      guard let number = number(flow.x[i]) else {
        // Not in a network that asks `check`.
        y.update(repeating: .nan, count: units)
        continue
      }
      y.update(from: embeddings + number * units, count: units)
    }
  }

  override func gradientParts(batchRows: Int) -> [Range<Int>] { pieces(of: inputDim, max(16, (1 << 16) / units)) }

  override func block(_ number: Int, of part: Range<Int>) -> Range<Int>? {
    let first = parameters.lowerBound
    return number == 0 ? first + part.lowerBound * units..<first + part.upperBound * units : nil
  }

  /// Adds dL/dy up in the rows that it came from.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func gradient(
    _ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>
  ) {
    gradient.update(repeating: 0, count: part.count * units)
    for i in 0..<flow.rows * inputs {
      guard let number = self.number(flow.x[i]), part.contains(number) else { continue }
      let sums = gradient + (number - part.lowerBound) * units
      let dy = flow.dy + i * units
      for k in 0..<units { sums[k] += dy[k] }
    }
  }

  override var hasTerms: Bool { true }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func gradient(
    _ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>,
    _ terms: OptimizerTerms<T>, powers: UnsafeMutablePointer<T>
  ) {
    gradient.update(repeating: 0, count: part.count * units)
    powers.update(repeating: 0, count: part.count * units)
    for i in 0..<flow.rows * inputs {
      guard let number = self.number(flow.x[i]), part.contains(number) else { continue }
      let start = (number - part.lowerBound) * units
      let dy = flow.dy + i * units
      for k in 0..<units {
        let term = min(max(dy[k], -terms.limit), terms.limit)
        gradient[start + k] += term
        powers[start + k] += terms.areSquared ? term * term : abs(term)
      }
    }
  }
}
