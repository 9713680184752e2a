"""Shapes, dtypes and memory: what is accepted, and every refusal."""

import gc
import sys
import weakref

import ml_dtypes
import numpy as np
import pytest

from fanin import _arrays, _native


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (None, "float32"),
        (float, "float32"),
        (int, "int64"),
        (bool, "bool"),
        (np.float64, "float64"),
        (np.dtype(">f4"), "float32"),
        ("half", "float16"),
        ("double", "float64"),
        ("uint8", "uint8"),
        ("complex64", "complex64"),
        ("torch.float16", "float16"),
        ("bfloat16", "bfloat16"),
        (ml_dtypes.bfloat16, "bfloat16"),
    ],
)
def test_standardize_dtype(dtype, name):
    result = _arrays.standardize_dtype(dtype)
    assert result == np.dtype(getattr(ml_dtypes, name, name))
    assert result.isnative


@pytest.mark.parametrize("dtype", ["foo", "string", "float8_e4m3fn", object, "float128", 3, "f4"])
def test_unknown_dtypes(dtype):
    with pytest.raises(ValueError, match="Invalid dtype"):
        _arrays.standardize_dtype(dtype)


def test_bfloat16_without_ml_dtypes(monkeypatch):
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(ImportError, match="pip install ml_dtypes"):
        _arrays.standardize_dtype("bfloat16")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), ()),
        (5, (5,)),
        ([2, np.int8(3)], (2, 3)),
        (np.array([4, 0]), (4, 0)),
        ((n for n in (1, 2)), (1, 2)),
        ((2**58, 1), (2**58, 1)),
    ],
)
def test_standardize_shape(shape, expected):
    result = _arrays.standardize_shape(shape)
    assert result == expected
    assert all(type(size) is int for size in result)


@pytest.mark.parametrize(
    "shape", [None, "23", 2.0, (2.0,), (2, None), [[1, 2]], ("2",), {2: 3.0}.items()]
)
def test_shapes_of_a_wrong_type(shape):
    with pytest.raises(TypeError, match="shape"):
        _arrays.standardize_shape(shape)


@pytest.mark.parametrize("shape", [-1, (2, -3)])
def test_shapes_of_a_wrong_value(shape):
    with pytest.raises(ValueError, match="Received: shape="):
        _arrays.standardize_shape(shape)


@pytest.mark.parametrize("shape", [(2**59,), (2**63,), (2**32, 2**31), (0, 2**62, 2)])
def test_shapes_that_no_memory_holds(shape):
    with pytest.raises(MemoryError, match="Received: shape="):
        _arrays.standardize_shape(shape)


def read_only():
    array = np.zeros(3, np.float32)
    array.flags.writeable = False
    return array


def unaligned():
    return np.zeros(9, np.uint8)[1:].view(np.float32)


as_strided = np.lib.stride_tricks.as_strided
BAD_OUTPUTS = {
    "a list": (lambda: [1.0], TypeError, "numpy.ndarray. Received: list"),
    "a scalar": (lambda: np.float32(1), TypeError, "numpy.ndarray"),
    "None": (lambda: None, TypeError, "numpy.ndarray"),
    "big-endian": (lambda: np.zeros(3, ">f4"), ValueError, "native byte order"),
    "read-only": (read_only, ValueError, "read-only"),
    "broadcast": (lambda: np.broadcast_to(np.zeros(1, "f4"), 3), ValueError, "read-only"),
    "unaligned": (unaligned, ValueError, "aligned"),
    "one element many times": (
        lambda: as_strided(np.zeros(3, "f4"), (3,), (0,)),
        ValueError,
        "overlap",
    ),
    "two elements in one place": (
        lambda: as_strided(np.zeros(3, "f4"), (2,), (0,)),
        ValueError,
        "overlap",
    ),
    "sliding window": (
        lambda: as_strided(np.zeros(4, "f4"), (3, 2), (4, 4)),
        ValueError,
        "overlap",
    ),
    "sliding window backwards": (
        lambda: as_strided(np.zeros(4, "f4")[2:], (3, 2), (-4, 4)),
        ValueError,
        "overlap",
    ),
}


@pytest.mark.parametrize("name", BAD_OUTPUTS)
def test_bad_outputs(name):
    make, exception, message = BAD_OUTPUTS[name]
    with pytest.raises(exception, match=message):
        _arrays.check_output(make())


@pytest.mark.parametrize("dtype", ["int32", "complex64", "object"])
def test_dtypes_that_are_not_native(dtype):
    with pytest.raises(TypeError, match=dtype):
        _arrays.native_array(np.zeros(3, dtype))


@pytest.mark.parametrize(
    "out",
    [
        np.zeros((), "f4"),
        np.zeros((0, 3), "f4"),
        np.zeros((3, 4), "f4").T,
        np.zeros((3, 4, 5), "f8")[::-2, 1:3, ::-1],
        np.zeros((4, 4), "f2").diagonal().copy(),
        np.zeros((3, 4), ml_dtypes.bfloat16)[1:],
        read_only(),
        np.einsum("iji->ij", np.zeros((4, 3, 4), "f4")),
        np.zeros(4, [("a", "f4"), ("b", "f4")])["b"],
        np.zeros(4, "c8").imag,
        np.zeros((1, 5), "f4")[:, ::2],
        as_strided(np.zeros(3, "f4"), (1, 3), (0, 4)),
        as_strided(np.zeros(3, "f4"), (0, 3), (4, 0)),
    ],
    ids=lambda out: f"{out.shape}{out.strides}",
)
def test_native_array(out):
    native = _arrays.native_array(out)
    assert native.data == out.ctypes.data
    assert tuple(native.shape[: out.ndim]) == out.shape
    assert tuple(native.strides[: out.ndim]) == out.strides
    assert native.rank == out.ndim
    assert native.dtype == getattr(_native, out.dtype.name.upper())


def test_native_arrays_of_one_layout_are_apart():
    out = np.zeros((3, 4), "f4")
    upper, lower = (_arrays.native_array(half) for half in (out[:, :2], out[:, 2:]))
    assert lower.data == upper.data + 8
    # The layout that they share outlives its place in the cache.
    _arrays._layout.cache_clear()
    gc.collect()
    others = [_arrays.native_array(np.zeros((n, n))) for n in range(300)]
    assert (lower.shape[:2], lower.strides[:2]) == ([3, 2], [16, 4])
    assert [other.shape[1] for other in others] == list(range(300))


def test_pieces_cover_every_element_once(monkeypatch):
    monkeypatch.setattr(_arrays, "_PIECE", 10)
    for shape in ((), (0,), (7,), (25,), (3, 11), (4, 5), (2, 3, 7), (1, 1, 35), (0, 99)):
        # The value of each element is its row-major index.
        array = np.asfortranarray(np.arange(np.prod(shape, dtype=int)).reshape(shape))
        seen = []
        for part, first in _arrays.pieces(array):
            assert part.size <= 10
            seen += list(part.ravel())
            if part.size:
                assert part.ravel()[0] == first
        assert seen == list(range(array.size))


def test_address():
    array = np.arange(6.0).reshape(2, 3)
    assert _arrays.address(array[1:]) == array.ctypes.data + 24
    with pytest.raises(ValueError, match="C-contiguous"):
        _arrays.address(array.T)


def test_view_shares_memory_and_keeps_the_owner():
    class Owner:
        memory = np.arange(6, dtype=np.float32)

    owner = Owner()
    alive = weakref.ref(owner)
    array = _arrays.view(owner.memory.ctypes.data, (2, 3), np.float32, owner)
    part = array[1]
    part[0] = 9
    assert owner.memory[3] == 9
    assert array.flags.writeable
    del owner, array
    gc.collect()
    assert alive() is not None
    del part
    gc.collect()
    assert alive() is None


def test_matrix():
    source = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert _arrays.matrix("x", source, np.float32) is source or np.shares_memory(
        _arrays.matrix("x", source, np.float32), source
    )
    turned = _arrays.matrix("x", source.T, np.float64)
    assert turned.flags.c_contiguous
    np.testing.assert_array_equal(turned, source.T)
    np.testing.assert_array_equal(_arrays.matrix("x", [[1, 2], [True, 0]], "f4"), [[1, 2], [1, 0]])
    assert _arrays.matrix("x", 3, "f4").shape == ()
    np.testing.assert_array_equal(_arrays.matrix("y", [1.0, 2.0], np.int64), [1, 2])
    assert _arrays.matrix("y", np.ones(2, ml_dtypes.bfloat16), "f4").tolist() == [1, 1]
    assert np.isnan(_arrays.matrix("x", [np.nan], "f4"))


@pytest.mark.parametrize(
    ("value", "dtype", "exception"),
    [
        ([[1, 2], [3]], "f4", ValueError),
        (["a"], "f4", TypeError),
        ([None], "f4", TypeError),
        ([1j], "f4", TypeError),
        ({"a": 1}, "f4", TypeError),
        ([1.5], "i8", ValueError),
        ([np.nan], "i8", ValueError),
        ([1e30], "i8", ValueError),
        ([300], "u1", ValueError),
        (np.array([2**64 - 1], np.uint64), "i8", ValueError),
    ],
)
def test_matrix_names_the_argument(value, dtype, exception):
    with pytest.raises(exception, match="`labels`"):
        _arrays.matrix("labels", value, dtype)
