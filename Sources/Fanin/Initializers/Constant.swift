/// One value everywhere.
public struct Constant: Initializer {
  public var value: Double

  public init(_ value: Double = 0) {
    self.value = value
  }

  public func fill(_ out: TensorView, seed: OpSeed) throws(FaninError) {
    out.setEach { _ in value }
  }
}

extension Initializer where Self == Constant {
  public static var zeros: Self { Self(0) }
  public static var ones: Self { Self(1) }
}

/// `gain` on the diagonal of a matrix, which may be rectangular, and 0 elsewhere.
public struct Identity: Initializer {
  public var gain: Double

  public init(gain: Double = 1) {
    self.gain = gain
  }

  public func fill(_ out: TensorView, seed: OpSeed) throws(FaninError) {
    guard out.shape.count == 2 else {
      throw .invalidValue("Identity needs a matrix. Received: shape=\(out.shape)")
    }
    let columns = out.shape[1]
    out.setEach { $0 / columns == $0 % columns ? gain : 0 }
  }
}
