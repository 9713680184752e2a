/// Which value of a smaller array goes with each value of a sample, the smaller one repeated along some axes.
///
/// The sample is cut into runs, along which the smaller array's values either follow each other or stay the same.
struct Broadcast: Sendable {
  /// Values in the smaller array.
  let count: Int
  /// Values in a run, and how the smaller array's index goes along it: by 1, or by 0.
  private let run: Int
  private let step: Int
  /// For each run, where the smaller array's part of it begins.
  private let starts: [Int]

  /// - Parameter repeats: for each axis of a sample, whether the smaller array has one value for all along it.
  init(_ shape: [Int], repeats: [Bool]) {
    var run = 1
    var axis = shape.count
    var isRepeated: Bool?
    while axis > 0, shape[axis - 1] == 1 || repeats[axis - 1] == isRepeated ?? repeats[axis - 1] {
      axis -= 1
      if shape[axis] > 1 { isRepeated = repeats[axis] }
      run *= shape[axis]
    }
    self.run = run
    step = isRepeated == true ? 0 : 1
    var starts = [0]
    var stride = step == 0 ? 1 : run
    for axis in (0..<axis).reversed() {
      let size = shape[axis]
      let distance = repeats[axis] ? 0 : stride
      // The axes further in, once for each place on this one.
      starts = (0..<size).flatMap { place in starts.map { $0 + place * distance } }
      if !repeats[axis] { stride *= size }
    }
    self.starts = starts
    count = stride
  }

  /// Whether the smaller array is as large as the sample.
  var isWhole: Bool { step == 1 && starts.count == 1 }

  /// Calls `body` for each value of a sample, with the smaller array's index of it.
  @inline(__always)
  func visit(_ body: (_ index: Int, _ small: Int) -> Void) {
    starts.withUnsafeBufferPointer { starts in
      for number in 0..<starts.count {
        let first = number &* run
        let start = starts[number]
        if step == 1 {
          for i in 0..<run { body(first &+ i, start &+ i) }
        } else {
          for i in 0..<run { body(first &+ i, start) }
        }
      }
    }
  }
}
