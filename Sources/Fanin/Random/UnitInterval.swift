/// Numbers in [0, 1) from random bits: the low bits become the mantissa of a number in [1, 2), less 1.
public enum UnitInterval {
  /// 23 bits.
  public static func float32(_ word: UInt32) -> Float {
    Float(bitPattern: (word & 0x7F_FFFF) | (127 << 23)) - 1
  }

  /// 52 bits: 20 of the first word, and the second.
  public static func float64(_ word0: UInt32, _ word1: UInt32) -> Double {
    let mantissa = (UInt64(word0 & 0xF_FFFF) &<< 32) | UInt64(word1)
    return Double(bitPattern: mantissa | (1023 << 52)) - 1
  }

  /// 10 bits; exact in binary16.
  public static func float16(_ word: UInt32) -> Float {
    Float(bitPattern: ((word & 0x3FF) &<< 13) | (127 << 23)) - 1
  }

  /// 7 bits; exact in bfloat16.
  public static func bfloat16(_ word: UInt32) -> Float {
    Float(bitPattern: ((word & 0x7F) &<< 16) | (127 << 23)) - 1
  }
}
