import Synchronization
import Testing

@testable import Fanin

@Suite struct TeamTests {
  /// Stages of 1, 5, 3 and 40 tasks.
  private static let stages: [Range<Int>] = [0..<1, 1..<6, 6..<9, 9..<49].flatMap { stage in
    Array(repeating: stage, count: stage.count)
  }

  @Test(arguments: [1, 2, 3, 5, 60]) func eachTaskIsDoneOnceARoundAndAfterAllStagesBeforeIt(_ threads: Int) {
    let stages = Self.stages
    let rounds = 200
    let counts = stages.map { _ in Counter() }
    let all = Counter()
    let wrong = Counter()
    stages.withUnsafeBufferPointer { buffer in
      Team.run(buffer, threads: threads) { task, round, thread in
        if !(0..<threads).contains(thread) { wrong.add() }
        // Done before: all of the rounds and stages before, and not all of this stage.
        let done = round * stages.count + stages[task].lowerBound
        let seen = all.value
        if seen < done || seen >= done + stages[task].count { wrong.add() }
        if counts[task].value != round { wrong.add() }
        counts[task].add()
        all.add()
        return task == 20 && round == rounds - 1
      }
    }
    #expect(wrong.value == 0)
    #expect(counts.allSatisfy { $0.value == rounds })
  }

  @Test(arguments: [1, 2]) func subnormalsAreZeroWithinAndOnlyThere(_ threads: Int) {
    let small = Counter()
    let least = Float.leastNormalMagnitude
    Self.stages.withUnsafeBufferPointer { buffer in
      Team.run(buffer, threads: threads) { task, _, _ in
        if half(least) != 0 { small.add() }
        return true
      }
    }
    #expect(small.value == 0)
    #expect(half(least) != 0)
  }
}

@inline(never) private func half(_ x: Float) -> Float { x / 2 }

private final class Counter: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .sequentiallyConsistent) }
  func add() { count.add(1, ordering: .sequentiallyConsistent) }
}
