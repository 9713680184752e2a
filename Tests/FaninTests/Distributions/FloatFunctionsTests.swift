import FaninKernelTable
import Testing

@testable import Fanin

#if canImport(Glibc)
  import Glibc

  /// The arguments of a normal draw have 23 random bits: here are all of them, against the C library.
  @Test func logarithmEqualsTheCLibraryOnEveryArgument() {
    var wrong = 0
    for word in UInt32(0)..<1 << 23 {
      let x = max(UnitInterval.float32(word), 1e-7)
      if FloatFunctions.logarithm(x).bitPattern != logf(x).bitPattern { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test func sineAndCosineEqualTheCLibraryOnEveryArgument() {
    var wrong = 0
    for word in UInt32(0)..<1 << 23 {
      let x = Float(2 * Double.pi * Double(UnitInterval.float32(word)))
      // sincosf is a GNU extension that Swift does not import; it gives sinf and cosf.
      let (sine, cosine) = FloatFunctions.sineAndCosine(x)
      if sine.bitPattern != sinf(x).bitPattern || cosine.bitPattern != cosf(x).bitPattern { wrong += 1 }
    }
    #expect(wrong == 0)
  }
#endif

/// The kernels' functions, on every argument: the angle 0 shows the radius, and the radius 1 the sine and the cosine.
@Suite struct BoxMullerKernelTests {
  /// A word whose radius is exactly 1, and whose upper bits must not matter.
  private static let unitRadius: UInt32 = {
    let word = (UInt32(0)..<1 << 23).first { BoxMuller.float32($0, 0).1 == 1 }!
    return word | 0xFF80_0000
  }()

  /// The pairs of eight words and one partner, compared with the scalar definition.
  private func wrongPairs(_ set: InstructionSet, _ words: (UInt32) -> (UInt32, UInt32)) -> Int {
    var wrong = 0
    let normals = set.kernels.normalsOfWords
    var input = [UInt64](repeating: 0, count: 16)
    var output = [Float](repeating: 0, count: 16)
    for start in stride(from: UInt32(0), to: 1 << 23, by: 8) {
      for lane in 0..<8 {
        let (word0, word1) = words(start + UInt32(lane))
        // What stands in the high halves must not matter either.
        input[lane] = UInt64(word0) | 0xDEAD_BEEF_0000_0000
        input[8 + lane] = UInt64(word1) | 0xABCD_0123_0000_0000
      }
      normals(input, &output)
      for lane in 0..<8 {
        let (word0, word1) = words(start + UInt32(lane))
        let (z0, z1) = BoxMuller.float32(word0, word1)
        if output[lane].bitPattern != z0.bitPattern || output[8 + lane].bitPattern != z1.bitPattern {
          wrong += 1
        }
      }
    }
    return wrong
  }

  @Test(arguments: InstructionSet.available)
  func everyRadiusEqualsItsDefinition(set: InstructionSet) {
    #expect(wrongPairs(set) { ($0, 0) } == 0)
  }

  @Test(arguments: InstructionSet.available)
  func everyAngleEqualsItsDefinition(set: InstructionSet) {
    #expect(wrongPairs(set) { (Self.unitRadius, $0) } == 0)
  }
}
