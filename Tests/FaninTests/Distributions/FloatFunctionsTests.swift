import Fanin
import FaninKernels
import Testing

#if canImport(Glibc)
  import Glibc

  /// The arguments of a normal draw have 23 random bits: here are all of them, eight at a time, through the scalar
  /// definition and the vector kernel, against the C library.
  @Test func logarithmEqualsTheCLibraryOnEveryArgument() {
    var wrong = 0
    for start in stride(from: UInt32(0), to: 1 << 23, by: 8) {
      var x = SIMD8<Float>()
      for lane in 0..<8 { x[lane] = max(UnitInterval.float32(start + UInt32(lane)), 1e-7) }
      let fast = logarithmLanes(x)
      for lane in 0..<8 {
        let expected = logf(x[lane]).bitPattern
        if FloatFunctions.logarithm(x[lane]).bitPattern != expected || fast[lane].bitPattern != expected {
          wrong += 1
        }
      }
    }
    #expect(wrong == 0)
  }

  @Test func sineAndCosineEqualTheCLibraryOnEveryArgument() {
    var wrong = 0
    for start in stride(from: UInt32(0), to: 1 << 23, by: 8) {
      var x = SIMD8<Float>()
      for lane in 0..<8 { x[lane] = Float(2 * Double.pi * Double(UnitInterval.float32(start + UInt32(lane)))) }
      let fast = sineAndCosineLanes(x)
      for lane in 0..<8 {
        // sincosf is a GNU extension that Swift does not import; it gives sinf and cosf.
        let sine = sinf(x[lane])
        let cosine = cosf(x[lane])
        let scalar = FloatFunctions.sineAndCosine(x[lane])
        if scalar.sine.bitPattern != sine.bitPattern || scalar.cosine.bitPattern != cosine.bitPattern
          || fast.sine[lane].bitPattern != sine.bitPattern
          || fast.cosine[lane].bitPattern != cosine.bitPattern
        {
          wrong += 1
        }
      }
    }
    #expect(wrong == 0)
  }
#endif
