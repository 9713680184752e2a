"""The random streams in NumPy: slow, to be read and to be compared with.

A stream belongs to an op seed (two 64-bit integers). It is an endless row of 32-bit words, four a
Philox block; each value of a distribution is made of words whose numbers follow from the value's
index, so any part of a tensor can be computed alone. TensorFlow's stateless ops on a CPU give the
same values.
"""

import math

import numpy as np

U32, U64, F32 = np.uint32, np.uint64, np.float32


def philox(counter, key):
    """Philox4x32-10 of Salmon et al. (SC'11): four uint32 arrays and two keys to four arrays."""
    a, b, c, d = (np.asarray(word).astype(U64) for word in counter)
    k, m = key
    for _ in range(10):
        p, q = a * U64(0xD2511F53), c * U64(0xCD9E8D57)
        a, b = (q >> U64(32)) ^ b ^ U64(k), q & U64(0xFFFFFFFF)
        c, d = (p >> U64(32)) ^ d ^ U64(m), p & U64(0xFFFFFFFF)
        k, m = (k + 0x9E3779B9) % 2**32, (m + 0xBB67AE85) % 2**32
    return [word.astype(U32) for word in (a, b, c, d)]


def words(seed, first, count):
    """Words number first, first + 1, ... of the op seed's stream."""
    halves = [(s >> shift) % 2**32 for s in seed for shift in (0, 32)]
    k, m, high0, high1 = (int(word) for word in philox(halves, (0x3EC8F720, 0x02461E29)))
    block = U64(first // 4) + np.arange((first % 4 + count + 3) // 4, dtype=U64)
    high = [np.full(block.shape, word, U32) for word in (high0, high1)]
    row = np.stack(philox([block & U64(0xFFFFFFFF), block >> U64(32), *high], (k, m)), 1).ravel()
    return row[first % 4 : first % 4 + count]


def unit(word, dtype):
    """Numbers in [0, 1): the low bits of a word are the fraction of a number in [1, 2), less 1.

    float64 takes two words a value.
    """
    if dtype == np.float64:
        high, low = word[0::2].astype(U64), word[1::2].astype(U64)
        bits = (high & U64(0xFFFFF)) << U64(32) | low | U64(1023 << 52)
        return bits.view(np.float64) - 1
    if dtype == np.float32:
        return (word & U32(0x7FFFFF) | U32(127 << 23)).view(F32) - F32(1)
    fraction = {"float16": 10, "bfloat16": 7}[dtype.name]
    return ((word & U32(2**fraction - 1)).astype(F32) / F32(2**fraction)).astype(dtype)


def parameter(value, dtype):
    """A Python float in dtype: to 16 bits, TensorFlow rounds it to float32 first."""
    return np.float64(value) if dtype == np.float64 else np.asarray(F32(value)).astype(dtype)


def uniform(seed, first, count, low, high, dtype):
    """u * (high - low) + low, each operation rounded in dtype."""
    each = 2 if dtype == np.float64 else 1
    u = unit(words(seed, each * first, each * count), dtype)
    low, high = parameter(low, dtype), parameter(high, dtype)
    return u * (high - low) + low


# logf, sinf and cosf of the GNU C library (since 2.28; Arm's optimized routines): computed in
# double, rounded once. ln x = k ln 2 + ln c + ln(z / c) with c the middle of one of 16 intervals.
def _hex(text):
    return np.array([float.fromhex(number) for number in text.split()])


INVERSE = _hex("""
0x1.661ec79f8f3bep+0 0x1.571ed4aaf883dp+0 0x1.49539f0f010b0p+0 0x1.3c995b0b80385p+0
0x1.30d190c8864a5p+0 0x1.25e227b0b8ea0p+0 0x1.1bb4a4a1a343fp+0 0x1.12358f08ae5bap+0
0x1.0953f419900a7p+0 0x1.0p+0 0x1.e608cfd9a47acp-1 0x1.ca4b31f026aa0p-1 0x1.b2036576afce6p-1
0x1.9c2d163a1aa2dp-1 0x1.886e6037841edp-1 0x1.767dcf5534862p-1
""")
LOGARITHM = _hex("""
-0x1.57bf7808caadep-2 -0x1.2bef0a7c06ddbp-2 -0x1.01eae7f513a67p-2 -0x1.b31d8a68224e9p-3
-0x1.6574f0ac07758p-3 -0x1.1aa2bc79c8100p-3 -0x1.a4e76ce8c0e5ep-4 -0x1.1973c5a611cccp-4
-0x1.252f438e10c1ep-5 0x0.0p+0 0x1.aa5aa5df25984p-5 0x1.c5e53aa362eb4p-4 0x1.526e57720db08p-3
0x1.bc2860d224770p-3 0x1.1058bc8a07ee1p-2 0x1.4043057b6ee09p-2
""")
LOG = _hex("-0x1.00ea348b88334p-2 0x1.5575b0be00b6ap-2 -0x1.ffffef20a4123p-2")
SINE = _hex("-0x1.555545995a603p-3 0x1.1107605230bc4p-7 -0x1.994eb3774cf24p-13")
COSINE = _hex(
    "-0x1.ffffffd0c621cp-2 0x1.55553e1068f19p-5 -0x1.6c087e89a359dp-10 0x1.99343027bf8c3p-16"
)


def log32(x):
    """Return logf of normal, positive x."""
    bits = x.view(U32)
    offset = bits - U32(0x3F330000)
    interval = (offset >> U32(19)) & U32(15)
    k = offset.view(np.int32) >> 23
    z = (bits - (offset & U32(0xFF800000))).view(F32).astype(np.float64)
    r = z * INVERSE[interval] - 1
    main = LOGARITHM[interval] + k * float.fromhex("0x1.62e42fefa39efp-1")
    square = r * r
    return ((LOG[0] * square + (LOG[1] * r + LOG[2])) * square + (main + r)).astype(F32)


def sine_cosine32(x):
    """Return sinf and cosf of 0 <= x < 120."""
    turns = x.astype(np.float64) * float.fromhex("0x1.45f306dc9c883p+23")  # 2/pi, 24 bits up
    quarter = (turns.astype(np.int32) + 0x800000) >> 24
    r = x.astype(np.float64) - quarter * float.fromhex("0x1.921fb54442d18p0")
    r2 = r * r
    r3, r4 = r2 * r, r2 * r2
    sine = (r + r3 * SINE[0]) + (r3 * r2) * (SINE[1] + r2 * SINE[2])
    cosine = (1 + r2 * COSINE[0]) + r4 * COSINE[1] + (r4 * r2) * (COSINE[2] + r2 * COSINE[3])
    which = [quarter % 4 == q for q in range(4)]
    return (
        np.select(which, [sine, cosine, -sine, -cosine]).astype(F32),
        np.select(which, [cosine, -sine, -cosine, sine]).astype(F32),
    )


def pairs(word, dtype):
    """Box and Muller: standard normal values, two of two words (float64: of four)."""
    u = unit(word, dtype)
    radius_u, angle_u = np.maximum(u[0::2], dtype.type(1e-7)), u[1::2]
    if dtype == np.float64:  # the C library's own functions, which math calls
        radius = np.sqrt(-2 * np.array([math.log(v) for v in radius_u]))
        angle = 2 * math.pi * angle_u
        sine = np.array([math.sin(v) for v in angle])
        cosine = np.array([math.cos(v) for v in angle])
    else:
        radius = np.sqrt(F32(-2) * log32(radius_u))
        sine, cosine = sine_cosine32((2 * math.pi * angle_u.astype(np.float64)).astype(F32))
    return np.stack([sine * radius, cosine * radius], 1).ravel()


def _scaled(z, mean, stddev, dtype):
    return z.astype(dtype) * parameter(stddev, dtype) + parameter(mean, dtype)


def _wide(dtype):
    """The type in which normal values are made, and its words a value."""
    return (np.dtype(np.float64), 2) if dtype == np.float64 else (np.dtype(np.float32), 1)


def normal(seed, first, count, mean, stddev, dtype):
    """z * stddev + mean; 16-bit types round z before that."""
    wide, each = _wide(dtype)
    odd = first % 2
    z = pairs(words(seed, each * (first - odd), each * (count + odd + (count + odd) % 2)), wide)
    return _scaled(z[odd : odd + count], mean, stddev, dtype)


def truncated_normal(seed, first, count, mean, stddev, dtype):
    """The same with |z| < 2.

    Values come in groups of four (float64: of two). A group owns 1024 words (512) and takes its
    values from their pairs, in order, skipping what is too large.
    """
    wide, each = _wide(dtype)
    group = 4 // each
    z = []
    for g in range(first // group, -(-(first + count) // group)):
        candidates = pairs(words(seed, g * group * 256, 256), wide)
        kept = candidates[np.abs(candidates) < 2][:group]
        assert len(kept) == group
        z.append(kept)
    z = np.concatenate([np.empty(0, wide), *z])[first % group :][:count]
    return _scaled(z, mean, stddev, dtype)
