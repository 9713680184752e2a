// swift-tools-version: 6.0

import PackageDescription

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
    .target(name: "FaninKernels", dependencies: ["CSIMD"]),
    .target(name: "Fanin", dependencies: ["CSIMD", "FaninKernels", "COpenBLAS"]),
    .target(name: "CFanin"),
    .target(name: "FaninC", dependencies: ["Fanin", "CFanin"]),
    .testTarget(name: "FaninTests", dependencies: ["Fanin"]),
  ],
  swiftLanguageModes: [.v6]
)
