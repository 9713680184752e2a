import Fanin
import Testing

/// QᵀQ = I: Householder QR in float32 leaves an error of a few units in the last place of each
/// product; 100 ε bounds it for these sizes.
@Test(arguments: [[40, 40], [120, 30], [30, 120], [3, 3, 4, 8], [1, 7], [7, 1], [1, 1]])
func shortSideIsOrthonormal(shape: [Int]) throws {
  let gain: Float = 1.5
  let q = try Orthogonal(gain: 1.5).values(shape: shape, seed: 4)
  let columns = shape.last!
  let rows = q.count / columns
  let byRows = rows < columns
  let vectors = min(rows, columns)
  let length = max(rows, columns)
  for a in 0..<vectors {
    for b in 0...a {
      var sum: Float = 0
      for i in 0..<length {
        sum +=
          byRows ? q[a * columns + i] * q[b * columns + i] : q[i * columns + a] * q[i * columns + b]
      }
      let expected: Float = a == b ? gain * gain : 0
      #expect(abs(sum - expected) < 100 * Float.ulpOfOne * gain * gain, "shape \(shape), \(a), \(b)")
    }
  }
}

/// R = Qᵀ A has a positive diagonal: the decomposition, and with it the matrix, is unique.
@Test func signsAreThoseOfAPositiveDiagonal() throws {
  let q = try Orthogonal().values(shape: [50, 20], seed: 6)
  let a = try RandomNormal(stddev: 1).values(shape: [50, 20], seed: 6)
  for column in 0..<20 {
    let diagonal = (0..<50).reduce(Float(0)) { $0 + q[$1 * 20 + column] * a[$1 * 20 + column] }
    #expect(diagonal > 0)
  }
}

@Test func vectorsAreRefused() {
  #expect(throws: FaninError.self) { try Orthogonal().values(shape: [5]) }
  #expect(throws: FaninError.self) { try Orthogonal(gain: .nan).values(shape: [5, 5]) }
  #expect(throws: FaninError.self) { try Orthogonal(gain: 1e39).values(shape: [5, 5]) }
}
