"""The library against streams.py: every bit, for any seed, part, dtype and memory layout."""

import ml_dtypes
import numpy as np
import pytest
import streams
from hypothesis import given, settings
from hypothesis import strategies as st

from fanin import _arrays, _native

DTYPES = [np.dtype(name) for name in ("float32", "float64", "float16", ml_dtypes.bfloat16)]
# Not the neutral arguments, so that a forgotten one shows. Uniform limits pass through float32 even
# on their way to float64 (golden/make_initializers.py); these are exact in every dtype.
DISTRIBUTIONS = {
    "uniform": (streams.uniform, (-0.375, 0.8125)),
    "normal": (streams.normal, (0.1, 1.3)),
    "truncated_normal": (streams.truncated_normal, (-0.2, 0.7)),
}
SEEDS = [(0, 0), (42, 0), (2**31 - 3, 1), (-1, 7), (2**63 - 1, -(2**63)), (2**32, 2**32 + 1)]
LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 257, 1000]


def fill(name, out, seed, first, arguments):
    _native.call(f"fill_{name}", _arrays.native_array(out), _native.Seed(*seed), first, *arguments)
    return out


def same(values, expected):
    assert values.dtype == expected.dtype
    assert values.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("seed", SEEDS, ids=str)
def test_seeds_and_lengths(name, dtype, seed):
    reference, arguments = DISTRIBUTIONS[name]
    whole = reference(seed, 0, max(LENGTHS), *arguments, dtype)
    for length in LENGTHS:
        same(fill(name, np.empty(length, dtype), seed, 0, arguments), whole[:length])


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_parts_equal_the_whole(name, dtype):
    arguments = DISTRIBUTIONS[name][1]
    whole = fill(name, np.empty(600, dtype), (5, 0), 0, arguments)
    for first in (*range(1, 18), 31, 32, 33, 127, 255, 256, 257):
        for length in (0, 1, 2, 3, 5, 8, 31, 64, 97, 300):
            part = fill(name, np.empty(length, dtype), (5, 0), first, arguments)
            same(part, whole[first : first + length])


# Starts around which a block number outgrows 32 bits: after 2**34 values, or 2**33 of float64. A
# group of truncated values has 256 blocks (128), so there it is after 2**26. The last ends at
# 2**58, the most that the library takes: the truncated values' last block is number 2**64 - 1.
FAR = [2**25 - 9, 2**26 - 9, 2**33 - 9, 2**34 - 9, 2**40 + 3, 2**57 - 41, 2**58 - 40]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("first", FAR)
def test_far_starts(name, dtype, first):
    reference, arguments = DISTRIBUTIONS[name]
    expected = reference((42, 3), first, 40, *arguments, dtype)
    same(fill(name, np.empty(40, dtype), (42, 3), first, arguments), expected)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_an_index_beyond_the_stream_is_an_error(name):
    out = np.zeros(40, np.float32)
    with pytest.raises(ValueError, match="first"):
        fill(name, out, (42, 0), 2**58 - 39, DISTRIBUTIONS[name][1])
    with pytest.raises(ValueError, match="first"):
        fill(name, out, (42, 0), 2**64 - 1, DISTRIBUTIONS[name][1])
    assert not out.any()


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_threads_change_nothing(name, threads):
    arguments = DISTRIBUTIONS[name][1]
    before = _native.function("get_num_threads")()
    try:
        _native.call("set_num_threads", 1)
        expected = fill(name, np.empty(1_000_003, np.float32), (9, 0), 5, arguments)
        _native.call("set_num_threads", threads)
        same(fill(name, np.empty(1_000_003, np.float32), (9, 0), 5, arguments), expected)
    finally:
        _native.call("set_num_threads", before)


@st.composite
def views(draw):
    """An array's shape and a function that makes a view of that shape, with odd strides."""
    shape = draw(st.lists(st.integers(0, 6), max_size=4))
    order = draw(st.permutations(range(len(shape))))
    steps = [draw(st.sampled_from([1, 1, 2, 3, -1, -2])) for _ in shape]

    def view(dtype):
        # A larger array of NaN, its axes permuted, sliced by the steps.
        base = np.full([shape[axis] * abs(steps[axis]) for axis in order], np.nan, dtype)
        outer = base.transpose(np.argsort(order)) if shape else base
        return base, outer[..., *(slice(None, None, step) for step in steps)]

    return tuple(shape), view


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    views(),
    st.sampled_from(DTYPES),
    st.sampled_from(sorted(DISTRIBUTIONS)),
    st.tuples(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1)),
    st.integers(0, 2**40),
)
def test_any_view(shape_and_view, dtype, name, seed, first):
    shape, view = shape_and_view
    base, out = view(dtype)
    assert out.shape == shape
    reference, arguments = DISTRIBUTIONS[name]
    fill(name, out, seed, first, arguments)
    expected = reference(seed, first, out.size, *arguments, dtype).reshape(shape)
    same(np.ascontiguousarray(out), np.ascontiguousarray(expected))
    # What lies between the elements of the view is as it was.
    assert np.isnan(base).sum() == base.size - out.size
