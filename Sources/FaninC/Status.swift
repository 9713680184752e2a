import CFanin
import Fanin

/// Runs `body`; what it throws becomes a status, and a message in `report`.
func status(
  _ report: UnsafeMutablePointer<fanin_error>?, _ body: () throws(FaninError) -> Void
) -> fanin_status {
  do {
    try body()
    return fanin_status(FANIN_OK)
  } catch {
    let (code, message) = describe(error)
    if let report { write(message, to: report) }
    return fanin_status(code)
  }
}

private func describe(_ error: FaninError) -> (Int, String) {
  switch error {
  case .invalidValue(let message): (FANIN_INVALID_VALUE, message)
  case .invalidType(let message): (FANIN_INVALID_TYPE, message)
  case .outOfMemory(let message): (FANIN_OUT_OF_MEMORY, message)
  case .notImplemented(let message): (FANIN_NOT_IMPLEMENTED, message)
  case .busy(let message): (FANIN_BUSY, message)
  }
}

/// As much of the message as fits, cut between characters, and a zero.
private func write(_ message: String, to report: UnsafeMutablePointer<fanin_error>) {
  withUnsafeMutableBytes(of: &report.pointee.message) { bytes in
    var used = 0
    for character in message {
      let utf8 = character.utf8
      guard used + utf8.count < bytes.count else { break }
      for byte in utf8 {
        bytes[used] = byte
        used += 1
      }
    }
    bytes[used] = 0
  }
}

/// A pointer that must not be NULL.
func required<Pointer>(_ name: String, _ pointer: Pointer?) throws(FaninError) -> Pointer {
  guard let pointer else { throw .invalidValue("`\(name)` must not be NULL") }
  return pointer
}

/// `count` integers behind `pointer`, which may be NULL if there are none.
func integers(
  _ name: String, _ pointer: UnsafePointer<Int64>?, _ count: Int32
) throws(FaninError) -> [Int] {
  guard (0...64).contains(count) else {
    throw .invalidValue("The number of values in `\(name)` must be between 0 and 64. Received: \(count)")
  }
  guard count > 0 else { return [] }
  let pointer = try required(name, pointer)
  return (0..<Int(count)).map { Int(pointer[$0]) }
}

/// A truth value that must be 0 or 1.
func truth(_ name: String, _ value: Int32) throws(FaninError) -> Bool {
  guard value == 0 || value == 1 else {
    throw .invalidValue("`\(name)` must be 0 or 1. Received: \(name)=\(value)")
  }
  return value == 1
}

/// A case of an enumeration whose raw values are those of `fanin.h`.
func choice<T: RawRepresentable & CaseIterable>(
  _ name: String, _ value: Int32
) throws(FaninError) -> T where T.RawValue == Int32 {
  guard let choice = T(rawValue: value) else {
    let allowed = T.allCases.map { "\($0.rawValue) (\($0))" }.joined(separator: ", ")
    throw .invalidValue("`\(name)` must be one of \(allowed). Received: \(name)=\(value)")
  }
  return choice
}
