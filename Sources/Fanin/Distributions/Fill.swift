import FaninKernels

extension Distribution {
  /// Fills `out` with values first ..< first + out.count of the stream of `seed`.
  ///
  /// One pass, no memory of the output's size; large fills are split over `Threads.count` threads,
  /// which does not change a bit.
  ///
  /// - Throws: `invalidValue` if an index reaches 2⁵⁸.
  public func fill(
    _ out: UnsafeMutableBufferPointer<Value>, seed: OpSeed, from first: UInt64 = 0
  ) throws(FaninError) {
    try checkRange(first, out.count)
    let stream = PhiloxStream(seed)
    Threads.split(out.count) { range in
      fill(UnsafeMutableBufferPointer(rebasing: out[range]), first &+ UInt64(range.lowerBound), stream)
    }
  }

  /// Fills a tensor of any strides: the element with logical index i receives value first + i.
  ///
  /// - Throws: `invalidValue` if an index reaches 2⁵⁸. The view's dtype is that of `Value`.
  public func fill(_ out: TensorView, seed: OpSeed, from first: UInt64 = 0) throws(FaninError) {
    if out.isContiguous {
      return try fill(
        UnsafeMutableBufferPointer(start: out.base.assumingMemoryBound(to: Value.self), count: out.count),
        seed: seed, from: first)
    }
    try checkRange(first, out.count)
    let stream = PhiloxStream(seed)
    Threads.split(out.count) { range in
      out.write(range) { part, start in fill(part, first &+ UInt64(start), stream) }
    }
  }

  private func checkRange(_ first: UInt64, _ count: Int) throws(FaninError) {
    let (end, overflow) = first.addingReportingOverflow(UInt64(count))
    guard !overflow, end <= UInt64(largestTensorSize) else {
      throw .invalidValue(
        "`first` plus the number of elements must be at most 2**58. Received: first=\(first), \(count) elements")
    }
  }

  /// Whole batches by the kernel, what is left on both sides by the definition.
  private func fill(_ out: UnsafeMutableBufferPointer<Value>, _ first: UInt64, _ stream: PhiloxStream) {
    guard let base = out.baseAddress else { return }
    let size = UInt64(Value.groupSize)
    let lead = min(Int((size - first % size) % size), out.count)
    fillByDefinition(base, lead, first, stream)
    let batches = (out.count - lead) / (Value.groupSize * kernelBatch)
    fillBatches(base + lead, batches, from: (first + UInt64(lead)) / size, of: stream)
    let done = lead + batches * Value.groupSize * kernelBatch
    fillByDefinition(base + done, out.count - done, first + UInt64(done), stream)
  }

  /// Values first ..< first + count, group by group.
  func fillByDefinition(
    _ out: UnsafeMutablePointer<Value>, _ count: Int, _ first: UInt64, _ stream: PhiloxStream
  ) {
    let size = UInt64(Value.groupSize)
    var i = 0
    while i < count {
      let index = first + UInt64(i)
      let values = Self.group(index / size, of: stream)
      for j in Int(index % size)..<min(Value.groupSize, Int(index % size) + count - i) {
        out[i] = element(values[j])
        i += 1
      }
    }
  }
}
