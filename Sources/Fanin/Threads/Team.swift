import CSIMD
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Threads that do rounds of the same tasks together, for as long as one call lasts.
///
/// The tasks of a round are divided into stages: one begins when all tasks of those before it are done. In each, a thread
/// first takes its own share of the tasks, the same in every round, whose data are in its cache; then what the others
/// have not begun. So a thread whose processor is busy elsewhere delays the others by no more than the task it is at.
/// Subnormal numbers count as 0 meanwhile: the state of optimizers decays to them, and they are many times slower.
final class Team: @unchecked Sendable {
  /// Does a task of a round, and returns whether that round is the last one.
  typealias Work = (_ task: Int, _ round: Int, _ thread: Int) -> Bool

  /// The tasks of each task's stage.
  private let stages: UnsafeBufferPointer<Range<Int>>
  private let threads: Int
  private let work: Work
  /// For each task, how often it has been begun; each in a cache line of its own.
  private let begun: UnsafeMutablePointer<Atomic<Int>>
  private let line = 64 / MemoryLayout<Atomic<Int>>.stride
  /// Tasks done, in all rounds.
  private let done = Atomic<Int>(0)
  private let rounds = Atomic<Int>(.max)
  private let sleepers = Atomic<Int>(0)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Does rounds on up to `threads` threads, of which the caller's is number 0, until `work` says that it was the last.
  ///
  /// - Parameter stages: for each task, the tasks of its stage.
  static func run(_ stages: UnsafeBufferPointer<Range<Int>>, threads: Int, _ work: Work) {
    guard threads > 1 else {
      let mode = simd_flush_subnormals()
      defer { simd_set_float_mode(mode) }
      var round = 0
      var isLast = false
      while !isLast {
        for task in stages.indices where work(task, round, 0) { isLast = true }
        round &+= 1
      }
      return
    }
    withoutActuallyEscaping(work) { work in
      let team = Team(stages, threads, work)
      ThreadGroup.run(threads) { team.work(as: $0) }
    }
  }

  private init(_ stages: UnsafeBufferPointer<Range<Int>>, _ threads: Int, _ work: @escaping Work) {
    self.stages = stages
    self.threads = threads
    self.work = work
    begun = .allocate(capacity: stages.count * line)
    for i in 0..<stages.count { (begun + i * line).initialize(to: Atomic(0)) }
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
    begun.deallocate()
  }

  private func work(as thread: Int) {
    let mode = simd_flush_subnormals()
    defer { simd_set_float_mode(mode) }
    while true {
      let (round, first) = done.load(ordering: .acquiring).quotientAndRemainder(dividingBy: stages.count)
      if round >= rounds.load(ordering: .relaxed) { return }
      let stage = stages[first]
      let start = stage.lowerBound + stage.count * thread / threads
      let end = stage.lowerBound + stage.count * (thread + 1) / threads
      var count = 0
      for task in start..<end { count += take(task, round, thread) }
      // Others' tasks from the end, where they come last.
      for task in (end..<stage.upperBound).reversed() { count += take(task, round, thread) }
      for task in (stage.lowerBound..<start).reversed() { count += take(task, round, thread) }
      if count > 0 {
        done.add(count, ordering: .sequentiallyConsistent)
        wakeSleepers()
      }
      wait(for: round * stages.count + stage.upperBound)
    }
  }

  /// Does a task if nobody has begun it in this round, and returns how many tasks that makes.
  private func take(_ task: Int, _ round: Int, _ thread: Int) -> Int {
    guard
      begun[task * line].compareExchange(
        expected: round, desired: round + 1, ordering: .relaxed
      ).exchanged
    else { return 0 }
    if work(task, round, thread) { rounds.store(round + 1, ordering: .relaxed) }
    return 1
  }

  private func wakeSleepers() {
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  /// Waits until `count` tasks are done, ever less eagerly: the processor may be wanted.
  private func wait(for count: Int) {
    for attempt in 0..<400 {
      if done.load(ordering: .acquiring) >= count { return }
      if attempt < 300 { simd_pause() } else { sched_yield() }
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while done.load(ordering: .sequentiallyConsistent) < count { pthread_cond_wait(changed, mutex) }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }
}
