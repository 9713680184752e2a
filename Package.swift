// swift-tools-version: 6.0

import PackageDescription

/// The kernels once more, for AVX2 and AVX-512. Their names come after that of FaninKernels, so that the linker takes the
/// few functions that the compiler gives all modules from there. Their compiler flags keep a package from being anyone's
/// dependency, so they are built only on request; without them Fanin runs on the baseline's instructions.
#if arch(x86_64)
  let wideKernels: [(name: String, features: [String])] =
    Context.environment["FANIN_WIDE_KERNELS"] == "1"
    ? [
      ("FaninKernelsAVX2", ["avx2", "fma"]),
      ("FaninKernelsAVX512", ["avx2", "fma", "avx512f", "avx512dq", "avx512bw", "avx512vl"]),
    ] : []
#else
  let wideKernels: [(name: String, features: [String])] = []
#endif

let package = Package(
  name: "fanin",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Fanin", targets: ["Fanin"]),
    .library(name: "fanin", type: .dynamic, targets: ["FaninC"]),
  ],
  targets: [
    // BLAS and LAPACK: any OpenBLAS that pkg-config knows as "openblas".
    .systemLibrary(
      name: "COpenBLAS",
      pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]
    ),
    // SIMD conversions that Swift itself compiles lane by lane; header only.
    .target(name: "CSIMD"),
    .target(name: "FaninKernelTable"),
    .target(name: "FaninKernels", dependencies: ["CSIMD", "FaninKernelTable"]),
  ]
    // Links to the folder of FaninKernels.
    + wideKernels.map { kernels in
      .target(
        name: kernels.name, dependencies: ["CSIMD", "FaninKernelTable"],
        swiftSettings: [.unsafeFlags(kernels.features.flatMap { ["-Xcc", "-m\($0)"] })])
    } + [
      .target(
        name: "Fanin",
        dependencies: ["CSIMD", "FaninKernelTable", "FaninKernels", "COpenBLAS"]
          + wideKernels.map { .target(name: $0.name) },
        swiftSettings: wideKernels.isEmpty ? [] : [.define("WIDE_KERNELS")]),
      .target(name: "CFanin"),
      .target(name: "FaninC", dependencies: ["Fanin", "CFanin"]),
      .testTarget(name: "FaninTests", dependencies: ["Fanin", "FaninKernelTable"]),
    ],
  swiftLanguageModes: [.v6]
)
