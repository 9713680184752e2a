import Testing

@testable import Fanin

private func penalty(_ regularizer: Regularizer, _ w: [Double], _ shape: [Int]) -> Double {
  w.withUnsafeBufferPointer { regularizer.penalty(of: $0.baseAddress!, shape: shape) }
}

@Suite struct RegularizerTests {
  private let w = (0..<12).map { Double(($0 * 7 + 3) % 12) / 4 - 1.3 }

  @Test func norms() throws {
    let cost = penalty(try Regularizer(.norms(l1: 0.25, l2: 0.5)), w, [12])
    let expected = w.reduce(0) { $0 + 0.25 * abs($1) + 0.5 * $1 * $1 }
    #expect(abs(cost - expected) < 1e-13)
  }

  /// The magnitude of the cosine of the angle between two vectors, halved and doubled as Keras does.
  @Test func orthogonal() throws {
    let w: [Double] = [3, 4, 5, 0]
    #expect(abs(penalty(try Regularizer(.orthogonal(factor: 2, columns: false)), w, [2, 2]) - 2 * 0.6) < 1e-14)
    // Columns (3, 5) and (4, 0).
    let cosine = 12 / (34.0.squareRoot() * 4)
    #expect(abs(penalty(try Regularizer(.orthogonal(factor: 2, columns: true)), w, [2, 2]) - 2 * cosine) < 1e-14)
  }

  /// By central differences, whose error is of h² and ε / h.
  @Test func gradients() throws {
    let regularizers = [
      try Regularizer(.norms(l1: 0.25, l2: 0.5)), try Regularizer(.norms(l1: 0, l2: 0.5)),
      try Regularizer(.orthogonal(factor: 0.5, columns: false)),
      try Regularizer(.orthogonal(factor: 0.5, columns: true)),
    ]
    for regularizer in regularizers {
      for shape in [[3, 4], [4, 3], [6, 2]] {
        var gradient = [Double](repeating: 1, count: 12)
        w.withUnsafeBufferPointer { w in
          gradient.withUnsafeMutableBufferPointer {
            regularizer.addGradient(of: w.baseAddress!, shape: shape, to: $0.baseAddress!)
          }
        }
        for i in w.indices {
          var (low, high) = (w, w)
          low[i] -= 1e-5
          high[i] += 1e-5
          let slope = (penalty(regularizer, high, shape) - penalty(regularizer, low, shape)) / 2e-5
          #expect(abs(gradient[i] - 1 - slope) < 1e-8, "\(regularizer) \(shape) \(i)")
        }
      }
    }
  }

  @Test func wrongOnes() throws {
    #expect(throws: FaninError.self) { try Regularizer(.norms(l1: -1, l2: 0)) }
    #expect(throws: FaninError.self) { try Regularizer(.norms(l1: 0, l2: .nan)) }
    #expect(throws: FaninError.self) { try Regularizer(.orthogonal(factor: .infinity, columns: false)) }
    #expect(throws: FaninError.self) { try Regularizer(.orthogonal(factor: 1, columns: false)).check([3]) }
  }
}
