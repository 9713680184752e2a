import Testing

@testable import Fanin

@Suite struct EmbeddingTests {
  /// Cut off towards zero, negative ones from the end: of 5 rows, 3, 0, 4, 3, 0, 1.
  private let inputs = [3, -0.5, -1, 3.75, -5, 1]
  private let numbers = [3, 0, 4, 3, 0, 1]

  private func run<T: Scalar>(_: T.Type) throws -> StageRun<T> {
    let run = try StageRun<T>(Embedding(5, 3), shape: [2], rows: 3)
    for (i, value) in inputs.enumerated() { run.x[i] = T(value) }
    return run
  }

  @Test func looksUp() throws {
    let run = try run(Float.self)
    #expect(run.outputShape == [2, 3])
    for row in 0..<3 { try run.stage.check(run.x + 2 * row) }
    run.forward(training: false, pieceRows: 1)
    #expect(run.outputs == numbers.flatMap { number in (0..<3).map { run.parameters[number * 3 + $0] } })
  }

  /// Rows that are looked up twice get both gradients, those that are not 0.
  @Test func gradient() throws {
    let run = try run(Double.self)
    var expected = [Double](repeating: 0, count: 15)
    for (i, number) in numbers.enumerated() {
      for k in 0..<3 { expected[number * 3 + k] += run.dy[i * 3 + k] }
    }
    #expect(run.gradients() == expected)
  }

  /// In parts, as a large one is.
  @Test func largeGradient() throws {
    let run = try StageRun<Float>(Embedding(5000, 40), shape: [3], rows: 50)
    for i in 0..<150 { run.x[i] = Float((i * 3571) % 5000) }
    #expect(run.stage.gradientParts(batchRows: 50).count > 1)
    var expected = [Float](repeating: 0, count: 200_000)
    for i in 0..<150 {
      for k in 0..<40 { expected[(i * 3571) % 5000 * 40 + k] += run.dy[i * 40 + k] }
    }
    #expect(run.gradients() == expected)
  }

  @Test(arguments: [5, -6, 1e30, -.infinity, .nan]) func noSuchRow(_ input: Double) throws {
    let run = try run(Double.self)
    run.x[1] = input
    #expect(throws: FaninError.self) { try run.stage.check(run.x) }
    run.forward(training: true)
    #expect((3..<6).allSatisfy { run.y[$0].isNaN })
    _ = run.gradients()
  }

  @Test func tooManyForFloats() throws {
    let layer = Embedding(1 << 24 + 1, 1)
    #expect(throws: FaninError.self) { try StageRun<Float>(layer, shape: [1], rows: 1) }
  }
}
