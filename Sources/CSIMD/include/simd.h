// What Swift's own SIMD types compile lane by lane: conversions, comparisons, square roots. And the table
// of the logarithm, which in Swift would be a lazy global. No sums or products of floats: clang may
// fuse them, Swift never does.
#ifndef FANIN_SIMD_H
#define FANIN_SIMD_H

#include <stdint.h>

// These functions are always inlined, so how a vector would be passed does not matter.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpsabi"

#define SIMD_INLINE static inline __attribute__((always_inline))

typedef float simd_f32x8 __attribute__((ext_vector_type(8)));
typedef double simd_f64x8 __attribute__((ext_vector_type(8)));
typedef double simd_f64x16 __attribute__((ext_vector_type(16)));
typedef int32_t simd_i32x8 __attribute__((ext_vector_type(8)));
typedef uint32_t simd_u32x8 __attribute__((ext_vector_type(8)));
typedef uint32_t simd_u32x16 __attribute__((ext_vector_type(16)));
typedef uint32_t simd_u32x32 __attribute__((ext_vector_type(32)));
typedef uint64_t simd_u64x8 __attribute__((ext_vector_type(8)));
typedef uint16_t simd_u16x32 __attribute__((ext_vector_type(32)));

// The low 32 bits of each lane.
SIMD_INLINE simd_u32x8 simd_low_words(simd_u64x8 x) {
  return __builtin_convertvector(x, simd_u32x8);
}
SIMD_INLINE simd_u16x32 simd_low_halves(simd_u32x32 x) {
  return __builtin_convertvector(x, simd_u16x32);
}

SIMD_INLINE simd_f64x8 simd_widen(simd_f32x8 x) { return __builtin_convertvector(x, simd_f64x8); }
SIMD_INLINE simd_f32x8 simd_narrow(simd_f64x8 x) { return __builtin_convertvector(x, simd_f32x8); }
SIMD_INLINE simd_f64x8 simd_double(simd_i32x8 x) { return __builtin_convertvector(x, simd_f64x8); }
// Towards zero.
SIMD_INLINE simd_i32x8 simd_truncate(simd_f64x8 x) {
  return __builtin_convertvector(x, simd_i32x8);
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

SIMD_INLINE simd_f32x8 simd_max(simd_f32x8 a, simd_f32x8 b) { return __builtin_elementwise_max(a, b); }

// All bits of a lane where a < b, none elsewhere.
SIMD_INLINE simd_u32x8 simd_less(simd_u32x8 a, simd_u32x8 b) { return (simd_u32x8)(a < b); }

// Bit i is the top bit of lane i.
SIMD_INLINE uint8_t simd_top_bits(simd_u32x8 x) {
  typedef _Bool bits __attribute__((ext_vector_type(8)));
  return __builtin_bit_cast(uint8_t, __builtin_convertvector((simd_i32x8)x < 0, bits));
}

// a0 b0 c0 d0 a1 b1 c1 d1 ...
SIMD_INLINE simd_u32x32 simd_interleave(simd_u32x8 a, simd_u32x8 b, simd_u32x8 c, simd_u32x8 d) {
  simd_u32x16 ab = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
  simd_u32x16 cd = __builtin_shufflevector(c, d, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
  return __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23, 8, 9,
                                 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

// a0 b0 a1 b1 ...
SIMD_INLINE simd_f64x16 simd_interleave_pair(simd_f64x8 a, simd_f64x8 b) {
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
}

// (1 / c, ln c) for c in 16 intervals of [0.7, 1.4): the table of the GNU C library's logf, published by Arm as
// "optimized routines" (math/logf_data.c).
static const double simd_log_table[16][2] = {
    {0x1.661ec79f8f3bep+0, -0x1.57bf7808caadep-2}, {0x1.571ed4aaf883dp+0, -0x1.2bef0a7c06ddbp-2},
    {0x1.49539f0f010bp+0, -0x1.01eae7f513a67p-2},  {0x1.3c995b0b80385p+0, -0x1.b31d8a68224e9p-3},
    {0x1.30d190c8864a5p+0, -0x1.6574f0ac07758p-3}, {0x1.25e227b0b8eap+0, -0x1.1aa2bc79c81p-3},
    {0x1.1bb4a4a1a343fp+0, -0x1.a4e76ce8c0e5ep-4}, {0x1.12358f08ae5bap+0, -0x1.1973c5a611cccp-4},
    {0x1.0953f419900a7p+0, -0x1.252f438e10c1ep-5}, {0x1p+0, 0x0p+0},
    {0x1.e608cfd9a47acp-1, 0x1.aa5aa5df25984p-5},  {0x1.ca4b31f026aap-1, 0x1.c5e53aa362eb4p-4},
    {0x1.b2036576afce6p-1, 0x1.526e57720db08p-3},  {0x1.9c2d163a1aa2dp-1, 0x1.bc2860d22477p-3},
    {0x1.886e6037841edp-1, 0x1.1058bc8a07ee1p-2},  {0x1.767dcf5534862p-1, 0x1.4043057b6ee09p-2},
};

// 1 / c and ln c of one interval, 0 <= i < 16.
SIMD_INLINE double simd_log_inverse(int32_t i) { return simd_log_table[i][0]; }
SIMD_INLINE double simd_log_center(int32_t i) { return simd_log_table[i][1]; }

#define SIMD_GATHER(column, i)                                                                     \
  ((simd_f64x8){simd_log_table[i[0]][column], simd_log_table[i[1]][column],                        \
                simd_log_table[i[2]][column], simd_log_table[i[3]][column],                        \
                simd_log_table[i[4]][column], simd_log_table[i[5]][column],                        \
                simd_log_table[i[6]][column], simd_log_table[i[7]][column]})
SIMD_INLINE simd_f64x8 simd_log_inverses(simd_i32x8 i) { return SIMD_GATHER(0, i); }
SIMD_INLINE simd_f64x8 simd_log_centers(simd_i32x8 i) { return SIMD_GATHER(1, i); }
#undef SIMD_GATHER

#pragma clang diagnostic pop

#endif
