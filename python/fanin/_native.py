"""The native library: one table for every function of fanin.h, and `call`.

This is the only module that knows ctypes. Names are those of the header without `fanin_` and
`FANIN_`; tests/test_native.py compares the table with the header.
"""

import os
import sys
from collections.abc import Callable
from ctypes import (
    CDLL,
    POINTER,
    Structure,
    byref,
    c_char,
    c_double,
    c_int,
    c_int32,
    c_int64,
    c_uint32,
    c_uint64,
    c_void_p,
    py_object,
    pythonapi,
)
from ctypes import Array as Vector
from functools import cache
from typing import Any

__all__ = [
    "Array",
    "Dense",
    "Error",
    "Loss",
    "Metric",
    "Optimizer",
    "Samples",
    "Scaling",
    "Seed",
    "Vector",
    "array_interface",
    "byref",
    "c_char",
    "c_double",
    "c_int64",
    "c_void_p",
    "call",
    "function",
]

ABI_VERSION = 1

OK = 0
INVALID_VALUE = 1
INVALID_TYPE = 2
OUT_OF_MEMORY = 3
NOT_IMPLEMENTED = 4
BUSY = 5

BASELINE = 0
AVX2 = 1
AVX512 = 2

FLOAT32 = 0
FLOAT64 = 1
FLOAT16 = 2
BFLOAT16 = 3

FAN_IN = 0
FAN_OUT = 1
FAN_AVG = 2

TRUNCATED_NORMAL = 0
UNTRUNCATED_NORMAL = 1
UNIFORM = 2

STFT_REAL = 0
STFT_IMAG = 1

LINEAR = 0
RELU = 1
SOFTMAX = 2
TANH = 3
SIGMOID = 4

SGD = 0
ADAGRAD = 1
ADAM = 2
RMSPROP = 3

SPARSE_CATEGORICAL_CROSSENTROPY = 0
CATEGORICAL_CROSSENTROPY = 1
MEAN_SQUARED_ERROR = 2

SPARSE_CATEGORICAL_ACCURACY = 0
CATEGORICAL_ACCURACY = 1
BINARY_ACCURACY = 2

_EXCEPTIONS: dict[int, type[Exception]] = {
    INVALID_VALUE: ValueError,
    INVALID_TYPE: TypeError,
    OUT_OF_MEMORY: MemoryError,
    NOT_IMPLEMENTED: NotImplementedError,
    BUSY: RuntimeError,
}


# Pointers to what Python's side builds for one call (shapes, axes, results) are POINTER(...), which
# keeps it alive; pointers into array memory are c_void_p, an address from `_arrays.address`.


class Error(Structure):
    """fanin_error: the sentence that says what was wrong."""

    _fields_ = [("message", c_char * 512)]


class Array(Structure):
    """fanin_array: memory with a shape and strides."""

    #: The array that this one was copied from, if any: what it points to lives as long.
    layout: "Array"

    _fields_ = [
        ("data", c_void_p),
        ("shape", POINTER(c_int64)),
        ("strides", POINTER(c_int64)),
        ("rank", c_int32),
        ("dtype", c_int32),
    ]


class Seed(Structure):
    """fanin_seed: the seed of one random operation."""

    _fields_ = [("first", c_int64), ("second", c_int64)]


class Scaling(Structure):
    """fanin_scaling: a variance scaling."""

    _fields_ = [
        ("scale", c_double),
        ("mode", c_int32),
        ("distribution", c_int32),
        ("shape", POINTER(c_int64)),
        ("input_axes", POINTER(c_int64)),
        ("output_axes", POINTER(c_int64)),
        ("rank", c_int32),
        ("input_axis_count", c_int32),
        ("output_axis_count", c_int32),
    ]


class Dense(Structure):
    """fanin_dense: one dense layer."""

    _fields_ = [("units", c_int64), ("activation", c_int32), ("use_bias", c_int32)]


class Optimizer(Structure):
    """fanin_optimizer: an update rule and its constants."""

    _fields_ = [
        ("kind", c_int32),
        ("flag", c_int32),
        ("learning_rate", c_double),
        ("momentum", c_double),
        ("beta_1", c_double),
        ("beta_2", c_double),
        ("rho", c_double),
        ("epsilon", c_double),
        ("initial_accumulator_value", c_double),
    ]


class Loss(Structure):
    """fanin_loss: what is minimized."""

    _fields_ = [("kind", c_int32), ("from_logits", c_int32), ("label_smoothing", c_double)]


class Metric(Structure):
    """fanin_metric: what is counted beside the loss."""

    _fields_ = [("kind", c_int32), ("reserved", c_int32), ("threshold", c_double)]


class Samples(Structure):
    """fanin_samples: rows of data and their targets."""

    _fields_ = [
        ("x", c_void_p),
        ("labels", c_void_p),
        ("targets", c_void_p),
        ("order", c_void_p),
        ("rows", c_int64),
    ]


class _ArrayInterface(Structure):
    """PyArrayInterface of NumPy's C interface, as far as its last address."""

    _fields_ = [
        ("two", c_int),
        ("nd", c_int),
        ("typekind", c_char),
        ("itemsize", c_int),
        ("flags", c_int),
        ("shape", c_void_p),
        ("strides", c_void_p),
        ("data", c_void_p),
    ]


# Called as array_interface(capsule, None): what a capsule `ndarray.__array_struct__` holds, and
# frees when it goes. By index, a function of our own: an attribute is one for all of ctypes' users.
array_interface = pythonapi["PyCapsule_GetPointer"]
array_interface.restype, array_interface.argtypes = POINTER(_ArrayInterface), [py_object, c_void_p]

_ARRAY, _ERROR, _SCALING = POINTER(Array), POINTER(Error), POINTER(Scaling)

# name: (restype, argtypes)
FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "abi_version": (c_uint32, []),
    "instruction_set": (c_int32, []),
    "has_instruction_set": (c_int32, [c_int32]),
    "describe_blas": (c_int32, [POINTER(c_char), c_int64, _ERROR]),
    "set_num_threads": (c_int32, [c_int32, _ERROR]),
    "get_num_threads": (c_int32, []),
    "integer_seed": (Seed, [c_int64, c_int64]),
    "fill_uniform": (c_int32, [_ARRAY, Seed, c_uint64, c_double, c_double, _ERROR]),
    "fill_normal": (c_int32, [_ARRAY, Seed, c_uint64, c_double, c_double, _ERROR]),
    "fill_truncated_normal": (c_int32, [_ARRAY, Seed, c_uint64, c_double, c_double, _ERROR]),
    "compute_fans": (c_int32, [_SCALING, POINTER(c_double), POINTER(c_double), _ERROR]),
    "fill_variance_scaling": (c_int32, [_ARRAY, Seed, c_uint64, _SCALING, _ERROR]),
    "fill_orthogonal": (c_int32, [_ARRAY, Seed, c_double, _ERROR]),
    "fill_stft": (c_int32, [_ARRAY, c_int32, c_void_p, c_double, _ERROR]),
    "shuffle": (c_int32, [c_int64, c_int64, c_int64, c_int64, c_void_p, _ERROR]),
    "network_create": (
        c_int32,
        [c_int32, c_int64, POINTER(Dense), c_int64, POINTER(c_void_p), _ERROR],
    ),
    "network_destroy": (None, [c_void_p]),
    "network_parameters": (
        c_int32,
        [c_void_p, c_int64, POINTER(c_void_p), POINTER(c_void_p), _ERROR],
    ),
    "network_compile": (
        c_int32,
        [c_void_p, POINTER(Optimizer), POINTER(Loss), POINTER(Metric), c_int64, _ERROR],
    ),
    "network_reset_optimizer": (c_int32, [c_void_p, _ERROR]),
    "network_set_learning_rate": (c_int32, [c_void_p, c_double, _ERROR]),
    "network_train": (
        c_int32,
        [c_void_p, POINTER(Samples), c_int64, c_int64, POINTER(c_int64), c_void_p, _ERROR],
    ),
    "network_evaluate": (
        c_int32,
        [c_void_p, POINTER(Samples), c_int64, c_int64, POINTER(c_int64), c_void_p, _ERROR],
    ),
    "network_predict": (
        c_int32,
        [c_void_p, c_void_p, c_int64, c_int64, c_int64, POINTER(c_int64), c_void_p, _ERROR],
    ),
}


def library_path() -> str:
    """Return where the native library lies."""
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    return os.path.join(os.path.dirname(__file__), "_lib", f"libfanin{suffix}")


def _load() -> CDLL:
    path = library_path()
    try:
        library = CDLL(path)
    except OSError as error:
        raise ImportError(
            f"Fanin's native library could not be loaded ({error}). Install the package with "
            "`pip install .` in its repository, which builds it."
        ) from error
    version = library.fanin_abi_version
    version.restype, version.argtypes = FUNCTIONS["abi_version"]
    if version() != ABI_VERSION:
        raise ImportError(
            f"{path} has ABI version {version()}; this package needs {ABI_VERSION}. Install the "
            "package again with `pip install .`, which rebuilds it."
        )
    return library


_library = _load()


@cache
def function(name: str) -> Callable[..., Any]:
    """Return fanin_<name> with its types set.

    For the few functions that return no status (`abi_version`, `get_num_threads`,
    `instruction_set`, `has_instruction_set`, `integer_seed`, `network_destroy`); all others go
    through `call`.
    """
    native: Callable[..., Any] = getattr(_library, f"fanin_{name}")
    native.restype, native.argtypes = FUNCTIONS[name]  # type: ignore[attr-defined]
    return native


def call(name: str, *arguments: Any) -> None:
    """Call fanin_<name>(*arguments, &error) and raise what its status says.

    Raises
    ------
    ValueError, TypeError, MemoryError, NotImplementedError, RuntimeError
        With the library's sentence, for the statuses INVALID_VALUE, INVALID_TYPE, OUT_OF_MEMORY,
        NOT_IMPLEMENTED and BUSY.
    """
    error = Error()
    status = function(name)(*arguments, error)
    if status != OK:
        # The sentence may have been cut in the middle of a character.
        raise _EXCEPTIONS[status](error.message.decode(errors="replace"))
