import Fanin
import Testing

@Test(arguments: [
  ([], 1.0, 1.0), ([7], 7, 7), ([3, 5], 3, 5), ([2, 3, 5], 6, 10), ([3, 3, 4, 8], 36, 72),
  ([0, 5], 0, 5),
])
func fansFollowKeras(shape: [Int], fanIn: Double, fanOut: Double) throws {
  let fans = try Fans(shape: shape)
  #expect(fans.fanIn == fanIn)
  #expect(fans.fanOut == fanOut)
}

@Test func fansOfGivenAxesAreProducts() throws {
  let fans = try Fans(shape: [2, 3, 5, 7], inputAxes: [0, -2], outputAxes: [3])
  #expect(fans.fanIn == 10)
  #expect(fans.fanOut == 7)
}

@Test func badShapesAndAxesAreRefused() {
  #expect(throws: FaninError.self) { try Fans(shape: [2, -1]) }
  #expect(throws: FaninError.self) { try Fans(shape: [2, 3], inputAxes: [2], outputAxes: [0]) }
  #expect(throws: FaninError.self) { try Fans(shape: [2, 3], inputAxes: [0], outputAxes: [-3]) }
  #expect(throws: FaninError.self) { try Fans(shape: [.max, .max, 3]) }
}
