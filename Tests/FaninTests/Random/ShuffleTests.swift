import Fanin
import Testing

private func order(_ shuffle: Shuffle, _ count: Int, batchSize: Int? = nil) -> [Int64] {
  var order = [Int64](repeating: -1, count: count)
  order.withUnsafeMutableBufferPointer { shuffle.fill($0, batchSize: batchSize) }
  return order
}

@Test(arguments: [0, 1, 2, 3, 4, 5, 17, 1000]) func shufflesArePermutations(count: Int) {
  let all = (0..<Int64(count)).map { $0 }
  #expect(order(Shuffle(seed: 42, op: 0), count).sorted() == all)
  let batched = order(Shuffle(seed: 42, op: 0), count, batchSize: 4)
  for start in stride(from: 0, to: count, by: 4) {
    let end = min(count, start + 4)
    #expect(batched[start..<end].sorted() == Array(all[start..<end]))
  }
}

@Test func seedsAreReducedModuloAPrime() {
  let reference = order(Shuffle(seed: 5, op: 0), 20)
  #expect(order(Shuffle(seed: 5 + 2_147_483_647, op: 0), 20) == reference)
  #expect(order(Shuffle(seed: 5 - 2_147_483_647, op: 0), 20) == reference)
  #expect(order(Shuffle(seed: 6, op: 0), 20) != reference)
  #expect(order(Shuffle(seed: 5, op: 1), 20) != reference)
}
