import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// POSIX threads that end with the call that starts them: nothing has to survive a fork.
enum ThreadGroup {
  /// Calls `body` with 0 on this thread, and with 1, 2, … on up to `count` - 1 others, and waits for all.
  ///
  /// - Parameter isWanted: asked before each thread is started.
  static func run(_ count: Int, while isWanted: @autoclosure () -> Bool = true, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      let members = UnsafeMutablePointer<Member>.allocate(capacity: count)
      defer { members.deallocate() }
      var started = 1
      #if os(Linux)
        let affinity = Affinity.current
      #endif
      var attributes = pthread_attr_t()
      if pthread_attr_init(&attributes) == 0 {
        // Smaller than a huge page, which a system may spend on a stack's first byte.
        pthread_attr_setstacksize(&attributes, 512 << 10)
        #if os(Linux)
          // Some kernels leave a thread on its creator's processor for milliseconds, though others are idle.
          affinity?.without(.here)?.bind(&attributes)
        #endif
        withoutSignals {
          while started < count, isWanted() {
            let member = members + started
            member.initialize(to: Member(body: body, number: started))
            guard let thread = start(member, &attributes) else {
              member.deinitialize(count: 1)
              break
            }
            member.pointee.thread = thread
            started += 1
          }
        }
        pthread_attr_destroy(&attributes)
      }
      body(0)
      for i in 1..<started {
        #if os(Linux)
          // The others are busy: a thread that still waits for one of them ends at once on this one, about to be idle.
          if !members[i].hasBegun.load(ordering: .relaxed) {
            Affinity.here.bind(members[i].thread)
            // The C library binds the caller in place of a thread that has just ended.
            affinity?.bind(pthread_self())
          }
        #endif
        pthread_join(members[i].thread, nil)
        (members + i).deinitialize(count: 1)
      }
    }
  }

  /// A thread's part; the caller waits for it, so `body` may be called from it.
  private struct Member: ~Copyable {
    let body: (Int) -> Void
    let number: Int
    /// Known to the thread that started it only.
    var thread: pthread_t! = nil
    let hasBegun = Atomic(false)

    init(body: @escaping (Int) -> Void, number: Int) {
      self.body = body
      self.number = number
    }
  }

  /// A thread, or nil if the system has none left.
  private static func start(
    _ member: UnsafeMutablePointer<Member>, _ attributes: UnsafePointer<pthread_attr_t>
  ) -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
      return pthread_create(&thread, attributes, main, member) == 0 ? thread : nil
    #else
      var thread = pthread_t()
      return pthread_create(&thread, attributes, main, member) == 0 ? thread : nil
    #endif
  }

  #if canImport(Darwin)
    private typealias Argument = UnsafeMutableRawPointer
  #else
    private typealias Argument = UnsafeMutableRawPointer?
  #endif

  private static let main: @convention(c) (Argument) -> UnsafeMutableRawPointer? = { argument in
    let raw: UnsafeMutableRawPointer? = argument
    if let member = raw?.assumingMemoryBound(to: Member.self) {
      member.pointee.hasBegun.store(true, ordering: .relaxed)
      member.pointee.body(member.pointee.number)
    }
    return nil
  }

  /// Threads that `body` starts receive no signals but those of faults: signals are the caller's business.
  private static func withoutSignals(_ body: () -> Void) {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL] { sigdelset(&all, fault) }
    pthread_sigmask(SIG_SETMASK, &all, &before)
    body()
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
}
