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
  private static let chosen = Atomic<Int>(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

  public static var count: Int { chosen.load(ordering: .relaxed) }

  public static func setCount(_ count: Int) throws(FaninError) {
    guard (1...1024).contains(count) else {
      throw .invalidValue("`count` of threads must be between 1 and 1024. Received: count=\(count)")
    }
    chosen.store(count, ordering: .relaxed)
  }

  /// Fewer elements than this a thread are not worth a thread.
  private static let smallestShare = 1 << 17
  /// Shares begin at multiples of this, so that every distribution's batches stay whole.
  private static let shareMultiple = 1 << 10

  /// A thread's part of the work; the caller waits for the thread, so `body` may be called from it.
  private struct Job: @unchecked Sendable {
    var body: (Range<Int>) -> Void
    var range: Range<Int>
  }

  /// Calls `body` with ranges that together are 0 ..< total, on threads of its own if there is enough to do.
  ///
  /// POSIX threads that end with the call, and none for a small total: nothing has to survive a fork.
  static func split(_ total: Int, body: (Range<Int>) -> Void) {
    let workers = min(count, total / smallestShare)
    guard workers > 1 else { return body(0..<total) }
    let share = (total / workers / shareMultiple + 1) * shareMultiple
    withoutActuallyEscaping(body) { body in
      withUnsafeTemporaryAllocation(of: Job.self, capacity: workers) { jobs in
        for i in 0..<workers {
          let start = min(i * share, total)
          jobs.initializeElement(at: i, to: Job(body: body, range: start..<min(start + share, total)))
        }
        var threads: [pthread_t] = []
        threads.reserveCapacity(workers)
        for i in 1..<workers {
          if let thread = start(jobs.baseAddress! + i) {
            threads.append(thread)
          } else {
            body(jobs[i].range)
          }
        }
        body(jobs[0].range)
        for thread in threads { pthread_join(thread, nil) }
        jobs.deinitialize()
      }
    }
  }

  /// A thread that does `job`, or nil if the system has none left.
  private static func start(_ job: UnsafeMutablePointer<Job>) -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
      return pthread_create(&thread, nil, threadMain, job) == 0 ? thread : nil
    #else
      var thread = pthread_t()
      return pthread_create(&thread, nil, threadMain, job) == 0 ? thread : nil
    #endif
  }

  #if canImport(Darwin)
    private typealias Argument = UnsafeMutableRawPointer
  #else
    private typealias Argument = UnsafeMutableRawPointer?
  #endif

  private static let threadMain: @convention(c) (Argument) -> UnsafeMutableRawPointer? = { argument in
    let raw: UnsafeMutableRawPointer? = argument
    if let job = raw?.assumingMemoryBound(to: Job.self) { job.pointee.body(job.pointee.range) }
    return nil
  }
}
