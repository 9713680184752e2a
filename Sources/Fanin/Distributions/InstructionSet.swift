import CSIMD
import FaninKernelTable
import FaninKernels

#if WIDE_KERNELS
  import FaninKernelsAVX2
  import FaninKernelsAVX512
#endif

/// What the kernels are compiled for; all give the same bits.
public enum InstructionSet: Int32, CaseIterable, Sendable {
  /// What every processor of the architecture has: SSE2, or NEON.
  case baseline = 0
  /// AVX2 and FMA.
  case avx2 = 1
  /// AVX-512 F, DQ, BW and VL.
  case avx512 = 2

  /// Those that this build has and this processor knows, the best one last.
  public static let available: [InstructionSet] = {
    var sets: [InstructionSet] = [.baseline]
    #if WIDE_KERNELS
      if simd_has_avx2() { sets.append(.avx2) }
      if simd_has_avx512() { sets.append(.avx512) }
    #endif
    return sets
  }()

  /// The one in use: the best, or the available one that the environment variable FANIN_ISA names.
  public static let current: InstructionSet =
    environment("FANIN_ISA", allowed: "one of " + available.map { "\($0)" }.joined(separator: ", ")) { text in
      available.first { "\($0)" == text }
    } ?? available[available.count - 1]

  var kernels: KernelTable {
    switch self {
    case .baseline: FaninKernels.kernels
    #if WIDE_KERNELS
      case .avx2: FaninKernelsAVX2.kernels
      case .avx512: FaninKernelsAVX512.kernels
    #else
      case .avx2, .avx512: FaninKernels.kernels
    #endif
    }
  }
}
