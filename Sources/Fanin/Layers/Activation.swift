import FaninKernelTable

/// A function that a layer applies to its outputs: Keras's names and formulas.
///
/// `forward` and `backward` compute any of them; `apply` and `differentiate` are the fast way of those whose derivative
/// is a function of the output.
public struct Activation: Sendable, Equatable {
  public enum Kind: Int32, CaseIterable, Sendable {
    case linear = 0
    case relu = 1
    case softmax = 2
    case tanh = 3
    case sigmoid = 4
    case celu = 5
    case elu = 6
    case exponential = 7
    case gelu = 8
    case glu = 9
    case hardShrink = 10
    case hardSigmoid = 11
    case hardSilu = 12
    case hardTanh = 13
    case leakyRelu = 14
    case logSigmoid = 15
    case logSoftmax = 16
    case mish = 17
    case relu6 = 18
    case selu = 19
    case silu = 20
    case softShrink = 21
    case softplus = 22
    case softsign = 23
    case sparsePlus = 24
    case sparseSigmoid = 25
    case sparsemax = 26
    case squareplus = 27
    case tanhShrink = 28
    case threshold = 29
  }

  public let kind: Kind
  /// The function's arguments in Keras's order.
  public let constants: SIMD3<Double>

  /// - Parameter constants: see `fanin.h`; those that the function does not have are not read.
  public init(_ kind: Kind, constants: SIMD3<Double> = .zero) {
    self.kind = kind
    self.constants = constants
  }

  public static let linear = Activation(.linear)
  public static let relu = relu()
  public static let softmax = Activation(.softmax)
  public static let tanh = Activation(.tanh)
  public static let sigmoid = Activation(.sigmoid)
  public static let exponential = Activation(.exponential)
  public static let glu = Activation(.glu)
  public static let hardSigmoid = Activation(.hardSigmoid)
  public static let hardSilu = Activation(.hardSilu)
  public static let hardTanh = Activation(.hardTanh)
  public static let logSigmoid = Activation(.logSigmoid)
  public static let logSoftmax = Activation(.logSoftmax)
  public static let mish = Activation(.mish)
  public static let relu6 = Activation(.relu6)
  public static let selu = Activation(.selu)
  public static let silu = Activation(.silu)
  public static let softplus = Activation(.softplus)
  public static let softsign = Activation(.softsign)
  public static let sparsePlus = Activation(.sparsePlus)
  public static let sparseSigmoid = Activation(.sparseSigmoid)
  public static let sparsemax = Activation(.sparsemax)
  public static let tanhShrink = Activation(.tanhShrink)

  public static func relu(
    negativeSlope: Double = 0, maxValue: Double = .infinity, threshold: Double = 0
  ) -> Activation { Activation(.relu, constants: [negativeSlope, maxValue, threshold]) }
  public static func leakyRelu(_ negativeSlope: Double = 0.2) -> Activation {
    Activation(.leakyRelu, constants: [negativeSlope, 0, 0])
  }
  public static func elu(_ alpha: Double = 1) -> Activation { Activation(.elu, constants: [alpha, 0, 0]) }
  public static func celu(_ alpha: Double = 1) -> Activation { Activation(.celu, constants: [alpha, 0, 0]) }
  public static func gelu(approximate: Bool = false) -> Activation {
    Activation(.gelu, constants: [approximate ? 1 : 0, 0, 0])
  }
  public static func hardShrink(_ threshold: Double = 0.5) -> Activation {
    Activation(.hardShrink, constants: [threshold, 0, 0])
  }
  public static func softShrink(_ threshold: Double = 0.5) -> Activation {
    Activation(.softShrink, constants: [threshold, 0, 0])
  }
  public static func squareplus(_ b: Double = 4) -> Activation { Activation(.squareplus, constants: [b, 0, 0]) }
  public static func threshold(_ threshold: Double, _ defaultValue: Double) -> Activation {
    Activation(.threshold, constants: [threshold, defaultValue, 0])
  }

  /// Whether an output depends on one input only, and not on all of its row.
  var isElementwise: Bool {
    switch kind {
    case .softmax, .logSoftmax, .sparsemax, .glu: false
    default: true
    }
  }

  /// Whether the derivative can be had from the outputs alone: those that `apply` and `differentiate` compute.
  var isFunctionOfOutput: Bool {
    switch kind {
    case .linear, .softmax, .tanh, .sigmoid: true
    case .relu: self == .relu
    default: false
    }
  }

  /// How many outputs a row of `columns` inputs has.
  func outputCount(_ columns: Int) -> Int { kind == .glu ? columns / 2 : columns }

  /// Replaces products x W by activations y of z = x W + bias.
  ///
  /// relu max(z, 0); softmax exp(zᵢ) / Σ exp(zⱼ) over a row, of which z has all columns; tanh;
  /// sigmoid 1 / (1 + exp(−z)).
  func apply<T: Scalar>(
    _ z: KernelMatrix<T>, bias: UnsafePointer<T>?, _ kernels: DenseKernelTable<T>
  ) {
    if bias != nil || kind == .relu { kernels.addBias(z, bias, kind == .relu) }
    if kind == .softmax {
      withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * z.rows) { sums in
        guard let sums = sums.baseAddress else { return }
        kernels.softmax(z.base, z.base, z.rows, z.columns, sums, sums + z.rows)
      }
    } else if kind == .tanh || kind == .sigmoid {
      forward(z, into: z)
    }
  }

  /// Replaces the gradients dL/dy of activations y, whose rows are as far apart, by those of the pre-activations, dL/dz.
  func differentiate<T: Scalar>(
    _ gradient: KernelMatrix<T>, outputs y: UnsafePointer<T>, _ kernels: DenseKernelTable<T>
  ) {
    switch kind {
    case .linear: return
    case .relu: kernels.reluGradient(gradient, y)
    default:
      let y = KernelMatrix(
        UnsafeMutablePointer(mutating: y), stride: gradient.stride, rows: gradient.rows, columns: gradient.columns)
      backward(gradient, x: y, y: y, into: gradient)
    }
  }
}
