/// A matrix with orthonormal rows or columns, times `gain`.
///
/// Q of the QR decomposition of standard normals, its columns multiplied by the signs of R's diagonal, which makes it
/// uniform over such matrices (Mezzadri, "How to generate random matrices from the classical compact groups",
/// 2007). The last axis is the columns, all others together the rows.
///
/// Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
/// networks", 2014.
public struct Orthogonal: Initializer {
  public var gain: Double

  public init(gain: Double = 1) {
    self.gain = gain
  }

  /// float16 and bfloat16 are computed in float32 and rounded once.
  public func fill(_ out: TensorView, seed: OpSeed) throws(FaninError) {
    guard let columns = out.shape.last, out.shape.count >= 2 else {
      throw .invalidValue("Orthogonal needs a shape of at least two axes. Received: shape=\(out.shape)")
    }
    guard out.count > 0 else { return }
    let rows = out.count / columns
    switch out.dtype {
    case .float64: try fill(Double.self, out, rows, columns, seed)
    case .float32, .float16, .bfloat16: try fill(Float.self, out, rows, columns, seed)
    }
  }

  private func fill<T: Scalar & Element>(
    _: T.Type, _ out: TensorView, _ rows: Int, _ columns: Int, _ seed: OpSeed
  ) throws(FaninError) {
    let gain = T(self.gain)
    guard gain.isFinite else {
      throw .invalidValue("`gain` must be finite in \(T.dtype). Received: gain=\(self.gain)")
    }
    let long = max(rows, columns)
    let short = min(rows, columns)
    guard let m = Int32(exactly: long), let n = Int32(exactly: short) else {
      throw .invalidValue("Orthogonal needs sizes below 2**31. Received: shape=\(out.shape)")
    }
    let q = try Memory<T>(long * short, for: "the orthogonal matrix of shape \(out.shape)")
    // Normals by row-major index, but stored column by column, as LAPACK has it.
    let size = MemoryLayout<T>.size
    let view = try TensorView(q.base, dtype: T.dtype, shape: [long, short], strides: [size, size * long])
    try NormalDistribution<T>(mean: 0, stddev: 1).fill(view, seed: seed)
    try BLASThreads.single { () throws(FaninError) in try Self.decompose(q.base, m, n) }
    out.setEach { index in
      let row = index / columns
      let column = index % columns
      let place = rows < columns ? column + row * long : row + column * long
      return Double(gain * q.base[place])
    }
  }

  /// Replaces a column-major m × n matrix, m >= n, by its Q with signs.
  private static func decompose<T: Scalar>(
    _ a: UnsafeMutablePointer<T>, _ m: Int32, _ n: Int32
  ) throws(FaninError) {
    let long = Int(m)
    let short = Int(n)
    var best: T = 0
    var query: T = 0
    _ = T.geqrf(m, n, a, &query, &best, -1)
    var blockOfQ: T = 0
    _ = T.orgqr(m, n, a, &query, &blockOfQ, -1)
    let workCount = Int32(max(best, blockOfQ, T(n)))
    let work = try Memory<T>(Int(workCount), for: "the QR decomposition")
    let tau = try Memory<T>(2 * short, for: "the QR decomposition")
    let signs = tau.base + short
    guard T.geqrf(m, n, a, tau.base, work.base, workCount) == 0 else {
      throw .invalidValue("LAPACK's geqrf refused a matrix of \(m) x \(n)")
    }
    for i in 0..<short { signs[i] = a[i + i * long] < 0 ? -1 : 1 }
    guard T.orgqr(m, n, a, tau.base, work.base, workCount) == 0 else {
      throw .invalidValue("LAPACK's orgqr refused a matrix of \(m) x \(n)")
    }
    for column in 0..<short where signs[column] < 0 {
      for i in column * long..<(column + 1) * long { a[i] = -a[i] }
    }
  }
}
