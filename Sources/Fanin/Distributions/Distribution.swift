import FaninKernelTable

/// A map from random bits to values: value i of a stream depends on the seed and on i alone.
///
/// Values come in groups of `Value.groupSize`, each made from blocks of the stream that are its own, so
/// any part of a tensor can be computed alone. A value is standard · scale + offset, where the
/// standard value is that of `group`; each operation is rounded to `Value`, none is fused.
public protocol Distribution<Value>: Sendable {
  associatedtype Value: Element

  var scale: Value.Arithmetic { get }
  var offset: Value.Arithmetic { get }

  /// The standard values of group `number`, the first `Value.groupSize` of four: the definition.
  static func group(_ number: UInt64, of stream: PhiloxStream) -> SIMD4<Value.Arithmetic>

  /// The kernel that makes whole batches of groups: the fast way, equal to the definition in every bit.
  static func kernel(in table: KernelTable, of stream: PhiloxStream) -> (KernelFill) -> Void
}

extension Distribution {
  /// The element that a standard value of `group` becomes.
  public func element(_ standard: Value.Arithmetic) -> Value {
    Value(storing: Value.rounded(Value.rounded(Value.rounded(standard) * scale) + offset))
  }
}
