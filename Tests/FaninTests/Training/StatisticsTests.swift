import Testing

@testable import Fanin

@Suite struct StatisticsTests {
  private func statistics(_ values: [Double], rows: Int) -> Statistics {
    values.withUnsafeBufferPointer { Statistics($0.baseAddress!, rows: rows, columns: values.count / rows) }
  }

  @Test func momentsAndHistogramAreThoseOfTheDefinition() {
    // Deviations from 3 are −3, −1, 1, 3: squares 9, 1, 1, 9; fourth powers 81, 1, 1, 81.
    let measured = statistics([0, 2, 4, 6], rows: 2)
    #expect(measured.mean == 3 && measured.variance == 5 && measured.kurtosis == 41.0 / 25)
    #expect(measured.minimum == 0 && measured.maximum == 6)
    #expect(measured.zeros == 0.25 && measured.constant == 0 && measured.notFinite == 0)
    #expect(measured.histogram.enumerated().filter { $0.element > 0 }.map(\.offset) == [0, 21, 42, 63])
  }

  @Test func columnsThatAreAlikeInAllRowsAreConstant() {
    #expect(statistics([1, 2, 0, 1, 3, 0], rows: 2).constant == 2.0 / 3)
    #expect(statistics([.nan, 2, .nan, 2], rows: 2).constant == 0.5)
    #expect(statistics([7, 7, 7, 7], rows: 2).kurtosis.isNaN)
  }

  @Test(arguments: [
    [Double.greatestFiniteMagnitude, -.greatestFiniteMagnitude], [.leastNonzeroMagnitude, 0], [.infinity, .nan],
    [1, .infinity], [-0.0, 0],
  ])
  func nothingTraps(_ values: [Double]) {
    let measured = statistics(values, rows: 1)
    let finite = values.count(where: \.isFinite)
    #expect(measured.notFinite == 2 - finite && measured.histogram.reduce(0, +) == finite)
  }

  @Test func aSlopeBelowATwentiethOfTheSteepestIsSaturated() {
    // tanh' = 1 / cosh² < 1 / 20 beyond 2.18; sigmoid' = tanh'(x / 2) / 4, so beyond 4.36.
    let x = [-5, -4.4, -4.3, -2.2, -2.1, 0, 2.1, 2.2, 4.3, 4.4]
    for (activation, share) in [(Activation.tanh, 0.7), (.sigmoid, 0.3), (.linear, 0), (.relu, 0.6)] {
      var y = x
      var inputs = x
      activation.forward(&inputs, into: &y, outer: 1, size: x.count, inner: 1)
      var measured = statistics(y, rows: 1)
      measured.saturate(activation, x: x, y: y, rows: 1, columns: x.count)
      #expect(abs(measured.saturated - share) < 1e-12, "\(activation)")
    }
  }

  /// With a loss Σ g y, whose gradient by the outputs is g, the gradients by what lies before are those of central
  /// differences, and all that changes is nothing.
  @Test func anObservationSeesEachLayersOutputsAndGradients() throws {
    let layers: [any Layer] = [
      Dense(4), ActivationLayer(.tanh), Reshape([2, 2]), Dense(3, activation: .sigmoid), Reshape([6]),
    ]
    let network = try Network<Double>(inputShape: [3], layers: layers, seed: 5)
    let x = try RandomNormal(stddev: 1).values(shape: [2, 3], seed: 1).map(Double.init)
    let g = try RandomNormal(stddev: 1).values(shape: [2, 6], seed: 2).map(Double.init)
    let before = Array(UnsafeBufferPointer(start: network.parameters.base, count: network.parameterCount))
    let seen = try network.observe(Samples(x: x, targets: g, rows: 2))
    #expect(before == Array(UnsafeBufferPointer(start: network.parameters.base, count: network.parameterCount)))
    #expect(seen.map(\.outputs.count) == [8, 8, 0, 12, 0])
    func outputs(adding h: Double = 0, toBias i: Int = 0) throws -> [Double] {
      try network.values(ofLayer: 0, variable: 1)[i] += h
      var out = [Double](repeating: 0, count: 12)
      var step = 0
      try network.predict(x, rows: 2, batchSize: 2, budget: 0, step: &step, into: &out)
      try network.values(ofLayer: 0, variable: 1)[i] -= h
      return out
    }
    let y = try outputs()
    #expect(abs(seen[3].outputs.mean - y.reduce(0, +) / 12) < 1e-15)
    // A bias moves all samples: its derivative is the sum over rows of those by what it is added to.
    let h = 1e-5
    var total = 0.0
    for i in 0..<4 {
      for (above, (below, g)) in zip(try outputs(adding: h, toBias: i), zip(try outputs(adding: -h, toBias: i), g)) {
        total += (above - below) / (2 * h) * g
      }
    }
    #expect(abs(seen[0].gradients.mean * 8 - total) < 1e-8)
    #expect(seen[1].outputs.saturated == 0 && seen[0].outputs.saturated.isNaN)
  }

  @Test func whatAnObservationNeedsIsNamed() throws {
    let network = try Network<Double>(inputShape: [1], layers: [Dense(2)])
    let x = [1.0]
    #expect(throws: FaninError.self) { try network.observe(Samples(x: x, rows: 1)) }
    #expect(throws: FaninError.self) { try network.observe(Samples(x: x, targets: x, rows: 0)) }
    #expect(throws: FaninError.self) {
      try network.observe(Samples(x: x, rows: 1), loss: try Loss(.sparseCategoricalCrossentropy))
    }
    #expect(throws: FaninError.self) {
      try network.observe(Samples(x: x, labels: [2], rows: 1), loss: try Loss(.sparseCategoricalCrossentropy))
    }
  }
}
