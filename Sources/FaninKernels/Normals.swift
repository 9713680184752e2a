import CSIMD
import FaninKernelTable

struct NormalBody<F: Format>: BatchBody {
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
  static var places: SIMD8<UInt64> { valueOrder }

  @inline(__always)
  func make(_ words: PhiloxLanes, batch: Int) {
    F.storeNormals(NormalLanes(words).interleaved, scale: scale, offset: offset, to: out + 32 &* batch)
  }
}

/// The four standard normals of each of eight blocks, value by value.
struct NormalLanes {
  var z0: SIMD8<Float>
  var z1: SIMD8<Float>
  var z2: SIMD8<Float>
  var z3: SIMD8<Float>

  @inline(__always)
  init(_ words: PhiloxLanes) {
    (z0, z1) = boxMullerLanes(words.word0, words.word1)
    (z2, z3) = boxMullerLanes(words.word2, words.word3)
  }

  /// The values in their order, if the lanes are in `valueOrder`.
  @inline(__always)
  var interleaved: SIMD32<UInt32> {
    simd_interleave(bits(z0), bits(z1), bits(z2), bits(z3))
  }
}

@inline(__always)
func bits(_ x: SIMD8<Float>) -> SIMD8<UInt32> { unsafeBitCast(x, to: SIMD8<UInt32>.self) }
