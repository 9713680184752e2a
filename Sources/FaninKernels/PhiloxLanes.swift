import CSIMD

/// A Philox stream: the key, and the two high words of the counter, which all of its blocks share.
public struct StreamWords: Sendable {
  public var key: SIMD2<UInt32>
  public var high: SIMD2<UInt32>

  public init(key: SIMD2<UInt32>, high: SIMD2<UInt32>) {
    self.key = key
    self.high = high
  }
}

/// The four words of eight blocks, word by word: lane i holds a word of block `blocks[i]`.
///
/// Each 32-bit word lies in a 64-bit lane, since the product then is one instruction that reads
/// the low half and ignores the rest; so what stands in the high half does not matter.
struct PhiloxLanes {
  var word0: SIMD8<UInt64>
  var word1: SIMD8<UInt64>
  var word2: SIMD8<UInt64>
  var word3: SIMD8<UInt64>

  @inline(__always)
  init(blocks: SIMD8<UInt64>, of stream: StreamWords) {
    let low = SIMD8<UInt64>(repeating: 0xFFFF_FFFF)
    let thirtyTwo = SIMD8<UInt64>(repeating: 32)
    let m0 = SIMD8<UInt64>(repeating: UInt64(PhiloxConstants.multiplier0))
    let m1 = SIMD8<UInt64>(repeating: UInt64(PhiloxConstants.multiplier1))
    var k0 = stream.key.x
    var k1 = stream.key.y
    word0 = blocks
    word1 = blocks &>> thirtyTwo
    word2 = SIMD8(repeating: UInt64(stream.high.x))
    word3 = SIMD8(repeating: UInt64(stream.high.y))
    for _ in 0..<PhiloxConstants.rounds {
      let p0 = m0 &* (word0 & low)
      let p1 = m1 &* (word2 & low)
      word0 = (p1 &>> thirtyTwo) ^ word1 ^ SIMD8(repeating: UInt64(k0))
      word2 = (p0 &>> thirtyTwo) ^ word3 ^ SIMD8(repeating: UInt64(k1))
      word1 = p1
      word3 = p0
      k0 &+= PhiloxConstants.weyl0
      k1 &+= PhiloxConstants.weyl1
    }
  }
}
