/// One value everywhere.
public struct Constant: Initializer {
  public var value: Double

  public init(_ value: Double = 0) {
    self.value = value
  }

  public func fill(_ out: TensorView, seed: OpSeed) throws(FaninError) {
    switch out.dtype {
    case .float32: fill(Float.self, out)
    case .float64: fill(Double.self, out)
    case .float16: fill(Binary16.self, out)
    case .bfloat16: fill(BFloat16.self, out)
    }
  }

  private func fill<T: Element>(_: T.Type, _ out: TensorView) {
    let element = T(storing: T.parameter(value))
    out.write(from: 0, batch: 1) { (part: UnsafeMutableBufferPointer<T>, _) in part.update(repeating: element) }
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
