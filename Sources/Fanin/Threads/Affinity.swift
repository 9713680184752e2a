#if os(Linux)
  #if canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// The processors on which the system may run a thread, a bit for each.
  struct Affinity {
    private var mask: [UInt8]

    /// That of this thread.
    static var current: Affinity? {
      // 8192 bits are the most that Linux is built for.
      var mask = [UInt8](repeating: 0, count: 1024)
      guard let get, get(0, mask.count, &mask) == 0 else { return nil }
      return Affinity(mask: mask)
    }

    var count: Int { mask.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// The processor that runs this.
    static var here: Affinity {
      var affinity = Affinity(mask: [UInt8](repeating: 0, count: 1024))
      if let number = processor.map({ Int($0()) }), affinity.mask.indices.contains(number / 8) {
        affinity.mask[number / 8] = 1 << UInt8(number % 8)
      }
      return affinity
    }

    /// Nil if nothing is left.
    func without(_ other: Affinity) -> Affinity? {
      let rest = Affinity(mask: zip(mask, other.mask).map { $0 & ~$1 })
      return rest.count > 0 ? rest : nil
    }

    /// Where there is no such function, as in musl, the system chooses.
    func bind(_ attributes: UnsafeMutablePointer<pthread_attr_t>) {
      _ = Self.setAttribute?(attributes, mask.count, mask)
    }

    func bind(_ thread: pthread_t) {
      _ = Self.set?(thread, mask.count, mask)
    }

    // Swift does not import GNU extensions.
    private static let get = unsafeBitCast(
      dlsym(nil, "sched_getaffinity"),
      to: (@convention(c) (pid_t, Int, UnsafeMutablePointer<UInt8>) -> Int32)?.self)
    private static let set = unsafeBitCast(
      dlsym(nil, "pthread_setaffinity_np"),
      to: (@convention(c) (pthread_t, Int, UnsafePointer<UInt8>) -> Int32)?.self)
    private static let setAttribute = unsafeBitCast(
      dlsym(nil, "pthread_attr_setaffinity_np"),
      to: (@convention(c) (UnsafeMutablePointer<pthread_attr_t>, Int, UnsafePointer<UInt8>) -> Int32)?.self)
    private static let processor = unsafeBitCast(
      dlsym(nil, "sched_getcpu"), to: (@convention(c) () -> Int32)?.self)
  }
#endif
