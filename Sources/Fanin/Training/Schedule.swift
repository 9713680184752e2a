/// What is done with a batch.
enum Goal {
  case train, evaluate, predict
  /// Forward and backward through all layers; nothing is changed.
  case observe

  var goesBackward: Bool { self == .train || self == .observe }
}

/// A part of a step: for some rows of the batch, for a part of a stage's work (nil: all).
enum Operation {
  /// Copies samples to consecutive memory.
  case gather
  case forward(stage: Int)
  /// The loss, its gradient and the metrics.
  case judge
  /// The gradient of a stage's inputs.
  case backward(stage: Int)
  /// What outputs and parameters cost.
  case penalize
  /// Gradients of parameters, and their step.
  case update(stage: Int)
  /// Gradients of parameters, kept for the step of all.
  case gradient(stage: Int)
  /// The step of all parameters.
  case apply
  /// Hands out the network's outputs.
  case emit
  /// Closes the accounts of this step and prepares the next one.
  case finish
}

/// Operations that one thread does one after the other.
struct Task {
  let operations: Range<Int>
  let rows: Range<Int>
  let part: Range<Int>?
}

/// A step as tasks that several threads can share.
///
/// How it is cut depends on sizes only, never on the count of threads, so that products and sums have the same bits for
/// every count. Pieces of up to 10⁶ multiplications keep to OpenBLAS's fast path for small matrices, where it has one;
/// of larger products a piece is worth the packing of its operands.
struct Schedule {
  /// What a schedule is made for.
  struct Purpose: Equatable {
    let goal: Goal
    let batchRows: Int
    /// Whether samples must be copied, since they are not taken in their own order.
    let gathers: Bool
    /// Whether layers behave as in training.
    let training: Bool
    /// Whether parameters are changed together, not each as soon as its gradient is known.
    let stepsTogether: Bool
    /// Whether anything but the targets adds to the loss.
    let penalizes: Bool
  }

  let purpose: Purpose
  /// The first stage that has gradients.
  let firstTrained: Int
  private(set) var operations: [Operation] = []
  private(set) var tasks: [Task] = []
  /// For each task, the tasks of its stage: they must not begin before those of the stages before it are done.
  private(set) var stages: [Range<Int>] = []
  /// The tasks that judge the batch or emit outputs, each for its rows.
  private(set) var judging = 0..<0
  /// The most gradients that an update makes at once, with the powers of their terms.
  private(set) var largestUpdate = 0
  /// Multiplications in a step.
  private(set) var work = 0.0

  /// The rows of a batch that go through small layers together.
  static let pieceRows = 16

  /// How many threads can be of use: each should have about 5 µs of work a step, and 100 µs in all.
  func usefulThreads(steps: Int) -> Int {
    let limit = min(work / 250_000, work * Double(steps) / 5_000_000, Double(Threads.count))
    return max(1, Int(limit))
  }

  init<T: Scalar>(_ network: [Stage<T>], for purpose: Purpose) {
    self.purpose = purpose
    let isTrained = { (stage: Stage<T>) in !stage.isFrozen && !stage.parameters.isEmpty }
    firstTrained = purpose.goal == .observe ? 0 : network.firstIndex(where: isTrained) ?? network.count
    let all = 0..<purpose.batchRows
    // Operations on the same rows follow each other without a wait.
    var chain: [Operation] = purpose.gathers ? [.gather] : []
    func close() {
      guard !chain.isEmpty else { return }
      add(chain, for: pieces(of: purpose.batchRows, Self.pieceRows).map { ($0, nil) })
      chain = []
    }
    func append(_ operation: Operation, _ parts: [Range<Int>]?) {
      guard let parts else { return chain.append(operation) }
      close()
      add([operation], for: parts.map { (all, $0) })
    }
    for (i, stage) in network.enumerated() {
      work += Double(purpose.batchRows) * stage.work
      append(.forward(stage: i), stage.forwardParts(training: purpose.training))
    }
    chain.append(purpose.goal == .predict ? .emit : .judge)
    if purpose.goal.goesBackward {
      for i in network.indices.reversed() where i > firstTrained {
        work += Double(purpose.batchRows) * network[i].work
        append(.backward(stage: i), network[i].backwardParts(byElement: network[i - 1].settlesByElement))
      }
    }
    close()
    if purpose.penalizes { add([.penalize], for: [(all, nil)]) }
    var last = tasks.count
    // Whatever changes parameters goes on beside the preparation of the next batch.
    func addUpdates(_ operation: (Int) -> Operation) {
      for (i, stage) in network.enumerated() where isTrained(stage) {
        let parts = stage.gradientParts(batchRows: purpose.batchRows)
        add([operation(i)], for: parts.map { (all, $0) })
        let largest = parts.map { largestBlock(stage, $0) }.max() ?? 0
        largestUpdate = max(largestUpdate, stage.hasTerms ? 2 * largest : largest)
        work += Double(purpose.batchRows) * stage.work
      }
    }
    if purpose.goal == .train, purpose.stepsTogether {
      addUpdates { .gradient(stage: $0) }
      join(from: last)
      last = tasks.count
      add([.finish], for: [(all, nil)])
      add([.apply], for: [(all, nil)])
    } else {
      add([.finish], for: [(all, nil)])
      if purpose.goal == .train { addUpdates { .update(stage: $0) } }
    }
    join(from: last)
  }

  /// Adds a stage.
  private mutating func add(_ chain: [Operation], for pieces: [(rows: Range<Int>, part: Range<Int>?)]) {
    let first = tasks.count
    let start = operations.count
    operations += chain
    for operation in chain {
      switch operation {
      case .judge, .emit: judging = first..<first + pieces.count
      default: break
      }
    }
    for piece in pieces {
      tasks.append(Task(operations: start..<operations.count, rows: piece.rows, part: piece.part))
    }
    stages += repeatElement(first..<tasks.count, count: pieces.count)
  }

  /// Makes one stage of those from task `first` on.
  private mutating func join(from first: Int) {
    stages.replaceSubrange(first..., with: repeatElement(first..<tasks.count, count: tasks.count - first))
  }
}

/// The most gradients in a block of a part.
private func largestBlock<T: Scalar>(_ stage: Stage<T>, _ part: Range<Int>) -> Int {
  var largest = 0
  var number = 0
  while let block = stage.block(number, of: part) {
    largest = max(largest, block.count)
    number += 1
  }
  return largest
}
