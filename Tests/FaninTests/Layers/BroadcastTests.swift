import Testing

@testable import Fanin

@Suite struct BroadcastTests {
  /// Each value's partner by its coordinates, for every choice of repeated axes.
  @Test(arguments: [[], [1], [4], [3, 4], [2, 1, 3], [1, 2, 3, 1], [2, 3, 2, 3]]) func indices(_ shape: [Int]) {
    for choice in 0..<1 << shape.count {
      let repeats = shape.indices.map { choice >> $0 & 1 == 1 }
      var small = [0]
      var count = 1
      for axis in shape.indices.reversed() {
        let step = repeats[axis] ? 0 : count
        small = (0..<shape[axis]).flatMap { place in small.map { $0 + place * step } }
        if !repeats[axis] { count *= shape[axis] }
      }
      let broadcast = Broadcast(shape, repeats: repeats)
      #expect(broadcast.count == count)
      #expect(broadcast.isWhole == (count == small.count))
      var pairs: [[Int]] = []
      broadcast.visit { pairs.append([$0, $1]) }
      #expect(pairs == small.enumerated().map { [$0, $1] })
    }
  }
}
