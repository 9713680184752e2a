import CSIMD
import FaninKernelTable

/// What a kernel does with the words of a batch.
protocol BatchBody {
  static var blocksPerGroup: UInt64 { get }
  /// Lane i holds the first block of the batch's group `places[i]`.
  static var places: SIMD8<UInt64> { get }
  func make(_ words: PhiloxLanes, batch: Int)
  /// Called when all batches up to `end`, a few more than at the last call, are made.
  func rest(after end: Int)
}

extension BatchBody {
  @inline(__always)
  func rest(after end: Int) {}
}

/// Orders of lanes from which values come into theirs without leaving their part of 128 bits: for
/// `simd_interleave_words`, and for `simd_interleave`.
@inline(__always)
var wordOrder: SIMD8<UInt64> { SIMD8(0, 4, 1, 5, 2, 6, 3, 7) }
@inline(__always)
var valueOrder: SIMD8<UInt64> { SIMD8(0, 2, 4, 6, 1, 3, 5, 7) }

extension KernelFill {
  /// Gives `body` the words of all batches.
  ///
  /// No batch reaches across a multiple of 2³² blocks, so in the inner loops the block numbers' high word, and much of
  /// the first two rounds with it, stays the same.
  @inline(__always)
  func forEachBatch<Body: BatchBody>(_ body: Body) {
    let step = UInt64(kernelBatch) &* Body.blocksPerGroup
    var batch = 0
    while batch < batches {
      let block = (first &* Body.blocksPerGroup) &+ UInt64(batch) &* step
      let low = block & 0xFFFF_FFFF
      let end = batch &+ min(batches &- batch, Int((0x1_0000_0000 - low) / step))
      var blocks = LaneBlocks(
        low: Body.places &* SIMD8(repeating: Body.blocksPerGroup) &+ SIMD8(repeating: low),
        high: SIMD8(repeating: block &>> 32))
      if simd_registers_hold_quads() {
        while batch &+ 4 <= end {
          let words = PhiloxQuad(
            blocks, blocks.advanced(by: step), blocks.advanced(by: 2 &* step), blocks.advanced(by: 3 &* step),
            of: stream)
          body.make(words.a, batch: batch)
          body.make(words.b, batch: batch &+ 1)
          body.make(words.c, batch: batch &+ 2)
          body.make(words.d, batch: batch &+ 3)
          blocks = blocks.advanced(by: 4 &* step)
          batch &+= 4
          body.rest(after: batch)
        }
      }
      while batch < end {
        body.make(PhiloxLanes(blocks, of: stream), batch: batch)
        blocks = blocks.advanced(by: step)
        batch &+= 1
        body.rest(after: batch)
      }
    }
  }
}
