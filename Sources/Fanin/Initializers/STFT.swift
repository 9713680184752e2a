/// The kernel of a short-time Fourier transform as a convolution: shape (frame length T, 1, frequencies F).
///
/// cos or sin of −2π t f / (2 (F − 1)), times window[t], divided by `scaling`. Computed in float32 (float64 for
/// float64) with the roundings of Keras's `STFTInitializer`.
public struct STFT: Initializer {
  public enum Side: Int32, CaseIterable, Sendable {
    case real = 0
    case imag = 1
  }

  public let side: Side
  public let window: [Double]?
  public let scaling: Double

  /// - Throws: `invalidValue` unless `scaling` is finite and not zero.
  public init(side: Side, window: [Double]?, scaling: Double) throws(FaninError) {
    guard scaling.isFinite, scaling != 0 else {
      throw .invalidValue("`scaling` must be finite and not zero. Received: scaling=\(scaling)")
    }
    self.side = side
    self.window = window
    self.scaling = scaling
  }

  public func fill(_ out: TensorView, seed: OpSeed) throws(FaninError) {
    guard out.shape.count == 3, out.shape[1] == 1, out.shape[2] > 1 else {
      throw .invalidValue("STFT needs the shape (T, 1, F) with F > 1. Received: shape=\(out.shape)")
    }
    if let window, window.count != out.shape[0] {
      throw .invalidValue(
        "The shape of `window` must be equal to [frame_length]. Received: \(window.count) values for shape=\(out.shape)"
      )
    }
    guard out.count > 0 else { return }
    switch out.dtype {
    case .float64: fill(Double.self, out)
    case .float32, .float16, .bfloat16: fill(Float.self, out)
    }
  }

  private func fill<T: Scalar>(_: T.Type, _ out: TensorView) {
    let frequencies = out.shape[2]
    let length = T(2 * (frequencies - 1))
    let scaling = T(self.scaling)
    // To nearest, as arccos(-1) is; Float.pi is rounded towards zero.
    let pi = T(Double.pi)
    out.setEach { index in
      let time = T(index / frequencies)
      let angle = (-2 * time * (T(index % frequencies) / length)) * pi
      let wave = side == .real ? T.cosine(angle) : T.sine(angle)
      let weight = window.map { T($0[index / frequencies]) } ?? 1
      return Double(wave * weight / scaling)
    }
  }
}
