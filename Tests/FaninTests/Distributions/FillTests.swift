import Testing

@testable import Fanin

/// Lengths around the kernels' batches of 32 (16) values, around four of them, and around what the truncated normal
/// remembers and redraws at once.
private let lengths = [0, 1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 513, 31 * 32 + 1, 4097]
/// Flat indices whose blocks cross 2³² (words of the counter), and the last ones allowed.
private let starts: [UInt64] = [
  0, 1, 2, 3, 4, 7, 31, 32, 33, (1 << 34) - 40, (1 << 33) - 17, (1 << 58) - 5000,
]

private func bits<T>(_ values: [T]) -> [[UInt8]] {
  values.map { value in withUnsafeBytes(of: value) { Array($0) } }
}

extension Distribution {
  /// Values first ..< first + count by the definition, group by group.
  func defined(_ count: Int, from first: UInt64, of stream: PhiloxStream) -> [Value] {
    let size = UInt64(Value.groupSize)
    return (0..<UInt64(count)).map { i in
      let (group, place) = (first + i).quotientAndRemainder(dividingBy: size)
      return element(Self.group(group, of: stream)[Int(place)])
    }
  }
}

/// Every instruction set that this machine has, at every length and start.
private func check<D: Distribution>(_ distribution: D, zero: D.Value, seed: OpSeed) throws {
  let stream = PhiloxStream(seed)
  for first in starts {
    let slow = bits(distribution.defined(lengths.max()!, from: first, of: stream))
    for length in lengths {
      for set in InstructionSet.available {
        var fast = [D.Value](repeating: zero, count: length)
        fast.withUnsafeMutableBufferPointer { distribution.fill($0, first, stream, set.kernels) }
        #expect(
          bits(fast) == Array(slow[..<length]),
          "\(D.self), \(set), first \(first), length \(length), seed \(seed)")
      }
    }
  }
}

private let seeds: [OpSeed] = [0, 42, OpSeed(first: -3, second: 1 << 40)]

@Suite struct FillTests {
  @Test(arguments: seeds) func uniformEqualsItsDefinition(seed: OpSeed) throws {
    try check(try UniformDistribution<Float>(minval: -0.3, maxval: 0.7), zero: 0, seed: seed)
    try check(try UniformDistribution<Double>(minval: -0.3, maxval: 0.7), zero: 0, seed: seed)
    try check(try UniformDistribution<Binary16>(minval: -0.3, maxval: 0.7), zero: Binary16(bitPattern: 0), seed: seed)
    try check(try UniformDistribution<BFloat16>(minval: -0.3, maxval: 0.7), zero: BFloat16(bitPattern: 0), seed: seed)
    // Subnormal results.
    try check(try UniformDistribution<Binary16>(minval: -1e-5, maxval: 3e-5), zero: Binary16(bitPattern: 0), seed: seed)
  }

  @Test(arguments: seeds) func normalEqualsItsDefinition(seed: OpSeed) throws {
    try check(try NormalDistribution<Float>(mean: 0.1, stddev: 1.7), zero: 0, seed: seed)
    try check(try NormalDistribution<Double>(mean: 0.1, stddev: 1.7), zero: 0, seed: seed)
    try check(try NormalDistribution<Binary16>(mean: 0.1, stddev: 1.7), zero: Binary16(bitPattern: 0), seed: seed)
    try check(try NormalDistribution<BFloat16>(mean: 0.1, stddev: 1.7), zero: BFloat16(bitPattern: 0), seed: seed)
    // Results that overflow to infinity.
    try check(try NormalDistribution<Binary16>(mean: 0, stddev: 60000), zero: Binary16(bitPattern: 0), seed: seed)
  }

  @Test(arguments: seeds) func truncatedNormalEqualsItsDefinition(seed: OpSeed) throws {
    try check(try TruncatedNormalDistribution<Float>(mean: 0.1, stddev: 1.7), zero: 0, seed: seed)
    try check(try TruncatedNormalDistribution<Double>(mean: 0.1, stddev: 1.7), zero: 0, seed: seed)
    try check(
      try TruncatedNormalDistribution<Binary16>(mean: 0.1, stddev: 1.7), zero: Binary16(bitPattern: 0), seed: seed)
    try check(
      try TruncatedNormalDistribution<BFloat16>(mean: 0.1, stddev: 1.7), zero: BFloat16(bitPattern: 0), seed: seed)
  }

  /// Enough values that some groups need more than two blocks (about one in ninety thousand).
  @Test(arguments: InstructionSet.available)
  func rareGroupsOfTheTruncatedNormalEqualTheirDefinition(set: InstructionSet) throws {
    let distribution = try TruncatedNormalDistribution<Float>(mean: 0, stddev: 1)
    var fast = [Float](repeating: 0, count: 1 << 21)
    let stream = PhiloxStream(5)
    fast.withUnsafeMutableBufferPointer { distribution.fill($0, 0, stream, set.kernels) }
    var long = 0
    var wrong = 0
    for group in 0..<UInt64(fast.count / 4) {
      let expected = TruncatedNormalDistribution<Float>.group(group, of: stream)
      if SIMD4(fast[4 * Int(group)..<4 * Int(group) + 4]) != expected { wrong += 1 }
      let candidates = (0..<UInt64(2)).flatMap { block in
        let z = Float.normals(stream.block(256 * group + block))
        return [z[0], z[1], z[2], z[3]]
      }
      if candidates.filter({ $0.magnitude < 2 }).count < 4 { long += 1 }
    }
    #expect(wrong == 0)
    #expect(long > 0)
  }

  @Test func threadsDoNotChangeABit() throws {
    let before = Threads.count
    defer { try? Threads.setCount(before) }
    let distribution = try TruncatedNormalDistribution<Float>(mean: 0, stddev: 1)
    var results: [[Float]] = []
    for count in [1, 2, 3, 7] {
      try Threads.setCount(count)
      var values = [Float](repeating: 0, count: 1_000_003)
      try values.withUnsafeMutableBufferPointer { try distribution.fill($0, seed: 9, from: 5) }
      results.append(values)
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test func stridesFollowTheLogicalIndex() throws {
    let rows = 37
    let columns = 41
    let distribution = try NormalDistribution<Float>(mean: 0, stddev: 1)
    var plain = [Float](repeating: 0, count: rows * columns)
    try plain.withUnsafeMutableBufferPointer { try distribution.fill($0, seed: 3, from: 2) }

    // Column-major, with every second element left alone, and rows from the last to the first.
    var memory = [Float](repeating: -7, count: 2 * rows * columns)
    try memory.withUnsafeMutableBytes { bytes in
      let view = try TensorView(
        bytes.baseAddress! + 8 * (rows - 1), dtype: .float32, shape: [rows, columns],
        strides: [-8, 8 * rows])
      try distribution.fill(view, seed: 3, from: 2)
    }
    for i in 0..<rows {
      for j in 0..<columns {
        let place = 2 * (rows - 1 - i + rows * j)
        #expect(memory[place] == plain[columns * i + j])
        #expect(memory[place + 1] == -7)
      }
    }
  }

  @Test func indicesBeyondTheStreamAreRefused() throws {
    var values = [Float](repeating: 1, count: 3)
    #expect(throws: FaninError.self) {
      try values.withUnsafeMutableBufferPointer {
        try UniformDistribution<Float>(minval: 0, maxval: 1).fill($0, seed: 0, from: (1 << 58) - 2)
      }
    }
    #expect(values == [1, 1, 1])
  }
}
