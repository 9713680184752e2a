/// y = x min(1 / √Σ x², 10¹²), with the sum of each sample's squares along some axes: of norm 1, unless x is 0.
public struct UnitNormalization: Layer {
  /// Of a sample, next to each other; negative ones count from the end.
  public var axes: [Int]

  public init(axes: [Int] = [-1]) {
    self.axes = axes
  }

  public func outputShape(of inputShape: [Int]) throws(FaninError) -> [Int] {
    _ = try AxisBlock(try positions(of: axes, in: inputShape), of: inputShape)
    return inputShape
  }

  public func stage<T: Scalar>(_ type: T.Type, at place: Place) throws(FaninError) -> Stage<T>? {
    UnitNormalizationStage(
      try AxisBlock(try positions(of: axes, in: place.inputShape), of: place.inputShape), place)
  }
}

/// Keeps the factor of each group of values.
final class UnitNormalizationStage<T: Scalar>: Stage<T>, @unchecked Sendable {
  private let block: AxisBlock
  private var limit: T { 1e12 }

  init(_ block: AxisBlock, _ place: Place) {
    self.block = block
    super.init(inputs: place.inputs, outputs: place.outputs)
  }

  override var kept: Int { block.groups }

  @specialized(where T == Float)
  @specialized(where T == Double)
  override func forward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) {
    let size = block.size
    for row in rows {
      let kept = flow.kept + row * kept
      block.visitGroups { start, step, number in
        let x = flow.x + (row &* inputs &+ start)
        let y = flow.y + (row &* inputs &+ start)
        let square = T(sum(size) { Double(x[$0 &* step] * x[$0 &* step]) })
        let inverse = 1 / square.squareRoot()
        let factor = inverse > limit ? limit : inverse
        if flow.training { kept[number] = factor }
        for i in 0..<size { y[i &* step] = x[i &* step] * factor }
      }
    }
  }

  /// dL/dx = (dL/dy − y Σ y dL/dy) / √Σ x², or 10¹² dL/dy where that limits it.
  @specialized(where T == Float)
  @specialized(where T == Double)
  override func backward(_ flow: Flow<T>, rows: Range<Int>, part: Range<Int>?) -> Range<Int> {
    let size = block.size
    for row in rows {
      let kept = flow.kept + row * kept
      block.visitGroups { start, step, number in
        let y = flow.y + (row &* inputs &+ start)
        let dy = flow.dy + (row &* inputs &+ start)
        let dx = flow.dx + (row &* inputs &+ start)
        let factor = kept[number]
        let slope = factor < limit ? T(sum(size) { Double(dy[$0 &* step] * y[$0 &* step]) }) : 0
        for i in 0..<size { dx[i &* step] = factor * (dy[i &* step] - y[i &* step] * slope) }
      }
    }
    return 0..<inputs
  }
}
