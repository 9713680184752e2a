import CSIMD

/// The narrow storage formats, all computed in float32.
public enum KernelFormat: Sendable {
  case float32, float16, bfloat16
}

/// Groups of values (four each, from one or more blocks) that one turn of a kernel's loop makes.
public let kernelBatch = 8

/// u · scale + offset for `batches` batches of uniforms that begin with group `first`.
///
/// `out` holds 32 elements of the format a batch.
public func uniformKernel(
  _ out: UnsafeMutableRawPointer, as format: KernelFormat, batches: Int, from first: UInt64,
  of stream: StreamWords, scale: Float, offset: Float
) {
  switch format {
  case .float32: uniforms(Binary32.self, out, batches, first, stream, scale, offset)
  case .float16: uniforms(Binary16.self, out, batches, first, stream, scale, offset)
  case .bfloat16: uniforms(Brain16.self, out, batches, first, stream, scale, offset)
  }
}

/// z · scale + offset for `batches` batches of normals that begin with group `first`.
public func normalKernel(
  _ out: UnsafeMutableRawPointer, as format: KernelFormat, batches: Int, from first: UInt64,
  of stream: StreamWords, scale: Float, offset: Float
) {
  switch format {
  case .float32: normals(Binary32.self, out, batches, first, stream, scale, offset)
  case .float16: normals(Binary16.self, out, batches, first, stream, scale, offset)
  case .bfloat16: normals(Brain16.self, out, batches, first, stream, scale, offset)
  }
}

/// z · scale + offset for `batches` batches of normals with |z| < 2 that begin with group `first`.
///
/// `finish(group)` makes the few groups that take more than two blocks.
public func truncatedNormalKernel(
  _ out: UnsafeMutableRawPointer, as format: KernelFormat, batches: Int, from first: UInt64,
  of stream: StreamWords, scale: Float, offset: Float, finish: (UInt64) -> SIMD4<Float>
) {
  switch format {
  case .float32: truncatedNormals(Binary32.self, out, batches, first, stream, scale, offset, finish)
  case .float16: truncatedNormals(Binary16.self, out, batches, first, stream, scale, offset, finish)
  case .bfloat16: truncatedNormals(Brain16.self, out, batches, first, stream, scale, offset, finish)
  }
}

/// u · scale + offset in double, two values a block, 16 a batch.
public func uniformKernel(
  _ out: UnsafeMutablePointer<Double>, batches: Int, from first: UInt64, of stream: StreamWords,
  scale: Double, offset: Double
) {
  for batch in 0..<batches {
    let words = PhiloxLanes(blocks: batchBlocks(first, batch), of: stream)
    let values = simd_interleave_pair(
      unitDoubles(words.word0, words.word1) * scale + offset,
      unitDoubles(words.word2, words.word3) * scale + offset)
    UnsafeMutableRawPointer(out + 16 * batch).storeBytes(of: values, as: SIMD16<Double>.self)
  }
}

@inline(__always)
private func batchBlocks(_ first: UInt64, _ batch: Int) -> SIMD8<UInt64> {
  SIMD8(0, 1, 2, 3, 4, 5, 6, 7) &+ SIMD8(repeating: first &+ UInt64(kernelBatch &* batch))
}

@inline(__always)
private func unitDoubles(_ high: SIMD8<UInt64>, _ low: SIMD8<UInt64>) -> SIMD8<Double> {
  let top = (high & SIMD8(repeating: 0xF_FFFF)) &<< SIMD8(repeating: 32)
  let bottom = low & SIMD8(repeating: 0xFFFF_FFFF)
  return unsafeBitCast(top | bottom | SIMD8(repeating: 1023 << 52), to: SIMD8<Double>.self) - 1
}

@inline(__always)
private func uniforms<F: Format>(
  _: F.Type, _ out: UnsafeMutableRawPointer, _ batches: Int, _ first: UInt64, _ stream: StreamWords,
  _ scale: Float, _ offset: Float
) {
  let out = out.assumingMemoryBound(to: F.Storage.self)
  for batch in 0..<batches {
    let words = PhiloxLanes(blocks: batchBlocks(first, batch), of: stream)
    let units = FourLanes(
      v0: F.unit(words.word0), v1: F.unit(words.word1), v2: F.unit(words.word2),
      v3: F.unit(words.word3))
    F.storeAffine(units, scale: scale, offset: offset, to: out + 32 * batch)
  }
}

/// (sin, cos) Box-Muller pairs of two words.
@inline(__always)
private func boxMuller(
  _ word0: SIMD8<UInt64>, _ word1: SIMD8<UInt64>
) -> (SIMD8<Float>, SIMD8<Float>) {
  let bounded = simd_max(
    Binary32.unit(word0), SIMD8(repeating: BoxMullerConstants.smallestUniform))
  let angle = simd_narrow(simd_widen(Binary32.unit(word1)) * BoxMullerConstants.twoPi)
  let radius = simd_sqrt(logarithmLanes(bounded) * -2)
  let (sine, cosine) = sineAndCosineLanes(angle)
  return (sine * radius, cosine * radius)
}

extension FourLanes {
  /// The standard normals of eight blocks.
  @inline(__always)
  fileprivate init(normalsOf blocks: SIMD8<UInt64>, in stream: StreamWords) {
    let words = PhiloxLanes(blocks: blocks, of: stream)
    (v0, v1) = boxMuller(words.word0, words.word1)
    (v2, v3) = boxMuller(words.word2, words.word3)
  }

  @inline(__always)
  fileprivate func rounded<F: Format>(to _: F.Type) -> FourLanes {
    FourLanes(v0: F.rounded(v0), v1: F.rounded(v1), v2: F.rounded(v2), v3: F.rounded(v3))
  }

  /// Bit i tells whether lane i has a value outside (-2, 2).
  @inline(__always)
  fileprivate var outOfBounds: UInt8 {
    ~simd_top_bits((inside(v0) & inside(v1)) & (inside(v2) & inside(v3)))
  }
}

@inline(__always)
private func inside(_ z: SIMD8<Float>) -> SIMD8<UInt32> {
  let magnitude = unsafeBitCast(z, to: SIMD8<UInt32>.self) & SIMD8(repeating: 0x7FFF_FFFF)
  return simd_less(magnitude, SIMD8(repeating: Float(2).bitPattern))
}

@inline(__always)
private func normals<F: Format>(
  _: F.Type, _ out: UnsafeMutableRawPointer, _ batches: Int, _ first: UInt64, _ stream: StreamWords,
  _ scale: Float, _ offset: Float
) {
  let out = out.assumingMemoryBound(to: F.Storage.self)
  for batch in 0..<batches {
    let z = FourLanes(normalsOf: batchBlocks(first, batch), in: stream).rounded(to: F.self)
    F.storeAffine(z, scale: scale, offset: offset, to: out + 32 * batch)
  }
}

/// Blocks that a group of four values with |z| < 2 owns: 256 reserved words a value.
private let blocksPerGroup: UInt64 = 256

/// A group's first block holds all that it needs five times in six. The others are put aside, and eight of them
/// at a time are made from their first two blocks.
@inline(__always)
private func truncatedNormals<F: Format>(
  _: F.Type, _ out: UnsafeMutableRawPointer, _ batches: Int, _ first: UInt64, _ stream: StreamWords,
  _ scale: Float, _ offset: Float, _ finish: (UInt64) -> SIMD4<Float>
) {
  let out = out.assumingMemoryBound(to: F.Storage.self)
  withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * kernelBatch) { pending in
    var waiting = 0
    for batch in 0..<batches {
      let groups = batchBlocks(first, batch)
      let z = FourLanes(normalsOf: groups &* SIMD8(repeating: blocksPerGroup), in: stream)
      F.storeAffine(z.rounded(to: F.self), scale: scale, offset: offset, to: out + 32 * batch)
      var rejected = z.outOfBounds
      while rejected != 0 {
        pending[waiting] = groups[rejected.trailingZeroBitCount]
        waiting += 1
        rejected &= rejected &- 1
      }
      if waiting >= kernelBatch {
        waiting -= kernelBatch
        redraw(F.self, pending.baseAddress! + waiting, kernelBatch, out, first, stream, scale, offset, finish)
      }
    }
    if waiting > 0 {
      for lane in waiting..<kernelBatch { pending[lane] = pending[0] }
      redraw(F.self, pending.baseAddress!, waiting, out, first, stream, scale, offset, finish)
    }
  }
}

/// Makes `count` of the eight groups in `groups` anew, from two blocks each.
@inline(never)
private func redraw<F: Format>(
  _: F.Type, _ groups: UnsafePointer<UInt64>, _ count: Int, _ out: UnsafeMutablePointer<F.Storage>,
  _ first: UInt64, _ stream: StreamWords, _ scale: Float, _ offset: Float,
  _ finish: (UInt64) -> SIMD4<Float>
) {
  let lanes = UnsafeRawPointer(groups).loadUnaligned(as: SIMD8<UInt64>.self)
  let blocks = lanes &* SIMD8(repeating: blocksPerGroup)
  let early = FourLanes(normalsOf: blocks, in: stream)
  let late = FourLanes(normalsOf: blocks &+ SIMD8(repeating: 1), in: stream)
  var kept = FourLanes(v0: .zero, v1: .zero, v2: .zero, v3: .zero)
  for lane in 0..<count {
    var found = 0
    for candidate in 0..<8 where found < 4 {
      let z = candidate < 4 ? early[lane, candidate] : late[lane, candidate - 4]
      if z.magnitude < 2 {
        kept[lane, found] = z
        found += 1
      }
    }
    if found < 4 {
      let all = finish(groups[lane])
      for i in 0..<4 { kept[lane, i] = all[i] }
    }
  }
  withUnsafeTemporaryAllocation(of: F.Storage.self, capacity: 32) { made in
    F.storeAffine(kept.rounded(to: F.self), scale: scale, offset: offset, to: made.baseAddress!)
    for lane in 0..<count {
      (out + 4 * Int(groups[lane] &- first)).update(from: made.baseAddress! + 4 * lane, count: 4)
    }
  }
}
