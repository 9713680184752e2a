import CFanin
import Fanin

/// A layer of `fanin.h`; all parameters start at zero: whoever calls writes them.
func layer(_ layer: fanin_layer) throws(FaninError) -> any Layer {
  let axes = try integers("axes", layer.axes, layer.axis_count)
  let hasFirst = try flag(FANIN_FIRST, of: layer)
  let hasSecond = try flag(FANIN_SECOND, of: layer)
  let first: Constant? = hasFirst ? .zeros : nil
  let second: Constant? = hasSecond ? .zeros : nil
  let (c0, c1, c2, _) = layer.constants
  switch layer.kind {
  case Int32(FANIN_DENSE):
    return Dense(
      Int(layer.units), activation: try activation(layer), useBias: hasFirst, kernelInitializer: .zeros)
  case Int32(FANIN_ACTIVATION):
    guard axes.count <= 1 else {
      throw .invalidValue("`axes` of an activation must be at most one. Received: axes=\(axes)")
    }
    return ActivationLayer(try activation(layer), axis: axes.first)
  case Int32(FANIN_RESHAPE): return Reshape(axes)
  case Int32(FANIN_DROPOUT):
    return Dropout(c0, noiseShape: axes.isEmpty ? nil : axes, seed: layer.seed)
  case Int32(FANIN_GAUSSIAN_NOISE): return GaussianNoise(c0, seed: layer.seed)
  case Int32(FANIN_GAUSSIAN_DROPOUT): return GaussianDropout(c0, seed: layer.seed)
  case Int32(FANIN_ALPHA_DROPOUT):
    return AlphaDropout(c0, noiseShape: axes.isEmpty ? nil : axes, seed: layer.seed)
  case Int32(FANIN_BATCH_NORMALIZATION):
    guard axes.count == 1, let axis = axes.first else {
      throw .invalidValue("`axes` of a batch normalization must be one. Received: axes=\(axes)")
    }
    return BatchNormalization(
      axis: axis, momentum: try finite("momentum", c0), epsilon: try finite("epsilon", c1), gammaInitializer: first,
      betaInitializer: second, movingMeanInitializer: .zeros, movingVarianceInitializer: .zeros)
  case Int32(FANIN_LAYER_NORMALIZATION):
    return LayerNormalization(
      axes: axes, epsilon: try finite("epsilon", c0), gammaInitializer: first, betaInitializer: second)
  case Int32(FANIN_RMS_NORMALIZATION):
    return RMSNormalization(axes: axes, epsilon: try finite("epsilon", c0), scaleInitializer: first)
  case Int32(FANIN_UNIT_NORMALIZATION): return UnitNormalization(axes: axes)
  case Int32(FANIN_RESCALING): return Rescaling(units: Int(layer.units), scale: .zeros)
  case Int32(FANIN_NORMALIZATION):
    return Normalization(axes: axes, isInverse: hasFirst, mean: .zeros, variance: .zeros)
  case Int32(FANIN_PRELU): return PReLU(sharedAxes: axes)
  case Int32(FANIN_EMBEDDING):
    return Embedding(Int(layer.input_dim), Int(layer.units), embeddingsInitializer: .zeros)
  case Int32(FANIN_ACTIVITY_REGULARIZATION): return ActivityRegularization(l1: c0, l2: c1)
  default:
    throw .invalidValue(
      "`kind` of a layer must be between \(FANIN_DENSE) and \(FANIN_ACTIVITY_REGULARIZATION). "
        + "Received: kind=\(layer.kind)")
  }

  func activation(_ layer: fanin_layer) throws(FaninError) -> Activation {
    Activation(
      try choice("activation", layer.activation),
      constants: [try number("constants", c0), try number("constants", c1), try number("constants", c2)])
  }
}

/// Whether a flag is set.
private func flag(_ flag: Int, of layer: fanin_layer) throws(FaninError) -> Bool {
  let all = Int32(FANIN_FIRST | FANIN_SECOND)
  guard layer.flags & ~all == 0 else {
    throw .invalidValue("`flags` of a layer must be between 0 and \(all). Received: flags=\(layer.flags)")
  }
  return layer.flags & Int32(flag) != 0
}

/// A constant that must be a number.
private func number(_ name: String, _ value: Double) throws(FaninError) -> Double {
  guard !value.isNaN else { throw .invalidValue("`\(name)` must not be NaN") }
  return value
}

/// A constant that must be finite.
private func finite(_ name: String, _ value: Double) throws(FaninError) -> Double {
  guard value.isFinite else { throw .invalidValue("`\(name)` must be finite. Received: \(name)=\(value)") }
  return value
}
