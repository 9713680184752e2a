import Fanin
import Testing

@Test func constantsFillEveryElement() throws {
  #expect(try Constant(-2.5).values(shape: [3, 700]).allSatisfy { $0 == -2.5 })
  #expect(try Constant(0.1).values(shape: []) == [Float(0.1)])
  #expect(try Constant(1).values(shape: [0, 4]).isEmpty)
}

@Test func identityMayBeRectangular() throws {
  #expect(try Identity(gain: 3).values(shape: [2, 3]) == [3, 0, 0, 0, 3, 0])
  #expect(try Identity().values(shape: [3, 2]) == [1, 0, 0, 1, 0, 0])
  #expect(throws: FaninError.self) { try Identity().values(shape: [3]) }
}
