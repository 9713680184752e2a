import FaninKernelTable

@inline(__always)
func update<T: DenseNumber>(_ values: KernelUpdate<T>, _ rule: KernelRule<T>) {
  if let powers = values.powers {
    update(values, rule, GivenPowers(powers: powers))
  } else {
    update(values, rule, OwnPowers(gradient: values.gradient))
  }
}

/// What stands for g² and |g|.
private protocol Powers<Number> {
  associatedtype Number
  func square(_ i: Int) -> Number
  func magnitude(_ i: Int) -> Number
  /// The square of a change that is a multiple of the gradient.
  func square(ofChange change: Number, _ factor: Number, _ i: Int) -> Number
}

private struct OwnPowers<T: DenseNumber>: Powers {
  let gradient: UnsafeMutablePointer<T>

  @inline(__always)
  func square(_ i: Int) -> T { gradient[i] * gradient[i] }

  @inline(__always)
  func magnitude(_ i: Int) -> T { T.larger(gradient[i], -gradient[i]) }

  @inline(__always)
  func square(ofChange change: T, _ factor: T, _ i: Int) -> T { change * change }
}

private struct GivenPowers<T: DenseNumber>: Powers {
  let powers: UnsafeMutablePointer<T>

  @inline(__always)
  func square(_ i: Int) -> T { powers[i] }

  @inline(__always)
  func magnitude(_ i: Int) -> T { powers[i] }

  @inline(__always)
  func square(ofChange change: T, _ factor: T, _ i: Int) -> T { factor * factor * powers[i] }
}

/// Each rule as one loop without a branch.
@inline(__always)
private func update<T: DenseNumber>(_ values: KernelUpdate<T>, _ rule: KernelRule<T>, _ powers: some Powers<T>) {
  let w = values.parameters
  let g = values.gradient
  let first = values.slots
  let second = first + values.slotStride
  let third = second + values.slotStride
  let indices = 0..<values.count
  switch rule {
  case .descent(let rate):
    for i in indices { w[i] -= rate * g[i] }

  case .momentum(let rate, let mu, nesterov: false):
    for i in indices {
      let m = mu * first[i] - rate * g[i]
      first[i] = m
      w[i] += m
    }

  case .momentum(let rate, let mu, nesterov: true):
    for i in indices {
      let change = rate * g[i]
      let m = mu * first[i] - change
      first[i] = m
      w[i] += mu * m - change
    }

  case .adagrad(let rate, let epsilon):
    for i in indices {
      let a = first[i] + powers.square(i)
      first[i] = a
      w[i] -= rate * g[i] / T.root(a + epsilon)
    }

  case .adam(let rate, let c1, let c2, let epsilon, amsgrad: false):
    for i in indices {
      let m = first[i] + (g[i] - first[i]) * c1
      let v = second[i] + (powers.square(i) - second[i]) * c2
      first[i] = m
      second[i] = v
      w[i] -= m * rate / (T.root(v) + epsilon)
    }

  case .adam(let rate, let c1, let c2, let epsilon, amsgrad: true):
    for i in indices {
      let m = first[i] + (g[i] - first[i]) * c1
      let v = second[i] + (powers.square(i) - second[i]) * c2
      let bound = T.larger(third[i], v)
      first[i] = m
      second[i] = v
      third[i] = bound
      w[i] -= m * rate / (T.root(bound) + epsilon)
    }

  case .rmsprop(let rate, let rho, let c, mu: 0, let epsilon, centered: false):
    for i in indices {
      let v = rho * first[i] + c * powers.square(i)
      first[i] = v
      w[i] -= rate * g[i] / T.root(v + epsilon)
    }

  case .rmsprop(let rate, let rho, let c, mu: 0, let epsilon, centered: true):
    for i in indices {
      let v = rho * first[i] + c * powers.square(i)
      let a = rho * second[i] + c * g[i]
      first[i] = v
      second[i] = a
      w[i] -= rate * g[i] / T.root(v - a * a + epsilon)
    }

  case .rmsprop(let rate, let rho, let c, let mu, let epsilon, centered: false):
    for i in indices {
      let v = rho * first[i] + c * powers.square(i)
      let m = mu * second[i] + rate * g[i] / T.root(v + epsilon)
      first[i] = v
      second[i] = m
      w[i] -= m
    }

  case .rmsprop(let rate, let rho, let c, let mu, let epsilon, centered: true):
    for i in indices {
      let v = rho * first[i] + c * powers.square(i)
      let a = rho * third[i] + c * g[i]
      let m = mu * second[i] + rate * g[i] / T.root(v - a * a + epsilon)
      first[i] = v
      second[i] = m
      third[i] = a
      w[i] -= m
    }

  case .nadam(let rate, let c1, let c2, let momentum, let gradient, let correction, let epsilon):
    for i in indices {
      let m = first[i] + (g[i] - first[i]) * c1
      let v = second[i] + (powers.square(i) - second[i]) * c2
      first[i] = m
      second[i] = v
      w[i] -= (momentum * m + gradient * g[i]) * rate / (T.root(v / correction) + epsilon)
    }

  case .adamax(let rate, let c1, let beta2, let correction, let epsilon):
    for i in indices {
      let m = first[i] + (g[i] - first[i]) * c1
      let u = T.larger(beta2 * second[i], powers.magnitude(i))
      first[i] = m
      second[i] = u
      w[i] -= rate * m / (correction * (u + epsilon))
    }

  case .adadelta(let rate, let rho, let c, let epsilon):
    for i in indices {
      let a = rho * first[i] + c * powers.square(i)
      let root = T.root(second[i] + epsilon)
      let divisor = T.root(a + epsilon)
      let change = root * g[i] / divisor
      first[i] = a
      second[i] = rho * second[i] + c * powers.square(ofChange: change, root / divisor, i)
      w[i] -= rate * change
    }

  case .ftrl(let rate, _, let l1, let l2, let shrinkage):
    for i in indices {
      let n = first[i] + powers.square(i)
      let root = T.root(n)
      let z = second[i] + ((g[i] + shrinkage * w[i]) - (root - T.root(first[i])) / rate * w[i])
      first[i] = n
      second[i] = z
      w[i] = (clipped(z, l1) - z) / (root / rate + l2)
    }

  case .lion(let rate, let beta1, let c1, let beta2, let c2):
    for i in indices {
      let direction = clipped(first[i] * beta1 + g[i] * c1, 1)
      // The last difference is 0, or NaN.
      let sign = T.value(1, ifPositive: direction) - T.value(1, ifPositive: -direction) + (direction - direction)
      first[i] = first[i] * beta2 + g[i] * c2
      w[i] -= rate * sign
    }

  case .direction(let c1, let c2, let correction1, let correction2, let epsilon):
    for i in indices {
      let m = first[i] + (g[i] - first[i]) * c1
      let v = second[i] + (powers.square(i) - second[i]) * c2
      first[i] = m
      second[i] = v
      g[i] = (m / correction1) / (T.root(v / correction2) + epsilon)
    }

  case .clip(let limit):
    for i in indices { g[i] = clipped(g[i], limit) }

  case .decay(let decay, let rate):
    for i in indices { w[i] -= w[i] * decay * rate }

  case .average(let mu):
    let complement = 1 - mu
    for i in indices { first[i] = mu * first[i] + complement * w[i] }
  }
}

/// x between −limit and limit, or NaN.
@inline(__always)
private func clipped<T: DenseNumber>(_ x: T, _ limit: T) -> T {
  -T.larger(-limit, -T.larger(-limit, x))
}
