/// What is done with a batch.
enum Goal {
  case train, evaluate, predict
}

/// A part of a step: for some rows of the batch, for some columns of a layer's outputs or inputs (nil: all), or for
/// some rows of a layer's kernel.
enum Operation {
  /// Copies samples to consecutive memory.
  case gather
  case forward(layer: Int)
  /// The loss, its gradient and the metrics.
  case judge
  /// The gradient of a layer's inputs.
  case backward(layer: Int)
  case update(layer: Int)
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
  let goal: Goal
  let batchRows: Int
  /// Whether samples must be copied, since they are not taken in their own order.
  let gathers: Bool
  private(set) var operations: [Operation] = []
  private(set) var tasks: [Task] = []
  /// For each task, the tasks of its stage: they must not begin before those of the stages before it are done.
  private(set) var stages: [Range<Int>] = []
  /// The tasks that judge the batch or emit outputs, each for its rows.
  private(set) var judging = 0..<0
  /// The most gradients that an update makes, of a kernel or of a bias.
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

  init(_ layers: [PlacedDense], goal: Goal, batchRows: Int, gathers: Bool) {
    self.goal = goal
    self.batchRows = batchRows
    self.gathers = gathers
    // Operations on the same rows follow each other without a wait.
    var chain: [Operation] = gathers ? [.gather] : []
    func close() {
      guard !chain.isEmpty else { return }
      add(chain, for: pieces(of: batchRows, Self.pieceRows).map { ($0, nil) })
      chain = []
    }
    func addProduct(_ operation: Operation, of layer: PlacedDense, byRows: Bool, columns: Int, width: Int) {
      work += Double(batchRows) * Double(layer.kernelCount)
      if byRows || layer.kernelCount <= 1 << 17 { return chain.append(operation) }
      close()
      add([operation], for: pieces(of: columns, width).map { (0..<batchRows, $0) })
    }
    for (i, layer) in layers.enumerated() {
      addProduct(
        .forward(layer: i), of: layer, byRows: !layer.activation.isElementwise, columns: layer.units, width: 256)
    }
    chain.append(goal == .predict ? .emit : .judge)
    if goal == .train {
      for (i, layer) in layers.enumerated().dropFirst().reversed() {
        addProduct(
          .backward(layer: i), of: layer, byRows: !layers[i - 1].activation.isElementwise, columns: layer.inputs,
          width: 512)
      }
    }
    close()
    let last = tasks.count
    add([.finish], for: [(0..<batchRows, nil)])
    if goal == .train {
      for (i, layer) in layers.enumerated() {
        let row = layer.units * batchRows
        let parts = pieces(
          of: layer.inputs, row <= 1_000_000 / 32 ? 32 : max(16, min(256, (1 << 18) / layer.units)))
        add([.update(layer: i)], for: parts.map { (0..<batchRows, $0) })
        largestUpdate = max(largestUpdate, parts[0].count * layer.units)
        work += Double(batchRows) * Double(layer.kernelCount)
      }
    }
    stages.replaceSubrange(last..., with: repeatElement(last..<tasks.count, count: tasks.count - last))
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
}

/// Pieces of 0 ..< count, of about the same size: a multiple of 16 and about `size`, but at most 1024 pieces.
private func pieces(of count: Int, _ size: Int) -> [Range<Int>] {
  let number = min(1024, (count + size - 1) / size)
  let size = ((count + number - 1) / number + 15) / 16 * 16
  return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
}
