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
    pointer,
    py_object,
    pythonapi,
)
from ctypes import Array as Vector
from functools import cache
from typing import Any

__all__ = [
    "Array",
    "Constraint",
    "Error",
    "Layer",
    "Loss",
    "Metric",
    "Optimizer",
    "Regularizer",
    "Samples",
    "Scaling",
    "Seed",
    "Statistics",
    "Vector",
    "array_interface",
    "byref",
    "c_char",
    "c_double",
    "c_int64",
    "c_void_p",
    "call",
    "function",
    "pointer",
]

ABI_VERSION = 2

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
FAN_GEO_AVG = 3

TRUNCATED_NORMAL = 0
UNTRUNCATED_NORMAL = 1
UNIFORM = 2

STFT_REAL = 0
STFT_IMAG = 1

DENSE = 0
ACTIVATION = 1
RESHAPE = 2
DROPOUT = 3
GAUSSIAN_NOISE = 4
GAUSSIAN_DROPOUT = 5
ALPHA_DROPOUT = 6
BATCH_NORMALIZATION = 7
LAYER_NORMALIZATION = 8
RMS_NORMALIZATION = 9
UNIT_NORMALIZATION = 10
RESCALING = 11
NORMALIZATION = 12
PRELU = 13
EMBEDDING = 14
ACTIVITY_REGULARIZATION = 15

FIRST = 1
SECOND = 2

LINEAR = 0
RELU = 1
SOFTMAX = 2
TANH = 3
SIGMOID = 4
CELU = 5
ELU = 6
EXPONENTIAL = 7
GELU = 8
GLU = 9
HARD_SHRINK = 10
HARD_SIGMOID = 11
HARD_SILU = 12
HARD_TANH = 13
LEAKY_RELU = 14
LOG_SIGMOID = 15
LOG_SOFTMAX = 16
MISH = 17
RELU6 = 18
SELU = 19
SILU = 20
SOFT_SHRINK = 21
SOFTPLUS = 22
SOFTSIGN = 23
SPARSE_PLUS = 24
SPARSE_SIGMOID = 25
SPARSEMAX = 26
SQUAREPLUS = 27
TANH_SHRINK = 28
THRESHOLD = 29

SGD = 0
ADAGRAD = 1
ADAM = 2
RMSPROP = 3
NADAM = 4
ADAMAX = 5
ADADELTA = 6
FTRL = 7
LION = 8
LAMB = 9
ADAFACTOR = 10
MUON = 11

NORMS = 0
ORTHOGONAL = 1

NON_NEGATIVE = 0
NORM = 1
UNIT_NORM = 2

FROM_DECAY = 1
FROM_MUON = 2

SPARSE_CATEGORICAL_CROSSENTROPY = 0
CATEGORICAL_CROSSENTROPY = 1
MEAN_SQUARED_ERROR = 2
MEAN_ABSOLUTE_ERROR = 3
MEAN_ABSOLUTE_PERCENTAGE_ERROR = 4
MEAN_SQUARED_LOGARITHMIC_ERROR = 5
HUBER = 6
LOG_COSH = 7
COSINE_SIMILARITY = 8
KL_DIVERGENCE = 9
POISSON = 10
HINGE = 11
SQUARED_HINGE = 12
CATEGORICAL_HINGE = 13
BINARY_CROSSENTROPY = 14
BINARY_FOCAL_CROSSENTROPY = 15
CATEGORICAL_FOCAL_CROSSENTROPY = 16
CATEGORICAL_GENERALIZED_CROSS_ENTROPY = 17
DICE = 18
TVERSKY = 19

REDUCE_MEAN = 0
REDUCE_SUM = 1
REDUCE_WEIGHTED_MEAN = 2

SPARSE_CATEGORICAL_ACCURACY = 0
CATEGORICAL_ACCURACY = 1
BINARY_ACCURACY = 2
ACCURACY = 3
SPARSE_TOP_K_CATEGORICAL_ACCURACY = 4
TOP_K_CATEGORICAL_ACCURACY = 5
SPARSE_SORTED_TOP_K_CATEGORICAL_ACCURACY = 6
PEARSON_CORRELATION = 7
CONCORDANCE_CORRELATION = 8
MEAN_LOSS = 9
CONFUSION = 10
F_BETA_SCORE = 11
R2_SCORE = 12
INTERSECTION = 13

CLASSES_VALUES = 0
CLASSES_BINARY = 1
CLASSES_LABELS = 2
CLASSES_LARGEST = 3

WEIGHTED = 1
EVEN = 2
MULTI_LABEL = 4
OF_LOGITS = 8
TRUNCATED_WEIGHTS = 16
IGNORES_CLASS = 32

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


class Layer(Structure):
    """fanin_layer: one layer."""

    _fields_ = [
        ("kind", c_int32),
        ("activation", c_int32),
        ("flags", c_int32),
        ("axis_count", c_int32),
        ("axes", POINTER(c_int64)),
        ("units", c_int64),
        ("input_dim", c_int64),
        ("seed", c_int64),
        ("constants", c_double * 4),
    ]


class Optimizer(Structure):
    """fanin_optimizer: an update rule, its constants and what comes before and after it."""

    _fields_ = [
        ("kind", c_int32),
        ("flag", c_int32),
        ("learning_rate", c_double),
        ("constants", c_double * 11),
        ("weight_decay", c_double),
        ("clipnorm", c_double),
        ("global_clipnorm", c_double),
        ("clipvalue", c_double),
        ("ema_momentum", c_double),
        ("ema_overwrite_frequency", c_int64),
        ("gradient_accumulation_steps", c_int64),
    ]


class Regularizer(Structure):
    """fanin_regularizer: what a parameter costs."""

    _fields_ = [("kind", c_int32), ("flag", c_int32), ("constants", c_double * 2)]


class Constraint(Structure):
    """fanin_constraint: what a parameter is brought to after each step."""

    _fields_ = [
        ("kind", c_int32),
        ("axis_count", c_int32),
        ("axes", POINTER(c_int64)),
        ("constants", c_double * 3),
    ]


class Loss(Structure):
    """fanin_loss: what is minimized."""

    _fields_ = [
        ("kind", c_int32),
        ("from_logits", c_int32),
        ("reduction", c_int32),
        ("flags", c_int32),
        ("ignore_class", c_int64),
        ("label_smoothing", c_double),
        ("weight", c_double),
        ("constants", c_double * 2),
    ]


class Metric(Structure):
    """fanin_metric: what is counted beside the loss."""

    _fields_ = [
        ("kind", c_int32),
        ("flags", c_int32),
        ("classes", c_int32),
        ("threshold_count", c_int32),
        ("number", c_int64),
        ("column", c_int64),
        ("ignore_class", c_int64),
        ("threshold", c_double),
        ("thresholds", POINTER(c_double)),
        ("column_weights", POINTER(c_double)),
        ("column_weight_count", c_int64),
        ("loss", POINTER(Loss)),
    ]


class Samples(Structure):
    """fanin_samples: rows of data and their targets."""

    _fields_ = [
        ("x", c_void_p),
        ("labels", c_void_p),
        ("targets", c_void_p),
        ("weights", c_void_p),
        ("order", c_void_p),
        ("rows", c_int64),
    ]


class Statistics(Structure):
    """fanin_statistics: what is known of many values."""

    _fields_ = [
        ("count", c_int64),
        ("not_finite", c_int64),
        ("mean", c_double),
        ("variance", c_double),
        ("kurtosis", c_double),
        ("minimum", c_double),
        ("maximum", c_double),
        ("zeros", c_double),
        ("constant", c_double),
        ("saturated", c_double),
        ("histogram", c_int64 * 64),
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
    "activate": (
        c_int32,
        [
            c_int32,
            c_int32,
            POINTER(c_double),
            c_void_p,
            c_int64,
            c_int64,
            c_int64,
            c_void_p,
            c_void_p,
            c_void_p,
            _ERROR,
        ],
    ),
    "losses": (
        c_int32,
        [
            c_int32,
            POINTER(Loss),
            c_void_p,
            c_void_p,
            c_void_p,
            c_int64,
            c_int64,
            c_void_p,
            c_void_p,
            _ERROR,
        ],
    ),
    "metric_state_count": (c_int32, [POINTER(Metric), c_int64, POINTER(c_int64), _ERROR]),
    "metric_add": (
        c_int32,
        [
            c_int32,
            POINTER(Metric),
            c_void_p,
            c_void_p,
            c_void_p,
            c_void_p,
            c_int64,
            c_int64,
            c_void_p,
            _ERROR,
        ],
    ),
    "network_create": (
        c_int32,
        [c_int32, POINTER(c_int64), c_int32, POINTER(Layer), c_int64, POINTER(c_void_p), _ERROR],
    ),
    "network_destroy": (None, [c_void_p]),
    "network_parameter": (
        c_int32,
        [c_void_p, c_int64, c_int64, POINTER(c_void_p), POINTER(c_int64), _ERROR],
    ),
    "network_state": (c_int32, [c_void_p, c_int64, POINTER(c_void_p), _ERROR]),
    "network_set_trainable": (c_int32, [c_void_p, c_int64, c_int32, _ERROR]),
    "network_regularize": (c_int32, [c_void_p, c_int64, c_int64, POINTER(Regularizer), _ERROR]),
    "network_constrain": (c_int32, [c_void_p, c_int64, c_int64, POINTER(Constraint), _ERROR]),
    "network_exempt": (c_int32, [c_void_p, c_int64, c_int64, c_int32, _ERROR]),
    "network_scale_rate": (c_int32, [c_void_p, c_int64, c_int64, c_double, _ERROR]),
    "network_compile": (
        c_int32,
        [c_void_p, POINTER(Optimizer), POINTER(Loss), POINTER(Metric), c_int64, _ERROR],
    ),
    "network_reset_optimizer": (c_int32, [c_void_p, _ERROR]),
    "network_set_iterations": (c_int32, [c_void_p, c_int64, _ERROR]),
    "network_slot": (
        c_int32,
        [c_void_p, c_int64, c_int64, c_int64, POINTER(c_void_p), _ERROR],
    ),
    "network_train": (
        c_int32,
        [
            c_void_p,
            POINTER(Samples),
            c_int64,
            c_int64,
            c_void_p,
            POINTER(c_int64),
            c_void_p,
            _ERROR,
        ],
    ),
    "network_evaluate": (
        c_int32,
        [c_void_p, POINTER(Samples), c_int64, c_int64, POINTER(c_int64), c_void_p, _ERROR],
    ),
    "network_predict": (
        c_int32,
        [
            c_void_p,
            c_void_p,
            c_int64,
            c_int64,
            c_int64,
            c_int32,
            POINTER(c_int64),
            c_void_p,
            _ERROR,
        ],
    ),
    "network_observe": (
        c_int32,
        [
            c_void_p,
            POINTER(Samples),
            POINTER(Loss),
            POINTER(Statistics),
            POINTER(Statistics),
            c_int64,
            _ERROR,
        ],
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
