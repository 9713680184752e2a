import FaninKernelTable
import Testing

@testable import Fanin

/// Around the lengths of vectors, of 4, 8 and 16 lanes, and of loops over several.
private let lengths = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 130]

/// Numbers of both signs, zeros among them.
private func numbers<T: Scalar>(_ count: Int, _ seed: Int) -> [T] {
  (0..<count).map { i in
    let number: Int = (i * 7919 + seed * 104_729) % 2003 - 1001
    return i % 11 == 10 ? 0 : T(number) / 512
  }
}

private struct Case: CustomStringConvertible, Sendable {
  var set: InstructionSet
  var count: Int
  var description: String { "\(set) \(count)" }
}

private let cases = InstructionSet.available.flatMap { set in lengths.map { Case(set: set, count: $0) } }

private let rate = 0.0078125
private let rules: [KernelRule<Double>] = [
  .descent(rate: rate),
  .momentum(rate: rate, mu: 0.875, nesterov: false),
  .momentum(rate: rate, mu: 0.875, nesterov: true),
  .adagrad(rate: rate, epsilon: 1e-7),
  .adam(rate: rate, c1: 0.125, c2: 0.0009765625, epsilon: 1e-7, amsgrad: false),
  .adam(rate: rate, c1: 0.125, c2: 0.0009765625, epsilon: 1e-7, amsgrad: true),
  .rmsprop(rate: rate, rho: 0.875, c: 0.125, mu: 0, epsilon: 1e-7, centered: false),
  .rmsprop(rate: rate, rho: 0.875, c: 0.125, mu: 0, epsilon: 1e-7, centered: true),
  .rmsprop(rate: rate, rho: 0.875, c: 0.125, mu: 0.5, epsilon: 1e-7, centered: false),
  .rmsprop(rate: rate, rho: 0.875, c: 0.125, mu: 0.5, epsilon: 1e-7, centered: true),
  .nadam(
    rate: rate, c1: 0.125, c2: 0.0009765625, momentum: 1.25, gradient: 0.75, correction: 0.375, epsilon: 1e-7),
  .adamax(rate: rate, c1: 0.125, beta2: 0.875, correction: 0.375, epsilon: 1e-7),
  .adadelta(rate: rate, rho: 0.875, c: 0.125, epsilon: 1e-7),
  .ftrl(rate: rate, power: 0.5, l1: 0.25, l2: 0.5, shrinkage: 0.125),
  .lion(rate: rate, beta1: 0.875, c1: 0.125, beta2: 0.75, c2: 0.25),
  .direction(c1: 0.125, c2: 0.0009765625, correction1: 0.25, correction2: 0.375, epsilon: 1e-7),
  .clip(limit: 0.5),
  .decay(0.25, rate: rate),
  .average(mu: 0.25),
]

private func converted<T: Scalar>(_ rule: KernelRule<Double>) -> KernelRule<T> {
  switch rule {
  case .descent(let rate): .descent(rate: T(rate))
  case .momentum(let rate, let mu, let nesterov): .momentum(rate: T(rate), mu: T(mu), nesterov: nesterov)
  case .adagrad(let rate, let epsilon): .adagrad(rate: T(rate), epsilon: T(epsilon))
  case .adam(let rate, let c1, let c2, let epsilon, let amsgrad):
    .adam(rate: T(rate), c1: T(c1), c2: T(c2), epsilon: T(epsilon), amsgrad: amsgrad)
  case .rmsprop(let rate, let rho, let c, let mu, let epsilon, let centered):
    .rmsprop(rate: T(rate), rho: T(rho), c: T(c), mu: T(mu), epsilon: T(epsilon), centered: centered)
  case .nadam(let rate, let c1, let c2, let momentum, let gradient, let correction, let epsilon):
    .nadam(
      rate: T(rate), c1: T(c1), c2: T(c2), momentum: T(momentum), gradient: T(gradient), correction: T(correction),
      epsilon: T(epsilon))
  case .adamax(let rate, let c1, let beta2, let correction, let epsilon):
    .adamax(rate: T(rate), c1: T(c1), beta2: T(beta2), correction: T(correction), epsilon: T(epsilon))
  case .adadelta(let rate, let rho, let c, let epsilon):
    .adadelta(rate: T(rate), rho: T(rho), c: T(c), epsilon: T(epsilon))
  case .ftrl(let rate, let power, let l1, let l2, let shrinkage):
    .ftrl(rate: T(rate), power: T(power), l1: T(l1), l2: T(l2), shrinkage: T(shrinkage))
  case .lion(let rate, let beta1, let c1, let beta2, let c2):
    .lion(rate: T(rate), beta1: T(beta1), c1: T(c1), beta2: T(beta2), c2: T(c2))
  case .direction(let c1, let c2, let correction1, let correction2, let epsilon):
    .direction(
      c1: T(c1), c2: T(c2), correction1: T(correction1), correction2: T(correction2), epsilon: T(epsilon))
  case .clip(let limit): .clip(limit: T(limit))
  case .decay(let decay, let rate): .decay(T(decay), rate: T(rate))
  case .average(let mu): .average(mu: T(mu))
  }
}

/// The definition: one parameter and its slots.
private func update<T: Scalar>(_ w: inout T, _ g: inout T, _ s: inout [T], _ rule: KernelRule<T>) {
  switch rule {
  case .descent(let rate): w -= rate * g
  case .momentum(let rate, let mu, let nesterov):
    s[0] = mu * s[0] - rate * g
    w += nesterov ? mu * s[0] - rate * g : s[0]
  case .adagrad(let rate, let epsilon):
    s[0] += g * g
    w -= rate * g / (s[0] + epsilon).squareRoot()
  case .adam(let rate, let c1, let c2, let epsilon, let amsgrad):
    s[0] += (g - s[0]) * c1
    s[1] += (g * g - s[1]) * c2
    if amsgrad { s[2] = max(s[2], s[1]) }
    w -= s[0] * rate / ((amsgrad ? s[2] : s[1]).squareRoot() + epsilon)
  case .rmsprop(let rate, let rho, let c, let mu, let epsilon, let centered):
    s[0] = rho * s[0] + c * g * g
    var variance = s[0]
    if centered {
      let a = mu > 0 ? 2 : 1
      s[a] = rho * s[a] + c * g
      variance = s[0] - s[a] * s[a]
    }
    let change = rate * g / (variance + epsilon).squareRoot()
    if mu > 0 { s[1] = mu * s[1] + change }
    w -= mu > 0 ? s[1] : change
  case .nadam(let rate, let c1, let c2, let momentum, let gradient, let correction, let epsilon):
    s[0] += (g - s[0]) * c1
    s[1] += (g * g - s[1]) * c2
    w -= (momentum * s[0] + gradient * g) * rate / ((s[1] / correction).squareRoot() + epsilon)
  case .adamax(let rate, let c1, let beta2, let correction, let epsilon):
    s[0] += (g - s[0]) * c1
    s[1] = max(beta2 * s[1], abs(g))
    w -= rate * s[0] / (correction * (s[1] + epsilon))
  case .adadelta(let rate, let rho, let c, let epsilon):
    s[0] = rho * s[0] + c * (g * g)
    let change = (s[1] + epsilon).squareRoot() * g / (s[0] + epsilon).squareRoot()
    s[1] = rho * s[1] + c * (change * change)
    w -= rate * change
  case .ftrl(let rate, _, let l1, let l2, let shrinkage):
    let n = s[0] + g * g
    s[1] += (g + shrinkage * w) - (n.squareRoot() - s[0].squareRoot()) / rate * w
    s[0] = n
    w = (min(max(s[1], -l1), l1) - s[1]) / (n.squareRoot() / rate + l2)
  case .lion(let rate, let beta1, let c1, let beta2, let c2):
    let direction = s[0] * beta1 + g * c1
    w -= rate * (direction > 0 ? 1 : direction < 0 ? -1 : 0)
    s[0] = s[0] * beta2 + g * c2
  case .direction(let c1, let c2, let correction1, let correction2, let epsilon):
    s[0] += (g - s[0]) * c1
    s[1] += (g * g - s[1]) * c2
    g = (s[0] / correction1) / ((s[1] / correction2).squareRoot() + epsilon)
  case .clip(let limit): g = min(max(g, -limit), limit)
  case .decay(let decay, let rate): w -= w * decay * rate
  case .average(let mu): s[0] = mu * s[0] + (1 - mu) * w
  }
}

private func kernels<T: Scalar>(_ set: InstructionSet, _: T.Type) -> DenseKernelTable<T> {
  T.denseKernels(set.kernels)
}

@Suite struct DenseKernelsTests {
  @Test(arguments: cases) private func bias(_ given: Case) {
    bias(Float.self, given)
    bias(Double.self, given)
  }

  private func bias<T: Scalar>(_: T.Type, _ given: Case) {
    let columns = given.count
    let stride = columns + 3
    let start: [T] = numbers(3 * stride, 1)
    let b: [T] = numbers(columns, 2)
    for (useBias, relu) in [(true, true), (true, false), (false, true), (false, false)] {
      var z = start
      z.withUnsafeMutableBufferPointer { z in
        b.withUnsafeBufferPointer { b in
          kernels(given.set, T.self).addBias(
            KernelMatrix(z.baseAddress!, stride: stride, rows: 3, columns: columns), useBias ? b.baseAddress : nil,
            relu)
        }
      }
      for i in z.indices {
        let column = i % stride
        var expected = start[i]
        if column < columns {
          if useBias { expected += b[column] }
          if relu, expected < 0 { expected = 0 }
        }
        #expect(z[i] == expected, "\(T.self) \(useBias) \(relu) \(i)")
      }
    }
  }

  @Test(arguments: cases) private func reluGradient(_ given: Case) {
    reluGradient(Float.self, given)
    reluGradient(Double.self, given)
  }

  private func reluGradient<T: Scalar>(_: T.Type, _ given: Case) {
    let stride = given.count + 2
    let start: [T] = numbers(3 * stride, 3)
    let y: [T] = numbers(3 * stride, 4)
    var g = start
    g.withUnsafeMutableBufferPointer { g in
      y.withUnsafeBufferPointer { y in
        kernels(given.set, T.self).reluGradient(
          KernelMatrix(g.baseAddress!, stride: stride, rows: 3, columns: given.count), y.baseAddress!)
      }
    }
    for i in g.indices {
      #expect(g[i] == (i % stride >= given.count || y[i] > 0 ? start[i] : 0), "\(T.self) \(i)")
    }
  }

  @Test(arguments: cases) private func columnSums(_ given: Case) {
    columnSums(Float.self, given)
    columnSums(Double.self, given)
  }

  private func columnSums<T: Scalar>(_: T.Type, _ given: Case) {
    let stride = given.count + 1
    for rows in [0, 1, 5] {
      var values: [T] = numbers(rows * stride + 1, 5).map { $0 / 3 }
      var sums = [T](repeating: .nan, count: given.count + 1)
      values.withUnsafeMutableBufferPointer { values in
        sums.withUnsafeMutableBufferPointer { sums in
          kernels(given.set, T.self).columnSums(
            KernelMatrix(values.baseAddress!, stride: stride, rows: rows, columns: given.count), sums.baseAddress!)
        }
      }
      for i in 0..<given.count {
        #expect(sums[i] == (0..<rows).reduce(T(0)) { $0 + values[$1 * stride + i] }, "\(T.self) \(i)")
      }
      #expect(sums[given.count].isNaN)
    }
  }

  @Test(arguments: cases) private func updates(_ given: Case) {
    for (number, rule) in rules.enumerated() {
      updates(Float.self, given, converted(rule), number)
      updates(Double.self, given, rule, number)
    }
  }

  private func updates<T: Scalar>(_: T.Type, _ given: Case, _ rule: KernelRule<T>, _ number: Int) {
    let count = given.count
    let slotStride = count + 5
    var g: [T] = numbers(count + 1, 6)
    var w: [T] = numbers(count + 1, 7)
    // Positive; the first above the squares of the others, which may be means where it is one of squares.
    let some: [T] = numbers(3 * slotStride, 8)
    var slots = some.indices.map { i in abs(some[i]) / 16 + (i < slotStride ? 4 : 0.0625) }
    var expected = w
    var expectedGradient = g
    var expectedSlots = slots
    for i in 0..<count {
      var s = (0..<3).map { expectedSlots[$0 * slotStride + i] }
      update(&expected[i], &expectedGradient[i], &s, rule)
      for k in 0..<3 { expectedSlots[k * slotStride + i] = s[k] }
    }
    w.withUnsafeMutableBufferPointer { w in
      slots.withUnsafeMutableBufferPointer { slots in
        g.withUnsafeMutableBufferPointer { g in
          kernels(given.set, T.self).update(
            KernelUpdate(
              w.baseAddress!, gradient: g.baseAddress!, slots: slots.baseAddress!, slotStride: slotStride,
              count: count), rule)
        }
      }
    }
    #expect(w == expected, "\(T.self) rule \(number)")
    #expect(g == expectedGradient, "\(T.self) rule \(number)")
    #expect(slots == expectedSlots, "\(T.self) rule \(number)")
  }

  /// What is not a number stays so: clipped gradients, and signs, which are made by comparisons.
  @Test(arguments: InstructionSet.available) func notNumbers(_ set: InstructionSet) {
    let rules: [KernelRule<Float>] = [
      .clip(limit: 1), .lion(rate: 1, beta1: 0.5, c1: 0.5, beta2: 0.5, c2: 0.5),
      .adamax(rate: 1, c1: 0.5, beta2: 0.5, correction: 1, epsilon: 0),
    ]
    for rule in rules {
      for position in 0..<17 {
        var g = [Float](repeating: .infinity, count: 17)
        g[position] = .nan
        var w = [Float](repeating: 2, count: 17)
        var slots = [Float](repeating: 0, count: 34)
        w.withUnsafeMutableBufferPointer { w in
          slots.withUnsafeMutableBufferPointer { slots in
            g.withUnsafeMutableBufferPointer { g in
              kernels(set, Float.self).update(
                KernelUpdate(
                  w.baseAddress!, gradient: g.baseAddress!, slots: slots.baseAddress!, slotStride: 17, count: 17),
                rule)
            }
          }
        }
        switch rule {
        case .clip: #expect(g.indices.allSatisfy { $0 == position ? g[$0].isNaN : g[$0] == 1 })
        case .lion: #expect(w.indices.allSatisfy { $0 == position ? w[$0].isNaN : w[$0] == 1 })
        default: #expect(w[position].isNaN)
        }
      }
    }
  }

  /// Of small and large spreads: exp z underflows in some.
  @Test(arguments: cases) private func softmax(_ given: Case) {
    guard given.count > 0 else { return }
    softmax(Float.self, given)
    softmax(Double.self, given)
  }

  private func softmax<T: Scalar>(_: T.Type, _ given: Case) {
    let columns = given.count
    for spread in [0.01, 1, 40, 700] as [T] {
      let z: [T] = numbers(5 * columns, 9).map { $0 * spread }
      func run(_ set: InstructionSet) -> (p: [T], largest: [T], sums: [T]) {
        var p = z
        var largest = [T](repeating: 0, count: 5)
        var sums = largest
        p.withUnsafeMutableBufferPointer { p in
          largest.withUnsafeMutableBufferPointer { largest in
            sums.withUnsafeMutableBufferPointer { sums in
              kernels(set, T.self).softmax(
                p.baseAddress!, p.baseAddress!, 5, columns, largest.baseAddress!, sums.baseAddress!)
            }
          }
        }
        return (p, largest, sums)
      }
      let result = run(given.set)
      #expect(result == run(.baseline))
      for row in 0..<5 {
        let inputs = Array(z[row * columns..<(row + 1) * columns])
        let largest = inputs.max()!
        #expect(result.largest[row] == largest)
        // Differences as the kernel takes them, everything else in double.
        let exponentials = inputs.map { Double.exponential(Double($0 - largest)) }
        let sum = exponentials.reduce(0, +)
        // An exponential is right to 2 ulp; sums of n positive terms add up to log2(n) + 8 roundings or so, and n / 8
        // in the tail's order.
        let ulp = Double(T.ulpOfOne)
        let roundings = 4 + Double(columns) / 8
        #expect(abs(Double(result.sums[row]) - sum) <= roundings * ulp * sum)
        for i in 0..<columns {
          let p = exponentials[i] / sum
          let error = abs(Double(result.p[row * columns + i]) - p)
          #expect(error <= (roundings + 3) * ulp * p + 2 * Double(T.leastNormalMagnitude), "\(T.self) \(row) \(i)")
        }
      }
    }
  }

  @Test(arguments: InstructionSet.available) func softmaxOfExtremes(_ set: InstructionSet) {
    func softmax(_ values: [Float]) -> [Float] {
      var p = values
      var sums: [Float] = [0, 0]
      p.withUnsafeMutableBufferPointer { p in
        sums.withUnsafeMutableBufferPointer { sums in
          kernels(set, Float.self).softmax(
            p.baseAddress!, p.baseAddress!, 1, values.count, sums.baseAddress!, sums.baseAddress! + 1)
        }
      }
      return p
    }
    #expect(softmax([0, -.infinity, 0]) == [0.5, 0, 0.5])
    #expect(softmax([-1e38, 3e38]) == [0, 1])
    for position in 0..<17 {
      var values = [Float](repeating: 1, count: 17)
      values[position] = .nan
      #expect(softmax(values).allSatisfy { $0.isNaN }, "\(position)")
    }
  }

  /// Every 97th float between the largest for which the result is 0 and 0: within 2 ulp of the double result.
  @Test(arguments: InstructionSet.available) func exponentials(_ set: InstructionSet) {
    var bits: UInt32 = 0
    let last = Float(-87.33).bitPattern & 0x7FFF_FFFF
    var worst = 0.0
    while bits < last {
      var x = (0..<1024).map { -Float(bitPattern: min(bits + 97 * UInt32($0), last)) }
      // The largest of all is 0, so differences are the values themselves.
      x[0] = 0
      var p = x
      var sums: [Float] = [0, 0]
      p.withUnsafeMutableBufferPointer { p in
        sums.withUnsafeMutableBufferPointer { sums in
          kernels(set, Float.self).softmax(
            p.baseAddress!, p.baseAddress!, 1, 1024, sums.baseAddress!, sums.baseAddress! + 1)
        }
      }
      // Times the sum: two roundings more, of which 1 / sum is one.
      for i in 0..<1024 {
        let expected = Double.exponential(Double(x[i]))
        let error = abs(Double(p[i]) * Double(sums[1]) - expected)
        if p[i] >= .leastNormalMagnitude { worst = max(worst, error / Double(Float(expected).ulp)) }
      }
      bits += 97 * 1024
    }
    #expect(worst < 2 + 2)
  }
}
