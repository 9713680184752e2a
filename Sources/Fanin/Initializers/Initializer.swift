/// A rule that gives a tensor its first values.
///
/// The seed belongs to the draw, not to the rule: the same rule with the same seed and shape gives the same
/// bits. Rules without chance ignore it.
public protocol Initializer: Sendable {
  /// Fills `out`, whose shape is that of the whole tensor.
  ///
  /// - Throws: `invalidValue` for a shape or parameter that the rule does not allow; nothing is written then.
  func fill(_ out: TensorView, seed: OpSeed) throws(FaninError)
}

extension Initializer {
  /// A new row-major array of float32 values.
  public func values(shape: [Int], seed: OpSeed = 0) throws(FaninError) -> [Float] {
    var result = [Float](repeating: 0, count: try TensorView.count(of: shape))
    var failure: FaninError?
    result.withUnsafeMutableBytes { bytes in
      do throws(FaninError) {
        guard let base = bytes.baseAddress else { return }
        try fill(try TensorView(base, dtype: .float32, shape: shape), seed: seed)
      } catch { failure = error }
    }
    if let failure { throw failure }
    return result
  }
}
