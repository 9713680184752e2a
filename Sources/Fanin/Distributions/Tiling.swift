/// Tiles of a tensor whose neighbours in memory are far from each other in logical order, as those of a transpose.
///
/// A column stands for an index of the last axes, enough of them for the kernels to make a long run of values; a row
/// stands for an index of the others, in memory's order. A tile's rows are made, in a buffer, and its columns stored.
struct Tiling {
  private let rowAxes: [Axis]
  private let columnAxes: [Axis]
  private let rows: Int
  private let columns: Int
  private let tileRows: Int
  private let tileColumns: Int
  private let batch: Int

  /// Fewer columns than this are not worth a row of their own.
  private static let fewestColumns = 32
  private static let mostColumns = 256
  /// In bytes: 32 rows of float32.
  private static let bufferSize = 40 << 10

  /// Nil if neighbours in memory are neighbours, or nearly so, in logical order.
  ///
  /// - Parameter batch: Runs of values begin and end at multiples of this.
  init?(_ axes: [Axis], elementSize: Int, batch: Int) {
    let first = axes.lastIndex { $0.size * $0.step >= Self.fewestColumns } ?? 0
    let nearest = axes.indices.min { axes[$0].stride.magnitude < axes[$1].stride.magnitude } ?? 0
    guard nearest < first else { return nil }
    self.batch = batch
    rowAxes = axes[..<first].sorted { $0.stride.magnitude > $1.stride.magnitude }
    columnAxes = Array(axes[first...])
    columns = axes[first].size * axes[first].step
    rows = rowAxes.reduce(1) { $0 * $1.size }
    let capacity = Self.bufferSize / elementSize
    tileRows = min(rows, capacity / (min(columns, Self.mostColumns) + 2 * batch))
    tileColumns = min(columns, capacity / tileRows - 2 * batch)
  }

  private var tilesDown: Int { (rows - 1) / tileRows + 1 }

  /// The number of tiles.
  var count: Int { tilesDown * ((columns - 1) / tileColumns + 1) }

  /// Writes the tiles in `range`; consecutive ones lie below each other.
  func write<T>(
    _ range: Range<Int>, to base: UnsafeMutableRawPointer, from first: UInt64,
    make: (UnsafeMutableBufferPointer<T>, UInt64) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: T.self, capacity: tileRows * (tileColumns + 2 * batch)) { values in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: 2 * tileRows + tileColumns) { table in
        var columnOfTable = -1
        for tile in range {
          let row = tile % tilesDown * tileRows
          let column = tile / tilesDown * tileColumns
          let height = min(tileRows, rows - row)
          let width = min(tileColumns, columns - column)
          let columnOffsets = UnsafeMutableBufferPointer(rebasing: table[..<width])
          if column != columnOfTable {
            var across = Odometer(columnAxes, at: column)
            for j in 0..<width {
              columnOffsets[j] = across.offset
              across.advance()
            }
            columnOfTable = column
          }
          let rest = UnsafeMutableBufferPointer(rebasing: table[tileColumns...])
          let sources = UnsafeMutableBufferPointer(rebasing: rest[..<height])
          let rowOffsets = UnsafeMutableBufferPointer(rebasing: rest[height..<2 * height])
          makeRows(row, column, height, width, values, sources, rowOffsets, first, make)
          let size = MemoryLayout<T>.size
          if rowOffsets.indices.allSatisfy({ rowOffsets[$0] == rowOffsets[0] &+ $0 &* size }) {
            storeColumns(values.baseAddress!, rows: sources, to: base + rowOffsets[0], offsets: columnOffsets)
          } else {
            for j in 0..<width {
              let place = base + columnOffsets[j]
              for i in 0..<height {
                place.storeBytes(of: values[sources[i] + j], toByteOffset: rowOffsets[i], as: T.self)
              }
            }
          }
        }
      }
    }
  }

  /// Makes the values of a tile, rows that follow each other in logical order as one run.
  private func makeRows<T>(
    _ row: Int, _ column: Int, _ height: Int, _ width: Int, _ values: UnsafeMutableBufferPointer<T>,
    _ sources: UnsafeMutableBufferPointer<Int>, _ offsets: UnsafeMutableBufferPointer<Int>, _ first: UInt64,
    _ make: (UnsafeMutableBufferPointer<T>, UInt64) -> Void
  ) {
    var down = Odometer(rowAxes, at: row)
    var used = 0
    var i = 0
    while i < height {
      let start = down.logical
      let index = first &+ UInt64(start + column)
      let skipped = Int(index % UInt64(batch))
      var length = skipped
      repeat {
        sources[i] = used + length
        offsets[i] = down.offset
        length += width
        i += 1
        down.advance()
      } while i < height && down.logical == start + length - skipped
      length = (length + batch - 1) / batch * batch
      make(UnsafeMutableBufferPointer(rebasing: values[used..<used + length]), index - UInt64(skipped))
      used += length
    }
  }
}
