/// Some samples as a metric sees them.
struct MetricBatch<T: Scalar> {
  let p: UnsafePointer<T>
  let labels: UnsafePointer<Int64>?
  let targets: UnsafePointer<T>?
  let weights: UnsafePointer<T>?
  let rows: Int
  let units: Int
  let truncatesWeights: Bool

  @inline(__always)
  func p(_ row: Int) -> UnsafePointer<T> { p + row * units }
  /// Outputs stand in for targets that are missing: `Network` has checked that none are.
  @inline(__always)
  func y(_ row: Int) -> UnsafePointer<T> { (targets ?? p) + row * units }
  @inline(__always)
  func label(_ row: Int) -> Int { labels.map { Int($0[row]) } ?? -1 }
  @inline(__always)
  func weight(_ row: Int) -> Double {
    guard let weights else { return 1 }
    return truncatesWeights ? Double(weights[row].rounded(.towardZero)) : Double(weights[row])
  }

  /// Adds Σ w v and Σ w.
  @inline(__always)
  func average(_ state: UnsafeMutablePointer<Double>, _ value: (MetricBatch, Int) -> Double) {
    for row in 0..<rows {
      let weight = weight(row)
      state[0] += weight * value(self, row)
      state[1] += weight
    }
  }

  /// Where the largest of a row is; of equals the first.
  @inline(__always)
  func largest(_ values: UnsafePointer<T>) -> Int {
    var best = 0
    for i in 1..<max(1, units) where values[i] > values[best] { best = i }
    return best
  }

  /// The share of a row's outputs that are right.
  @inline(__always)
  func share(_ row: Int, _ isRight: (_ p: T, _ y: T) -> Bool) -> Double {
    let p = p(row)
    let y = y(row)
    var right = 0
    for i in 0..<units where isRight(p[i], y[i]) { right += 1 }
    return Double(right) / Double(units)
  }

  /// Whether fewer than k outputs are larger than number `target`, and all are finite, as TensorFlow has it.
  @inline(__always)
  func isInTop(_ target: Int, _ k: Int, _ p: UnsafePointer<T>) -> Bool {
    guard (0..<units).contains(target), p[target].isFinite else { return false }
    var larger = 0
    for i in 0..<units {
      if !p[i].isFinite { return false }
      if p[i] > p[target] { larger += 1 }
    }
    return larger < k
  }

  /// The mean of a row's values, and their mean squared distance from it.
  private func moments(_ x: UnsafePointer<T>) -> (mean: T, variance: T) {
    let count = T(units)
    var mean: T = 0
    for i in 0..<units { mean += x[i] }
    mean /= count
    var variance: T = 0
    for i in 0..<units { variance += (x[i] - mean) * (x[i] - mean) }
    return (mean, variance / count)
  }

  /// The mean of the products of what is left of y and p after their means and deviations are taken out.
  func pearson(_ row: Int) -> Double {
    let p = p(row)
    let y = y(row)
    let (pMean, pVariance) = moments(p)
    let (yMean, yVariance) = moments(y)
    var sum: T = 0
    for i in 0..<units {
      sum += (y[i] - yMean) / yVariance.squareRoot() * ((p[i] - pMean) / pVariance.squareRoot())
    }
    return Double(sum / T(units))
  }

  /// mean 2 (y − p̄) (p − p̄) / (var y + var p + (ȳ − p̄)² + ε): the covariance is Keras's.
  func concordance(_ row: Int) -> Double {
    let p = p(row)
    let y = y(row)
    let (pMean, pVariance) = moments(p)
    let (yMean, yVariance) = moments(y)
    let norm = yVariance + pVariance + (yMean - pMean) * (yMean - pMean) + T(1e-7)
    var sum: T = 0
    for i in 0..<units { sum += 2 * ((y[i] - pMean) * (p[i] - pMean)) / norm }
    return Double(sum / T(units))
  }

  func addFBeta(threshold: Double, to state: UnsafeMutablePointer<Double>) {
    for row in 0..<rows {
      let p = p(row)
      let y = y(row)
      let weight = weight(row)
      let top = p[largest(p)]
      for i in 0..<units {
        let isPositive = threshold > 0 ? p[i] > T(threshold) : p[i] >= top && abs(p[i]) > T(1e-9)
        let hit = isPositive ? Double(y[i]) * weight : 0
        state[3 * i] += hit
        state[3 * i + 1] += isPositive ? weight - hit : 0
        state[3 * i + 2] += Double(y[i]) * weight - hit
      }
    }
  }

  func addR2(to state: UnsafeMutablePointer<Double>) {
    for row in 0..<rows {
      let p = p(row)
      let y = y(row)
      let weight = weight(row)
      for i in 0..<units {
        let (target, difference) = (Double(y[i]), Double(y[i] - p[i]))
        state[3 * i] += weight * target
        state[3 * i + 1] += weight * target * target
        state[3 * i + 2] += weight * difference * difference
      }
      state[3 * units] += weight
    }
    state[3 * units + 1] += Double(rows * units)
  }
}

extension Metric {
  /// One row at a time, since the gradient that comes with a loss is not wanted.
  @inline(__always)
  func addLosses<T: Scalar>(
    _ loss: Loss, _ batch: MetricBatch<T>, _ answers: Answers<T>, logits: Bool, softmax: Bool,
    to state: UnsafeMutablePointer<Double>
  ) {
    let formula = LossFormula<T>(loss, units: batch.units, logits: logits, softmax: softmax)
    withUnsafeTemporaryAllocation(of: T.self, capacity: batch.rows) { values in
      guard let values = values.baseAddress else { return }
      formula.values(batch.p, answers, rows: batch.rows, into: values, gradient: nil)
      for row in 0..<batch.rows {
        let weight = batch.weight(row)
        state[0] += weight * Double(values[row])
        // Without weights Keras counts ignored samples too.
        if !isWeighted || !loss.isIgnored(answers, row) { state[1] += weight }
      }
    }
  }

  @inline(__always)
  func addConfusion<T: Scalar>(_ batch: MetricBatch<T>, to state: UnsafeMutablePointer<Double>) {
    let columns = column < 0 ? 0..<batch.units : column..<column + 1
    let places = thresholds.count + 1
    thresholds.withUnsafeBufferPointer { thresholds in
      columnWeights.withUnsafeBufferPointer { columnWeights in
        for row in 0..<batch.rows {
          let p = batch.p(row)
          let y = batch.y(row)
          for i in columns {
            var value = fromLogits ? logistic(p[i]) : p[i]
            if number > 0, !isAmongLargest(i, p, batch.units) { value = T(-1e10) }
            let above = place(value, thresholds)
            let start = isMultiLabel ? 2 * places * i : 0
            let weight = batch.weight(row) * (columnWeights.isEmpty ? 1 : columnWeights[i])
            state[start + (y[i] != 0 ? above : places + above)] += weight
          }
        }
      }
    }
  }

  /// How many thresholds a value is above.
  @inline(__always)
  private func place<T: Scalar>(_ value: T, _ thresholds: UnsafeBufferPointer<Double>) -> Int {
    let count = thresholds.count
    if isEven {
      let steps = (min(max(value, 0), 1) * T(count - 1)).rounded(.up)
      // A first threshold below 0 is one that 0 is above.
      return steps.isNaN ? 0 : max(Int(steps), thresholds[0] < 0 || thresholds[count - 1] > 1 ? 1 : 0)
    }
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if value > T(thresholds[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether fewer than `number` outputs are larger than output i, or equal and before it.
  private func isAmongLargest<T: Scalar>(_ i: Int, _ p: UnsafePointer<T>, _ units: Int) -> Bool {
    var larger = 0
    for j in 0..<units where p[j] > p[i] || p[j] == p[i] && j < i { larger += 1 }
    return larger < number
  }

  @inline(__always)
  func addIntersection<T: Scalar>(_ batch: MetricBatch<T>, to state: UnsafeMutablePointer<Double>) {
    func count(_ target: Int?, _ output: Int?, _ weight: Double) {
      guard let target, let output, target != ignoreClass else { return }
      guard (0..<number).contains(target), (0..<number).contains(output) else { return }
      state[target * number + output] += weight
    }
    for row in 0..<batch.rows {
      let p = batch.p(row)
      let y = batch.y(row)
      let weight = batch.weight(row)
      switch classes {
      case .labels: count(batch.label(row), batch.largest(p), weight)
      case .largest: count(batch.largest(y), batch.largest(p), weight)
      case .values: for i in 0..<batch.units { count(wholeNumber(y[i]), wholeNumber(p[i]), weight) }
      case .binary:
        for i in 0..<batch.units { count(wholeNumber(y[i]), p[i] >= T(threshold) ? 1 : 0, weight) }
      }
    }
  }

  /// Rounded towards 0, as TensorFlow casts; nil if there is no such integer.
  @inline(__always)
  private func wholeNumber<T: Scalar>(_ x: T) -> Int? { abs(x) < T(1 << 31) ? Int(x) : nil }
}
