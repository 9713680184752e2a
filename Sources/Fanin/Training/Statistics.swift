/// What is known of many values: of a layer's outputs for a batch, or of their gradients.
public struct Statistics: Equatable, Sendable {
  /// Bins of a histogram.
  public static let bins = 64

  public var count = 0
  /// NaN and infinite ones, which count for nothing below.
  public var notFinite = 0
  public var mean = 0.0
  /// E (v − mean)².
  public var variance = 0.0
  /// E (v − mean)⁴ / variance², 3 for normal values; NaN if the variance is 0.
  public var kurtosis = Double.nan
  public var minimum = 0.0
  public var maximum = 0.0
  /// The share of zeros.
  public var zeros = 0.0
  /// The share of columns that are the same in all rows.
  public var constant = 0.0
  /// The share of values at which the layer's function is less than a twentieth as steep as where it is steepest; NaN
  /// for layers that are no function of single values.
  public var saturated = Double.nan
  /// Values in equal bins from `minimum` to `maximum`.
  public var histogram = [Int](repeating: 0, count: Self.bins)

  init() {}

  /// Measures rows × columns values.
  @specialized(where T == Float)
  @specialized(where T == Double)
  init<T: Scalar>(_ values: UnsafePointer<T>, rows: Int, columns: Int) {
    count = rows * columns
    guard count > 0 else { return }
    let all = UnsafeBufferPointer(start: values, count: count)
    var sum = 0.0
    var (low, high) = (Double.infinity, -Double.infinity)
    var (finite, zero) = (0, 0)
    for value in all where value.isFinite {
      let value = Double(value)
      sum += value
      low = min(low, value)
      high = max(high, value)
      finite += 1
      if value == 0 { zero += 1 }
    }
    notFinite = count - finite
    constant = Double(constantColumns(values, rows, columns)) / Double(columns)
    guard finite > 0 else { return }
    mean = min(max(sum / Double(finite), low), high)
    (minimum, maximum) = (low, high)
    zeros = Double(zero) / Double(finite)
    // Halves, since the range of doubles may be wider than a double.
    let range = high / 2 - low / 2
    var (second, fourth) = (0.0, 0.0)
    for value in all where value.isFinite {
      let value = Double(value)
      let square = (value - mean) * (value - mean)
      second += square
      fourth += square * square
      let place = range > 0 ? (value / 2 - low / 2) / range : 0
      histogram[min(Self.bins - 1, Int(place * Double(Self.bins)))] += 1
    }
    variance = second / Double(finite)
    if variance > 0 { kurtosis = fourth / Double(finite) / variance / variance }
  }

  /// Measures how steep a function was at x, where it gave y; both are rows × columns.
  mutating func saturate<T: Scalar>(
    _ activation: Activation, x: UnsafePointer<T>, y: UnsafePointer<T>, rows: Int, columns: Int
  ) {
    guard activation.isElementwise, rows * columns > 0 else { return }
    let limit = activation.steepest(T.self) / 20
    var flat = 0
    withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * columns) { memory in
      guard let ones = memory.baseAddress else { return }
      ones.update(repeating: 1, count: columns)
      let slopes = ones + columns
      for row in 0..<rows {
        activation.backward(
          ones, x: UnsafeMutablePointer(mutating: x + row * columns),
          y: UnsafeMutablePointer(mutating: y + row * columns), into: slopes, outer: 1, size: columns, inner: 1)
        for i in 0..<columns where !(slopes[i].magnitude >= limit) { flat += 1 }
      }
    }
    saturated = Double(flat) / Double(rows * columns)
  }
}

/// Columns whose values are the same in all rows; NaN is like nothing.
private func constantColumns<T: Scalar>(_ values: UnsafePointer<T>, _ rows: Int, _ columns: Int) -> Int {
  withUnsafeTemporaryAllocation(of: Bool.self, capacity: columns) { same in
    for i in 0..<columns { same.initializeElement(at: i, to: values[i] == values[i]) }
    for row in 1..<max(1, rows) {
      let line = values + row * columns
      for i in 0..<columns where line[i] != values[i] { same[i] = false }
    }
    return same.count(where: { $0 })
  }
}

extension Activation {
  /// The largest slope between −8 and 8.
  fileprivate func steepest<T: Scalar>(_ type: T.Type) -> T {
    let count = 1601
    return withUnsafeTemporaryAllocation(of: T.self, capacity: 4 * count) { memory in
      guard let x = memory.baseAddress else { return 0 }
      let (y, ones, slopes) = (x + count, x + 2 * count, x + 3 * count)
      for i in 0..<count {
        (x + i).initialize(to: T(Double(i - 800) / 100))
        (ones + i).initialize(to: 1)
      }
      forward(x, into: y, outer: 1, size: count, inner: 1)
      backward(ones, x: x, y: y, into: slopes, outer: 1, size: count, inner: 1)
      return (0..<count).reduce(0) { max($0, slopes[$1].magnitude) }
    }
  }
}
