import FaninKernelTable

/// The kernels, for the instruction set that this module is compiled for.
public var kernels: KernelTable {
  KernelTable(
    uniform: { fill in
      switch fill.dtype {
      case .float32: run(UniformBody<Binary32>(fill), fill)
      case .float64: run(DoubleUniformBody(fill), fill)
      case .float16: run(UniformBody<Binary16>(fill), fill)
      case .bfloat16: run(UniformBody<Brain16>(fill), fill)
      }
    },
    normal: { fill in
      switch fill.dtype {
      case .float32: run(NormalBody<Binary32>(fill), fill)
      case .float64: run(DoubleNormalBody(fill), fill)
      case .float16: run(NormalBody<Binary16>(fill), fill)
      case .bfloat16: run(NormalBody<Brain16>(fill), fill)
      }
    },
    truncatedNormal: { fill, finish in
      switch fill.dtype {
      case .float32: truncatedNormals(Binary32.self, fill, finish)
      case .float64: run(DoubleTruncatedNormalBody(fill, finish), fill)
      case .float16: truncatedNormals(Binary16.self, fill, finish)
      case .bfloat16: truncatedNormals(Brain16.self, fill, finish)
      }
    },
    normalsOfWords: { words, out in
      let words = UnsafeRawPointer(words)
      let out = UnsafeMutableRawPointer(out)
      let (sines, cosines) = boxMullerLanes(
        words.loadUnaligned(as: SIMD8<UInt64>.self),
        words.loadUnaligned(fromByteOffset: 64, as: SIMD8<UInt64>.self))
      out.storeBytes(of: sines, as: SIMD8<Float>.self)
      out.storeBytes(of: cosines, toByteOffset: 32, as: SIMD8<Float>.self)
    },
    dense32: denseKernels(Float.self), dense64: denseKernels(Double.self))
}

private func run<Body: BatchBody>(_ body: Body, _ fill: KernelFill) {
  fill.forEachBatch(body)
}
