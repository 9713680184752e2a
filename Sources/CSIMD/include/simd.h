// What Swift's own SIMD types compile lane by lane: conversions, comparisons, square roots. And the table
// of the logarithm, which in Swift would be a lazy global. No sums or products of floats: clang may
// fuse them, Swift never does.
#ifndef FANIN_SIMD_H
#define FANIN_SIMD_H

#include <stdbool.h>
#include <stdint.h>

// These functions are always inlined, so how a vector would be passed does not matter.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#define SIMD_INLINE static inline __attribute__((always_inline))

typedef float simd_f32x8 __attribute__((ext_vector_type(8)));
typedef double simd_f64x8 __attribute__((ext_vector_type(8)));
typedef double simd_f64x16 __attribute__((ext_vector_type(16)));
typedef uint16_t simd_u16x8 __attribute__((ext_vector_type(8)));
typedef uint32_t simd_u32x8 __attribute__((ext_vector_type(8)));
typedef uint32_t simd_u32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t simd_u32x32 __attribute__((ext_vector_type(32)));
typedef int32_t simd_i32x8 __attribute__((ext_vector_type(8)));
typedef uint64_t simd_u64x4 __attribute__((ext_vector_type(4)));
typedef uint64_t simd_u64x8 __attribute__((ext_vector_type(8)));


// 32 words of eight each, and back.
SIMD_INLINE simd_u32x32 simd_join(simd_u32x8 a, simd_u32x8 b, simd_u32x8 c, simd_u32x8 d) {
  simd_u32x16 low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  simd_u32x16 high = __builtin_shufflevector(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  simd_u32x32 joined;
  joined.lo = low;
  joined.hi = high;
  return joined;
}
SIMD_INLINE simd_u32x8 simd_words_0(simd_u32x32 x) { return x.lo.lo; }
SIMD_INLINE simd_u32x8 simd_words_1(simd_u32x32 x) { return x.lo.hi; }
SIMD_INLINE simd_u32x8 simd_words_2(simd_u32x32 x) { return x.hi.lo; }
SIMD_INLINE simd_u32x8 simd_words_3(simd_u32x32 x) { return x.hi.hi; }

SIMD_INLINE simd_u16x8 simd_low_halves(simd_u32x8 x) {
  return __builtin_convertvector(x, simd_u16x8);
}
SIMD_INLINE simd_f64x8 simd_widen(simd_f32x8 x) { return __builtin_convertvector(x, simd_f64x8); }
SIMD_INLINE simd_f32x8 simd_narrow(simd_f64x8 x) { return __builtin_convertvector(x, simd_f32x8); }

// Whether the 32 vectors that four times eight blocks in the making take fit in registers.
SIMD_INLINE bool simd_registers_hold_quads(void) {
#ifdef __AVX512F__
  return true;
#else
  return false;
#endif
}

// The products of the lanes' low halves. In assembler: where the compiler knows of one operand that its high halves are
// zero it drops the masks that would show it the one instruction, and then multiplies 64 bits.
SIMD_INLINE simd_u64x8 simd_multiply_low(simd_u64x8 a, simd_u64x8 b) {
#if defined(__AVX512F__)
  simd_u64x8 product;
  __asm__("vpmuludq %1, %2, %0" : "=v"(product) : "v"(a), "v"(b));
  return product;
#elif defined(__AVX2__)
  simd_u64x8 product;
  simd_u64x4 low, high;
  __asm__("vpmuludq %1, %2, %0" : "=x"(low) : "x"(a.lo), "x"(b.lo));
  __asm__("vpmuludq %1, %2, %0" : "=x"(high) : "x"(a.hi), "x"(b.hi));
  product.lo = low;
  product.hi = high;
  return product;
#elif defined(__SSE2__)
  typedef uint64_t lanes __attribute__((ext_vector_type(2)));
  lanes p0 = a.s01, p1 = a.s23, p2 = a.s45, p3 = a.s67;
  __asm__("pmuludq %1, %0" : "+x"(p0) : "x"((lanes)b.s01));
  __asm__("pmuludq %1, %0" : "+x"(p1) : "x"((lanes)b.s23));
  __asm__("pmuludq %1, %0" : "+x"(p2) : "x"((lanes)b.s45));
  __asm__("pmuludq %1, %0" : "+x"(p3) : "x"((lanes)b.s67));
  simd_u64x8 product;
  product.s01 = p0;
  product.s23 = p1;
  product.s45 = p2;
  product.s67 = p3;
  return product;
#else
  return (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF);
#endif
}

// Of one number, so that a loop over them becomes one over vectors: Swift's squareRoot() sets errno on the
// side, and its conditional expressions become branches.
SIMD_INLINE float simd_sqrt_f32(float x) { return __builtin_elementwise_sqrt(x); }
SIMD_INLINE double simd_sqrt_f64(double x) { return __builtin_elementwise_sqrt(x); }
SIMD_INLINE float simd_relu_f32(float x) { return x < 0 ? 0 : x; }
SIMD_INLINE double simd_relu_f64(double x) { return x < 0 ? 0 : x; }
SIMD_INLINE float simd_if_positive_f32(float x, float sign) { return sign > 0 ? x : 0; }
SIMD_INLINE double simd_if_positive_f64(double x, double sign) { return sign > 0 ? x : 0; }
SIMD_INLINE simd_f32x8 simd_sqrt(simd_f32x8 x) { return __builtin_elementwise_sqrt(x); }

SIMD_INLINE simd_f64x8 simd_max(simd_f64x8 a, simd_f64x8 b) { return __builtin_elementwise_max(a, b); }

// a b + c, rounded once where the processor can. Only for what is rounded to float32 afterwards: that the float is
// the same either way is tested on every argument.
SIMD_INLINE simd_f64x8 simd_multiply_add(simd_f64x8 a, simd_f64x8 b, simd_f64x8 c) {
#ifdef __FMA__
  return __builtin_elementwise_fma(a, b, c);
#else
#pragma clang fp contract(off)
  return a * b + c;
#endif
}

// All bits of a lane where it holds, none elsewhere.
SIMD_INLINE simd_u32x8 simd_less(simd_u32x8 a, simd_u32x8 b) { return (simd_u32x8)(a < b); }
SIMD_INLINE simd_u32x8 simd_equal(simd_u32x8 a, simd_u32x8 b) { return (simd_u32x8)(a == b); }

// Lanes of a where mask has ones, of b where it has zeros.
SIMD_INLINE simd_u32x8 simd_select(simd_u32x8 mask, simd_u32x8 a, simd_u32x8 b) {
  return (simd_i32x8)mask < 0 ? a : b;
}

// Bit i is the top bit of lane i.
SIMD_INLINE uint8_t simd_top_bits(simd_u32x8 x) {
  typedef _Bool bits __attribute__((ext_vector_type(8)));
  return __builtin_bit_cast(uint8_t, __builtin_convertvector((simd_i32x8)x < 0, bits));
}

// Of 32 floats: bit i is set unless float i lies in (-bound, bound).
SIMD_INLINE uint32_t simd_beyond(simd_u32x32 x, float bound) {
  typedef float floats __attribute__((ext_vector_type(16)));
  typedef int32_t lanes __attribute__((ext_vector_type(16)));
  typedef _Bool bits __attribute__((ext_vector_type(16)));
  lanes low = __builtin_elementwise_abs((floats)x.lo) >= (floats)bound;
  lanes high = __builtin_elementwise_abs((floats)x.hi) >= (floats)bound;
  return __builtin_bit_cast(uint16_t, __builtin_convertvector(low, bits)) |
         (uint32_t)__builtin_bit_cast(uint16_t, __builtin_convertvector(high, bits)) << 16;
}

// The low words a0 b0 c0 d0 a1 b1 c1 d1 ... of lanes that are in the order 0 4 1 5 2 6 3 7: with it no word has to leave its
// part of 128 bits.
SIMD_INLINE simd_u32x32 simd_interleave_words(simd_u64x8 a, simd_u64x8 b, simd_u64x8 c, simd_u64x8 d) {
#define SIMD_PAIR(x, y)                                                                            \
  (simd_u64x8) __builtin_shufflevector((simd_u32x16)x, (simd_u32x16)y, 0, 16, 2, 18, 4, 20, 6, 22, \
                                       8, 24, 10, 26, 12, 28, 14, 30)
  simd_u64x8 ab = SIMD_PAIR(a, b);
  simd_u64x8 cd = SIMD_PAIR(c, d);
#undef SIMD_PAIR
  simd_u32x16 low = (simd_u32x16)__builtin_shufflevector(ab, cd, 0, 8, 2, 10, 4, 12, 6, 14);
  simd_u32x16 high = (simd_u32x16)__builtin_shufflevector(ab, cd, 1, 9, 3, 11, 5, 13, 7, 15);
  return simd_join(low.lo, low.hi, high.lo, high.hi);
}

#define SIMD_UNPACK(x, y, n)                                                                       \
  (simd_u64x4) __builtin_shufflevector(x, y, n, n + 8, n + 1, n + 9, n + 4, n + 12, n + 5, n + 13)

// The same of 32-bit lanes in the order 0 2 4 6 1 3 5 7.
SIMD_INLINE simd_u32x32 simd_interleave(simd_u32x8 a, simd_u32x8 b, simd_u32x8 c, simd_u32x8 d) {
  simd_u64x4 ab0 = SIMD_UNPACK(a, b, 0), ab1 = SIMD_UNPACK(a, b, 2);
  simd_u64x4 cd0 = SIMD_UNPACK(c, d, 0), cd1 = SIMD_UNPACK(c, d, 2);
  return simd_join(
      (simd_u32x8)__builtin_shufflevector(ab0, cd0, 0, 4, 2, 6),
      (simd_u32x8)__builtin_shufflevector(ab0, cd0, 1, 5, 3, 7),
      (simd_u32x8)__builtin_shufflevector(ab1, cd1, 0, 4, 2, 6),
      (simd_u32x8)__builtin_shufflevector(ab1, cd1, 1, 5, 3, 7));
}

// What simd_interleave was made of: a, then b, ...
SIMD_INLINE simd_u32x32 simd_deinterleave(simd_u32x8 a, simd_u32x8 b, simd_u32x8 c, simd_u32x8 d) {
  simd_u64x4 ab0 = SIMD_UNPACK(a, b, 0), cd0 = SIMD_UNPACK(a, b, 2);
  simd_u64x4 ab1 = SIMD_UNPACK(c, d, 0), cd1 = SIMD_UNPACK(c, d, 2);
  return simd_join(
      (simd_u32x8)__builtin_shufflevector(ab0, ab1, 0, 4, 2, 6),
      (simd_u32x8)__builtin_shufflevector(ab0, ab1, 1, 5, 3, 7),
      (simd_u32x8)__builtin_shufflevector(cd0, cd1, 0, 4, 2, 6),
      (simd_u32x8)__builtin_shufflevector(cd0, cd1, 1, 5, 3, 7));
}

#undef SIMD_UNPACK

// Lanes 0 2 4 6 1 3 5 7.
SIMD_INLINE simd_u64x8 simd_even_then_odd(simd_u64x8 x) {
  return __builtin_shufflevector(x, x, 0, 2, 4, 6, 1, 3, 5, 7);
}

// a0 b0 a1 b1 ... of lanes in the order 0 4 1 5 2 6 3 7.
SIMD_INLINE simd_f64x16 simd_interleave_pair(simd_f64x8 a, simd_f64x8 b) {
  return __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15);
}

// 1 / c for c in 16 intervals of [0.7, 1.4), and ln c: the table of the GNU C library's logf, published by Arm as
// "optimized routines" (math/logf_data.c).
static const double simd_log_table[2][16] = {
    {0x1.661ec79f8f3bep+0, 0x1.571ed4aaf883dp+0, 0x1.49539f0f010bp+0, 0x1.3c995b0b80385p+0,
     0x1.30d190c8864a5p+0, 0x1.25e227b0b8eap+0, 0x1.1bb4a4a1a343fp+0, 0x1.12358f08ae5bap+0,
     0x1.0953f419900a7p+0, 0x1p+0, 0x1.e608cfd9a47acp-1, 0x1.ca4b31f026aap-1,
     0x1.b2036576afce6p-1, 0x1.9c2d163a1aa2dp-1, 0x1.886e6037841edp-1, 0x1.767dcf5534862p-1},
    {-0x1.57bf7808caadep-2, -0x1.2bef0a7c06ddbp-2, -0x1.01eae7f513a67p-2, -0x1.b31d8a68224e9p-3,
     -0x1.6574f0ac07758p-3, -0x1.1aa2bc79c81p-3, -0x1.a4e76ce8c0e5ep-4, -0x1.1973c5a611cccp-4,
     -0x1.252f438e10c1ep-5, 0x0p+0, 0x1.aa5aa5df25984p-5, 0x1.c5e53aa362eb4p-4,
     0x1.526e57720db08p-3, 0x1.bc2860d22477p-3, 0x1.1058bc8a07ee1p-2, 0x1.4043057b6ee09p-2},
};

// 1 / c and ln c of one interval, 0 <= i < 16.
SIMD_INLINE double simd_log_inverse(int32_t i) { return simd_log_table[0][i]; }
SIMD_INLINE double simd_log_center(int32_t i) { return simd_log_table[1][i]; }

// The same of eight intervals, each in the low four bits of a lane.
SIMD_INLINE simd_f64x8 simd_log_lookup(const double *column, simd_u64x8 i) {
#ifdef __AVX512F__
  typedef double table __attribute__((vector_size(64)));
  typedef long long lanes __attribute__((vector_size(64)));
  table low, high;
  __builtin_memcpy(&low, column, 64);
  __builtin_memcpy(&high, column + 8, 64);
  return (simd_f64x8)__builtin_ia32_vpermi2varpd512(low, (lanes)i, high);
#else
  i &= 15;
  return (simd_f64x8){column[i[0]], column[i[1]], column[i[2]], column[i[3]],
                      column[i[4]], column[i[5]], column[i[6]], column[i[7]]};
#endif
}
SIMD_INLINE simd_f64x8 simd_log_inverses(simd_u64x8 i) { return simd_log_lookup(simd_log_table[0], i); }
SIMD_INLINE simd_f64x8 simd_log_centers(simd_u64x8 i) { return simd_log_lookup(simd_log_table[1], i); }

// The C library's sine and cosine of one number. GNU's sincos gives the bits of its sin and cos in two thirds of their
// time.
#ifdef __GLIBC__
extern void sincos(double x, double *sine, double *cosine);
#else
#include <math.h>
static inline void sincos(double x, double *sine, double *cosine) {
  *sine = sin(x);
  *cosine = cos(x);
}
#endif
SIMD_INLINE void simd_sincos_f64(double x, double *sine, double *cosine) { sincos(x, sine, cosine); }

// Whether the processor, and the system, can.
#ifdef __x86_64__
SIMD_INLINE bool simd_has_avx2(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
SIMD_INLINE bool simd_has_avx512(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}
#endif

// For the dense kernels.

SIMD_INLINE float simd_larger_f32(float a, float b) { return a > b ? a : b; }
SIMD_INLINE double simd_larger_f64(double a, double b) { return a > b ? a : b; }
SIMD_INLINE simd_f32x8 simd_larger_f32x8(simd_f32x8 a, simd_f32x8 b) { return a > b ? a : b; }
SIMD_INLINE simd_f64x8 simd_larger_f64x8(simd_f64x8 a, simd_f64x8 b) { return a > b ? a : b; }

// value, but 0 where x < bound.
SIMD_INLINE float simd_zero_below_f32(float value, float x, float bound) { return x < bound ? 0 : value; }
SIMD_INLINE double simd_zero_below_f64(double value, double x, double bound) { return x < bound ? 0 : value; }

// Tells the processor that this thread waits for another one.
SIMD_INLINE void simd_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

// Makes this processor the only owner of the cache line at an address: it writes what is there. Many such stores one
// after the other are under way at once, which those of a loop that computes in between are not.
SIMD_INLINE void simd_own(void *address) {
  volatile char *line = (volatile char *)address;
  *line = *line;
}

// Makes this thread take subnormal numbers for 0, which many processors compute with many times slower; returns what
// `simd_set_float_mode` takes to undo it.
SIMD_INLINE uint64_t simd_flush_subnormals(void) {
#if defined(__x86_64__)
  uint32_t mode = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(mode | 0x8040);
  return mode;
#elif defined(__aarch64__)
  uint64_t mode;
  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  __asm__ volatile("msr fpcr, %0" : : "r"(mode | 1 << 24));
  return mode;
#else
  return 0;
#endif
}
SIMD_INLINE void simd_set_float_mode(uint64_t mode) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr((uint32_t)mode);
#elif defined(__aarch64__)
  __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
  (void)mode;
#endif
}

#pragma clang diagnostic pop

#endif
