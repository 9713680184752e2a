import FaninKernelTable

/// The arithmetic of a layer in a network: its sizes, and where its parameters lie.
///
/// A stage has no memory for batches: a `Flow` brings that. Its methods are called by several threads at once, for
/// rows or parts that do not overlap; how the work is cut depends on sizes only, so that the bits do too.
/// Methods with loops over numbers are `@specialized(where T == Float)` and `@specialized(where T == Double)`.
public class Stage<T: Scalar>: @unchecked Sendable {
  /// Values a sample that go in and come out.
  let inputs: Int
  let outputs: Int
  /// Where the trainable parameters lie in the network's buffer: one run.
  let parameters: Range<Int>

  init(inputs: Int, outputs: Int, parameters: Range<Int> = 0..<0) {
    self.inputs = inputs
    self.outputs = outputs
    self.parameters = parameters
  }

  /// Whether the parameters stay as they are.
  var isFrozen = false

  /// Values a sample that `forward` leaves in `Flow.kept` for `backward`, in training.
  var kept: Int { 0 }

  /// Multiplications a sample, about.
  var work: Double { Double(outputs) }

  /// nil if rows can be computed by themselves, else the parts that each take all rows of the batch.
  func forwardParts(training: Bool) -> [Range<Int>]? { nil }

  /// y from x.
  func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {}

  /// The function, if any, that a loss may skip to read its inputs instead (see `Flow.skipsActivation`).
  var lastActivation: Activation? { nil }

  /// The function of single values that the stage is, if it is nothing else.
  var elementwise: Activation? { nil }

  /// Whether `settle` can be called for some columns of rows.
  var settlesByElement: Bool { true }

  /// Makes, in place, of dL/dy what `backward` and `gradient` read; called as soon as dL/dy of these values is known.
  func settle(_ flow: Flow<T>, rows: Range<Int>, columns: Range<Int>) {}

  /// As `forwardParts`, for `backward`; `byElement`: whether the stage below settles by element. Parts are then runs of
  /// columns of x, or there is one part for all.
  func backwardParts(byElement: Bool) -> [Range<Int>]? { nil }

  /// dL/dx from dL/dy; returns the columns of x that it was done for.
  func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> { 0..<inputs }

  /// What the tasks of an update have in common with `block` and `gradient`; the first begins at 0.
  func gradientParts(batchRows: Int) -> [Range<Int>] { [0..<1] }

  /// Which parameters the gradients number 0, 1, … of a part are for; nil if there is no such number.
  func block(_ number: Int, of part: Range<Int>) -> Range<Int>? {
    number == 0 && !parameters.isEmpty ? parameters : nil
  }

  /// Writes the gradients by the parameters of a block, summed over all rows of the batch.
  func gradient(_ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>) {}

  /// Whether gradients are sums of terms that optimizers square one by one, as Keras does on TensorFlow with the
  /// gradient of a lookup; only of the first stage with parameters.
  var hasTerms: Bool { false }

  /// As `gradient`, of such terms.
  func gradient(
    _ flow: Flow<T>, block number: Int, of part: Range<Int>, into gradient: UnsafeMutablePointer<T>,
    _ terms: OptimizerTerms<T>, powers: UnsafeMutablePointer<T>
  ) {}

  /// Whether the outputs cost something, see `penalty`.
  var isPenalized: Bool { false }

  /// What a batch's outputs add to the loss; the gradient is added by `backward`.
  func penalty(_ flow: Flow<T>) -> Double { 0 }

  /// Whether `check` must be asked before a batch's samples are used; only of the first stage.
  var checksInputs: Bool { false }

  /// - Throws: `invalidValue` for a sample that the stage can't take.
  func check(_ sample: UnsafePointer<T>) throws(FaninError) {}

  /// Called before each batch of a training, by one thread.
  func begin() {}
}

/// What a network without arithmetic does: y = x.
final class IdentityStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    (flow.y + rows.lowerBound * outputs).update(from: flow.x + rows.lowerBound * inputs, count: rows.count * inputs)
  }
}

/// Pieces of 0 ..< count, of about the same size: a multiple of 16 and about `size`, but at most 1024 pieces.
func pieces(of count: Int, _ size: Int) -> [Range<Int>] {
  let number = min(1024, (count + size - 1) / size)
  let size = ((count + number - 1) / number + 15) / 16 * 16
  return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
}

/// A batch on its way through one stage.
struct Flow<T: Scalar> {
  /// rows × inputs.
  let x: UnsafePointer<T>
  /// rows × outputs.
  let y: UnsafeMutablePointer<T>
  /// dL/dy, rows × outputs; only valid in `settle`, `backward` and `gradient`.
  let dy: UnsafeMutablePointer<T>
  /// dL/dx, rows × inputs; only valid in `backward`.
  let dx: UnsafeMutablePointer<T>
  /// rows × kept; only valid in training.
  let kept: UnsafeMutablePointer<T>
  /// The network's parameters, of all layers.
  let parameters: UnsafeMutablePointer<T>
  /// Of the batch.
  let rows: Int
  /// Whether layers behave as in training: they drop, and use the batch's statistics.
  let training: Bool
  /// Whether the last activation is left to the loss: y is then what goes into it, and dL/dy its gradient.
  let skipsActivation: Bool
  let kernels: DenseKernelTable<T>
}
