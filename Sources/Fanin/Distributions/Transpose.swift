/// Stores the columns of a matrix whose rows lie in a buffer: element (i, j), which is values[rows[i] + j], at
/// column j's offset from `base` and i elements on.
func storeColumns<T>(
  _ values: UnsafeMutablePointer<T>, rows: UnsafeMutableBufferPointer<Int>, to base: UnsafeMutableRawPointer,
  offsets: UnsafeMutableBufferPointer<Int>
) {
  let size = MemoryLayout<T>.size
  let n = 16 / size
  let (height, width) = (rows.count / n * n, offsets.count / n * n)
  let values = UnsafeMutableRawPointer(values)
  func source(_ i: Int, _ j: Int) -> UnsafeMutableRawPointer { values + (rows[i] + j) * size }
  func place(_ i: Int, _ j: Int) -> UnsafeMutableRawPointer { base + offsets[j] + i * size }
  for j in stride(from: 0, to: width, by: n) {
    for i in stride(from: 0, to: height, by: n) {
      switch size {
      case 2: transposeWords(from: { source(i + $0, j) }, to: { place(i, j + $0) })
      case 4: transposeDoubleWords(from: { source(i + $0, j) }, to: { place(i, j + $0) })
      default: transposeQuadWords(from: { source(i + $0, j) }, to: { place(i, j + $0) })
      }
    }
  }
  for j in offsets.indices {
    for i in (j < width ? height : 0)..<rows.count {
      place(i, j).storeBytes(of: source(i, j).load(as: T.self), as: T.self)
    }
  }
}

// Square blocks of 16 bytes a side. Interleaving row i with row i + n / 2, for each i, as often as n has binary digits
// below its highest, transposes n rows of n elements.

@inline(__always)
private func transposeWords(
  from source: (Int) -> UnsafeMutableRawPointer, to place: (Int) -> UnsafeMutableRawPointer
) {
  typealias V = SIMD8<UInt16>
  func row(_ i: Int) -> V { source(i).loadUnaligned(as: V.self) }
  func interleaved(_ a: V, _ b: V) -> (V, V) {
    (
      V(a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]),
      V(a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7])
    )
  }
  var (a, b, c, d) = (row(0), row(1), row(2), row(3))
  var (e, f, g, h) = (row(4), row(5), row(6), row(7))
  for _ in 0..<3 {
    let (ae, bf, cg, dh) = (interleaved(a, e), interleaved(b, f), interleaved(c, g), interleaved(d, h))
    (a, b, c, d) = (ae.0, ae.1, bf.0, bf.1)
    (e, f, g, h) = (cg.0, cg.1, dh.0, dh.1)
  }
  place(0).storeBytes(of: a, as: V.self)
  place(1).storeBytes(of: b, as: V.self)
  place(2).storeBytes(of: c, as: V.self)
  place(3).storeBytes(of: d, as: V.self)
  place(4).storeBytes(of: e, as: V.self)
  place(5).storeBytes(of: f, as: V.self)
  place(6).storeBytes(of: g, as: V.self)
  place(7).storeBytes(of: h, as: V.self)
}

@inline(__always)
private func transposeDoubleWords(
  from source: (Int) -> UnsafeMutableRawPointer, to place: (Int) -> UnsafeMutableRawPointer
) {
  typealias V = SIMD4<UInt32>
  func row(_ i: Int) -> V { source(i).loadUnaligned(as: V.self) }
  func interleaved(_ a: V, _ b: V) -> (V, V) {
    (V(a[0], b[0], a[1], b[1]), V(a[2], b[2], a[3], b[3]))
  }
  let (ac, bd) = (interleaved(row(0), row(2)), interleaved(row(1), row(3)))
  let (low, high) = (interleaved(ac.0, bd.0), interleaved(ac.1, bd.1))
  place(0).storeBytes(of: low.0, as: V.self)
  place(1).storeBytes(of: low.1, as: V.self)
  place(2).storeBytes(of: high.0, as: V.self)
  place(3).storeBytes(of: high.1, as: V.self)
}

@inline(__always)
private func transposeQuadWords(
  from source: (Int) -> UnsafeMutableRawPointer, to place: (Int) -> UnsafeMutableRawPointer
) {
  typealias V = SIMD2<UInt64>
  let (a, b) = (source(0).loadUnaligned(as: V.self), source(1).loadUnaligned(as: V.self))
  place(0).storeBytes(of: V(a[0], b[0]), as: V.self)
  place(1).storeBytes(of: V(a[1], b[1]), as: V.self)
}
