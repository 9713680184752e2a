import FaninKernelTable

/// Philox4x32-10, a counter-based generator: a keyed bijection of 128-bit counters.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
public enum Philox {
  /// The four words that `key` makes of `counter`.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
    var (k0, k1) = (key[0], key[1])
    for _ in 0..<PhiloxConstants.rounds {
      let p0 = PhiloxConstants.multiplier0.multipliedFullWidth(by: c0)
      let p1 = PhiloxConstants.multiplier1.multipliedFullWidth(by: c2)
      (c0, c1, c2, c3) = (p1.high ^ c1 ^ k0, p1.low, p0.high ^ c3 ^ k1, p0.low)
      k0 &+= PhiloxConstants.weyl0
      k1 &+= PhiloxConstants.weyl1
    }
    return SIMD4(c0, c1, c2, c3)
  }
}

/// The blocks of an op seed, numbered from 0.
public struct PhiloxStream: Sendable {
  let words: StreamWords

  /// Scrambles the op seed into the key and the two high words of the counter, as TensorFlow does.
  public init(_ seed: OpSeed) {
    let first = UInt64(bitPattern: seed.first)
    let second = UInt64(bitPattern: seed.second)
    let mix = Philox.block(
      counter: SIMD4(first.lowWord, first.highWord, second.lowWord, second.highWord),
      key: SIMD2(0x3EC8_F720, 0x0246_1E29))
    words = StreamWords(key: SIMD2(mix[0], mix[1]), high: SIMD2(mix[2], mix[3]))
  }

  /// Block `number`; the two low words of the counter count the blocks.
  public func block(_ number: UInt64) -> SIMD4<UInt32> {
    Philox.block(
      counter: SIMD4(number.lowWord, number.highWord, words.high.x, words.high.y), key: words.key)
  }
}

extension UInt64 {
  var lowWord: UInt32 { UInt32(truncatingIfNeeded: self) }
  var highWord: UInt32 { UInt32(truncatingIfNeeded: self &>> 32) }
}
