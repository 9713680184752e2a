import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The threads that one call may use; the count never changes a result.
public enum Threads {
  private static let allowed = 1...1024

  private static let chosen = Atomic<Int>(
    environment("FANIN_NUM_THREADS", allowed: "an integer between 1 and 1024") { text in
      Int(text).flatMap { allowed.contains($0) ? $0 : nil }
    } ?? min(Processors.count, allowed.upperBound))

  /// At first what the environment variable FANIN_NUM_THREADS says, or the processors that this process may use.
  public static var count: Int { chosen.load(ordering: .relaxed) }

  public static func setCount(_ count: Int) throws(FaninError) {
    guard allowed.contains(count) else {
      throw .invalidValue("`count` of threads must be between 1 and 1024. Received: count=\(count)")
    }
    chosen.store(count, ordering: .relaxed)
  }

  /// The work, in nanoseconds, that pays for a thread: to start one and to wait for its end takes 50 to 100 microseconds.
  private static let worthAThread = 200_000.0

  /// Calls `body` with ranges that together are 0 ..< total, on several threads at once if that is quicker.
  ///
  /// What is quicker depends on the distribution, the dtype, the instruction set and the memory, so the first `grain`,
  /// some microseconds of work, is timed. Threads then take pieces until none is left: one whose processor is busy with
  /// other things takes fewer. They end with the call: nothing has to survive a fork.
  static func split(_ total: Int, grain: Int = 4096, body: (Range<Int>) -> Void) {
    guard total > grain, count > 1 else {
      if total > 0 { body(0..<total) }
      return
    }
    let begin = monotonicNanoseconds()
    body(0..<grain)
    let grains = (total - 1) / grain
    let took = Double(monotonicNanoseconds() &- begin)
    let workers = Int(min(Double(min(count, grains)), 1 + Double(grains) * took / worthAThread))
    guard workers > 1 else { return body(grain..<total) }
    let piece = grain * max(1, grains / (workers * piecesPerWorker))
    let next = Atomic(grain)
    // Starting many takes a while, in which the first may have done everything.
    ThreadGroup.run(workers, while: next.load(ordering: .relaxed) < total) { _ in
      while true {
        let start = next.wrappingAdd(piece, ordering: .relaxed).oldValue
        guard start < total else { return }
        body(start..<min(start + piece, total))
      }
    }
  }

  /// Enough that all end at about the same time.
  private static let piecesPerWorker = 16
}
