/// What a random operation draws from: two 64-bit integers, TensorFlow's `seed=[first, second]`.
public struct OpSeed: Hashable, Sendable {
  public var first: Int64
  public var second: Int64

  public init(first: Int64, second: Int64) {
    self.first = first
    self.second = second
  }

  /// The op seed that Keras makes of an integer seed: (floormod(seed, 2³¹ − 2), call).
  ///
  /// `call` counts the draws of a `SeedGenerator`; an initializer with an integer seed always draws with 0.
  public init(_ seed: Int64, call: Int64 = 0) {
    self.init(first: Self.reduced(seed), second: Self.reduced(call))
  }

  private static func reduced(_ seed: Int64) -> Int64 {
    let modulus: Int64 = 2_147_483_646
    let remainder = seed % modulus
    return remainder < 0 ? remainder + modulus : remainder
  }
}

extension OpSeed: ExpressibleByIntegerLiteral {
  public init(integerLiteral seed: Int64) {
    self.init(seed)
  }
}

/// Keras's `SeedGenerator`: a fresh op seed for every draw, (seed, 0), (seed, 1), ….
public struct SeedGenerator: Hashable, Sendable {
  public let seed: Int64
  /// Draws made so far.
  public private(set) var calls: Int64 = 0

  public init(_ seed: Int64) {
    self.seed = seed
  }

  public mutating func next() -> OpSeed {
    defer { calls &+= 1 }
    return OpSeed(seed, call: calls)
  }
}
