import Testing

@testable import Fanin

private let rows = 7
private let units = 3
private let labels: [Int64] = [0, 2, 1, 1, 0, 2, 2]
private let targets: [Double] = (0..<21).map { $0 % 3 == Int(labels[$0 / 3]) ? 1 : 0 }
private let outputs: [Double] = (0..<21).map { 0.05 + 0.9 * Double(($0 * 5) % 21) / 21 }
private let weights: [Double] = (0..<7).map { 0.5 + Double($0) }

private func evaluate(_ loss: Loss, _ range: Range<Int>, scale: Double) -> (sum: Double, gradient: [Double]) {
  var outputs = outputs
  var gradient = [Double](repeating: 0, count: 21)
  let kernels = Double.denseKernels(InstructionSet.current.kernels)
  var sum = 0.0
  outputs.withUnsafeMutableBufferPointer { p in
    gradient.withUnsafeMutableBufferPointer { g in
      answers { answers in
        guard let p = p.baseAddress, let g = g.baseAddress else { return }
        let start = range.lowerBound
        let part = Answers(
          labels: answers.labels.map { $0 + start }, targets: answers.targets.map { $0 + start * units },
          weights: answers.weights.map { $0 + start })
        sum = loss.evaluate(
          p + start * units, part, rows: range.count, units: units, scale: scale, logits: loss.fromLogits,
          softmax: false, gradient: g + start * units, kernels)
      }
    }
  }
  return (sum, gradient)
}

private func answers(_ body: (Answers<Double>) -> Void) {
  labels.withUnsafeBufferPointer { labels in
    targets.withUnsafeBufferPointer { targets in
      weights.withUnsafeBufferPointer { weights in
        body(
          Answers(labels: labels.baseAddress, targets: targets.baseAddress, weights: weights.baseAddress))
      }
    }
  }
}

@Suite struct JudgementTests {
  @Test(arguments: Loss.Kind.allCases, [false, true])
  func piecesOfABatchAddUpToIt(kind: Loss.Kind, fromLogits: Bool) throws {
    let loss = try Loss(kind, fromLogits: fromLogits)
    let whole = evaluate(loss, 0..<7, scale: 0.25)
    let first = evaluate(loss, 0..<3, scale: 0.25)
    let second = evaluate(loss, 3..<7, scale: 0.25)
    #expect(abs(first.sum + second.sum - whole.sum) < 1e-13 * max(1, abs(whole.sum)))
    for i in 0..<21 { #expect(whole.gradient[i] == first.gradient[i] + second.gradient[i]) }
    #expect(whole.sum.isFinite)
  }

  @Test func reductionsDivideByWhatTheyName() throws {
    func scale(_ reduction: Loss.Reduction, ignoring ignored: Int64? = nil) throws -> Double {
      let loss = try Loss(
        .sparseCategoricalCrossentropy, reduction: reduction, ignoreClass: ignored, weight: 3)
      var found = 0.0
      answers { found = loss.scale($0, rows: rows) }
      return found
    }
    #expect(try scale(.mean) == 3 / 7)
    #expect(try scale(.sum) == 3)
    #expect(try scale(.weightedMean) == 3 / weights.reduce(0, +))
    #expect(try scale(.mean, ignoring: 2) == 3.0 / 4)
    #expect(try scale(.weightedMean, ignoring: 2) == 3 / (0.5 + 2.5 + 3.5 + 4.5))
  }

  @Test func ignoredSamplesCostNothing() throws {
    let found = evaluate(try Loss(.sparseCategoricalCrossentropy, ignoreClass: 2), 0..<7, scale: 1)
    for row in 0..<7 {
      let gradient = found.gradient[row * units..<(row + 1) * units]
      #expect(gradient.allSatisfy { $0 == 0 } == (labels[row] == 2))
    }
  }

  @Test(arguments: Metric.Kind.allCases, [false, true])
  func statesOfPiecesAddUp(kind: Metric.Kind, isWeighted: Bool) throws {
    let metric = Metric(
      kind, isWeighted: isWeighted, number: kind == .confusion ? 0 : 3, loss: try Loss(.meanSquaredError),
      thresholds: [0.2, 0.5], classes: .largest)
    try metric.check(units: units)
    let count = metric.stateCount(units: units)
    // One number more, which must stay what it is.
    func state(_ ranges: Range<Int>...) -> [Double] {
      var state = [Double](repeating: 0, count: count + 1)
      for range in ranges {
        outputs.withUnsafeBufferPointer { p in
          answers { answers in
            guard let p = p.baseAddress else { return }
            let start = range.lowerBound
            metric.add(
              p + start * units, labels: answers.labels.map { $0 + start },
              targets: answers.targets.map { $0 + start * units }, weights: answers.weights.map { $0 + start },
              rows: range.count, units: units, to: &state)
          }
        }
      }
      return state
    }
    let whole = state(0..<7)
    let parts = state(0..<2, 2..<7)
    #expect(whole[count] == 0)
    #expect(whole.contains { $0 != 0 })
    for (a, b) in zip(whole, parts) { #expect(abs(a - b) < 1e-12 * max(1, abs(a))) }
  }

  @Test func metricsThatDoNotFitTheOutputsAreRefused() {
    #expect(throws: FaninError.self) { try Metric(.confusion).check(units: 3) }
    #expect(throws: FaninError.self) { try Metric(.confusion, column: 3, thresholds: [0.5]).check(units: 3) }
    #expect(throws: FaninError.self) { try Metric(.intersection, number: 0).check(units: 3) }
    #expect(throws: FaninError.self) {
      try Metric(.confusion, thresholds: [Double](repeating: 0.5, count: 1 << 15), isMultiLabel: true).check(
        units: 1 << 12)
    }
  }
}
