import COpenBLAS
import Synchronization

/// OpenBLAS on one thread, so that the same product has the same bits on every machine's count of processors.
///
/// The library may be the system's, which NumPy uses too: outside of Fanin's calls it keeps its own count.
enum BLASThreads {
  private struct State {
    var users = 0
    var countOutside: Int32 = 1
  }

  private static let state = Mutex(State())

  static func single(_ body: () throws(FaninError) -> Void) throws(FaninError) {
    state.withLock { state in
      if state.users == 0 {
        state.countOutside = blas_get_num_threads()
        if state.countOutside != 1 { blas_set_num_threads(1) }
      }
      state.users += 1
    }
    defer {
      state.withLock { state in
        state.users -= 1
        if state.users == 0, state.countOutside != 1 { blas_set_num_threads(state.countOutside) }
      }
    }
    try body()
  }
}
