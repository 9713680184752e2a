import Testing

@testable import Fanin

/// How a tensor lies in memory: its axes from the outermost to the innermost, and the step along each.
private struct Layout: CustomTestStringConvertible {
  let shape: [Int]
  let order: [Int]
  let steps: [Int]

  init(_ shape: [Int], order: [Int]? = nil, steps: [Int]? = nil) {
    self.shape = shape
    self.order = order ?? Array(shape.indices)
    self.steps = steps ?? Array(repeating: 1, count: shape.count)
  }

  var testDescription: String { "\(shape) in order \(order) with steps \(steps)" }

  /// The elements of memory, the first element's place there, and the strides in elements.
  var memory: (size: Int, first: Int, strides: [Int]) {
    var size = 1
    var first = 0
    var strides = shape
    for axis in order.reversed() {
      strides[axis] = size * steps[axis]
      if steps[axis] < 0 { first -= strides[axis] * (shape[axis] - 1) }
      size *= shape[axis] * abs(steps[axis])
    }
    return (size, first, strides)
  }

  /// Where the elements lie, in logical order.
  var places: [Int] {
    var places = [memory.first]
    for (size, stride) in zip(shape, memory.strides) {
      places = places.flatMap { place in (0..<size).map { place + $0 * stride } }
    }
    return places
  }
}

/// Fills a view of the layout, between elements that hold `other`, and compares it with a contiguous fill.
private func check<D: Distribution>(_ distribution: D, _ layout: Layout, other: D.Value, from first: UInt64) throws {
  func bits(_ value: D.Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
  let places = layout.places
  var plain = [D.Value](repeating: other, count: places.count)
  try plain.withUnsafeMutableBufferPointer { try distribution.fill($0, seed: 3, from: first) }
  let size = MemoryLayout<D.Value>.size
  var expected = [D.Value](repeating: other, count: layout.memory.size)
  for (place, value) in zip(places, plain) { expected[place] = value }
  var memory = [D.Value](repeating: other, count: layout.memory.size)
  try memory.withUnsafeMutableBytes { bytes in
    let base = bytes.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 64)!
    let view = try TensorView(
      base + size * layout.memory.first, dtype: D.Value.dtype, shape: layout.shape,
      strides: layout.memory.strides.map { $0 * size })
    try distribution.fill(view, seed: 3, from: first)
  }
  let wrong = memory.indices.filter { bits(memory[$0]) != bits(expected[$0]) }
  #expect(wrong.isEmpty, "\(D.self) \(layout.testDescription) from \(first), at \(wrong.first ?? 0)")
}

/// Sizes below, at and above those of runs, batches and tiles.
private let layouts: [Layout] =
  [1, 2, 31, 32, 33, 63, 64, 65, 129, 255, 256, 257, 300].flatMap { rows in
    [1, 3, 63, 64, 65, 255, 256, 257, 700].map { Layout([rows, $0], order: [1, 0]) }
  } + [
    Layout([]), Layout([1]), Layout([0, 5], order: [1, 0]), Layout([5, 0, 3], order: [2, 0, 1]),
    Layout([5000], steps: [-1]), Layout([5000], steps: [3]), Layout([70, 80], steps: [-1, -1]),
    Layout([130, 140], steps: [2, 1]), Layout([130, 140], steps: [1, 2]), Layout([130, 140], steps: [-2, 3]),
    Layout([130, 140], order: [1, 0], steps: [2, 1]), Layout([130, 140], order: [1, 0], steps: [1, 2]),
    Layout([130, 140], order: [1, 0], steps: [-1, 1]), Layout([130, 140], order: [1, 0], steps: [1, -1]),
    Layout([130, 140], order: [1, 0], steps: [-3, -2]),
    Layout([1, 200, 1, 90, 1], order: [4, 3, 0, 1, 2]), Layout([1, 200, 1, 90, 1], order: [2, 3, 1, 0, 4]),
    Layout([3, 3, 40, 70], order: [3, 2, 0, 1]), Layout([70, 40, 3, 3], order: [2, 3, 1, 0]),
    Layout([40, 50, 3], order: [2, 0, 1]), Layout([3, 40, 50], order: [1, 2, 0]), Layout([5000, 3], order: [1, 0]),
    Layout([2, 3, 4, 5, 6, 7], order: [3, 1, 5, 0, 4, 2]),
    Layout([2, 3, 4, 5, 6, 7], order: [5, 4, 3, 2, 1, 0], steps: [1, -1, 2, 1, -2, 1]),
  ]

@Suite struct StridesTests {
  @Test(arguments: layouts)
  fileprivate func everyLayoutHasTheValuesOfAContiguousFill(layout: Layout) throws {
    for first: UInt64 in [0, 5, (1 << 58) - 1_000_000] {
      try check(try NormalDistribution<Float>(mean: 0, stddev: 1), layout, other: -7, from: first)
      try check(try UniformDistribution<Double>(minval: 0, maxval: 1), layout, other: -7, from: first)
      try check(
        try UniformDistribution<Binary16>(minval: 0, maxval: 1), layout, other: Binary16(bitPattern: 1), from: first)
      try check(
        try TruncatedNormalDistribution<BFloat16>(mean: 0, stddev: 1), layout, other: BFloat16(bitPattern: 1),
        from: first)
    }
  }

  /// Large enough for threads, on any machine.
  @Test(arguments: [1, 2, 3, 5]) func threadsChangeNoLayout(count: Int) throws {
    let before = Threads.count
    defer { try? Threads.setCount(before) }
    try Threads.setCount(count)
    for layout in [
      Layout([900, 1001]), Layout([900, 1001], order: [1, 0]), Layout([900, 1001], steps: [1, -2]),
      Layout([300, 1001, 3], order: [2, 0, 1]),
    ] {
      try check(try TruncatedNormalDistribution<Double>(mean: 0, stddev: 1), layout, other: -7, from: 77)
    }
  }

  /// Nor may they be multiplied: NumPy leaves any number there.
  @Test func hugeStridesOfAxesOfSizeOneAreNotUsed() throws {
    var memory = [Float](repeating: 0, count: 6)
    var plain = memory
    let distribution = try UniformDistribution<Float>(minval: 0, maxval: 1)
    try plain.withUnsafeMutableBufferPointer { try distribution.fill($0, seed: 1) }
    try memory.withUnsafeMutableBytes { bytes in
      let view = try TensorView(
        bytes.baseAddress!, dtype: .float32, shape: [1, 3, 1, 2], strides: [.min, 4, .max, 12])
      try distribution.fill(view, seed: 1)
    }
    #expect(memory == [plain[0], plain[2], plain[4], plain[1], plain[3], plain[5]])
  }

  /// What is made of a function, not of the stream, is asked for at the tensor's indices only.
  @Test func functionsAreAskedForIndicesOfTheTensorOnly() throws {
    for layout in layouts {
      let places = layout.places
      var memory = [Double](repeating: -1, count: layout.memory.size)
      try memory.withUnsafeMutableBytes { bytes in
        let base = bytes.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 64)!
        let view = try TensorView(
          base + 8 * layout.memory.first, dtype: .float64, shape: layout.shape,
          strides: layout.memory.strides.map { $0 * 8 })
        view.setEach { Double(places[$0]) }
      }
      #expect(places.allSatisfy { memory[$0] == Double($0) }, "\(layout.testDescription)")
    }
  }
}
