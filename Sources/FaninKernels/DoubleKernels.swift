import CSIMD
import FaninKernelTable

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Two values a block, 16 a batch.
struct DoubleUniformBody: BatchBody {
  let fill: KernelFill

  init(_ fill: KernelFill) { self.fill = fill }

  @inline(__always)
  static var blocksPerGroup: UInt64 { 1 }
  @inline(__always)
  static var places: SIMD8<UInt64> { wordOrder }

  @inline(__always)
  func make(_ words: PhiloxLanes, batch: Int) {
    let values = simd_interleave_pair(
      unit(words.word0, words.word1) * fill.scale + fill.offset,
      unit(words.word2, words.word3) * fill.scale + fill.offset)
    fill.out.storeBytes(of: values, toByteOffset: 128 &* batch, as: SIMD16<Double>.self)
  }
}

struct DoubleNormalBody: BatchBody {
  let fill: KernelFill

  init(_ fill: KernelFill) { self.fill = fill }

  @inline(__always)
  static var blocksPerGroup: UInt64 { 1 }
  @inline(__always)
  static var places: SIMD8<UInt64> { naturalOrder }

  func make(_ words: PhiloxLanes, batch: Int) {
    let out = (fill.out + 128 &* batch).assumingMemoryBound(to: Double.self)
    boxMuller(words, out)
    for i in 0..<2 * kernelBatch { out[i] = out[i] * fill.scale + fill.offset }
  }
}

/// A group of two owns 128 blocks; one in eleven needs more than the first.
struct DoubleTruncatedNormalBody: BatchBody {
  let fill: KernelFill
  let finish: Finish

  init(_ fill: KernelFill, _ finish: @escaping Finish) {
    self.fill = fill
    self.finish = finish
  }

  @inline(__always)
  static var blocksPerGroup: UInt64 { 128 }
  @inline(__always)
  static var places: SIMD8<UInt64> { naturalOrder }

  func make(_ words: PhiloxLanes, batch: Int) {
    let out = (fill.out + 128 &* batch).assumingMemoryBound(to: Double.self)
    boxMuller(words, out)
    for i in 0..<kernelBatch where !(out[2 * i].magnitude < 2 && out[2 * i + 1].magnitude < 2) {
      finish(fill.first &+ UInt64(kernelBatch &* batch &+ i), out + 2 * i)
    }
    for i in 0..<2 * kernelBatch { out[i] = out[i] * fill.scale + fill.offset }
  }
}

@inline(__always)
private var naturalOrder: SIMD8<UInt64> { SIMD8(0, 1, 2, 3, 4, 5, 6, 7) }

/// 52 bits of two words as a number in [0, 1).
@inline(__always)
private func unit(_ high: SIMD8<UInt64>, _ low: SIMD8<UInt64>) -> SIMD8<Double> {
  let top = (high & SIMD8(repeating: 0xF_FFFF)) &<< SIMD8(repeating: 32)
  let bottom = low & SIMD8(repeating: 0xFFFF_FFFF)
  return unsafeBitCast(top | bottom | SIMD8(repeating: 1023 << 52), to: SIMD8<Double>.self) - 1
}

/// Writes the standard normals of eight blocks, two each: the logarithm, the sine and the cosine are the C library's.
@inline(__always)
private func boxMuller(_ words: PhiloxLanes, _ z: UnsafeMutablePointer<Double>) {
  let u1 = simd_max(unit(words.word0, words.word1), SIMD8(repeating: 1e-7))
  let angles = unit(words.word2, words.word3) * BoxMullerConstants.twoPi
  for i in 0..<kernelBatch {
    let radius = (-2 * log(u1[i])).squareRoot()
    simd_sincos_f64(angles[i], z + 2 * i, z + 2 * i + 1)
    z[2 * i] *= radius
    z[2 * i + 1] *= radius
  }
}
