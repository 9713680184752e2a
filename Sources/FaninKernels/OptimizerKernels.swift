import FaninKernelTable

/// Each rule as one loop without a branch.
@inline(__always)
func update<T: DenseNumber>(_ values: KernelUpdate<T>, _ rule: KernelRule<T>) {
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
      let a = first[i] + g[i] * g[i]
      first[i] = a
      w[i] -= rate * g[i] / T.root(a + epsilon)
    }

  case .adam(let rate, let c1, let c2, let epsilon, amsgrad: false):
    for i in indices {
      let m = first[i] + (g[i] - first[i]) * c1
      let v = second[i] + (g[i] * g[i] - second[i]) * c2
      first[i] = m
      second[i] = v
      w[i] -= m * rate / (T.root(v) + epsilon)
    }

  case .adam(let rate, let c1, let c2, let epsilon, amsgrad: true):
    for i in indices {
      let m = first[i] + (g[i] - first[i]) * c1
      let v = second[i] + (g[i] * g[i] - second[i]) * c2
      let bound = T.larger(third[i], v)
      first[i] = m
      second[i] = v
      third[i] = bound
      w[i] -= m * rate / (T.root(bound) + epsilon)
    }

  case .rmsprop(let rate, let rho, let c, mu: 0, let epsilon, centered: false):
    for i in indices {
      let v = rho * first[i] + c * g[i] * g[i]
      first[i] = v
      w[i] -= rate * g[i] / T.root(v + epsilon)
    }

  case .rmsprop(let rate, let rho, let c, mu: 0, let epsilon, centered: true):
    for i in indices {
      let v = rho * first[i] + c * g[i] * g[i]
      let a = rho * second[i] + c * g[i]
      first[i] = v
      second[i] = a
      w[i] -= rate * g[i] / T.root(v - a * a + epsilon)
    }

  case .rmsprop(let rate, let rho, let c, let mu, let epsilon, centered: false):
    for i in indices {
      let v = rho * first[i] + c * g[i] * g[i]
      let m = mu * second[i] + rate * g[i] / T.root(v + epsilon)
      first[i] = v
      second[i] = m
      w[i] -= m
    }

  case .rmsprop(let rate, let rho, let c, let mu, let epsilon, centered: true):
    for i in indices {
      let v = rho * first[i] + c * g[i] * g[i]
      let a = rho * third[i] + c * g[i]
      let m = mu * second[i] + rate * g[i] / T.root(v - a * a + epsilon)
      first[i] = v
      second[i] = m
      third[i] = a
      w[i] -= m
    }
  }
}
