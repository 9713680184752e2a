import CFanin
import Fanin

@_cdecl("fanin_abi_version")
public func abiVersion() -> UInt32 { FANIN_ABI_VERSION }

@_cdecl("fanin_set_num_threads")
public func setNumThreads(_ count: Int32, _ error: UnsafeMutablePointer<fanin_error>?) -> fanin_status {
  status(error) { () throws(FaninError) in try Threads.setCount(Int(count)) }
}

@_cdecl("fanin_get_num_threads")
public func getNumThreads() -> Int32 { Int32(Threads.count) }
