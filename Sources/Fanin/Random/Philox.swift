import FaninKernels

/// Philox4x32-10, a counter-based generator: a keyed bijection of 128-bit counters.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
public enum Philox {
  /// The four words that `key` makes of `counter`.
  public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var c = counter
    var k = key
    for _ in 0..<PhiloxConstants.rounds {
      let p0 = PhiloxConstants.multiplier0.multipliedFullWidth(by: c[0])
      let p1 = PhiloxConstants.multiplier1.multipliedFullWidth(by: c[2])
      c = SIMD4(p1.high ^ c[1] ^ k[0], p1.low, p0.high ^ c[3] ^ k[1], p0.low)
      k[0] &+= PhiloxConstants.weyl0
      k[1] &+= PhiloxConstants.weyl1
    }
    return c
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
