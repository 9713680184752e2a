@testable import Fanin

/// A layer by itself, with memory for a batch and random values in it.
final class StageRun<T: Scalar> {
  let stage: Stage<T>
  let rows: Int
  let parameterCount: Int
  let x: UnsafeMutablePointer<T>
  let y: UnsafeMutablePointer<T>
  let dy: UnsafeMutablePointer<T>
  let dx: UnsafeMutablePointer<T>
  let kept: UnsafeMutablePointer<T>
  let parameters: UnsafeMutablePointer<T>
  let state: UnsafeMutablePointer<Int64>
  let outputShape: [Int]

  init(_ layer: any Layer, shape: [Int], rows: Int, seed: OpSeed = 9) throws {
    outputShape = try layer.outputShape(of: shape)
    var variables = layer.variables(inputShape: shape)
    var count = 0
    for i in variables.indices {
      variables[i].offset = count
      count += variables[i].count
    }
    state = .allocate(capacity: 2)
    state[0] = layer.seed
    state[1] = 0
    let place = Place(inputShape: shape, outputShape: outputShape, variables: variables, state: state)
    stage = try layer.stage(T.self, at: place) ?? IdentityStage(inputs: place.inputs, outputs: place.outputs)
    self.rows = rows
    parameterCount = count
    x = Self.values(rows * stage.inputs, RandomNormal(stddev: 1), seed)
    dy = Self.values(rows * stage.outputs, RandomNormal(stddev: 1), 4)
    y = Self.values(rows * stage.outputs, .zeros, 0)
    dx = Self.values(rows * stage.inputs, .zeros, 0)
    kept = Self.values(rows * stage.kept, .zeros, 0)
    parameters = Self.values(count, RandomUniform(minval: 0.5, maxval: 1.5), 6)
  }

  deinit {
    for memory in [x, y, dy, dx, kept, parameters] { memory.deallocate() }
    state.deallocate()
  }

  private static func values(_ count: Int, _ rule: any Initializer, _ seed: OpSeed) -> UnsafeMutablePointer<T> {
    let values = try? rule.values(shape: [count], seed: seed)
    let memory = UnsafeMutablePointer<T>.allocate(capacity: max(1, count))
    for i in 0..<count { memory[i] = T(values?[i] ?? 0) }
    return memory
  }

  private func flow(training: Bool) -> Flow<T> {
    Flow(
      x: x, y: y, dy: dy, dx: dx, kept: kept, parameters: parameters, rows: rows, training: training,
      skipsActivation: false, kernels: T.denseKernels(InstructionSet.current.kernels))
  }

  private func run(_ parts: [Range<Int>]?, pieceRows: Int?, _ body: (Range<Int>, Range<Int>?) -> Void) {
    if let parts {
      for part in parts { body(0..<rows, part) }
      return
    }
    let size = pieceRows ?? max(1, rows)
    for first in stride(from: 0, to: rows, by: size) { body(first..<min(rows, first + size), nil) }
  }

  /// - Parameter pieceRows: rows at a time, where the stage allows it; nil for all.
  func forward(training: Bool, pieceRows: Int? = nil) {
    let flow = flow(training: training)
    if training { stage.begin() }
    run(stage.forwardParts(training: training), pieceRows: pieceRows) { stage.forward(flow, rows: $0, part: $1) }
  }

  func backward(pieceRows: Int? = nil, byElement: Bool = true) {
    let flow = flow(training: true)
    run(stage.backwardParts(byElement: byElement), pieceRows: pieceRows) { rows, part in
      _ = stage.backward(flow, rows: rows, part: part)
    }
  }

  /// By all trainable parameters.
  func gradients() -> [T] {
    let flow = flow(training: true)
    var gradients = [T](repeating: .nan, count: stage.parameters.count)
    gradients.withUnsafeMutableBufferPointer { gradients in
      for part in stage.gradientParts(batchRows: rows) {
        var number = 0
        while let block = stage.block(number, of: part) {
          guard let base = gradients.baseAddress else { return }
          stage.gradient(
            flow, block: number, of: part, into: base + block.lowerBound - stage.parameters.lowerBound)
          number += 1
        }
      }
    }
    return gradients
  }

  var outputs: [T] { Array(UnsafeBufferPointer(start: y, count: rows * stage.outputs)) }
  var inputGradients: [T] { Array(UnsafeBufferPointer(start: dx, count: rows * stage.inputs)) }
  var allParameters: [T] { Array(UnsafeBufferPointer(start: parameters, count: parameterCount)) }

  /// Σ y dy and what the outputs cost, as a training sees them.
  func loss() -> Double {
    state[1] = 0
    forward(training: true)
    let penalty = stage.penalty(flow(training: true))
    return (0..<rows * stage.outputs).reduce(penalty) { $0 + Double(y[$1] * dy[$1]) }
  }
}
