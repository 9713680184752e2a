import CFanin
import Fanin

@_cdecl("fanin_activate")
public func activate(
  _ dtype: Int32, _ activation: Int32, _ constants: UnsafePointer<Double>?, _ x: UnsafeRawPointer?,
  _ outer: Int64, _ size: Int64, _ inner: Int64, _ y: UnsafeMutableRawPointer?, _ dy: UnsafeRawPointer?,
  _ dx: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let constants = try required("constants", constants)
    let activation = try Activation(activation, constants: [constants[0], constants[1], constants[2]])
    let outer = try size32("outer", outer)
    let size = try size32("size", size)
    let inner = try size32("inner", inner)
    guard activation.kind != .glu || size.isMultiple(of: 2) else {
      throw .invalidValue("axis size must be divisible by 2. Received: size=\(size)")
    }
    guard outer > 0, size > 0, inner > 0 else { return }
    let x = try required("x", x)
    let y = try required("y", y)
    func apply<T: Scalar>(_ type: T.Type) {
      let x = UnsafeMutablePointer(mutating: x.assumingMemoryBound(to: T.self))
      let y = y.assumingMemoryBound(to: T.self)
      activation.forward(x, into: y, outer: outer, size: size, inner: inner)
      guard let dy, let dx else { return }
      activation.backward(
        UnsafeMutablePointer(mutating: dy.assumingMemoryBound(to: T.self)), x: x, y: y,
        into: dx.assumingMemoryBound(to: T.self), outer: outer, size: size, inner: inner)
    }
    if try isDouble(dtype) { apply(Double.self) } else { apply(Float.self) }
  }
}

@_cdecl("fanin_losses")
public func losses(
  _ dtype: Int32, _ loss: UnsafePointer<fanin_loss>?, _ outputs: UnsafeRawPointer?, _ labels: UnsafePointer<Int64>?,
  _ targets: UnsafeRawPointer?, _ rows: Int64, _ units: Int64, _ values: UnsafeMutableRawPointer?,
  _ gradient: UnsafeMutableRawPointer?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let loss = try Loss(try required("loss", loss).pointee)
    let rows = try size32("rows", rows)
    let units = try size32("units", units)
    guard rows > 0, units > 0 else { return }
    try checkAnswers(sparse: loss.isSparse, labels, targets)
    if loss.isSparse { try checkLabels(labels, rows, units, except: loss.ignoreClass) }
    let outputs = try required("outputs", outputs)
    let values = try required("values", values)
    func compute<T: Scalar>(_ type: T.Type) {
      loss.values(
        outputs.assumingMemoryBound(to: T.self), labels: labels, targets: targets?.assumingMemoryBound(to: T.self),
        rows: rows, units: units, into: values.assumingMemoryBound(to: T.self),
        gradient: gradient?.assumingMemoryBound(to: T.self))
    }
    if try isDouble(dtype) { compute(Double.self) } else { compute(Float.self) }
  }
}

@_cdecl("fanin_metric_state_count")
public func metricStateCount(
  _ metric: UnsafePointer<fanin_metric>?, _ units: Int64, _ count: UnsafeMutablePointer<Int64>?,
  _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let metric = try Metric(try required("metric", metric).pointee)
    let count = try required("count", count)
    let units = try size32("units", units)
    try metric.check(units: units)
    count.pointee = Int64(metric.stateCount(units: units))
  }
}

@_cdecl("fanin_metric_add")
public func metricAdd(
  _ dtype: Int32, _ metric: UnsafePointer<fanin_metric>?, _ outputs: UnsafeRawPointer?,
  _ labels: UnsafePointer<Int64>?, _ targets: UnsafeRawPointer?, _ weights: UnsafeRawPointer?, _ rows: Int64,
  _ units: Int64, _ state: UnsafeMutablePointer<Double>?, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let metric = try Metric(try required("metric", metric).pointee)
    let rows = try size32("rows", rows)
    let units = try size32("units", units)
    try metric.check(units: units)
    guard rows > 0, units > 0 else { return }
    try checkAnswers(sparse: metric.isSparse, labels, targets)
    if metric.kind == .loss, metric.isSparse {
      try checkLabels(labels, rows, units, except: metric.loss?.ignoreClass)
    }
    let outputs = try required("outputs", outputs)
    let state = try required("state", state)
    func add<T: Scalar>(_ type: T.Type) {
      metric.add(
        outputs.assumingMemoryBound(to: T.self), labels: labels, targets: targets?.assumingMemoryBound(to: T.self),
        weights: weights?.assumingMemoryBound(to: T.self), rows: rows, units: units, to: state)
    }
    if try isDouble(dtype) { add(Double.self) } else { add(Float.self) }
  }
}

extension Activation {
  /// - Throws: `invalidValue` if there is no such function.
  init(_ kind: Int32, constants: SIMD3<Double>) throws(FaninError) {
    self.init(try choice("activation", kind), constants: constants)
  }
}

extension Loss {
  init(_ loss: fanin_loss) throws(FaninError) {
    try self.init(
      try choice("kind", loss.kind), fromLogits: try truth("from_logits", loss.from_logits),
      labelSmoothing: loss.label_smoothing, reduction: try choice("reduction", loss.reduction),
      ignoreClass: loss.flags & Int32(FANIN_FIRST) == 0 ? nil : loss.ignore_class, weight: loss.weight,
      constants: [loss.constants.0, loss.constants.1], balancesClasses: loss.flags & Int32(FANIN_SECOND) != 0)
  }
}

extension Metric {
  init(_ metric: fanin_metric) throws(FaninError) {
    func has(_ flag: Int) -> Bool { metric.flags & Int32(flag) != 0 }
    let kind: Kind = try choice("kind", metric.kind)
    let classes: Classes = try choice("classes", metric.classes)
    self.init(
      kind, isWeighted: has(FANIN_WEIGHTED), threshold: metric.threshold, number: Int(metric.number),
      column: Int(metric.column), loss: kind == .loss ? try Loss(try required("loss", metric.loss).pointee) : nil,
      thresholds: kind == .confusion
        ? try doubles("thresholds", metric.thresholds, Int64(metric.threshold_count)) : [],
      isEven: has(FANIN_EVEN), isMultiLabel: has(FANIN_MULTI_LABEL),
      columnWeights: kind == .confusion
        ? try doubles("column_weights", metric.column_weights, metric.column_weight_count) : [],
      fromLogits: has(FANIN_OF_LOGITS), classes: classes,
      ignoreClass: has(FANIN_IGNORES_CLASS) ? Int(metric.ignore_class) : nil,
      truncatesWeights: has(FANIN_TRUNCATED_WEIGHTS))
  }
}

private func doubles(
  _ name: String, _ values: UnsafePointer<Double>?, _ count: Int64
) throws(FaninError) -> [Double] {
  guard (0...(1 << 20)).contains(count) else {
    throw .invalidValue("The number of values in `\(name)` must be between 0 and 2**20. Received: \(count)")
  }
  guard count > 0 else { return [] }
  return Array(UnsafeBufferPointer(start: try required(name, values), count: Int(count)))
}

/// A size whose product with two others cannot overflow.
private func size32(_ name: String, _ size: Int64) throws(FaninError) -> Int {
  guard (0..<(1 << 31)).contains(size) else {
    throw .invalidValue("`\(name)` must be between 0 and 2**31 - 1. Received: \(name)=\(size)")
  }
  return Int(size)
}

private func isDouble(_ dtype: Int32) throws(FaninError) -> Bool {
  switch DType(rawValue: dtype) {
  case .float32: return false
  case .float64: return true
  default: throw .invalidType("`dtype` must be 0 (float32) or 1 (float64). Received: dtype=\(dtype)")
  }
}

private func checkAnswers(
  sparse: Bool, _ labels: UnsafePointer<Int64>?, _ targets: UnsafeRawPointer?
) throws(FaninError) {
  if sparse { _ = try required("labels", labels) } else { _ = try required("targets", targets) }
}

private func checkLabels(
  _ labels: UnsafePointer<Int64>?, _ rows: Int, _ units: Int, except ignored: Int64?
) throws(FaninError) {
  let labels = try required("labels", labels)
  for row in 0..<rows where !(0..<Int64(units)).contains(labels[row]) && labels[row] != ignored {
    throw .invalidValue("`labels` must be between 0 and \(units - 1). Received: \(labels[row])")
  }
}
