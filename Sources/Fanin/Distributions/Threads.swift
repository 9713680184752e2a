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
    let begin = nanoseconds()
    body(0..<grain)
    let grains = (total - 1) / grain
    let workers = Int(min(Double(min(count, grains)), 1 + Double(grains) * (nanoseconds() - begin) / worthAThread))
    guard workers > 1 else { return body(grain..<total) }
    let piece = grain * max(1, grains / (workers * piecesPerWorker))
    withoutActuallyEscaping(body) { body in
      Work(from: grain, to: total, by: piece, body).run(on: workers)
    }
  }

  /// Enough that all end at about the same time.
  private static let piecesPerWorker = 16

  private static func nanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
  }
}

/// What the threads of one call share; the call waits for them, so `body` may be called from each.
private final class Work: @unchecked Sendable {
  private let next: Atomic<Int>
  private let end: Int
  private let piece: Int
  private let body: (Range<Int>) -> Void

  init(from start: Int, to end: Int, by piece: Int, _ body: @escaping (Range<Int>) -> Void) {
    next = Atomic(start)
    self.end = end
    self.piece = piece
    self.body = body
  }

  /// Does all of the work, on this thread and up to `workers` - 1 others.
  func run(on workers: Int) {
    let helpers = UnsafeMutableBufferPointer<Helper>.allocate(capacity: workers - 1)
    defer { helpers.deallocate() }
    var started = 0
    #if os(Linux)
      let affinity = Affinity.current
    #endif
    withoutSignals {
      #if os(Linux)
        let others = affinity?.without(.here)
      #endif
      // Starting many takes a while, in which the first may have done everything.
      while started < workers - 1, next.load(ordering: .relaxed) < end {
        var attributes = pthread_attr_t()
        guard pthread_attr_init(&attributes) == 0 else { break }
        defer { pthread_attr_destroy(&attributes) }
        // Smaller than a huge page, which a system may spend on a stack's first byte.
        pthread_attr_setstacksize(&attributes, 512 << 10)
        #if os(Linux)
          // Some kernels leave a thread on its creator's processor for milliseconds, though others are idle.
          others?.bind(&attributes)
        #endif
        let helper = helpers.baseAddress! + started
        helper.initialize(to: Helper(work: self))
        guard let thread = start(helper, &attributes) else {
          helper.deinitialize(count: 1)
          break
        }
        helper.pointee.thread = thread
        started += 1
      }
    }
    takePieces()
    for i in 0..<started {
      #if os(Linux)
        // The others are busy: a thread that still waits for one of them ends at once on this one, about to be idle.
        if !helpers[i].hasBegun.load(ordering: .relaxed) {
          Affinity.here.bind(helpers[i].thread)
          // The C library binds the caller in place of a thread that has just ended.
          affinity?.bind(pthread_self())
        }
      #endif
      pthread_join(helpers[i].thread, nil)
      (helpers.baseAddress! + i).deinitialize(count: 1)
    }
  }

  fileprivate func takePieces() {
    while true {
      let start = next.wrappingAdd(piece, ordering: .relaxed).oldValue
      guard start < end else { return }
      body(start..<min(start + piece, end))
    }
  }

  /// A thread that takes pieces, or nil if the system has none left.
  private func start(
    _ helper: UnsafeMutablePointer<Helper>, _ attributes: UnsafePointer<pthread_attr_t>
  ) -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
      return pthread_create(&thread, attributes, Helper.main, helper) == 0 ? thread : nil
    #else
      var thread = pthread_t()
      return pthread_create(&thread, attributes, Helper.main, helper) == 0 ? thread : nil
    #endif
  }
}

/// A thread of a call.
private struct Helper: ~Copyable {
  unowned let work: Work
  /// Known to the thread that started it only.
  var thread: pthread_t! = nil
  let hasBegun = Atomic(false)

  init(work: Work) { self.work = work }

  #if canImport(Darwin)
    typealias Argument = UnsafeMutableRawPointer
  #else
    typealias Argument = UnsafeMutableRawPointer?
  #endif

  static let main: @convention(c) (Argument) -> UnsafeMutableRawPointer? = { argument in
    let raw: UnsafeMutableRawPointer? = argument
    if let helper = raw?.assumingMemoryBound(to: Helper.self) {
      helper.pointee.hasBegun.store(true, ordering: .relaxed)
      helper.pointee.work.takePieces()
    }
    return nil
  }
}

/// Threads that `body` starts receive no signals but those of faults: signals are the caller's business.
private func withoutSignals(_ body: () -> Void) {
  var all = sigset_t()
  var before = sigset_t()
  sigfillset(&all)
  for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL] { sigdelset(&all, fault) }
  pthread_sigmask(SIG_SETMASK, &all, &before)
  body()
  pthread_sigmask(SIG_SETMASK, &before, nil)
}
