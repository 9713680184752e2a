import CFanin
import Fanin

@_cdecl("fanin_integer_seed")
public func integerSeed(_ seed: Int64, _ call: Int64) -> fanin_seed {
  let seed = OpSeed(seed, call: call)
  return fanin_seed(first: seed.first, second: seed.second)
}

@_cdecl("fanin_fill_uniform")
public func fillUniform(
  _ out: UnsafePointer<fanin_array>?, _ seed: fanin_seed, _ first: UInt64, _ minval: Double,
  _ maxval: Double, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try RandomUniform(minval: minval, maxval: maxval).fill(try view(out), seed: OpSeed(seed), from: first)
  }
}

@_cdecl("fanin_fill_normal")
public func fillNormal(
  _ out: UnsafePointer<fanin_array>?, _ seed: fanin_seed, _ first: UInt64, _ mean: Double,
  _ stddev: Double, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try RandomNormal(mean: mean, stddev: stddev).fill(try view(out), seed: OpSeed(seed), from: first)
  }
}

@_cdecl("fanin_fill_truncated_normal")
public func fillTruncatedNormal(
  _ out: UnsafePointer<fanin_array>?, _ seed: fanin_seed, _ first: UInt64, _ mean: Double,
  _ stddev: Double, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try TruncatedNormal(mean: mean, stddev: stddev)
      .fill(try view(out), seed: OpSeed(seed), from: first)
  }
}

@_cdecl("fanin_compute_fans")
public func computeFans(
  _ scaling: UnsafePointer<fanin_scaling>?, _ fanIn: UnsafeMutablePointer<Double>?,
  _ fanOut: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let fanIn = try required("fan_in", fanIn)
    let fanOut = try required("fan_out", fanOut)
    let fans = try fans(try required("scaling", scaling).pointee)
    fanIn.pointee = fans.fanIn
    fanOut.pointee = fans.fanOut
  }
}

@_cdecl("fanin_fill_variance_scaling")
public func fillVarianceScaling(
  _ out: UnsafePointer<fanin_array>?, _ seed: fanin_seed, _ first: UInt64,
  _ scaling: UnsafePointer<fanin_scaling>?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let scaling = try required("scaling", scaling).pointee
    let initializer = try VarianceScaling(
      scale: scaling.scale, mode: try choice("mode", scaling.mode),
      distribution: try choice("distribution", scaling.distribution))
    try initializer.fill(
      try view(out), seed: OpSeed(seed), fans: try fans(scaling), from: first)
  }
}

@_cdecl("fanin_fill_orthogonal")
public func fillOrthogonal(
  _ out: UnsafePointer<fanin_array>?, _ seed: fanin_seed, _ gain: Double,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    try Orthogonal(gain: gain).fill(try view(out), seed: OpSeed(seed))
  }
}

@_cdecl("fanin_fill_stft")
public func fillSTFT(
  _ out: UnsafePointer<fanin_array>?, _ side: Int32, _ window: UnsafePointer<Double>?,
  _ scaling: Double, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let out = try view(out)
    let side: STFT.Side = try choice("side", side)
    let values = window.map { Array(UnsafeBufferPointer(start: $0, count: out.shape.first ?? 0)) }
    try STFT(side: side, window: values, scaling: scaling).fill(out, seed: 0)
  }
}

@_cdecl("fanin_shuffle")
public func shuffle(
  _ seed: Int64, _ op: Int64, _ count: Int64, _ batchSize: Int64, _ order: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    guard count >= 0 else { throw .invalidValue("`count` must be >= 0. Received: count=\(count)") }
    guard batchSize >= 0 else {
      throw .invalidValue("`batch_size` must be >= 0. Received: batch_size=\(batchSize)")
    }
    guard count > 0 else { return }
    let order = UnsafeMutableBufferPointer(start: try required("order", order), count: Int(count))
    Shuffle(seed: seed, op: op).fill(order, batchSize: batchSize == 0 ? nil : Int(batchSize))
  }
}

extension OpSeed {
  init(_ seed: fanin_seed) { self.init(first: seed.first, second: seed.second) }
}

private func fans(_ scaling: fanin_scaling) throws(FaninError) -> Fans {
  let shape = try integers("shape", scaling.shape, scaling.rank)
  guard scaling.input_axes != nil, scaling.output_axes != nil else { return try Fans(shape: shape) }
  return try Fans(
    shape: shape,
    inputAxes: try integers("input_axes", scaling.input_axes, scaling.input_axis_count),
    outputAxes: try integers("output_axes", scaling.output_axes, scaling.output_axis_count))
}

/// The checked view of an array that is to be written.
private func view(_ out: UnsafePointer<fanin_array>?) throws(FaninError) -> TensorView {
  let out = try required("out", out).pointee
  let shape = try integers("shape", out.shape, out.rank)
  let strides = try integers("strides", out.strides, out.rank)
  guard let dtype = DType(rawValue: out.dtype) else {
    throw .invalidType(
      "`dtype` must be one of 0 (float32), 1 (float64), 2 (float16), 3 (bfloat16). Received: dtype=\(out.dtype)")
  }
  // An address that is never used stands in for the memory of an empty array.
  let base = out.data ?? UnsafeMutableRawPointer(bitPattern: dtype.size)!
  let view = try TensorView(base, dtype: dtype, shape: shape, strides: strides)
  guard out.data != nil || view.count == 0 else { throw .invalidValue("`data` must not be NULL") }
  guard UInt(bitPattern: base) % UInt(dtype.size) == 0, strides.allSatisfy({ $0 % dtype.size == 0 }) else {
    throw .invalidValue(
      "`data` and `strides` must be multiples of the element size \(dtype.size). Received: strides=\(strides)")
  }
  return view
}
