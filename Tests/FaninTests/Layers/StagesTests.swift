import Testing

@testable import Fanin

/// A layer, and a shape of samples that it takes.
struct StageCase: CustomTestStringConvertible, Sendable {
  let layer: any Layer
  let shape: [Int]

  init(_ layer: any Layer, _ shape: [Int]) {
    self.layer = layer
    self.shape = shape
  }

  var testDescription: String { "\(layer) of \(shape)" }
}

/// What holds for every layer's arithmetic.
@Suite struct StagesTests {
  static let cases = [
    StageCase(BatchNormalization(), [5]),
    StageCase(BatchNormalization(gammaInitializer: nil), [300]),
    StageCase(BatchNormalization(betaInitializer: nil), [3, 4]),
    StageCase(BatchNormalization(axis: 0, gammaInitializer: nil, betaInitializer: nil), [3, 4]),
    StageCase(BatchNormalization(axis: -2), [2, 150, 3]),
    StageCase(LayerNormalization(), [7]),
    StageCase(LayerNormalization(axes: [1]), [2, 5, 3]),
    StageCase(LayerNormalization(axes: [-1, -2], gammaInitializer: nil), [2, 5, 3]),
    StageCase(LayerNormalization(axes: [0], betaInitializer: nil), [130, 2]),
    StageCase(LayerNormalization(gammaInitializer: nil, betaInitializer: nil), [6]),
    StageCase(RMSNormalization(), [9]),
    StageCase(RMSNormalization(axes: [0]), [4, 3]),
    StageCase(RMSNormalization(axes: [0, 1], scaleInitializer: nil), [4, 3]),
    StageCase(UnitNormalization(), [6]),
    StageCase(UnitNormalization(axes: [0]), [4, 3]),
    StageCase(Dropout(0.3, seed: 3), [33]),
    StageCase(Dropout(0.5, noiseShape: [-1, 1, 3], seed: 4), [5, 3]),
    StageCase(Dropout(0.5, noiseShape: [1, 5, -1], seed: 4), [5, 3]),
    StageCase(Dropout(1), [3]),
    StageCase(AlphaDropout(0.3, seed: 5), [33]),
    StageCase(AlphaDropout(0.3, noiseShape: [-1, -1, 1], seed: 5), [4, 3]),
    StageCase(GaussianNoise(0.3, seed: 6), [33]),
    StageCase(GaussianDropout(0.3, seed: 7), [33]),
    StageCase(PReLU(), [530]),
    StageCase(PReLU(sharedAxes: [0]), [4, 3]),
    StageCase(PReLU(sharedAxes: [-1, 0]), [2, 4, 3]),
    StageCase(Rescaling(0.5, offset: 2), [4, 3]),
    StageCase(Rescaling(units: 3, scale: .ones), [4, 3]),
    StageCase(Normalization(), [4, 3]),
    StageCase(Normalization(axes: [0, 2], isInverse: true), [4, 2, 3]),
    StageCase(Normalization(axes: []), [4]),
    StageCase(ActivityRegularization(l1: 0.3, l2: 0.2), [5]),
  ]

  /// dL/dx and dL/dw against central differences, whose error is below 10⁻⁹ here: h² f‴ / 6 + ε f / h.
  @Test(arguments: cases) func gradients(_ item: StageCase) throws {
    let run = try StageRun<Double>(item.layer, shape: item.shape, rows: 6)
    _ = run.loss()
    run.backward()
    let gradients = run.gradients()
    let inputGradients = run.inputGradients
    run.backward(byElement: false)
    #expect(run.inputGradients == inputGradients)
    func check(_ values: UnsafeMutablePointer<Double>, _ gradients: [Double]) {
      let largest = gradients.map(\.magnitude).max() ?? 0
      for (i, gradient) in gradients.enumerated() where i < 40 || i % 37 == 0 {
        let (value, h) = (values[i], 1e-5)
        values[i] = value + h
        let above = run.loss()
        values[i] = value - h
        let below = run.loss()
        values[i] = value
        #expect(abs((above - below) / (2 * h) - gradient) <= 1e-7 * max(1, largest), "value \(i)")
      }
    }
    check(run.x, inputGradients)
    check(run.parameters + run.stage.parameters.lowerBound, gradients)
  }

  /// Whatever pieces the rows are taken in, the bits are the same; odd sizes, also with one row.
  @Test(arguments: cases) func pieces(_ item: StageCase) throws {
    for rows in [1, 37] {
      for training in [true, false] {
        let whole = try StageRun<Float>(item.layer, shape: item.shape, rows: rows)
        whole.forward(training: training)
        if training { whole.backward() }
        for pieceRows in [1, 5, 16] {
          let run = try StageRun<Float>(item.layer, shape: item.shape, rows: rows)
          run.forward(training: training, pieceRows: pieceRows)
          #expect(run.outputs == whole.outputs)
          #expect(run.allParameters == whole.allParameters)
          guard training else { continue }
          run.backward(pieceRows: pieceRows)
          #expect(run.inputGradients == whole.inputGradients)
          #expect(run.gradients() == whole.gradients())
        }
      }
    }
  }

  /// In single precision as in double, but for rounding.
  @Test(arguments: cases) func floats(_ item: StageCase) throws {
    // Their random numbers depend on the type.
    if item.layer is Dropout || item.layer is GaussianNoise || item.layer is GaussianDropout { return }
    let float = try StageRun<Float>(item.layer, shape: item.shape, rows: 50)
    let double = try StageRun<Double>(item.layer, shape: item.shape, rows: 50)
    _ = (float.loss(), double.loss())
    float.backward()
    double.backward()
    func check(_ values: [Float], _ expected: [Double], _ what: String) {
      let largest = expected.map(\.magnitude).max() ?? 0
      for (a, b) in zip(values, expected) { #expect(abs(Double(a) - b) <= 2e-6 * max(1, largest), "\(what)") }
    }
    check(float.outputs, double.outputs, "outputs")
    check(float.inputGradients, double.inputGradients, "gradients of inputs")
    check(float.gradients(), double.gradients(), "gradients")
    check(float.allParameters, double.allParameters, "parameters")
  }

  @Test(arguments: [
    StageCase(BatchNormalization(axis: 2), [3, 4]), StageCase(BatchNormalization(), []),
    StageCase(LayerNormalization(axes: []), [3]), StageCase(LayerNormalization(axes: [0, 0]), [3]),
    StageCase(RMSNormalization(axes: [-2]), [3]), StageCase(UnitNormalization(axes: [0, 1]), [3]),
    StageCase(Dropout(1.5), [3]), StageCase(Dropout(.nan), [3]), StageCase(Dropout(0.5, noiseShape: [1]), [3]),
    StageCase(Dropout(0.5, noiseShape: [-1, 2]), [3]), StageCase(Dropout(0.5, noiseShape: [2, -1]), [3]),
    StageCase(AlphaDropout(1), [3]), StageCase(GaussianDropout(1), [3]), StageCase(GaussianNoise(-1), [3]),
    StageCase(GaussianNoise(.nan), [3]), StageCase(PReLU(sharedAxes: [1]), [3]),
    StageCase(Rescaling(units: 2, scale: .ones), [3]), StageCase(Rescaling(units: .min, scale: .ones), [3]),
    StageCase(Normalization(axes: [1]), [3]), StageCase(ActivityRegularization(l1: -1), [3]),
    StageCase(ActivityRegularization(l2: .nan), [3]), StageCase(Reshape([2, -1]), [3]),
    StageCase(Reshape([-1, -1]), [3]), StageCase(Reshape([0]), [3]), StageCase(Reshape([.max, .max]), [3]),
    StageCase(Reshape([.min]), [3]), StageCase(Embedding(0, 1), [3]), StageCase(Embedding(1, .max), [3]),
  ])
  func mistakes(_ item: StageCase) {
    #expect(throws: FaninError.self) { try StageRun<Float>(item.layer, shape: item.shape, rows: 1) }
  }

  @Test func distantAxes() {
    let message = "Only axes next to each other can be normalized together. Received: axes=[0, 2]"
    #expect(throws: FaninError.notImplemented(message)) {
      try StageRun<Float>(LayerNormalization(axes: [0, -1]), shape: [2, 3, 4], rows: 1)
    }
  }

  @Test(arguments: [
    StageCase(Reshape([3, -1]), [6]), StageCase(Dropout(0), [6]), StageCase(AlphaDropout(0), [6]),
    StageCase(GaussianNoise(0), [6]), StageCase(GaussianDropout(0), [6]), StageCase(ActivityRegularization(), [6]),
  ])
  func withoutArithmetic(_ item: StageCase) throws {
    let run = try StageRun<Float>(item.layer, shape: item.shape, rows: 2)
    #expect(run.stage is IdentityStage<Float>)
    #expect(run.outputShape == (item.layer is Reshape ? [3, 2] : [6]))
  }
}
