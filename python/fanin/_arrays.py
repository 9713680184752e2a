"""Shapes, dtypes and memory: what is checked before an address reaches the native library.

This is the only module that takes an address.
"""

import operator
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _native, _session

AnyArray = npt.NDArray[Any]

# What Keras calls floating-point numbers, and the native library's names for them.
_NATIVE_DTYPES = {
    "float32": _native.FLOAT32,
    "float64": _native.FLOAT64,
    "float16": _native.FLOAT16,
    "bfloat16": _native.BFLOAT16,
}

# The dtypes of Keras that NumPy has; float8 is not one of them.
_ALLOWED_DTYPES = {
    *_NATIVE_DTYPES,
    *("bool", "complex64", "complex128"),
    *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
}

# Keras's meaning of Python's own types, and the C names that its random initializers take.
_DTYPE_ALIASES = {"float": "float32", "int": "int64", "half": "float16", "double": "float64"}


# A dtype works out its name anew at every look, in several microseconds.
@cache
def _name(dtype: np.dtype[Any]) -> str:
    return dtype.name


def standardize_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the native-endian dtype that Keras makes of `dtype`; None is `config.floatx()`.

    Raises
    ------
    ValueError
        If it is no dtype of Keras.
    ImportError
        If it is bfloat16 and the package ml_dtypes is not installed.
    """
    if dtype is None:
        return np.dtype(_session.floatx)
    if isinstance(dtype, np.dtype):
        name = _name(dtype)
    else:
        name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    name = _DTYPE_ALIASES.get(name, name).removeprefix("torch.")
    if name not in _ALLOWED_DTYPES:
        raise ValueError(f"Invalid dtype: {dtype}")
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError as error:
        raise ImportError(
            'dtype="bfloat16" needs the package ml_dtypes: pip install ml_dtypes'
        ) from error
    bfloat16: np.dtype[Any] = np.dtype(ml_dtypes.bfloat16)
    return bfloat16


def standardize_shape(shape: Any) -> tuple[int, ...]:
    """Return `shape`, an integer or an iterable of integers, as a tuple.

    Raises
    ------
    TypeError
        If a size is not an integer.
    ValueError
        If a size is negative.
    MemoryError
        If there are 2**59 elements or more, whose bytes NumPy can't count.
    """
    if isinstance(shape, str) or shape is None:
        raise TypeError(f"Cannot convert '{shape}' to a shape.")
    try:
        sizes = tuple(map(operator.index, shape if hasattr(shape, "__iter__") else (shape,)))
    except TypeError as error:
        raise TypeError(
            f"The sizes in `shape` must be integers. Received: shape={shape}"
        ) from error
    count = 1
    for size in sizes:
        if size < 0:
            raise ValueError(f"The sizes in `shape` must be >= 0. Received: shape={shape}")
        count *= size or 1
    if count >= 2**59:
        raise MemoryError(f"`shape` must have fewer than 2**59 elements. Received: shape={shape}")
    return sizes


def check_output(out: AnyArray) -> None:
    """Check that every element of `out` can be written, once.

    Raises
    ------
    TypeError
        If `out` is not an ndarray.
    ValueError
        If it is read-only, not in native byte order, not aligned, or overlaps itself.
    """
    if not isinstance(out, np.ndarray):
        raise TypeError(f"`out` must be a numpy.ndarray. Received: {type(out).__name__}")
    if not out.dtype.isnative:
        raise ValueError(f"`out` must be in native byte order. Received: dtype={out.dtype.str}")
    flags = out.flags
    if not flags.writeable:
        raise ValueError("`out` must be writeable. Received a read-only array.")
    if not flags.aligned:
        raise ValueError("`out` must be aligned to its element size. Received an unaligned array.")
    if flags.c_contiguous:  # Row after row: there is no overlap to look for.
        return
    # Nested strides, the smallest first: each step must leap over all that lies within. Slices,
    # transposes and diagonals of an array have them; a sliding window does not.
    span = out.itemsize
    for stride, size in sorted((abs(s), n) for s, n in zip(out.strides, out.shape, strict=True)):
        if size > 1 and out.size and stride < span:
            raise ValueError(
                f"`out` must not overlap itself. Received: shape={out.shape}, strides={out.strides}"
            )
        span += stride * (size - 1)


def check_floating(dtype: np.dtype[Any]) -> int:
    """Return the native library's number for `dtype`.

    Raises
    ------
    TypeError
        If it is none of float16, float32, float64 and bfloat16.
    """
    number = _NATIVE_DTYPES.get(_name(dtype))
    if number is None:
        raise TypeError(
            f"dtype must be float16, float32, float64 or bfloat16. Received: dtype={dtype}"
        )
    return number


def cast(values: AnyArray, dtype: np.dtype[Any]) -> AnyArray:
    """Return `values` in `dtype` as TensorFlow casts them: to 16 bits by way of float32."""
    if dtype.itemsize == 2 and _name(dtype) in _NATIVE_DTYPES:
        values = values.astype(np.float32)
    return values.astype(dtype)


def _data(array: AnyArray) -> int:
    # Half the time of `array.ctypes.data`. What the capsule holds lives as long as the capsule.
    capsule = array.__array_struct__
    data: int = _native.array_interface(capsule, None).contents.data
    return data


# Calls share what this returns, which nothing writes to.
@lru_cache(maxsize=256)
def _layout(
    shape: tuple[int, ...], strides: tuple[int, ...], dtype: np.dtype[Any]
) -> _native.Array:
    vector = _native.c_int64 * len(shape)
    return _native.Array(None, vector(*shape), vector(*strides), len(shape), check_floating(dtype))


def native_array(out: AnyArray) -> _native.Array:
    """Return the native view of `out`, which has passed `check_output` and must outlive the view.

    Raises
    ------
    TypeError
        If its dtype is none of float16, float32, float64 and bfloat16.
    """
    layout = _layout(out.shape, out.strides, out.dtype)
    array = _native.Array.from_buffer_copy(layout)
    array.layout = layout
    array.data = _data(out)
    return array


# A call of this size takes less than half a second, whatever it makes: Ctrl-C is heard between two.
_PIECE = 2**24


def pieces(
    array: AnyArray, first: int = 0, most: int | None = None
) -> Iterator[tuple[AnyArray, int]]:
    """Cut `array` along its leading axes into parts of at most `most`, or 2**24, elements.

    Yields
    ------
    (part, first)
        A view and the row-major index of its first element.
    """
    limit = most or _PIECE
    if array.size <= limit:
        yield array, first
        return
    inner = array.size // array.shape[0]
    step = max(limit // inner, 1)
    for start in range(0, array.shape[0], step):
        part = array[start : start + step] if inner <= limit else array[start]
        yield from pieces(part, first + start * inner, most)


def address(array: AnyArray) -> int:
    """Return where the elements of a C-contiguous array begin.

    Raises
    ------
    ValueError
        If it is not C-contiguous.
    """
    if not array.flags.c_contiguous:
        raise ValueError(f"The array must be C-contiguous. Received: strides={array.strides}")
    return _data(array)


class _Memory:
    """Native memory as NumPy's array interface describes it, with the object that owns it."""

    def __init__(self, interface: dict[str, Any], owner: object) -> None:
        self.__array_interface__ = interface
        self.owner = owner


def view(address: int, shape: tuple[int, ...], dtype: npt.DTypeLike, owner: object) -> AnyArray:
    """Return a writeable array over native memory that keeps `owner` alive."""
    interface = {
        "version": 3,
        "data": (address, False),
        "shape": shape,
        "typestr": np.dtype(dtype).str,
    }
    return np.asarray(_Memory(interface, owner))


def matrix(name: str, value: Any, dtype: npt.DTypeLike) -> AnyArray:
    """Return the data `value` (an array or nested lists) as a C-contiguous array of `dtype`.

    It is copied only if it must be.

    Raises
    ------
    TypeError
        If it holds anything but real numbers.
    ValueError
        If its rows differ in length, or an integer dtype can't hold its values.
    """
    try:
        data = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"`{name}` must be an array of numbers. {error}") from error
    if data.dtype.kind not in "biuf" and data.dtype.name != "bfloat16":
        raise TypeError(f"`{name}` must hold real numbers. Received: dtype={data.dtype}")
    # An overflow or NaN shows below, where integers are asked for, and is the caller's elsewhere.
    with np.errstate(invalid="ignore", over="ignore"):
        result = np.ascontiguousarray(data, dtype).reshape(data.shape)
    if result.dtype.kind in "iu" and data.dtype != result.dtype and not np.all(result == data):
        raise ValueError(f"`{name}` must hold whole numbers that fit {result.dtype}.")
    return result
