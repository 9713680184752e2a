/// What a variable's values cost, in addition to the loss.
public struct Regularizer: Sendable {
  public enum Kind: Sendable {
    /// l₁ Σ|w| + l₂ Σw².
    case norms(l1: Double, l2: Double)
    /// The mean of |cos| of the angles between rows (or columns) of a matrix, times the factor / 2 and Keras's 2.
    case orthogonal(factor: Double, columns: Bool)
  }

  let kind: Kind

  /// - Throws: `invalidValue` for a factor that is negative or not finite.
  public init(_ kind: Kind) throws(FaninError) {
    let notNegative = 0...Double.greatestFiniteMagnitude
    switch kind {
    case .norms(let l1, let l2):
      try Optimizer.check("l1", l1, notNegative)
      try Optimizer.check("l2", l2, notNegative)
    case .orthogonal(let factor, _):
      try Optimizer.check("factor", factor, notNegative)
    }
    self.kind = kind
  }

  /// - Throws: `invalidValue` if it can't be that of a variable of this shape.
  func check(_ shape: [Int]) throws(FaninError) {
    if case .orthogonal = kind, shape.count != 2 {
      throw .invalidValue("Inputs to OrthogonalRegularizer must have rank 2. Received: inputs.shape=\(shape)")
    }
  }

  func penalty<T: Scalar>(of w: UnsafePointer<T>, shape: [Int]) -> Double {
    switch kind {
    case .norms(let l1, let l2):
      let count = shape.reduce(1, *)
      return (l1 == 0 ? 0 : Double(T(l1)) * sumOfMagnitudes(w, count))
        + (l2 == 0 ? 0 : Double(T(l2)) * sumOfSquares(w, count))
    case .orthogonal(let factor, let columns):
      return UnitVectors(of: w, shape: shape, columns: columns).sumOfCosines(addingSigns: false) * factor
        / pairs(shape[columns ? 1 : 0])
    }
  }

  /// Adds the penalty's gradient.
  func addGradient<T: Scalar>(of w: UnsafePointer<T>, shape: [Int], to gradient: UnsafeMutablePointer<T>) {
    switch kind {
    case .norms(let l1, let l2):
      addNorms(of: w, T(l1), T(2 * l2), shape.reduce(1, *), to: gradient)
    case .orthogonal(let factor, let columns):
      let vectors = UnitVectors(of: w, shape: shape, columns: columns)
      _ = vectors.sumOfCosines(addingSigns: true)
      vectors.addGradient(T(factor / pairs(shape[columns ? 1 : 0])), to: gradient)
    }
  }

  private func pairs(_ count: Int) -> Double { Double(count) * (Double(count) - 1) / 2 }
}

/// l₁ sign w + 2 l₂ w.
@specialized(where T == Float)
@specialized(where T == Double)
private func addNorms<T: Scalar>(
  of w: UnsafePointer<T>, _ l1: T, _ twiceL2: T, _ count: Int, to gradient: UnsafeMutablePointer<T>
) {
  if l1 == 0 {
    for i in 0..<count { gradient[i] += twiceL2 * w[i] }
  } else {
    for i in 0..<count { gradient[i] += (w[i] > 0 ? l1 : w[i] < 0 ? -l1 : 0) + twiceL2 * w[i] }
  }
}

/// The rows or columns of a matrix, divided by their norms.
private final class UnitVectors<T: Scalar> {
  private let count: Int
  private let size: Int
  /// Steps between vectors and between a vector's values.
  private let steps: (vector: Int, value: Int)
  private var vectors: [T]
  private var inverses: [T]
  /// Σ of the other vectors times the signs of their products with this one.
  private var sums: [T] = []

  @specialized(where T == Float)
  @specialized(where T == Double)
  init(of w: UnsafePointer<T>, shape: [Int], columns: Bool) {
    (count, size) = columns ? (shape[1], shape[0]) : (shape[0], shape[1])
    steps = columns ? (1, shape[1]) : (shape[1], 1)
    vectors = [T](repeating: 0, count: count * size)
    inverses = [T](repeating: 0, count: count)
    for i in 0..<count {
      var squares: T = 0
      for k in 0..<size {
        let value = w[i * steps.vector + k * steps.value]
        squares += value * value
      }
      // Keras divides by no less than its epsilon.
      inverses[i] = min(1 / squares.squareRoot(), 1e7)
      for k in 0..<size { vectors[i * size + k] = w[i * steps.vector + k * steps.value] * inverses[i] }
    }
  }

  /// Σ |xᵢ · xⱼ| over the pairs i < j.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func sumOfCosines(addingSigns: Bool) -> Double {
    if addingSigns { sums = [T](repeating: 0, count: count * size) }
    var total = 0.0
    for i in 0..<count {
      for j in 0..<i {
        var product: T = 0
        for k in 0..<size { product += vectors[i * size + k] * vectors[j * size + k] }
        total += Double(abs(product))
        guard addingSigns, product != 0 else { continue }
        let sign: T = product > 0 ? 1 : -1
        for k in 0..<size {
          sums[i * size + k] += sign * vectors[j * size + k]
          sums[j * size + k] += sign * vectors[i * size + k]
        }
      }
    }
    return total
  }

  /// Through the division by the norm: (s − x (x · s)) / ‖w‖.
  @specialized(where T == Float)
  @specialized(where T == Double)
  func addGradient(_ factor: T, to gradient: UnsafeMutablePointer<T>) {
    for i in 0..<count {
      var product: T = 0
      for k in 0..<size { product += vectors[i * size + k] * sums[i * size + k] }
      if inverses[i] == 1e7 { product = 0 }
      for k in 0..<size {
        gradient[i * steps.vector + k * steps.value] +=
          factor * inverses[i] * (sums[i * size + k] - vectors[i * size + k] * product)
      }
    }
  }
}
