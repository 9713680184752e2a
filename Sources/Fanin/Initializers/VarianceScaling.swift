/// Values whose variance keeps the size of what flows through a layer.
///
/// With s = scale / max(1, n), n a fan of the tensor: uniform on [−L, L) with L = √(3 s), normal with
/// standard deviation √s, or normal cut at two standard deviations with √s / 0.87962566103423978, so
/// that what is left has the variance s.
///
/// - Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
/// - He et al., "Delving deep into rectifiers", 2015.
/// - LeCun et al., "Efficient backprop", 1998.
public struct VarianceScaling: Initializer {
  public enum Mode: Int32, CaseIterable, Sendable {
    case fanIn = 0
    case fanOut = 1
    /// (fan_in + fan_out) / 2.
    case fanAvg = 2
    /// √(fan_in fan_out), as JAX has it.
    case fanGeoAvg = 3
  }

  public enum Distribution: Int32, CaseIterable, Sendable {
    case truncatedNormal = 0
    case untruncatedNormal = 1
    case uniform = 2
  }

  public let scale: Double
  public let mode: Mode
  public let distribution: Distribution

  /// √(1 − 4 φ(2) / (2 Φ(2) − 1)): the standard deviation of a standard normal cut at ±2.
  public static let truncatedStddev = 0.87962566103423978

  /// - Throws: `invalidValue` unless scale is positive and finite.
  public init(
    scale: Double = 1, mode: Mode = .fanIn, distribution: Distribution = .truncatedNormal
  ) throws(FaninError) {
    guard scale > 0, scale.isFinite else {
      throw .invalidValue("`scale` must be positive and finite. Received: scale=\(scale)")
    }
    self.init(scale, mode, distribution)
  }

  fileprivate init(_ scale: Double, _ mode: Mode, _ distribution: Distribution) {
    self.scale = scale
    self.mode = mode
    self.distribution = distribution
  }

  public func fill(_ out: TensorView, seed: OpSeed) throws(FaninError) {
    try fill(out, seed: seed, fans: try Fans(shape: out.shape))
  }

  /// Fills a tensor with the given fans, or a part of one, which begins at flat index `first`.
  public func fill(
    _ out: TensorView, seed: OpSeed, fans: Fans, from first: UInt64 = 0
  ) throws(FaninError) {
    let fan =
      switch mode {
      case .fanIn: fans.fanIn
      case .fanOut: fans.fanOut
      case .fanAvg: (fans.fanIn + fans.fanOut) / 2
      case .fanGeoAvg: (fans.fanIn * fans.fanOut).squareRoot()
      }
    let variance = scale / max(1, fan)
    switch distribution {
    case .uniform:
      let limit = (3 * variance).squareRoot()
      try RandomUniform(minval: -limit, maxval: limit).fill(out, seed: seed, from: first)
    case .untruncatedNormal:
      try RandomNormal(stddev: variance.squareRoot()).fill(out, seed: seed, from: first)
    case .truncatedNormal:
      try TruncatedNormal(stddev: variance.squareRoot() / Self.truncatedStddev)
        .fill(out, seed: seed, from: first)
    }
  }
}

/// The named schemes, as in `Dense(64, kernelInitializer: .heUniform)`.
extension Initializer where Self == VarianceScaling {
  public static var glorotUniform: Self { Self(1, .fanAvg, .uniform) }
  public static var glorotNormal: Self { Self(1, .fanAvg, .truncatedNormal) }
  public static var heUniform: Self { Self(2, .fanIn, .uniform) }
  public static var heNormal: Self { Self(2, .fanIn, .truncatedNormal) }
  public static var lecunUniform: Self { Self(1, .fanIn, .uniform) }
  public static var lecunNormal: Self { Self(1, .fanIn, .truncatedNormal) }
}
