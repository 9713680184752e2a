import CSIMD

/// What dense networks are made of. What Swift compiles to branches or lane by lane is a shim here, so that a loop
/// over numbers becomes one over vectors.
protocol DenseNumber: BinaryFloatingPoint, SIMDScalar, Codable, Sendable {
  static func root(_ x: Self) -> Self
  static func relu(_ x: Self) -> Self
  static func value(_ x: Self, ifPositive y: Self) -> Self
  static func larger(_ x: Self, _ y: Self) -> Self
  static func larger(_ x: SIMD8<Self>, _ y: SIMD8<Self>) -> SIMD8<Self>
  static func exponential(ofNegative x: Self) -> Self
}

extension DenseNumber {
  /// The largest of `count` > 0 values; of any, if one is not a number.
  @inline(__always)
  static func largest(_ values: UnsafePointer<Self>, _ count: Int) -> Self {
    var i = 0
    var largest = values[0]
    if count >= 8 {
      var lanes = load(values)
      i = 8
      while i &+ 8 <= count {
        lanes = larger(lanes, load(values + i))
        i &+= 8
      }
      largest = larger(
        larger(larger(lanes[0], lanes[4]), larger(lanes[1], lanes[5])),
        larger(larger(lanes[2], lanes[6]), larger(lanes[3], lanes[7])))
    }
    while i < count {
      largest = larger(largest, values[i])
      i &+= 1
    }
    return largest
  }

  /// The sum of `count` values, in eight interleaved sums first.
  @inline(__always)
  static func sum(_ values: UnsafePointer<Self>, _ count: Int) -> Self {
    var i = 0
    var sum: Self = 0
    if count >= 8 {
      var lanes = load(values)
      i = 8
      while i &+ 8 <= count {
        lanes += load(values + i)
        i &+= 8
      }
      sum = ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]))
    }
    while i < count {
      sum += values[i]
      i &+= 1
    }
    return sum
  }

  @inline(__always)
  private static func load(_ values: UnsafePointer<Self>) -> SIMD8<Self> {
    UnsafeRawPointer(values).loadUnaligned(as: SIMD8<Self>.self)
  }
}

extension Float: DenseNumber {
  static func root(_ x: Float) -> Float { simd_sqrt_f32(x) }
  static func relu(_ x: Float) -> Float { simd_relu_f32(x) }
  static func value(_ x: Float, ifPositive y: Float) -> Float { simd_if_positive_f32(x, y) }
  static func larger(_ x: Float, _ y: Float) -> Float { simd_larger_f32(x, y) }
  static func larger(_ x: SIMD8<Float>, _ y: SIMD8<Float>) -> SIMD8<Float> { simd_larger_f32x8(x, y) }

  /// exp x = 2ⁿ exp r for x <= 0, with n the integer next to x / ln 2, |r| <= ln 2 / 2 and the Taylor polynomial of
  /// degree 7, whose error is below 2⁻²⁷; results below the least normal number are 0. Within 2 ulp.
  @inline(__always)
  static func exponential(ofNegative x: Float) -> Float {
    // Added to a small number, leaves the integer next to it in the low bits.
    let rounder: Float = 0x1.8p23
    let shifted = x * 0x1.715476p0 + rounder
    let n = shifted - rounder
    // ln 2 in two parts; n times the first is exact.
    let r = (x - n * 0x1.63p-1) - n * -0x1.bd0106p-13
    var p: Float = 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    p = p * r * r + r + 1
    let power = Float(bitPattern: (shifted.bitPattern &+ 127) &<< 23)
    return simd_zero_below_f32(p * power, x, -0x1.5d589ep6)
  }
}

extension Double: DenseNumber {
  static func root(_ x: Double) -> Double { simd_sqrt_f64(x) }
  static func relu(_ x: Double) -> Double { simd_relu_f64(x) }
  static func value(_ x: Double, ifPositive y: Double) -> Double { simd_if_positive_f64(x, y) }
  static func larger(_ x: Double, _ y: Double) -> Double { simd_larger_f64(x, y) }
  static func larger(_ x: SIMD8<Double>, _ y: SIMD8<Double>) -> SIMD8<Double> { simd_larger_f64x8(x, y) }

  /// As of `Float`, with degree 13 and an error below 2⁻⁵⁷.
  @inline(__always)
  static func exponential(ofNegative x: Double) -> Double {
    let rounder = 0x1.8p52
    let shifted = x * 0x1.71547652b82fep0 + rounder
    let n = shifted - rounder
    let r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33
    var p = 1.0 / 6_227_020_800
    p = p * r + 1 / 479_001_600
    p = p * r + 1 / 39_916_800
    p = p * r + 1 / 3_628_800
    p = p * r + 1 / 362_880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    p = p * r * r + r + 1
    let power = Double(bitPattern: (shifted.bitPattern &+ 1023) &<< 52)
    return simd_zero_below_f64(p * power, x, -0x1.6232bdd7abcd2p9)
  }
}
