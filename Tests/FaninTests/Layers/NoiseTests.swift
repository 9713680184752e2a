import Testing

@testable import Fanin

/// Golden values of Keras 3.15 on TensorFlow 2.21: the layers called with `training=True` on ones (or zeros, for
/// GaussianNoise), once for each batch; of dropouts, where the outputs are above 0.
@Suite struct NoiseTests {
  private func mask(_ values: some Sequence<some Scalar>) -> String {
    values.map { $0 > 0 ? "1" : "0" }.joined()
  }

  private func run<T: Scalar>(
    _ layer: any Layer, _ shape: [Int], rows: Int, x value: T, batches: Int
  ) throws -> [[T]] {
    let run = try StageRun<T>(layer, shape: shape, rows: rows)
    run.x.update(repeating: value, count: rows * run.stage.inputs)
    return (0..<batches).map { _ in
      run.forward(training: true, pieceRows: 2)
      return run.outputs
    }
  }

  private let float = ["011000110111111111011101110001111101", "100011111111111111111100111111110001"]
  private let double = ["101110101011011111101111111111101001", "110111111110001110000000011011111010"]

  /// `Dropout(0.4, seed=-5)` of (4, 9), two calls.
  @Test func dropout() throws {
    let floats: [[Float]] = try run(Dropout(0.4, seed: -5), [9], rows: 4, x: 1, batches: 2)
    #expect(floats.map(mask) == float)
    #expect(Set(floats.joined()) == [0, 1 / 0.6])
    let doubles: [[Double]] = try run(Dropout(0.4, seed: -5), [9], rows: 4, x: 1, batches: 2)
    #expect(doubles.map(mask) == double)
    #expect(Set(doubles.joined()) == [0, 1 / 0.6])
  }

  /// `AlphaDropout(0.4, seed=-5)`: float32 numbers in both types.
  @Test func alphaDropout() throws {
    let floats: [[Float]] = try run(AlphaDropout(0.4, seed: -5), [9], rows: 4, x: 1, batches: 2)
    #expect(floats.map(mask) == float)
    let doubles: [[Double]] = try run(AlphaDropout(0.4, seed: -5), [9], rows: 4, x: 1, batches: 2)
    #expect(doubles.map(mask) == float)
  }

  /// `AlphaDropout(0.25, seed=3)` of [[0.5, -1.5, 2, 0.25, -0.75, 1]].
  @Test func alphaValues() throws {
    let run = try StageRun<Float>(AlphaDropout(0.25, seed: 3), shape: [6], rows: 1)
    for (i, value) in [0.5, -1.5, 2, 0.25, -0.75, 1].enumerated() { run.x[i] = Float(value) }
    run.forward(training: true)
    #expect(
      run.outputs == [-0x1.24bf5p+0, -0x1.d6e3a4p-1, 0x1.0ecf2cp+1, 0x1.322c84p-1, -0x1.24bf5p+0, -0x1.24bf5p+0])
  }

  /// `noise_shape` of (None, 1, 3), (1, None, 3), (1, 1, 3), (None, 2, 1) with seed 11 and rate 0.4, of (3, 2, 3).
  @Test(arguments: [
    ([-1, 1, 3], "101101110110001001"), ([1, -1, 3], "101110101110101110"), ([1, 1, 3], "101101101101101101"),
    ([-1, 2, 1], "111000111111111000"),
  ])
  func noiseShape(_ shape: [Int], _ expected: String) throws {
    for layer: any Layer in [
      Dropout(0.4, noiseShape: shape, seed: 11), AlphaDropout(0.4, noiseShape: shape, seed: 11),
    ] {
      let values: [[Float]] = try run(layer, [2, 3], rows: 3, x: 1, batches: 1)
      #expect(mask(values[0]) == expected)
    }
  }

  /// `GaussianNoise(0.3, seed=12)` of (2, 3), the second call.
  @Test func gaussianNoise() throws {
    let floats: [[Float]] = try run(GaussianNoise(0.3, seed: 12), [3], rows: 2, x: 0, batches: 2)
    #expect(
      floats[1] == [0x1.6992eap-3, -0x1.fb57eep-3, 0x1.1c8d94p-4, -0x1.5d8ad4p-2, -0x1.d3e684p-4, 0x1.dc5814p-2])
    let doubles: [[Double]] = try run(GaussianNoise(0.3, seed: 12), [3], rows: 2, x: 0, batches: 2)
    let expected = [
      0x1.8d303627b153fp-4, 0x1.7b748e16f9fbep-3, -0x1.ef962d79a0ccap-4, 0x1.fafe13ac90736p-2, -0x1.347b3b46506d3p-3,
      -0x1.bbec60c85e946p-3,
    ]
    #expect(doubles[1] == expected)
  }

  /// `GaussianDropout(0.3, seed=12)` of (2, 3).
  @Test func gaussianDropout() throws {
    let floats: [[Float]] = try run(GaussianDropout(0.3, seed: 12), [3], rows: 2, x: 1, batches: 1)
    #expect(
      floats[0] == [0x1.45de1p+0, 0x1.d31544p-1, 0x1.12d40ep+0, 0x1.1cd494p-1, 0x1.652c78p+0, -0x1.5d9dbcp-1])
    let doubles: [[Double]] = try run(GaussianDropout(0.3, seed: 12), [3], rows: 2, x: 1, batches: 1)
    let expected = [
      0x1.f70f63035dd27p+0, 0x1.1db09f6a0b14cp-1, 0x1.0c6ab1854270cp+1, 0x1.0c6ab57e2c025p+0, 0x1.3a984a644a4cep-2,
      0x1.70b25b3a315fcp+1,
    ]
    #expect(doubles[0] == expected)
  }

  /// What is dropped is 0 even where the input is not a number; with rate 1 nothing is drawn.
  @Test func dropsAnything() throws {
    let run = try StageRun<Float>(Dropout(1, seed: 2), shape: [3], rows: 2)
    for (i, value) in [1, .nan, .infinity, 1, 2, 3].enumerated() { run.x[i] = Float(value) }
    run.forward(training: true)
    run.backward()
    #expect(run.outputs == [0, 0, 0, 0, 0, 0])
    #expect(run.inputGradients == [0, 0, 0, 0, 0, 0])
    #expect(run.state[1] == 0)
  }

  @Test(arguments: [Dropout(0.5, seed: 4) as any Layer, AlphaDropout(0.5), GaussianNoise(0.5), GaussianDropout(0.5)])
  func inference(_ layer: any Layer) throws {
    let run = try StageRun<Float>(layer, shape: [5], rows: 3)
    run.forward(training: false)
    #expect(run.outputs == (0..<15).map { run.x[$0] })
    #expect(run.state[1] == 0)
    run.forward(training: true)
    #expect(run.outputs != (0..<15).map { run.x[$0] })
    #expect(run.state[1] == 1)
  }
}
