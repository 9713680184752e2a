import CSIMD
import FaninKernelTable

struct UniformBody<F: Format>: BatchBody {
  let out: UnsafeMutablePointer<F.Storage>
  let scale: Float
  let offset: Float

  init(_ fill: KernelFill) {
    out = fill.out.assumingMemoryBound(to: F.Storage.self)
    scale = Float(fill.scale)
    offset = Float(fill.offset)
  }

  @inline(__always)
  static var blocksPerGroup: UInt64 { 1 }
  @inline(__always)
  static var places: SIMD8<UInt64> { wordOrder }

  @inline(__always)
  func make(_ words: PhiloxLanes, batch: Int) {
    F.storeUniforms(
      simd_interleave_words(words.word0, words.word1, words.word2, words.word3), scale: scale, offset: offset,
      to: out + 32 &* batch)
  }
}
