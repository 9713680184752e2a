import FaninKernelTable
import Testing

@testable import Fanin

private let functions: [Activation] =
  Activation.Kind.allCases.map { Activation($0, constants: [0.5, 0.75, 0]) }
  + [.relu, .relu(negativeSlope: 0.1, maxValue: 2, threshold: -1), .gelu(approximate: true), .squareplus()]

/// Values whose distance from the functions' edges is larger than the steps of a difference.
private let values: [Double] = (0..<24).map { Double(($0 * 7) % 24) * 0.31 - 3.67 }

@Suite struct ActivationTests {
  /// Rows of three columns in memory of four, as parts of wider rows are.
  @Test(arguments: functions)
  func backwardIsTheDerivativeAndMayWorkInPlace(activation: Activation) {
    let columns = activation.kind == .glu ? 4 : 3
    let outputs = activation.outputCount(columns)
    var x = values
    var y = [Double](repeating: 0, count: 24)
    var dy = (0..<24).map { Double($0 % 5) - 1.5 }
    var dx = y
    func forward() -> [Double] {
      x.withUnsafeMutableBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
          guard let x = x.baseAddress, let y = y.baseAddress else { return }
          activation.forward(
            KernelMatrix(x, stride: 4, rows: 6, columns: columns),
            into: KernelMatrix(y, stride: 4, rows: 6, columns: outputs))
        }
      }
      return y
    }
    func weighted(_ y: [Double]) -> Double {
      (0..<24).reduce(0) { $0 + ($1 % 4 < outputs ? y[$1] * dy[$1] : 0) }
    }
    _ = forward()
    func backward(into dx: UnsafeMutablePointer<Double>, _ dy: UnsafeMutablePointer<Double>) {
      x.withUnsafeMutableBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
          guard let x = x.baseAddress, let y = y.baseAddress else { return }
          activation.backward(
            KernelMatrix(dy, stride: 4, rows: 6, columns: outputs),
            x: KernelMatrix(x, stride: 4, rows: 6, columns: columns),
            y: KernelMatrix(y, stride: 4, rows: 6, columns: outputs),
            into: KernelMatrix(dx, stride: 4, rows: 6, columns: columns))
        }
      }
    }
    backward(into: &dx, &dy)
    let step = 1e-6
    for i in 0..<24 where i % 4 < columns {
      x[i] += step
      let above = weighted(forward())
      x[i] -= 2 * step
      let below = weighted(forward())
      x[i] = values[i]
      #expect(abs((above - below) / (2 * step) - dx[i]) < 1e-7, "at \(i)")
    }
    guard activation.kind != .glu else { return }
    _ = forward()
    var inPlace = dy
    inPlace.withUnsafeMutableBufferPointer { g in
      guard let g = g.baseAddress else { return }
      backward(into: g, g)
    }
    for i in 0..<24 where i % 4 < columns { #expect(inPlace[i] == dx[i]) }
  }

  @Test func softmaxAlongAnotherAxisIsThatOfTheTransposed() throws {
    let run = try StageRun<Float>(ActivationLayer(.softmax, axis: 0), shape: [3, 2], rows: 1)
    let transposed = try StageRun<Float>(ActivationLayer(.softmax), shape: [2, 3], rows: 1)
    for i in 0..<3 { for j in 0..<2 { transposed.x[j * 3 + i] = run.x[i * 2 + j] } }
    run.forward(training: true)
    transposed.forward(training: true)
    for i in 0..<3 { for j in 0..<2 { #expect(run.y[i * 2 + j] == transposed.y[j * 3 + i]) } }
  }

  @Test func gluNeedsAnEvenAxis() {
    #expect(throws: FaninError.self) { try ActivationLayer(.glu).outputShape(of: [3]) }
    #expect(throws: FaninError.self) { try ActivationLayer(.softmax, axis: 2).outputShape(of: [3, 4]) }
  }
}
