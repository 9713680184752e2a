import CSIMD
import FaninKernelTable

/// The four words of eight blocks, word by word: lane i holds a word of block i.
///
/// Each 32-bit word lies in a 64-bit lane, since the product then is one instruction that reads
/// the low half and ignores the rest; so what stands in the high half does not matter.
struct PhiloxLanes {
  var word0: SIMD8<UInt64>
  var word1: SIMD8<UInt64>
  var word2: SIMD8<UInt64>
  var word3: SIMD8<UInt64>

  @inline(__always)
  init(_ blocks: LaneBlocks, of stream: StreamWords) {
    self.init(unmixed: blocks, of: stream)
    // Written out, since a loop would make each round's keys anew for every batch.
    mix(stream.key, round: 0)
    mix(stream.key, round: 1)
    mix(stream.key, round: 2)
    mix(stream.key, round: 3)
    mix(stream.key, round: 4)
    mix(stream.key, round: 5)
    mix(stream.key, round: 6)
    mix(stream.key, round: 7)
    mix(stream.key, round: 8)
    mix(stream.key, round: 9)
  }

  @inline(__always)
  fileprivate init(unmixed blocks: LaneBlocks, of stream: StreamWords) {
    word0 = blocks.low
    word1 = blocks.high
    word2 = SIMD8(repeating: UInt64(stream.high.x))
    word3 = SIMD8(repeating: UInt64(stream.high.y))
  }

  @inline(__always)
  fileprivate mutating func mix(_ key: SIMD2<UInt32>, round: UInt32) {
    let p0 = simd_multiply_low(SIMD8(repeating: UInt64(PhiloxConstants.multiplier0)), word0)
    let p1 = simd_multiply_low(SIMD8(repeating: UInt64(PhiloxConstants.multiplier1)), word2)
    let key0 = UInt64(key.x &+ round &* PhiloxConstants.weyl0)
    let key1 = UInt64(key.y &+ round &* PhiloxConstants.weyl1)
    let thirtyTwo = SIMD8<UInt64>(repeating: 32)
    word0 = (p1 &>> thirtyTwo) ^ word1 ^ SIMD8(repeating: key0)
    word2 = (p0 &>> thirtyTwo) ^ word3 ^ SIMD8(repeating: key1)
    word1 = p1
    word3 = p0
  }
}

/// Four times eight blocks, in step: the rounds of one wait for each other, and the processor does not look far enough
/// ahead to fill that time with the next.
struct PhiloxQuad {
  var a: PhiloxLanes
  var b: PhiloxLanes
  var c: PhiloxLanes
  var d: PhiloxLanes

  @inline(__always)
  init(_ a: LaneBlocks, _ b: LaneBlocks, _ c: LaneBlocks, _ d: LaneBlocks, of stream: StreamWords) {
    self.a = PhiloxLanes(unmixed: a, of: stream)
    self.b = PhiloxLanes(unmixed: b, of: stream)
    self.c = PhiloxLanes(unmixed: c, of: stream)
    self.d = PhiloxLanes(unmixed: d, of: stream)
    mix(stream.key, round: 0)
    mix(stream.key, round: 1)
    mix(stream.key, round: 2)
    mix(stream.key, round: 3)
    mix(stream.key, round: 4)
    mix(stream.key, round: 5)
    mix(stream.key, round: 6)
    mix(stream.key, round: 7)
    mix(stream.key, round: 8)
    mix(stream.key, round: 9)
  }

  @inline(__always)
  private mutating func mix(_ key: SIMD2<UInt32>, round: UInt32) {
    a.mix(key, round: round)
    b.mix(key, round: round)
    c.mix(key, round: round)
    d.mix(key, round: round)
  }
}

/// The numbers of eight blocks, as low and high words.
struct LaneBlocks {
  var low: SIMD8<UInt64>
  var high: SIMD8<UInt64>

  /// Those `step` further, if that is below the next multiple of 2³².
  @inline(__always)
  func advanced(by step: UInt64) -> LaneBlocks {
    LaneBlocks(low: low &+ SIMD8(repeating: step), high: high)
  }
}
