import Fanin
import Testing

private let shape = [500, 200]
private let named: [(String, VarianceScaling, Double)] = [
  ("glorotUniform", .glorotUniform, 2.0 / 700), ("glorotNormal", .glorotNormal, 2.0 / 700),
  ("heUniform", .heUniform, 2.0 / 500), ("heNormal", .heNormal, 2.0 / 500),
  ("lecunUniform", .lecunUniform, 1.0 / 500), ("lecunNormal", .lecunNormal, 1.0 / 500),
]

/// The variance of n = 100 000 values is known to a relative standard error of √((κ − 1)/n) < 0.0045, κ <= 3. Five
/// of them catch swapped fans (a factor of 2.5) and the correction 0.8796 left out (a factor of 0.77).
@Test(arguments: named.indices) func namedSchemesHaveTheirVariance(index: Int) throws {
  let (name, scheme, variance) = named[index]
  let values = try scheme.values(shape: shape, seed: 11).map(Double.init)
  let mean = values.reduce(0, +) / Double(values.count)
  let measured = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
  #expect(abs(measured / variance - 1) < 5 * 0.0045, "\(name), seed 11: \(measured), not \(variance)")
  #expect(abs(mean) < 5 * (variance / Double(values.count)).squareRoot(), "\(name), seed 11")
}

@Test func uniformStaysBelowItsLimitAndNearsIt() throws {
  let limit = Float((6.0 / 500).squareRoot())
  let values = try VarianceScaling.heUniform.values(shape: shape, seed: 3)
  #expect(values.allSatisfy { $0 >= -limit && $0 < limit })
  #expect(values.max()! > 0.999 * limit)
  #expect(values.min()! < -0.999 * limit)
}

@Test func truncatedValuesStayInsideTwoStandardDeviations() throws {
  let bound = Float(2 * (2.0 / 500).squareRoot() / VarianceScaling.truncatedStddev)
  let values = try VarianceScaling.heNormal.values(shape: shape, seed: 3)
  #expect(values.allSatisfy { $0.magnitude < bound })
  #expect(values.max()! > 0.99 * bound)
}

@Test func scaleMustBePositive() {
  for scale in [0, -1, .infinity, .nan] {
    #expect(throws: FaninError.self) { try VarianceScaling(scale: scale) }
  }
}

@Test func aPartEqualsItsSliceOfTheWhole() throws {
  let whole = try VarianceScaling.glorotNormal.values(shape: [100, 30], seed: 8)
  var part = [Float](repeating: 0, count: 7 * 30)
  try part.withUnsafeMutableBytes { memory in
    let view = try TensorView(memory.baseAddress!, dtype: .float32, shape: [7, 30])
    try VarianceScaling.glorotNormal.fill(
      view, seed: 8, fans: try Fans(shape: [100, 30]), from: 41 * 30)
  }
  #expect(part == Array(whole[41 * 30..<48 * 30]))
}
