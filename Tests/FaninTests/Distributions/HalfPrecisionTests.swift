import Testing

@testable import Fanin

#if !(os(macOS) && arch(x86_64))
  /// Every binary16 number, and what lies around the middle between it and the next, against Swift's own conversion.
  @Test func binary16RoundsAsTheProcessorDoes() {
    for bits in UInt16(0)..<0x7C00 {
      let exact = Float(Float16(bitPattern: bits))
      let next = bits == 0x7BFF ? 65536 : Float(Float16(bitPattern: bits + 1))
      let middle = (exact + next) / 2
      for x in [exact, middle.nextDown, middle, middle.nextUp] {
        for signed in [x, -x] {
          let expected = Float16(signed)
          #expect(Binary16.rounded(signed).bitPattern == Float(expected).bitPattern)
          #expect(Binary16(storing: Binary16.rounded(signed)).bitPattern == expected.bitPattern)
        }
      }
    }
  }
#endif

@Test func bfloat16RoundsToNearestEven() {
  let cases: [(Float, UInt16)] = [
    (1, 0x3F80), (1 + 0x1p-8, 0x3F80), ((1 + 0x1p-8).nextUp, 0x3F81), (1 + 0x1.8p-7, 0x3F82),
    (-1 - 0x1.8p-7, 0xBF82), (0x1p-133, 0x0001), (0x1p-134, 0x0000), (0x1.8p-133, 0x0002),
    (.greatestFiniteMagnitude, 0x7F80), (-0.0, 0x8000),
  ]
  for (x, bits) in cases {
    #expect(BFloat16(storing: BFloat16.rounded(x)).bitPattern == bits, "\(x)")
  }
}
