import FaninKernelTable

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
    try checkRange(first, out.count)
    let stream = PhiloxStream(seed)
    out.write(from: first, batch: Value.groupSize * kernelBatch) { part, index in fill(part, index, stream) }
  }

  private func checkRange(_ first: UInt64, _ count: Int) throws(FaninError) {
    let (end, overflow) = first.addingReportingOverflow(UInt64(count))
    guard !overflow, end <= UInt64(largestTensorSize) else {
      throw .invalidValue(
        "`first` plus the number of elements must be at most 2**58. Received: first=\(first), \(count) elements")
    }
  }

  /// Whole batches go into place, what lies across the edges of a batch by way of a buffer.
  func fill(
    _ out: UnsafeMutableBufferPointer<Value>, _ first: UInt64, _ stream: PhiloxStream,
    _ table: KernelTable = InstructionSet.current.kernels
  ) {
    guard let base = out.baseAddress else { return }
    let kernel = Self.kernel(in: table, of: stream)
    let batch = Value.groupSize * kernelBatch
    func make(_ target: UnsafeMutablePointer<Value>, _ batches: Int, _ number: UInt64) {
      kernel(
        KernelFill(
          target, as: Value.dtype, batches: batches, from: number &* UInt64(kernelBatch), of: stream.words,
          scale: Double(scale), offset: Double(offset)))
    }
    /// Up to a batch, from the one in which index `first` + `done` lies.
    func makePart(_ done: Int, _ count: Int) {
      guard count > 0 else { return }
      withUnsafeTemporaryAllocation(of: Value.self, capacity: batch) { whole in
        let (number, skipped) = (first + UInt64(done)).quotientAndRemainder(dividingBy: UInt64(batch))
        make(whole.baseAddress!, 1, number)
        (base + done).update(from: whole.baseAddress! + Int(skipped), count: count)
      }
    }
    let skipped = Int(first % UInt64(batch))
    let lead = skipped == 0 ? 0 : min(batch - skipped, out.count)
    let batches = (out.count - lead) / batch
    let done = lead + batches * batch
    makePart(0, lead)
    if batches > 0 { make(base + lead, batches, (first + UInt64(lead)) / UInt64(batch)) }
    makePart(done, out.count - done)
  }
}
