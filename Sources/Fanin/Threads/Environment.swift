#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What `parse` makes of an environment variable; nil if it is unset or empty, or if it is wrong, which a line on
/// standard error tells: no result depends on such a variable, so it stops nobody.
func environment<T>(_ name: String, allowed: String, parse: (String) -> T?) -> T? {
  guard let text = getenv(name).map({ String(cString: $0) }), !text.isEmpty else { return nil }
  if let value = parse(text) { return value }
  let line = "fanin: \(name) must be \(allowed); it is ignored. Received: \(name)=\(text)\n"
  _ = line.utf8.withContiguousStorageIfAvailable { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  return nil
}
