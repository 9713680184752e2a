#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The processors that this process may use.
enum Processors {
  /// How many: those of the affinity mask, but no more than the quotas of the control groups pay for.
  static var count: Int { max(1, min(scheduled, quota(read: contents) ?? .max)) }

  private static var scheduled: Int {
    #if os(Linux)
      if let affinity = Affinity.current { return affinity.count }
    #endif
    return sysconf(Int32(_SC_NPROCESSORS_ONLN))
  }

  /// Processors' worth of time that the control groups of this process, and those around them, may use, rounded up;
  /// nil if none is limited.
  ///
  /// The hierarchies lie where systemd and containers mount them. In a container a group's path may be that of the
  /// host, where there is nothing; the container's own group is then the mount point, where the way up ends.
  static func quota(read: (String) -> String?) -> Int? {
    var smallest: Int?
    for line in (read("/proc/self/cgroup") ?? "").split(separator: "\n") {
      // number:controllers:path; version 2 is number 0, without controllers.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      let isSecond = fields[0] == "0" && fields[1].isEmpty
      guard isSecond || fields[1].split(separator: ",").contains("cpu") else { continue }
      var path = fields[2] == "/" ? "" : fields[2]
      while true {
        let limit =
          isSecond
          ? read("/sys/fs/cgroup\(path)/cpu.max")
          : read("/sys/fs/cgroup/cpu\(path)/cpu.cfs_quota_us").flatMap { quota in
            read("/sys/fs/cgroup/cpu\(path)/cpu.cfs_period_us").map { "\(quota) \($0)" }
          }
        if let processors = limit.flatMap(processors) { smallest = min(smallest ?? .max, processors) }
        guard let slash = path.lastIndex(of: "/") else { break }
        path = path[..<slash]
      }
    }
    return smallest
  }

  /// "quota period" in microseconds as processors, rounded up; nil for "max", -1 and nonsense.
  private static func processors(_ limit: String) -> Int? {
    let words = limit.split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0 else {
      return nil
    }
    return (quota - 1) / period + 1
  }

  /// The first 16 KiB of a file.
  private static func contents(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return withUnsafeTemporaryAllocation(byteCount: 1 << 14, alignment: 1) { buffer in
      var used = 0
      while used < buffer.count {
        let got = read(file, buffer.baseAddress! + used, buffer.count - used)
        guard got > 0 else { break }
        used += got
      }
      return String(decoding: buffer[..<used], as: UTF8.self)
    }
  }
}
