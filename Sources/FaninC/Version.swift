import CFanin
import Fanin

@_cdecl("fanin_abi_version")
public func abiVersion() -> UInt32 { FANIN_ABI_VERSION }

@_cdecl("fanin_instruction_set")
public func instructionSet() -> Int32 { InstructionSet.current.rawValue }

@_cdecl("fanin_has_instruction_set")
public func hasInstructionSet(_ set: Int32) -> Int32 {
  InstructionSet.available.contains { $0.rawValue == set } ? 1 : 0
}

@_cdecl("fanin_describe_blas")
public func describeBLAS(
  _ text: UnsafeMutablePointer<CChar>?, _ size: Int64, _ error: UnsafeMutablePointer<fanin_error>?
) -> fanin_status {
  status(error) { () throws(FaninError) in
    let text = try required("text", text)
    guard size > 0 else { throw .invalidValue("`size` must be > 0. Received: size=\(size)") }
    let bytes = OpenBLAS.description.utf8.prefix(Int(size) - 1)
    for (i, byte) in bytes.enumerated() { text[i] = CChar(bitPattern: byte) }
    text[bytes.count] = 0
  }
}

@_cdecl("fanin_set_num_threads")
public func setNumThreads(_ count: Int32, _ error: UnsafeMutablePointer<fanin_error>?) -> fanin_status {
  status(error) { () throws(FaninError) in try Threads.setCount(Int(count)) }
}

@_cdecl("fanin_get_num_threads")
public func getNumThreads() -> Int32 { Int32(Threads.count) }
