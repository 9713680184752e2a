/// An initializer that gives each element the stream's value at its index, so that parts can be filled alone.
public protocol StreamInitializer: Initializer {
  /// Fills a part of a tensor, which begins at flat index `first`.
  func fill(_ out: TensorView, seed: OpSeed, from first: UInt64) throws(FaninError)
}

extension StreamInitializer {
  public func fill(_ out: TensorView, seed: OpSeed) throws(FaninError) {
    try fill(out, seed: seed, from: 0)
  }
}

/// Uniform on [minval, maxval).
///
/// Also in float64 the bounds are first rounded to float32: so does Keras on TensorFlow, whose bits these are.
public struct RandomUniform: StreamInitializer {
  public var minval: Double
  public var maxval: Double

  public init(minval: Double = -0.05, maxval: Double = 0.05) {
    self.minval = minval
    self.maxval = maxval
  }

  public func fill(_ out: TensorView, seed: OpSeed, from first: UInt64) throws(FaninError) {
    switch out.dtype {
    case .float32:
      try UniformDistribution<Float>(minval: minval, maxval: maxval).fill(out, seed: seed, from: first)
    case .float64:
      try UniformDistribution<Double>(minval: Double(Float(minval)), maxval: Double(Float(maxval)))
        .fill(out, seed: seed, from: first)
    case .float16:
      try UniformDistribution<Binary16>(minval: minval, maxval: maxval).fill(out, seed: seed, from: first)
    case .bfloat16:
      try UniformDistribution<BFloat16>(minval: minval, maxval: maxval).fill(out, seed: seed, from: first)
    }
  }
}

/// Normal with a mean and a standard deviation.
public struct RandomNormal: StreamInitializer {
  public var mean: Double
  public var stddev: Double

  public init(mean: Double = 0, stddev: Double = 0.05) {
    self.mean = mean
    self.stddev = stddev
  }

  public func fill(_ out: TensorView, seed: OpSeed, from first: UInt64) throws(FaninError) {
    switch out.dtype {
    case .float32:
      try NormalDistribution<Float>(mean: mean, stddev: stddev).fill(out, seed: seed, from: first)
    case .float64:
      try NormalDistribution<Double>(mean: mean, stddev: stddev).fill(out, seed: seed, from: first)
    case .float16:
      try NormalDistribution<Binary16>(mean: mean, stddev: stddev).fill(out, seed: seed, from: first)
    case .bfloat16:
      try NormalDistribution<BFloat16>(mean: mean, stddev: stddev).fill(out, seed: seed, from: first)
    }
  }
}

/// Normal restricted to mean ± 2 stddev; the standard deviation of what is left is 0.8796 stddev.
public struct TruncatedNormal: StreamInitializer {
  public var mean: Double
  public var stddev: Double

  public init(mean: Double = 0, stddev: Double = 0.05) {
    self.mean = mean
    self.stddev = stddev
  }

  public func fill(_ out: TensorView, seed: OpSeed, from first: UInt64) throws(FaninError) {
    switch out.dtype {
    case .float32:
      try TruncatedNormalDistribution<Float>(mean: mean, stddev: stddev)
        .fill(out, seed: seed, from: first)
    case .float64:
      try TruncatedNormalDistribution<Double>(mean: mean, stddev: stddev)
        .fill(out, seed: seed, from: first)
    case .float16:
      try TruncatedNormalDistribution<Binary16>(mean: mean, stddev: stddev)
        .fill(out, seed: seed, from: first)
    case .bfloat16:
      try TruncatedNormalDistribution<BFloat16>(mean: mean, stddev: stddev)
        .fill(out, seed: seed, from: first)
    }
  }
}
