/// The permutations that TensorFlow's `tf.random.shuffle` draws on the CPU.
///
/// Fisher-Yates over the words of a Philox stream: for i = 0, 1, … n − 2, element i changes places with
/// element i + word mod (n − i). (`random_shuffle_op.cc`, `guarded_philox_random.cc`.)
public struct Shuffle: Sendable {
  private let key: SIMD2<UInt32>
  private let high: SIMD2<UInt32>

  /// - Parameters:
  ///   - seed: as given to `tf.random.set_seed`, reduced modulo 2³¹ − 1.
  ///   - op: the op seed, 0 for the shuffle of `fit`.
  public init(seed: Int64, op: Int64) {
    let modulus: Int64 = 2_147_483_647
    let remainder = seed % modulus
    let first = UInt64(bitPattern: remainder < 0 ? remainder + modulus : remainder)
    var second = UInt64(bitPattern: op)
    // TensorFlow takes the pair (0, 0) for "no seed".
    if first == 0, second == 0 { second = UInt64(modulus) }
    key = SIMD2(first.lowWord, first.highWord)
    high = SIMD2(second.lowWord, second.highWord)
  }

  /// Writes a permutation of 0 ..< order.count: of all (`batchSize` nil), or within each contiguous batch.
  ///
  /// Every batch begins with a new block of the stream.
  public func fill(_ order: UnsafeMutableBufferPointer<Int64>, batchSize: Int? = nil) {
    for i in order.indices { order[i] = Int64(i) }
    let size = batchSize ?? order.count
    var start = 0
    var block: UInt64 = 0
    while start < order.count {
      let count = min(size, order.count - start)
      block = shuffle(order, start, count, firstBlock: block)
      start += count
    }
  }

  /// Shuffles `count` elements and returns the next unused block.
  private func shuffle(
    _ order: UnsafeMutableBufferPointer<Int64>, _ start: Int, _ count: Int, firstBlock: UInt64
  ) -> UInt64 {
    var block = firstBlock
    var words = SIMD4<UInt32>()
    for i in 0..<max(0, count - 1) {
      if i & 3 == 0 {
        words = Philox.block(counter: SIMD4(block.lowWord, block.highWord, high.x, high.y), key: key)
        block &+= 1
      }
      let j = i + Int(words[i & 3]) % (count - i)
      order.swapAt(start + i, start + j)
    }
    return block
  }
}
