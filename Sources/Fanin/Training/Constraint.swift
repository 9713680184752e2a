/// What a variable's values are brought to after each step.
public struct Constraint: Sendable {
  public enum Kind: Sendable {
    /// Negative values become 0.
    case nonNegative
    /// w n' / (ε + n) with n the norm over the axes and n' = rate clip(n, min, max) + (1 − rate) n.
    case norm(min: Double = 0, max: Double, rate: Double = 1)
    /// w / (ε + n).
    case unitNorm
  }

  let kind: Kind
  /// Those that norms are taken over, negative ones from the last; nil for all.
  let axes: [Int]?

  public init(_ kind: Kind, axes: [Int]? = [0]) {
    self.kind = kind
    self.axes = axes
  }

  /// - Throws: `invalidValue` if it can't be that of a variable of this shape.
  func check(_ shape: [Int]) throws(FaninError) {
    guard let axes else { return }
    for axis in axes {
      guard (-shape.count..<shape.count).contains(axis) else {
        throw .invalidValue(
          "`axis` of a constraint must be that of a variable of rank \(shape.count). Received: axis=\(axis)")
      }
    }
    guard Set(axes.map { $0 < 0 ? $0 + shape.count : $0 }).count == axes.count else {
      throw .invalidValue("`axis` of a constraint must not name an axis twice. Received: axis=\(axes)")
    }
  }

  func apply<T: Scalar>(to w: UnsafeMutablePointer<T>, shape: [Int]) {
    guard case .nonNegative = kind else { return scale(w, shape) }
    dropNegative(w, shape.reduce(1, *))
  }

  /// Divides by the norms over the axes, and multiplies by what they should be.
  @specialized(where T == Float)
  @specialized(where T == Double)
  private func scale<T: Scalar>(_ w: UnsafeMutablePointer<T>, _ shape: [Int]) {
    let rank = shape.count
    let isReduced = (0..<rank).map { axis in axes.map { $0.contains(axis) || $0.contains(axis - rank) } ?? true }
    // How far the number of a norm moves along each axis.
    var steps = [Int](repeating: 0, count: rank)
    var groups = 1
    for axis in (0..<rank).reversed() where !isReduced[axis] {
      steps[axis] = groups
      groups *= shape[axis]
    }
    let columns = shape.last ?? 1
    let columnStep = steps.last ?? 0
    let rows = shape.dropLast().reduce(1, *)
    // The first norm of each row of the last axis.
    var starts = [Int](repeating: 0, count: rows)
    for row in 0..<rows {
      var rest = row
      for axis in (0..<max(0, rank - 1)).reversed() {
        starts[row] += rest % shape[axis] * steps[axis]
        rest /= shape[axis]
      }
    }
    var norms = [T](repeating: 0, count: groups)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = w[row * columns + column]
        norms[starts[row] + column * columnStep] += value * value
      }
    }
    for group in 0..<groups { norms[group] = factor(norms[group].squareRoot()) }
    for row in 0..<rows {
      for column in 0..<columns { w[row * columns + column] *= norms[starts[row] + column * columnStep] }
    }
  }

  private func factor<T: Scalar>(_ norm: T) -> T {
    let epsilon: T = 1e-7
    guard case .norm(let low, let high, let rate) = kind else { return 1 / (epsilon + norm) }
    let clipped = min(max(norm, T(low)), T(high))
    return (T(rate) * clipped + T(1 - rate) * norm) / (epsilon + norm)
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
private func dropNegative<T: Scalar>(_ w: UnsafeMutablePointer<T>, _ count: Int) {
  for i in 0..<count where w[i] < 0 { w[i] = 0 }
}
