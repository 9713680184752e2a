import Fanin
import Testing

@Test func integerSeedsAreReducedByFloormod() {
  #expect(OpSeed(42) == OpSeed(first: 42, second: 0))
  #expect(OpSeed(-1) == OpSeed(first: 2_147_483_645, second: 0))
  #expect(OpSeed(2_147_483_646) == OpSeed(first: 0, second: 0))
  #expect(OpSeed(.min) == OpSeed(first: 2_147_483_646 - 8, second: 0))
  #expect(OpSeed(.max) == OpSeed(first: 7, second: 0))
}

@Test func seedGeneratorCountsItsCalls() {
  var generator = SeedGenerator(7)
  #expect(generator.next() == OpSeed(first: 7, second: 0))
  #expect(generator.next() == OpSeed(first: 7, second: 1))
  #expect(generator.next() == OpSeed(first: 7, second: 2))
}
