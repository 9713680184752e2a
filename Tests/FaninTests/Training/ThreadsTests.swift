import Testing

@testable import Fanin

/// Networks whose steps are shared by threads; one suite, for the count of threads is global.
@Suite(.serialized) struct TrainingThreadsTests {
  private struct Result: Equatable {
    var parameters: [Float] = []
    var sums: [Double] = []
    var predictions: [Float] = []
  }

  /// Three epochs of a network, in steps that end with a smaller one.
  private func train(
    _ units: [Int], inputs: Int, rows: Int, batchSize: Int, threads: Int, order: [Int64]? = nil, budget: Int = 1 << 40
  ) throws -> Result {
    let before = Threads.count
    try Threads.setCount(threads)
    defer { try? Threads.setCount(before) }
    let layers = units.map { Dense($0, activation: .relu) } + [Dense(10, activation: .softmax)]
    let network = try Network<Float>(inputShape: [inputs], layers: layers, seed: 5)
    try network.compile(
      optimizer: try Optimizer(.adam(), learningRate: 0.01), loss: try Loss(.sparseCategoricalCrossentropy),
      metrics: [Metric(.sparseCategoricalAccuracy)])
    var x = try RandomNormal(stddev: 1).values(shape: [rows, inputs], seed: 6)
    var labels = (0..<rows).map { Int64($0 * 7 % 10) }
    if order == nil {
      // The same samples as with the order of `reversed`, in memory.
      let rowsInOrder = (0..<rows).reversed().flatMap { Array(x[$0 * inputs..<($0 + 1) * inputs]) }
      x = rowsInOrder
      labels.reverse()
    }
    var result = Result()
    try x.withUnsafeBufferPointer { x in
      try labels.withUnsafeBufferPointer { labels in
        try (order ?? []).withUnsafeBufferPointer { indices in
          let samples = Samples(
            x: x.baseAddress!, labels: labels.baseAddress!, order: order == nil ? nil : indices.baseAddress!,
            rows: rows)
          for _ in 0..<3 {
            var sums = [Double](repeating: 0, count: try network.sumCount)
            var step = 0
            while step * batchSize < rows {
              try network.train(samples, batchSize: batchSize, budget: budget, step: &step, sums: &sums)
            }
            result.sums += sums
          }
          var sums = [Double](repeating: 0, count: try network.sumCount)
          var step = 0
          try network.evaluate(samples, batchSize: batchSize, budget: 1 << 40, step: &step, sums: &sums)
          result.sums += sums
          result.predictions = [Float](repeating: .nan, count: rows * 10)
          step = 0
          try result.predictions.withUnsafeMutableBufferPointer {
            try network.predict(
              x.baseAddress!, rows: rows, batchSize: batchSize, budget: 1 << 40, step: &step, into: $0.baseAddress!)
          }
        }
      }
    }
    result.parameters = Array(UnsafeBufferPointer(start: network.parameters.base, count: network.parameterCount))
    return result
  }

  private func reversed(_ rows: Int) -> [Int64] { (0..<Int64(rows)).reversed() }

  /// One that goes through in rows, and one whose layers are split by columns.
  @Test(arguments: [[64, 64], [520, 300, 700]]) func theCountOfThreadsChangesNoBit(_ units: [Int]) throws {
    let rows = 333
    let expected = try train(units, inputs: 272, rows: rows, batchSize: 64, threads: 1, order: reversed(rows))
    #expect(expected.parameters.allSatisfy { $0.isFinite })
    #expect(expected.sums[0] > expected.sums[6])
    for threads in [2, 3, 5] {
      let result = try train(units, inputs: 272, rows: rows, batchSize: 64, threads: threads, order: reversed(rows))
      #expect(result == expected, "\(threads) threads")
    }
  }

  @Test func gatheredSamplesAreThoseInMemory() throws {
    let rows = 200
    let expected = try train([64], inputs: 48, rows: rows, batchSize: 64, threads: 2)
    let gathered = try train([64], inputs: 48, rows: rows, batchSize: 64, threads: 2, order: reversed(rows))
    #expect(gathered.parameters == expected.parameters)
    #expect(gathered.sums == expected.sums)
  }

  @Test func stepsInManyCallsAreThoseOfOne() throws {
    let rows = 333
    let expected = try train([64, 64], inputs: 64, rows: rows, batchSize: 32, threads: 2, order: reversed(rows))
    // No time: one step a call.
    let result = try train(
      [64, 64], inputs: 64, rows: rows, batchSize: 32, threads: 2, order: reversed(rows), budget: 0)
    #expect(result.parameters == expected.parameters)
    #expect(result.predictions == expected.predictions)
  }

  /// A bad label late in the data: the steps before it are done, and count.
  @Test(arguments: [1, 2]) func stepsBeforeBadDataAreDone(_ threads: Int) throws {
    let before = Threads.count
    try Threads.setCount(threads)
    defer { try? Threads.setCount(before) }
    let network = try Network<Float>(
      inputShape: [256], layers: [Dense(256, activation: .relu), Dense(10, activation: .softmax)], seed: 5)
    try network.compile(
      optimizer: try Optimizer(.adam(), learningRate: 0.01), loss: try Loss(.sparseCategoricalCrossentropy))
    let rows = 640
    let x = try RandomNormal(stddev: 1).values(shape: [rows, 256], seed: 6)
    var labels = (0..<rows).map { Int64($0 % 10) }
    labels[64 * 7 + 3] = 10
    var step = 0
    var sums = [0.0]
    #expect(throws: FaninError.self) {
      try x.withUnsafeBufferPointer { x in
        try labels.withUnsafeBufferPointer { labels in
          let samples = Samples(x: x.baseAddress!, labels: labels.baseAddress!, rows: rows)
          try network.train(samples, batchSize: 64, budget: 1 << 40, step: &step, sums: &sums)
        }
      }
    }
    #expect(step == 7)
    #expect(sums[0] > 0)
  }
}
