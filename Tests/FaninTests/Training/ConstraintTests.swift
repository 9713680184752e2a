import Testing

@testable import Fanin

private let shape = [2, 3, 4]
private let w = (0..<24).map { Double(($0 * 11 + 5) % 24) / 8 - 1.2 }

private func apply(_ constraint: Constraint) -> [Double] {
  var values = w
  values.withUnsafeMutableBufferPointer { constraint.apply(to: $0.baseAddress!, shape: shape) }
  return values
}

@Suite struct ConstraintTests {
  @Test func nonNegative() {
    #expect(apply(Constraint(.nonNegative)) == w.map { max($0, 0) })
  }

  @Test(arguments: [[0], [1], [2], [-1], [0, 2], [0, 1], [1, -1], [0, 1, 2], nil] as [[Int]?])
  func norms(_ axes: [Int]?) {
    let result = apply(Constraint(.norm(min: 0.5, max: 1.5, rate: 0.75), axes: axes))
    let unit = apply(Constraint(.unitNorm, axes: axes))
    let isReduced = (0..<3).map { axes?.contains($0) ?? true || axes?.contains($0 - 3) ?? true }
    func place(_ i: Int) -> [Int] { [i / 12, i / 4 % 3, i % 4] }
    for i in w.indices {
      let squares = w.indices.filter { j in (0..<3).allSatisfy { isReduced[$0] || place(i)[$0] == place(j)[$0] } }
      let norm = squares.reduce(0) { $0 + w[$1] * w[$1] }.squareRoot()
      let desired = 0.75 * min(max(norm, 0.5), 1.5) + 0.25 * norm
      #expect(abs(result[i] - w[i] * desired / (1e-7 + norm)) < 1e-14)
      #expect(abs(unit[i] - w[i] / (1e-7 + norm)) < 1e-14)
    }
  }

  @Test func wrongAxes() {
    for axes in [[3], [-4], [0, 0], [0, -3]] {
      #expect(throws: FaninError.self) { try Constraint(.unitNorm, axes: axes).check(shape) }
    }
    #expect(throws: Never.self) { try Constraint(.unitNorm, axes: []).check(shape) }
  }
}
