extension TensorView {
  /// Writes every element, that with logical index i as value first + i of what `make` makes.
  ///
  /// - Parameter make: Writes value `index` and those that follow it. It is called on several threads at once, also for
  ///   values that are not needed: up to the multiple of `batch` before the first and after the last.
  func write<T>(
    from first: UInt64, batch: Int, make: (UnsafeMutableBufferPointer<T>, _ index: UInt64) -> Void
  ) {
    if isContiguous {
      let memory = UnsafeMutableBufferPointer(start: base.assumingMemoryBound(to: T.self), count: count)
      return Threads.split(count) {
        make(UnsafeMutableBufferPointer(rebasing: memory[$0]), first &+ UInt64($0.lowerBound))
      }
    }
    let axes = mergedAxes
    if let tiling = Tiling(axes, elementSize: MemoryLayout<T>.size, batch: batch) {
      Threads.split(tiling.count, grain: 1) { tiling.write($0, to: base, from: first, make: make) }
    } else {
      Threads.split(count) { writeRuns($0, along: axes, from: first, make: make) }
    }
  }

  /// The axes without those of size 1, and as one where a step of the outer is all of the inner.
  private var mergedAxes: [Axis] {
    var merged: [Axis] = []
    var step = count
    for (size, stride) in zip(shape, strides) where size != 1 {
      step /= size
      if let outer = merged.last, outer.stride == stride &* size {
        merged[merged.count - 1] = Axis(size: outer.size * size, stride: stride, step: step)
      } else {
        merged.append(Axis(size: size, stride: stride, step: step))
      }
    }
    return merged
  }

  /// Values in logical order, by way of a buffer, each to its place.
  private func writeRuns<T>(
    _ range: Range<Int>, along axes: [Axis], from first: UInt64,
    make: (UnsafeMutableBufferPointer<T>, UInt64) -> Void
  ) {
    let chunk = 4096
    let one = Axis(size: 1, stride: 0, step: count)
    let outer = axes.count > 2 ? Array(axes.dropLast(2)) : [one]
    let rows = axes.count > 1 ? axes[axes.count - 2] : one
    let columns = axes[axes.count - 1]
    let size = rows.size * columns.size
    withUnsafeTemporaryAllocation(of: T.self, capacity: chunk) { values in
      for start in stride(from: range.lowerBound, to: range.upperBound, by: chunk) {
        let part = UnsafeMutableBufferPointer(rebasing: values[0..<min(chunk, range.upperBound - start)])
        make(part, first &+ UInt64(start))
        guard var source = UnsafePointer(part.baseAddress) else { return }
        let end = source + part.count
        var matrix = Odometer(outer, at: start / size)
        var position = start % size
        while source < end {
          let (row, column) = position.quotientAndRemainder(dividingBy: columns.size)
          let place = base + (matrix.offset &+ row &* rows.stride &+ column &* columns.stride)
          let left = min(end - source, size - position)
          let whole = column == 0 ? left / columns.size : 0
          let taken = whole > 0 ? whole * columns.size : min(left, columns.size - column)
          if whole == 0 {
            store(taken, from: source, by: 1, to: place, by: columns.stride)
          } else if whole < columns.size {
            for i in 0..<whole {
              store(
                columns.size, from: source + i * columns.size, by: 1, to: place + i &* rows.stride, by: columns.stride)
            }
          } else {
            for j in 0..<columns.size {
              store(whole, from: source + j, by: columns.size, to: place + j &* columns.stride, by: rows.stride)
            }
          }
          source += taken
          position += taken
          if position == size {
            position = 0
            matrix.advance()
          }
        }
      }
    }
  }

  /// - Parameter step: From a value to the next, in elements.
  /// - Parameter stride: From a place to the next, in bytes.
  @inline(__always)
  private func store<T>(
    _ count: Int, from source: UnsafePointer<T>, by step: Int, to place: UnsafeMutableRawPointer, by stride: Int
  ) {
    if step == 1, stride == MemoryLayout<T>.size {
      place.copyMemory(from: source, byteCount: count * stride)
    } else {
      for i in 0..<count { place.storeBytes(of: source[i &* step], toByteOffset: i &* stride, as: T.self) }
    }
  }
}

extension TensorView {
  /// Writes `value(i)`, rounded to the dtype, at every logical index i.
  func setEach(_ value: (Int) -> Double) {
    switch dtype {
    case .float32: setEach(Float.self, value)
    case .float64: setEach(Double.self, value)
    case .float16: setEach(Binary16.self, value)
    case .bfloat16: setEach(BFloat16.self, value)
    }
  }

  private func setEach<T: Element>(_: T.Type, _ value: (Int) -> Double) {
    write(from: 0, batch: 1) { (part: UnsafeMutableBufferPointer<T>, index) in
      for i in part.indices { part[i] = T(storing: T.parameter(value(Int(index) + i))) }
    }
  }
}
