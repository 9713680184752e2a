import Testing

@testable import Fanin

private let rows = 7
private let inputs = 5
private let classes = 4

/// A batch with inputs, class numbers and targets that are a distribution over the classes.
private struct Data {
  var x: [Double]
  var labels: [Int64]
  var targets: [Double]
  var order: [Int64]?

  init(seed: OpSeed = 1) throws {
    x = try RandomNormal(stddev: 1).values(shape: [rows, inputs], seed: seed).map(Double.init)
    labels = (0..<rows).map { Int64($0 * 3 % classes) }
    let raw = try RandomUniform(minval: 0.1, maxval: 1).values(shape: [rows, classes], seed: seed)
    targets = raw.map(Double.init)
    for row in 0..<rows {
      let sum = targets[row * classes..<(row + 1) * classes].reduce(0, +)
      for i in 0..<classes { targets[row * classes + i] /= sum }
    }
  }

  func with<R>(_ body: (Samples<Double>) throws -> R) rethrows -> R {
    try x.withUnsafeBufferPointer { x in
      try labels.withUnsafeBufferPointer { labels in
        try targets.withUnsafeBufferPointer { targets in
          let samples = { (order: UnsafePointer<Int64>?) in
            Samples(
              x: x.baseAddress!, labels: labels.baseAddress!, targets: targets.baseAddress!,
              order: order, rows: rows)
          }
          guard let order else { return try body(samples(nil)) }
          return try order.withUnsafeBufferPointer { try body(samples($0.baseAddress!)) }
        }
      }
    }
  }
}

/// The last layer's outputs stay near 0.25 before its activation: as probabilities they are far from 0, where ln p
/// has no moderate derivatives.
private func network(
  _ activations: [Activation], useBias: Bool = true
) throws(FaninError) -> Network<Double> {
  var layers = zip([6, 3], activations.dropLast()).map {
    Dense($0, activation: $1, useBias: useBias, kernelInitializer: .glorotNormal)
  }
  layers.append(
    Dense(
      classes, activation: activations.last!, useBias: useBias,
      kernelInitializer: RandomNormal(stddev: 0.03),
      biasInitializer: RandomUniform(minval: 0.2, maxval: 0.3)))
  return try Network(inputShape: [inputs], layers: layers, seed: 3)
}

private func train(
  _ network: Network<Double>, _ data: Data, batchSize: Int = rows
) throws -> (sums: [Double], steps: Int) {
  var step = 0
  var sums = [Double](repeating: 0, count: try network.sumCount)
  try data.with {
    try network.train($0, batchSize: batchSize, budget: 1 << 40, step: &step, sums: &sums)
  }
  return (sums, step)
}

private func loss(_ network: Network<Double>, _ data: Data) throws -> Double {
  var step = 0
  var sums = [Double](repeating: 0, count: try network.sumCount)
  try data.with {
    try network.evaluate($0, batchSize: rows, budget: 1 << 40, step: &step, sums: &sums)
  }
  return sums[0] / Double(rows)
}

private func parameters(_ network: Network<Double>) -> UnsafeMutableBufferPointer<Double> {
  UnsafeMutableBufferPointer(start: network.parameters.base, count: network.parameterCount)
}

private struct Case: CustomStringConvertible, Sendable {
  var activations: [Activation]
  var kind: Loss.Kind
  var fromLogits = false
  var labelSmoothing = 0.0
  var useBias = true
  var description: String { "\(activations) \(kind) fromLogits \(fromLogits) smoothing \(labelSmoothing)" }
}

private let cases = [
  Case(activations: [.tanh, .sigmoid, .softmax], kind: .sparseCategoricalCrossentropy),
  Case(activations: [.tanh, .sigmoid, .softmax], kind: .categoricalCrossentropy, labelSmoothing: 0.2),
  Case(activations: [.relu, .softmax, .linear], kind: .sparseCategoricalCrossentropy, fromLogits: true),
  Case(activations: [.relu, .tanh, .linear], kind: .categoricalCrossentropy, fromLogits: true),
  Case(activations: [.tanh, .sigmoid], kind: .sparseCategoricalCrossentropy),
  Case(activations: [.tanh, .sigmoid], kind: .categoricalCrossentropy),
  Case(activations: [.tanh, .linear], kind: .sparseCategoricalCrossentropy),
  Case(activations: [.tanh, .softmax, .relu], kind: .categoricalCrossentropy),
  Case(activations: [.sigmoid, .linear, .softmax], kind: .meanSquaredError, useBias: false),
  Case(activations: [.relu, .relu, .linear], kind: .meanSquaredError),
  Case(activations: [.linear], kind: .meanSquaredError),
]

@Suite struct NetworkTests {
  /// One step of gradient descent with rate 1 moves each parameter by minus its gradient; central differences give it
  /// with an error of h² and of ε/h, both below 10⁻⁹ for h = 10⁻⁵ where the third derivative is moderate.
  @Test(arguments: cases) private func gradientsAreThoseOfFiniteDifferences(_ given: Case) throws {
    let data = try Data()
    let network = try network(given.activations, useBias: given.useBias)
    let loss = try Loss(given.kind, fromLogits: given.fromLogits, labelSmoothing: given.labelSmoothing)
    try network.compile(optimizer: try Optimizer(.sgd(), learningRate: 1), loss: loss)
    let buffer = parameters(network)
    var expected: [Double] = []
    for i in buffer.indices {
      let h = 1e-5
      let value = buffer[i]
      buffer[i] = value + h
      let above = try FaninTests.loss(network, data)
      buffer[i] = value - h
      let below = try FaninTests.loss(network, data)
      buffer[i] = value
      expected.append((above - below) / (2 * h))
    }
    let before = Array(buffer)
    _ = try train(network, data)
    for i in buffer.indices { #expect(abs(before[i] - buffer[i] - expected[i]) < 1e-8, "parameter \(i)") }
  }

  @Test func logitsFarApartGiveAFiniteLoss() throws {
    let network = try Network<Double>(inputShape: [inputs], layers: [Dense(classes, activation: .softmax)])
    try network.values(ofLayer: 0, variable: 0).update(repeating: 0)
    try network.values(ofLayer: 0, variable: 1)[0] = 1000
    try network.compile(
      optimizer: try Optimizer(.sgd(), learningRate: 1), loss: try Loss(.sparseCategoricalCrossentropy))
    var data = try Data()
    data.labels = [Int64](repeating: 1, count: rows)
    #expect(try loss(network, data) == 1000)
  }

  @Test func stepsAreCountedAndTheLastMayBeSmaller() throws {
    let network = try network([.tanh, .softmax])
    try network.compile(
      optimizer: try Optimizer(.adam(), learningRate: 0.01), loss: try Loss(.sparseCategoricalCrossentropy),
      metrics: [Metric(.sparseCategoricalAccuracy), Metric(.categoricalAccuracy), Metric(.binaryAccuracy)])
    let data = try Data()
    var step = 0
    var sums = [Double](repeating: 0, count: try network.sumCount)
    // No time: one step a call.
    for expected in 1...3 {
      try data.with { try network.train($0, batchSize: 3, budget: 0, step: &step, sums: &sums) }
      #expect(step == expected)
    }
    let before = Array(parameters(network))
    try data.with { try network.train($0, batchSize: 3, budget: 1 << 40, step: &step, sums: &sums) }
    #expect(step == 3)
    #expect(Array(parameters(network)) == before)
    #expect(sums[1...].allSatisfy { (0...Double(rows)).contains($0) })
  }

  @Test func orderPicksTheSamples() throws {
    let optimizer = try Optimizer(.rmsprop(momentum: 0.5, centered: true), learningRate: 0.01)
    let loss = try Loss(.categoricalCrossentropy)
    let plain = try network([.tanh, .softmax])
    try plain.compile(optimizer: optimizer, loss: loss)
    let permuted = try network([.tanh, .softmax])
    try permuted.compile(optimizer: optimizer, loss: loss)

    let order = [3, 1, 0, 6, 2, 5, 4]
    let source = try Data()
    var moved = source
    for (row, index) in order.enumerated() {
      for i in 0..<inputs { moved.x[row * inputs + i] = source.x[index * inputs + i] }
      for i in 0..<classes { moved.targets[row * classes + i] = source.targets[index * classes + i] }
      moved.labels[row] = source.labels[index]
    }
    var ordered = source
    ordered.order = order.map(Int64.init)
    let expected = try train(plain, moved, batchSize: 2)
    let result = try train(permuted, ordered, batchSize: 2)
    #expect(result.sums == expected.sums)
    #expect(Array(parameters(permuted)) == Array(parameters(plain)))
  }

  @Test func badDataChangesNothing() throws {
    let network = try network([.tanh, .softmax])
    let data = try Data()
    #expect(throws: FaninError.self) { try train(network, data) }  // not compiled
    try network.compile(
      optimizer: try Optimizer(.adagrad(), learningRate: 0.1), loss: try Loss(.sparseCategoricalCrossentropy))
    let before = Array(parameters(network))
    for label in [-1, Int64(classes), .max, .min] {
      var bad = data
      bad.labels[2] = label
      #expect(throws: FaninError.self) { try train(network, bad) }
    }
    for index in [-1, Int64(rows), .max, .min] {
      var bad = data
      bad.order = (0..<Int64(rows)).map { $0 }
      bad.order![6] = index
      #expect(throws: FaninError.self) { try train(network, bad) }
    }
    for batchSize in [0, -1, .min] {
      #expect(throws: FaninError.self) { try train(network, data, batchSize: batchSize) }
    }
    #expect(Array(parameters(network)) == before)
  }

  @Test func impossibleNetworksAreRefused() {
    #expect(throws: FaninError.self) { try Network<Float>(inputShape: [3], layers: []) }
    #expect(throws: FaninError.self) { try Network<Float>(inputShape: [0], layers: [Dense(2)]) }
    #expect(throws: FaninError.self) { try Network<Float>(inputShape: [3], layers: [Dense(0)]) }
    let huge = (1 << 31) - 1
    #expect(throws: FaninError.self) {
      try Network<Float>(inputShape: [huge], layers: [Dense(huge), Dense(huge), Dense(huge)])
    }
    #expect(throws: FaninError.self) { try Optimizer(.adam(beta1: 1), learningRate: 0.1) }
    #expect(throws: FaninError.self) { try Optimizer(.sgd(momentum: -0.1), learningRate: 0.1) }
    #expect(throws: FaninError.self) { try Optimizer(.sgd(), learningRate: .nan) }
  }

  @Test func initializingAnewGivesTheFirstRunAgain() throws {
    let network = try network([.relu, .softmax])
    try network.compile(
      optimizer: try Optimizer(.adam(amsgrad: true), learningRate: 0.05),
      loss: try Loss(.sparseCategoricalCrossentropy))
    let data = try Data()
    let first = try (0..<3).map { _ in try train(network, data, batchSize: 2).sums }
    try network.initialize(seed: 3)
    let second = try (0..<3).map { _ in try train(network, data, batchSize: 2).sums }
    #expect(first == second)
    try network.initialize(seed: 4)
    #expect(try train(network, data, batchSize: 2).sums != first[0])
  }

  @Test func predictionsDoNotDependOnTheBatchSize() throws {
    let network = try network([.relu, .softmax])
    let data = try Data()
    var results: [[Double]] = []
    for batchSize in [1, 2, 7, 100] {
      var out = [Double](repeating: -1, count: rows * classes)
      var step = 0
      try data.with { samples in
        try out.withUnsafeMutableBufferPointer {
          try network.predict(
            samples.x, rows: rows, batchSize: batchSize, budget: 1 << 40, step: &step, into: $0.baseAddress!)
        }
      }
      results.append(out)
    }
    for result in results {
      // OpenBLAS sums in another order for another count of rows: some roundings of values below 1.
      #expect(zip(result, results[0]).allSatisfy { abs($0 - $1) < 1e-14 })
      for row in 0..<rows {
        #expect(abs(result[row * classes..<(row + 1) * classes].reduce(0, +) - 1) < 1e-14)
      }
    }
  }
}
