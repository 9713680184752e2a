import FaninKernelTable

/// Applies a function to its inputs: value by value, or along one axis.
public struct ActivationLayer: Layer {
  public var activation: Activation
  /// The axis of a sample, from 0, that functions of several values work along; nil for the last.
  public var axis: Int?

  public init(_ activation: Activation, axis: Int? = nil) {
    self.activation = activation
    self.axis = axis
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    guard !activation.isElementwise else { return inputShape }
    let axis = axis ?? inputShape.count - 1
    guard inputShape.indices.contains(axis) else {
      throw .invalidValue("`axis` must be one of the sample's \(inputShape.count) axes. Received: axis=\(axis)")
    }
    guard activation.kind != .glu || inputShape[axis].isMultiple(of: 2) else {
      throw .invalidValue("axis size must be divisible by 2. Received: x.shape=\(inputShape) with axis=\(axis)")
    }
    var shape = inputShape
    shape[axis] = activation.outputCount(shape[axis])
    return shape
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    let shape = place.inputShape
    let axis = activation.isElementwise ? shape.count - 1 : axis ?? shape.count - 1
    guard shape.indices.contains(axis) else {
      return ActivationStage(activation, outer: 1, size: place.inputs, inner: 1)
    }
    return ActivationStage(
      activation, outer: shape[..<axis].reduce(1, *), size: shape[axis], inner: shape[(axis + 1)...].reduce(1, *))
  }
}

/// A sample is outer × size × inner values; a function of several values takes the `size` that lie `inner` apart.
final class ActivationStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let activation: Activation
  private let outer: Int
  private let size: Int
  private let inner: Int

  init(_ activation: Activation, outer: Int, size: Int, inner: Int) {
    self.activation = activation
    self.outer = outer
    self.size = size
    self.inner = inner
    super.init(
      inputs: outer * size * inner, outputs: outer * activation.outputCount(size) * inner)
  }

  override var work: Double { 8 * Double(inputs) }
  /// Only along the last axis a loss can tell what the function made of what it reads.
  override var lastActivation: Activation? { inner == 1 ? activation : nil }

  override var elementwise: Activation? { activation.isElementwise ? activation : nil }

  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let x = UnsafeMutablePointer(mutating: flow.x + rows.lowerBound * inputs)
    let y = flow.y + rows.lowerBound * outputs
    if flow.skipsActivation {
      y.update(from: x, count: rows.count * inputs)
    } else {
      activation.forward(x, into: y, outer: rows.count * outer, size: size, inner: inner)
    }
  }

  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let start = rows.lowerBound * inputs
    let dy = flow.dy + rows.lowerBound * outputs
    if flow.skipsActivation {
      (flow.dx + start).update(from: dy, count: rows.count * inputs)
    } else {
      activation.backward(
        dy, x: UnsafeMutablePointer(mutating: flow.x + start), y: flow.y + rows.lowerBound * outputs,
        into: flow.dx + start, outer: rows.count * outer, size: size, inner: inner)
    }
    return 0..<inputs
  }
}

extension Activation {
  /// y from x, both outer × size × inner values, along the middle axis.
  public func forward<T: Scalar>(
    _ x: UnsafeMutablePointer<T>, into y: UnsafeMutablePointer<T>, outer: Int, size: Int, inner: Int
  ) {
    let count = outputCount(size)
    if isElementwise || inner == 1 {
      return forward(
        KernelMatrix(x, stride: size * inner, rows: outer, columns: size * inner),
        into: KernelMatrix(y, stride: count * inner, rows: outer, columns: count * inner))
    }
    withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * size) { memory in
      guard let line = memory.baseAddress else { return }
      for number in 0..<outer * inner {
        let (i, k) = number.quotientAndRemainder(dividingBy: inner)
        for j in 0..<size { line[j] = x[(i * size + j) * inner + k] }
        forward(matrix(line, size), into: matrix(line + size, count))
        for j in 0..<count { y[(i * count + j) * inner + k] = line[size + j] }
      }
    }
  }

  /// dL/dx from dL/dy; see `forward`.
  public func backward<T: Scalar>(
    _ dy: UnsafeMutablePointer<T>, x: UnsafeMutablePointer<T>, y: UnsafeMutablePointer<T>,
    into dx: UnsafeMutablePointer<T>, outer: Int, size: Int, inner: Int
  ) {
    let count = outputCount(size)
    if isElementwise || inner == 1 {
      func whole(_ base: UnsafeMutablePointer<T>, _ size: Int) -> KernelMatrix<T> {
        KernelMatrix(base, stride: size * inner, rows: outer, columns: size * inner)
      }
      return backward(whole(dy, count), x: whole(x, size), y: whole(y, count), into: whole(dx, size))
    }
    withUnsafeTemporaryAllocation(of: T.self, capacity: 4 * size) { memory in
      guard let line = memory.baseAddress else { return }
      let (xs, ys, gs) = (line + size, line + 2 * size, line + 3 * size)
      for number in 0..<outer * inner {
        let (i, k) = number.quotientAndRemainder(dividingBy: inner)
        for j in 0..<size { xs[j] = x[(i * size + j) * inner + k] }
        for j in 0..<count {
          ys[j] = y[(i * count + j) * inner + k]
          gs[j] = dy[(i * count + j) * inner + k]
        }
        backward(matrix(gs, count), x: matrix(xs, size), y: matrix(ys, count), into: matrix(line, size))
        for j in 0..<size { dx[(i * size + j) * inner + k] = line[j] }
      }
    }
  }

  private func matrix<T>(_ base: UnsafeMutablePointer<T>, _ columns: Int) -> KernelMatrix<T> {
    KernelMatrix(base, stride: columns, rows: 1, columns: columns)
  }
}
