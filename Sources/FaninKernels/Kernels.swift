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
/// `finish(group, values)` makes the few groups that take more than two blocks.
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
      unitDoubles(words.word0, words.word1), unitDoubles(words.word2, words.word3))
    UnsafeMutableRawPointer(out + 16 * batch)
      .storeBytes(of: values * scale + offset, as: SIMD16<Double>.self)
  }
}

@inline(__always)
private func batchBlocks(_ first: UInt64, _ batch: Int) -> SIMD8<UInt64> {
  laneNumbers() &+ SIMD8(repeating: first &+ UInt64(kernelBatch &* batch))
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
    let units = simd_interleave(
      F.unit(words.word0), F.unit(words.word1), F.unit(words.word2), F.unit(words.word3))
    F.store(F.affine(units, scale: scale, offset: offset), to: out + 32 * batch)
  }
}

/// (sin, cos) Box-Muller pairs of two words.
@inline(__always)
private func boxMuller(
  _ word0: SIMD8<UInt64>, _ word1: SIMD8<UInt64>
) -> (SIMD8<Float>, SIMD8<Float>) {
  let uniform = Binary32.unit(word0)
  let smallest = SIMD8(repeating: BoxMullerConstants.smallestUniform)
  let bounded = uniform.replacing(with: smallest, where: uniform .< smallest)
  let angle = simd_narrow(simd_widen(Binary32.unit(word1)) * BoxMullerConstants.twoPi)
  let radius = simd_sqrt(logarithmLanes(bounded) * -2)
  let (sine, cosine) = sineAndCosineLanes(angle)
  return (sine * radius, cosine * radius)
}

/// The four standard normals of each of eight blocks, lane by lane.
private struct NormalLanes {
  var z0: SIMD8<Float>
  var z1: SIMD8<Float>
  var z2: SIMD8<Float>
  var z3: SIMD8<Float>

  @inline(__always)
  init(blocks: SIMD8<UInt64>, of stream: StreamWords) {
    let words = PhiloxLanes(blocks: blocks, of: stream)
    (z0, z1) = boxMuller(words.word0, words.word1)
    (z2, z3) = boxMuller(words.word2, words.word3)
  }

  /// All four values of lane 0, then of lane 1, ….
  @inline(__always)
  var interleaved: SIMD32<Float> { simd_interleave(z0, z1, z2, z3) }

  /// Whether a lane has a value outside (-2, 2).
  @inline(__always)
  var leavesBounds: SIMDMask<SIMD8<Int32>> {
    (outside(z0) .| outside(z1)) .| (outside(z2) .| outside(z3))
  }
}

@inline(__always)
private func outside(_ z: SIMD8<Float>) -> SIMDMask<SIMD8<Int32>> {
  let magnitude = unsafeBitCast(z, to: SIMD8<UInt32>.self) & SIMD8(repeating: 0x7FFF_FFFF)
  return floats(magnitude) .>= 2
}

@inline(__always)
private func normals<F: Format>(
  _: F.Type, _ out: UnsafeMutableRawPointer, _ batches: Int, _ first: UInt64, _ stream: StreamWords,
  _ scale: Float, _ offset: Float
) {
  let out = out.assumingMemoryBound(to: F.Storage.self)
  for batch in 0..<batches {
    let z = F.rounded(NormalLanes(blocks: batchBlocks(first, batch), of: stream).interleaved)
    F.store(F.affine(z, scale: scale, offset: offset), to: out + 32 * batch)
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
      let z = NormalLanes(blocks: groups &* SIMD8(repeating: blocksPerGroup), of: stream)
      F.store(
        F.affine(F.rounded(z.interleaved), scale: scale, offset: offset), to: out + 32 * batch)
      let rejected = z.leavesBounds
      for lane in 0..<kernelBatch where rejected[lane] {
        pending[waiting] = groups[lane]
        waiting += 1
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
  let early = NormalLanes(blocks: blocks, of: stream).interleaved
  let late = NormalLanes(blocks: blocks &+ SIMD8(repeating: 1), of: stream).interleaved
  var kept = SIMD32<Float>(repeating: 0)
  for lane in 0..<count {
    var found = 0
    for candidate in 0..<8 where found < 4 {
      let index = 4 * lane + (candidate & 3)
      let z = candidate < 4 ? early[index] : late[index]
      if z.magnitude < 2 {
        kept[4 * lane + found] = z
        found += 1
      }
    }
    if found < 4 {
      let all = finish(groups[lane])
      for i in 0..<4 { kept[4 * lane + i] = all[i] }
    }
  }
  let values = F.affine(F.rounded(kept), scale: scale, offset: offset)
  withUnsafeTemporaryAllocation(of: F.Storage.self, capacity: 32) { made in
    F.store(values, to: made.baseAddress!)
    for lane in 0..<count {
      (out + 4 * Int(groups[lane] &- first)).update(from: made.baseAddress! + 4 * lane, count: 4)
    }
  }
}
