#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Uninitialized memory for `count` values, aligned for vectors: an array that reports, rather than traps, when
/// memory can't be had.
final class Memory<Value: BitwiseCopyable> {
  let base: UnsafeMutablePointer<Value>
  let count: Int

  /// - Throws: `outOfMemory`, saying that `purpose` needs it.
  init(_ count: Int, for purpose: @autoclosure () -> String) throws(FaninError) {
    let (bytes, overflow) = max(1, count).multipliedReportingOverflow(by: MemoryLayout<Value>.stride)
    var memory: UnsafeMutableRawPointer?
    guard !overflow, posix_memalign(&memory, 64, bytes) == 0, let memory else {
      throw .outOfMemory("No memory for \(purpose()): \(count) values of \(MemoryLayout<Value>.stride) bytes")
    }
    base = memory.bindMemory(to: Value.self, capacity: max(1, count))
    self.count = count
  }

  deinit {
    free(base)
  }
}

/// a · b · …, or an error if a tensor of this size cannot be.
func checkedProduct(_ factors: Int..., for purpose: @autoclosure () -> String) throws(FaninError) -> Int {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    guard !overflow else { throw .outOfMemory("No memory for \(purpose()): its size overflows") }
    product = next
  }
  return product
}
