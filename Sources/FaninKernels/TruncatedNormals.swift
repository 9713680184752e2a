import CSIMD
import FaninKernelTable

/// Blocks that a group of four values with |z| < 2 owns: 256 reserved words a value.
@inline(__always)
private var groupBlocks: UInt64 { 256 }

typealias Finish = (UInt64, UnsafeMutablePointer<Double>) -> Void

func truncatedNormals<F: Format>(_: F.Type, _ fill: KernelFill, _ finish: @escaping Finish) {
  withUnsafeTemporaryAllocation(of: UInt64.self, capacity: Redraw<F>.room) { groups in
    withUnsafeTemporaryAllocation(byteCount: 16 * Redraw<F>.room, alignment: 64) { values in
      withUnsafeTemporaryAllocation(byteCount: 129 * Redraw<F>.ring, alignment: 64) { recent in
        withUnsafeTemporaryAllocation(of: F.Storage.self, capacity: 4 * kernelBatch) { made in
          let normals = NormalBody<F>(fill)
          var redraw = Redraw(
            normals: normals, fill: fill, finish: finish, made: made.baseAddress!,
            groups: groups.baseAddress!, values: values.baseAddress!, recent: recent.baseAddress!)
          withUnsafeMutablePointer(to: &redraw) { redraw in
            fill.forEachBatch(
              TruncatedNormalBody(normals: normals, recent: recent.baseAddress!, redraw: redraw))
            while redraw.pointee.collected < fill.batches { redraw.pointee.collect(before: fill.batches) }
            redraw.pointee.complete(redraw.pointee.count)
          }
        }
      }
    }
  }
}

/// A group's first block holds all that it needs five times in six. The others are put aside, and completed from their
/// second blocks, four times eight groups at a time.
private struct TruncatedNormalBody<F: Format>: BatchBody {
  let normals: NormalBody<F>
  let recent: UnsafeMutableRawPointer
  let redraw: UnsafeMutablePointer<Redraw<F>>

  @inline(__always)
  static var blocksPerGroup: UInt64 { groupBlocks }
  @inline(__always)
  static var places: SIMD8<UInt64> { valueOrder }

  @inline(__always)
  func make(_ words: PhiloxLanes, batch: Int) {
    let values = NormalLanes(words).interleaved
    F.storeNormals(
      values, scale: normals.scale, offset: normals.offset, to: normals.out + 32 &* batch)
    let place = batch & (Redraw<F>.ring - 1)
    recent.storeBytes(of: values, toByteOffset: 128 &* place, as: SIMD32<UInt32>.self)
    recent.storeBytes(
      of: groups(simd_beyond(values, 2)), toByteOffset: 128 &* Redraw<F>.ring &+ place, as: UInt8.self)
  }

  /// Bit i is set if one of bits 4 i ..< 4 i + 4 is.
  @inline(__always)
  private func groups(_ bits: UInt32) -> UInt8 {
    let pairs = bits | (bits &>> 1)
    let any = (pairs | (pairs &>> 2)) & 0x1111_1111
    let twos = (any | (any &>> 3)) & 0x0303_0303
    let fours = (twos | (twos &>> 6)) & 0x000F_000F
    return UInt8(truncatingIfNeeded: fours | (fours &>> 12))
  }

  @inline(__always)
  func rest(after end: Int) {
    if end &- redraw.pointee.collected > Redraw<F>.ring - 4 { redraw.pointee.collect(before: end) }
  }
}

/// The groups that need more than their first block.
private struct Redraw<F: Format> {
  /// Batches whose rejected groups are collected at once.
  @inline(__always)
  static var stretch: Int { 8 }
  /// Batches that are remembered. Not the newest ones are collected, which may be still in the making: how many groups
  /// are rejected no processor can foresee, but where it knows at once that it guessed wrong, little is lost.
  @inline(__always)
  static var ring: Int { 16 }
  /// Groups that are completed at once.
  @inline(__always)
  static var crowd: Int { 4 * kernelBatch }
  static var room: Int { crowd + stretch * kernelBatch }

  let normals: NormalBody<F>
  let fill: KernelFill
  let finish: Finish
  /// Room for the elements of a batch.
  let made: UnsafeMutablePointer<F.Storage>
  /// The groups put aside, by their places in the fill, and the four values of their first blocks.
  let groups: UnsafeMutablePointer<UInt64>
  let values: UnsafeMutableRawPointer
  var count = 0
  /// The values of the remembered batches, and then for each a byte with a bit for each of its groups, set if that is
  /// rejected.
  let recent: UnsafeMutableRawPointer
  /// Batches whose rejected groups are put aside; a multiple of `stretch`, until all are.
  var collected = 0

  /// Puts aside what is rejected of the next stretch, which may be cut short by `end`.
  @inline(never)
  mutating func collect(before end: Int) {
    let ringPlace = collected & (Self.ring - 1)
    let first = UInt64(kernelBatch &* collected)
    let batches = min(Self.stretch, end &- collected)
    var rejected = recent.load(fromByteOffset: 128 * Self.ring &+ ringPlace, as: UInt64.self)
    // A shift by 64 gives 0.
    rejected &= (1 << UInt64(kernelBatch &* batches)) &- 1
    collected &+= batches
    while rejected != 0 {
      let bit = rejected.trailingZeroBitCount
      rejected &= rejected &- 1
      groups[count] = first &+ UInt64(bit)
      let quad = recent.load(fromByteOffset: 128 &* ringPlace &+ 16 &* bit, as: SIMD4<UInt32>.self)
      values.storeBytes(of: quad, toByteOffset: 16 &* count, as: SIMD4<UInt32>.self)
      count &+= 1
    }
    while count >= Self.crowd { complete(Self.crowd) }
  }

  /// Completes `some` groups, at most a crowd, of those put aside last.
  @inline(never)
  mutating func complete(_ some: Int) {
    count &-= some
    for i in count &+ some..<count &+ Self.crowd {
      groups[i] = 0
      values.storeBytes(of: .zero, toByteOffset: 16 &* i, as: SIMD4<UInt32>.self)
    }
    let words = PhiloxQuad(
      secondBlocks(count), secondBlocks(count &+ 8), secondBlocks(count &+ 16), secondBlocks(count &+ 24),
      of: fill.stream)
    complete(words.a, count, some)
    complete(words.b, count &+ 8, some &- 8)
    complete(words.c, count &+ 16, some &- 16)
    complete(words.d, count &+ 24, some &- 24)
  }

  /// The second blocks of eight groups, in `valueOrder`.
  @inline(__always)
  private func secondBlocks(_ start: Int) -> LaneBlocks {
    let places = simd_even_then_odd(
      UnsafeRawPointer(groups + start).loadUnaligned(as: SIMD8<UInt64>.self))
    let blocks =
      (places &+ SIMD8(repeating: fill.first)) &* SIMD8(repeating: groupBlocks) &+ SIMD8(repeating: 1)
    return LaneBlocks(low: blocks, high: blocks &>> SIMD8(repeating: 32))
  }

  /// Completes up to eight groups, `some` if that is less, with the words of their second blocks.
  @inline(__always)
  private func complete(_ words: PhiloxLanes, _ start: Int, _ some: Int) {
    let late = NormalLanes(words)
    let first = UnsafeRawPointer(values + 16 &* start)
    let early = simd_deinterleave(
      first.loadUnaligned(as: SIMD8<UInt32>.self),
      first.loadUnaligned(fromByteOffset: 32, as: SIMD8<UInt32>.self),
      first.loadUnaligned(fromByteOffset: 64, as: SIMD8<UInt32>.self),
      first.loadUnaligned(fromByteOffset: 96, as: SIMD8<UInt32>.self))
    var kept = KeptLanes()
    kept.add(simd_words_0(early), upTo: 0)
    kept.add(simd_words_1(early), upTo: 1)
    kept.add(simd_words_2(early), upTo: 2)
    kept.add(simd_words_3(early), upTo: 3)
    kept.add(bits(late.z0), upTo: 3)
    kept.add(bits(late.z1), upTo: 3)
    kept.add(bits(late.z2), upTo: 3)
    kept.add(bits(late.z3), upTo: 3)
    F.storeNormals(
      simd_interleave(kept.v0, kept.v1, kept.v2, kept.v3), scale: normals.scale, offset: normals.offset, to: made)
    let some = max(0, min(some, kernelBatch))
    for i in 0..<some {
      (normals.out + 4 &* Int(groups[start &+ i])).update(from: made + 4 &* i, count: 4)
    }
    // One group in ninety thousand takes more.
    var short = simd_top_bits(simd_less(kept.count, SIMD8(repeating: 4)))
    while short != 0 {
      let i = Int(valueOrder[short.trailingZeroBitCount])
      short &= short &- 1
      if i < some { define(groups[start &+ i]) }
    }
  }

  /// Makes one group by the definition.
  @inline(never)
  private func define(_ place: UInt64) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 4) { z in
      finish(fill.first &+ place, z.baseAddress!)
      var words = SIMD32<UInt32>.zero
      for i in 0..<4 { words[i] = Float(z[i]).bitPattern }
      F.storeNormals(words, scale: normals.scale, offset: normals.offset, to: made)
      (normals.out + 4 &* Int(place)).update(from: made, count: 4)
    }
  }
}

/// Four slots in each lane, which fill up from the first.
private struct KeptLanes {
  var v0 = SIMD8<UInt32>.zero
  var v1 = SIMD8<UInt32>.zero
  var v2 = SIMD8<UInt32>.zero
  var v3 = SIMD8<UInt32>.zero
  var count = SIMD8<UInt32>.zero

  /// Puts z, where |z| < 2, into the next slot; `most` is the last slot that can be next.
  @inline(__always)
  mutating func add(_ z: SIMD8<UInt32>, upTo most: Int) {
    let accepted = inside(z)
    @inline(__always)
    func put(_ slot: UInt32, _ value: inout SIMD8<UInt32>) {
      value = simd_select(accepted & simd_equal(count, SIMD8(repeating: slot)), z, value)
    }
    put(0, &v0)
    if most >= 1 { put(1, &v1) }
    if most >= 2 { put(2, &v2) }
    if most >= 3 { put(3, &v3) }
    // Minus all ones is plus one.
    count = count &- accepted
  }
}

/// Ones where |z| < 2.
@inline(__always)
private func inside(_ z: SIMD8<UInt32>) -> SIMD8<UInt32> {
  simd_less(z & SIMD8(repeating: 0x7FFF_FFFF), SIMD8(repeating: Float(2).bitPattern))
}
