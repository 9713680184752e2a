/// A mistake in what a caller passed, or memory that can't be had; the message names the argument, what is allowed
/// and what was received.
public enum FaninError: Error, Equatable {
  case invalidValue(String)
  case invalidType(String)
  case outOfMemory(String)
  case notImplemented(String)
  /// The network is being trained by another thread.
  case busy(String)
}
