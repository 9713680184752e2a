import Testing

@testable import Fanin

/// The normalizing layers against their formulas, written down value by value.
@Suite struct NormalizationTests {
  /// The values of a batch by their coordinates: (row, i, j, k) of samples of three axes.
  private struct Batch {
    let shape: [Int]
    let rows: Int
    var coordinates: [[Int]] {
      (0..<rows).flatMap { row in
        (0..<shape[0]).flatMap { i in
          (0..<shape[1]).flatMap { j in (0..<shape[2]).map { [row, i, j, $0] } }
        }
      }
    }
  }

  /// The mean of a function over the values that agree with `coordinates` except along some axes.
  private func mean(
    _ batch: Batch, at coordinates: [Int], along axes: [Int], _ values: (Int) -> Double
  ) -> Double {
    let indices = batch.coordinates.enumerated().filter { _, other in
      (0..<4).allSatisfy { axes.contains($0) || other[$0] == coordinates[$0] }
    }.map(\.offset)
    return indices.map(values).reduce(0, +) / Double(indices.count)
  }

  private let batch = Batch(shape: [2, 3, 4], rows: 5)

  @Test(arguments: [0, 1, 2]) func batchNormalization(axis: Int) throws {
    let layer = BatchNormalization(axis: axis, momentum: 0.9, epsilon: 0.01)
    let run = try StageRun<Double>(layer, shape: batch.shape, rows: batch.rows)
    let size = batch.shape[axis]
    let before = run.allParameters
    let others = (0..<4).filter { $0 != axis + 1 }
    for training in [false, true] {
      run.forward(training: training)
      for (i, place) in batch.coordinates.enumerated() {
        let c = place[axis + 1]
        let mean = training ? mean(batch, at: place, along: others) { run.x[$0] } : before[2 * size + c]
        let variance =
          training
          ? self.mean(batch, at: place, along: others) { (run.x[$0] - mean) * (run.x[$0] - mean) }
          : before[3 * size + c]
        let expected = (run.x[i] - mean) / (variance + 0.01).squareRoot() * before[c] + before[size + c]
        #expect(abs(run.y[i] - expected) < 1e-13)
        guard training else { continue }
        #expect(abs(run.parameters[2 * size + c] - (before[2 * size + c] * 0.9 + mean * 0.1)) < 1e-13)
        #expect(abs(run.parameters[3 * size + c] - (before[3 * size + c] * 0.9 + variance * 0.1)) < 1e-13)
      }
    }
  }

  /// A frozen one behaves in training as outside of it.
  @Test func frozen() throws {
    let run = try StageRun<Double>(BatchNormalization(axis: 1), shape: batch.shape, rows: batch.rows)
    let before = run.allParameters
    run.forward(training: false)
    let expected = run.outputs
    run.stage.isFrozen = true
    run.forward(training: true, pieceRows: 2)
    #expect(run.outputs == expected)
    #expect(run.allParameters == before)
    run.backward(pieceRows: 2)
    let factors = (0..<3).map { before[$0] / (before[9 + $0] + 1e-3).squareRoot() }
    for (i, place) in batch.coordinates.enumerated() {
      #expect(abs(run.dx[i] - run.dy[i] * factors[place[2]]) < 1e-13)
    }
  }

  /// Sums of many values far from 0 lose no digits.
  @Test func accuracy() throws {
    let rows = 100_003
    let run = try StageRun<Float>(BatchNormalization(momentum: 0), shape: [2], rows: rows)
    for i in 0..<2 * rows { run.x[i] += 1000 }
    run.forward(training: true)
    for c in 0..<2 {
      let values = (0..<rows).map { Double(run.x[2 * $0 + c]) }
      let mean = values.reduce(0, +) / Double(rows)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows)
      #expect(abs(Double(run.parameters[4 + c]) - mean) <= 1000 * 0x1p-24)
      #expect(abs(Double(run.parameters[6 + c]) - variance) <= 1e-6 * variance)
    }
  }

  @Test(arguments: [[0], [1], [2], [0, 1], [1, 2], [0, 1, 2]]) func overAxes(axes: [Int]) throws {
    let along = axes.map { $0 + 1 }
    let sizes = axes.map { batch.shape[$0] }
    /// Which of the parameters belongs to a value.
    func number(_ place: [Int]) -> Int { zip(axes, sizes).reduce(0) { $0 * $1.1 + place[$1.0 + 1] } }
    let count = sizes.reduce(1, *)

    let layer = try StageRun<Double>(LayerNormalization(axes: axes), shape: batch.shape, rows: batch.rows)
    layer.forward(training: false)
    let rms = try StageRun<Double>(RMSNormalization(axes: axes), shape: batch.shape, rows: batch.rows)
    rms.forward(training: false)
    let unit = try StageRun<Double>(UnitNormalization(axes: axes), shape: batch.shape, rows: batch.rows)
    unit.forward(training: false)
    for (i, place) in batch.coordinates.enumerated() {
      let mean = mean(batch, at: place, along: along) { layer.x[$0] }
      let variance = self.mean(batch, at: place, along: along) { (layer.x[$0] - mean) * (layer.x[$0] - mean) }
      let square = self.mean(batch, at: place, along: along) { layer.x[$0] * layer.x[$0] }
      let (gamma, beta) = (layer.parameters[number(place)], layer.parameters[count + number(place)])
      #expect(abs(layer.y[i] - ((layer.x[i] - mean) / (variance + 1e-3).squareRoot() * gamma + beta)) < 1e-12)
      #expect(abs(rms.y[i] - rms.x[i] / (square + 1e-6).squareRoot() * rms.parameters[number(place)]) < 1e-12)
      #expect(abs(unit.y[i] - unit.x[i] / (square * Double(count)).squareRoot()) < 1e-12)
    }
  }

  /// Zeros stay zeros, and tiny vectors are multiplied by 10¹² at most, as their gradients are.
  @Test func unitOfNothing() throws {
    let run = try StageRun<Float>(UnitNormalization(), shape: [2], rows: 2)
    for (i, value) in [0, 0, 1e-14, 1e-14].enumerated() { run.x[i] = Float(value) }
    for (i, value) in [1, 2, 3, 4].enumerated() { run.dy[i] = Float(value) }
    run.forward(training: true)
    run.backward()
    #expect(run.outputs == [0, 0, 0.01, 0.01])
    #expect(run.inputGradients == [1e12, 2e12, 3e12, 4e12])
  }

  @Test func knownStatistics() throws {
    for isInverse in [false, true] {
      let layer = Normalization(axes: [0, 2], isInverse: isInverse)
      let run = try StageRun<Double>(layer, shape: batch.shape, rows: batch.rows)
      run.parameters[8] = 0
      run.forward(training: false)
      for (i, place) in batch.coordinates.enumerated() {
        let number = place[1] * 4 + place[3]
        let deviation = max(run.parameters[8 + number].squareRoot(), 1e-7)
        let mean = run.parameters[number]
        let expected = isInverse ? mean + run.x[i] * deviation : (run.x[i] - mean) / deviation
        #expect(abs(run.y[i] - expected) <= 1e-15 * abs(expected))
      }
    }
  }
}
