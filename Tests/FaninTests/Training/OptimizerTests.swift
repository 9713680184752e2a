import FaninKernelTable
import Testing

@testable import Fanin

private let shapes = [[3, 4], [4], [5, 2]]

/// Variables that lie after each other, with their gradients.
private struct Problem {
  var variables: [Variable]
  var w: [Double]
  var slots: [Double] = []

  init() {
    variables = shapes.map { Variable($0, .zeros) }
    var count = 0
    for i in variables.indices {
      variables[i].offset = count
      count += variables[i].count
    }
    w = (0..<count).map { Double(($0 * 37 + 11) % 23 - 11) / 8 }
  }

  func gradient(_ step: Int) -> [Double] {
    w.indices.map { Double(($0 * 53 + step * 29) % 31 - 15) / 16 + w[$0] / 4 }
  }

  /// The steps 1 ... count, all variables together or block by block.
  mutating func train(_ optimizer: Optimizer, steps: ClosedRange<Int>, whole: Bool) {
    let count = w.count
    if slots.isEmpty {
      slots = (0..<optimizer.slotCount).flatMap { slot in
        [Double](repeating: optimizer.initialValue(ofSlot: slot), count: count)
      }
      slots.append(0)
    }
    let kernels = Double.denseKernels(InstructionSet.baseline.kernels)
    for number in steps {
      var g = gradient(number)
      let step: OptimizerStep<Double> = optimizer.step(number, rate: optimizer.learningRate)
      w.withUnsafeMutableBufferPointer { w in
        g.withUnsafeMutableBufferPointer { g in
          slots.withUnsafeMutableBufferPointer { slots in
            if whole {
              optimizer.applyWhole(
                step, to: variables, parameters: w.baseAddress!, gradients: g.baseAddress!, slots: slots.baseAddress!,
                slotStride: count, kernels)
            } else {
              for start in stride(from: 0, to: count, by: 3) {
                step.apply(
                  KernelUpdate(
                    w.baseAddress! + start, gradient: g.baseAddress! + start, slots: slots.baseAddress! + start,
                    slotStride: count, count: min(3, count - start)), kernels)
              }
            }
          }
        }
      }
    }
  }
}

private let elementwise: [Optimizer.Rule] = [
  .sgd(), .sgd(momentum: 0.9), .sgd(momentum: 0.9, nesterov: true), .adagrad(), .adam(), .adam(amsgrad: true),
  .rmsprop(), .rmsprop(momentum: 0.5, centered: true), .nadam(), .adamax(), .adadelta(), .ftrl(),
  .ftrl(power: -0.7, l1: 0.1, l2: 0.2, shrinkage: 0.1, beta: 0.3), .lion(),
]

private func all(_ change: (inout Optimizer.Options) -> Void) -> Optimizer.Options {
  var options = Optimizer.Options()
  change(&options)
  return options
}

@Suite struct OptimizerTests {
  /// What is done part by part, beside the gradients, is what is done with all of them.
  @Test(arguments: elementwise.indices) func partsAreTheWhole(_ index: Int) throws {
    let options = all {
      $0.weightDecay = 0.1
      $0.clipping = .value(0.5)
      $0.average = Optimizer.Average(momentum: 0.75, overwriteFrequency: 3)
    }
    let optimizer = try Optimizer(elementwise[index], learningRate: 0.01, options: options)
    #expect(optimizer.isElementwise)
    var parts = Problem()
    var whole = Problem()
    let before = parts.w
    parts.train(optimizer, steps: 1...7, whole: false)
    whole.train(optimizer, steps: 1...7, whole: true)
    #expect(parts.w == whole.w)
    #expect(parts.slots == whole.slots)
    #expect(zip(before, parts.w).allSatisfy { $0 != $1 })
  }

  /// Gradients of two batches make one step with their mean.
  @Test func accumulatedGradientsAreOneStep() throws {
    let options = all { $0.accumulationSteps = 2 }
    let optimizer = try Optimizer(.sgd(), learningRate: 0.5, options: options)
    #expect(!optimizer.isElementwise)
    var problem = Problem()
    let before = problem.w
    let first = problem.gradient(1)
    let second = problem.gradient(2)
    problem.train(optimizer, steps: 1...1, whole: true)
    #expect(problem.w == before)
    problem.train(optimizer, steps: 2...2, whole: true)
    for i in before.indices { #expect(problem.w[i] == before[i] - 0.5 * ((first[i] + second[i]) / 2)) }
    #expect(problem.slots.allSatisfy { $0 == 0 })
  }

  @Test func clippedNorms() throws {
    for limit in [0.5, 1e6] {
      var each = Problem()
      var together = Problem()
      let before = each.w
      let g = each.gradient(1)
      each.train(
        try Optimizer(.sgd(), learningRate: 1, options: all { $0.clipping = .norm(limit) }), steps: 1...1, whole: true)
      together.train(
        try Optimizer(.sgd(), learningRate: 1, options: all { $0.clipping = .globalNorm(limit) }), steps: 1...1,
        whole: true)
      let total = g.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for variable in each.variables {
        let norm = g[variable.range].reduce(0) { $0 + $1 * $1 }.squareRoot()
        for i in variable.range {
          #expect(abs(before[i] - each.w[i] - g[i] * limit / max(norm, limit)) < 1e-14)
          #expect(abs(before[i] - together.w[i] - g[i] * limit / max(total, limit)) < 1e-14)
        }
      }
    }
  }

  /// Newton-Schulz steps with a = 1.5, b = -0.5, c = 0 end at the orthogonal matrix next to the momentum, whichever
  /// side is longer.
  @Test func muonMovesAlongOrthogonalMatrices() throws {
    var muon = Optimizer.Muon()
    (muon.a, muon.b, muon.c, muon.steps, muon.rmsRate) = (1.5, -0.5, 0, 60, nil)
    var problem = Problem()
    let before = problem.w
    problem.train(try Optimizer(.muon(muon), learningRate: 1), steps: 1...1, whole: true)
    for variable in problem.variables where variable.shape.count == 2 {
      let (rows, columns) = (variable.shape[0], variable.shape[1])
      let x = variable.range.map { before[$0] - problem.w[$0] }
      let (count, size) = rows < columns ? (rows, columns) : (columns, rows)
      let at = { (i: Int, k: Int) in rows < columns ? x[i * columns + k] : x[k * columns + i] }
      for i in 0..<count {
        for j in 0..<count {
          let product = (0..<size).reduce(0.0) { $0 + at(i, $1) * at(j, $1) }
          #expect(abs(product - (i == j ? 1 : 0)) < 1e-12)
        }
      }
    }
    // The vector's first step of Adam: of length lr where the gradient is no tiny one.
    let vector = problem.variables[1].range
    for i in vector { #expect(abs(abs(before[i] * (1 - 0.004) - problem.w[i]) - 1) < 1e-4) }
  }

  @Test func exemptVariablesDoNotDecay() throws {
    var problem = Problem()
    problem.variables[1].exemptions = .decay
    let before = problem.w
    let optimizer = try Optimizer(.lamb(), learningRate: 0, options: all { $0.weightDecay = 0.5 })
    problem.train(optimizer, steps: 1...1, whole: true)
    #expect(problem.w == before)
    let g = problem.gradient(1)
    problem.train(
      try Optimizer(.sgd(), learningRate: 0.5, options: all { $0.weightDecay = 0.5 }), steps: 1...1, whole: true)
    for (number, variable) in problem.variables.enumerated() {
      for i in variable.range {
        let decayed = number == 1 ? before[i] : before[i] - before[i] * 0.5 * 0.5
        #expect(problem.w[i] == decayed - 0.5 * g[i])
      }
    }
  }

  @Test(arguments: [Optimizer.Rule.sgd(), .adam(), .rmsprop(), .lamb(), .adafactor(), .ftrl()])
  func aFactorOfTheRateIsThatRate(_ rule: Optimizer.Rule) throws {
    var scaled = Problem()
    var slow = scaled
    var fast = scaled
    scaled.variables[1].rateFactor = 0.25
    let decay = all { $0.weightDecay = 0.5 }
    scaled.train(try Optimizer(rule, learningRate: 0.125, options: decay), steps: 1...3, whole: true)
    slow.train(try Optimizer(rule, learningRate: 0.03125, options: decay), steps: 1...3, whole: true)
    fast.train(try Optimizer(rule, learningRate: 0.125, options: decay), steps: 1...3, whole: true)
    for (number, variable) in scaled.variables.enumerated() {
      let expected = number == 1 ? slow.w[variable.range] : fast.w[variable.range]
      #expect(scaled.w[variable.range] == expected)
    }
  }

  @Test func nadamsProductIsThatOfItsFactors() throws {
    let optimizer = try Optimizer(.nadam(), learningRate: 1)
    var product = 1.0
    for t in 1...1500 {
      product *= 0.9 * (1 - 0.5 * Double.power(0.96, Double(t)))
      if [1, 2, 7, 100, 999, 1000, 1001, 1500].contains(t) {
        #expect(abs(optimizer.momentumProduct(0.9, t) - product) <= 1e-11 * product)
      }
    }
  }

  @Test func wrongNumbers() {
    let nan = Double.nan
    let wrong: [Optimizer.Rule] = [
      .sgd(momentum: 1.5), .adagrad(epsilon: nan), .adam(beta1: 1), .rmsprop(rho: -0.1), .nadam(beta2: 1),
      .adamax(epsilon: -1), .adadelta(rho: 2), .ftrl(power: 0.1), .ftrl(l1: -1), .lion(beta1: 0), .lamb(beta1: nan),
      .adafactor(clipThreshold: 0),
    ]
    for rule in wrong {
      #expect(throws: FaninError.self) { try Optimizer(rule, learningRate: 1) }
    }
    var muon = Optimizer.Muon()
    muon.steps = -1
    #expect(throws: FaninError.self) { try Optimizer(.muon(muon), learningRate: 1) }
    let options = [
      all { $0.weightDecay = .infinity }, all { $0.clipping = .norm(-1) }, all { $0.accumulationSteps = 0 },
      all { $0.average = Optimizer.Average(momentum: 1.5) },
      all { $0.average = Optimizer.Average(overwriteFrequency: 0) },
    ]
    for options in options {
      #expect(throws: FaninError.self) { try Optimizer(.sgd(), learningRate: 1, options: options) }
    }
    #expect(throws: FaninError.self) { try Optimizer(.sgd(), learningRate: nan) }
  }
}
