"""Activation functions, as in keras.activations.

Layers and the functions here compute them in the native library. At the edges of their pieces they
have the derivatives that TensorFlow gives them.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _arrays, _native

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

Array = npt.NDArray[Any]
Activation = Callable[..., Array]


def _apply(kind: int, x: npt.ArrayLike, *constants: float, axis: int | None = None) -> Array:
    """Return the function number `kind` of x, along an axis if it is one of several values."""
    values = np.asarray(x)
    if values.dtype != np.float64 or not isinstance(x, np.ndarray | np.generic):
        values = values.astype(np.float32)
    shape = values.shape
    outer, size, inner = 1, values.size, 1
    if axis is not None:
        if not -len(shape) <= axis < len(shape):
            raise ValueError(
                f"`axis` must be one of the {len(shape)} axes. "
                f"Received: x.shape={shape} with axis={axis}"
            )
        axis %= len(shape)
        outer, size, inner = math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
        if kind == _native.GLU:
            if size % 2:
                raise ValueError(
                    f"axis size must be divisible by 2. Received: x.shape={shape} with axis={axis}"
                )
            shape = (*shape[:axis], size // 2, *shape[axis + 1 :])
    values = np.ascontiguousarray(values)
    out = np.empty(shape, values.dtype)
    _native.call(
        "activate",
        _arrays.check_floating(values.dtype),
        kind,
        _constants(constants),
        _arrays.address(values),
        outer,
        size,
        inner,
        _arrays.address(out),
        None,
        None,
    )
    return out


def _constants(constants: tuple[float, ...]) -> Any:
    return (_native.c_double * 3)(*constants)


def linear(x: npt.ArrayLike) -> Array:
    """Return x."""
    return np.asarray(x)


def relu(
    x: npt.ArrayLike,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Array:
    """Return x above `threshold`, at most `max_value`; negative_slope (x - threshold) below it."""
    largest = math.inf if max_value is None else max_value
    return _apply(_native.RELU, x, negative_slope, largest, threshold)


def leaky_relu(x: npt.ArrayLike, negative_slope: float = 0.2) -> Array:
    """Return x above 0, negative_slope x below."""
    return _apply(_native.LEAKY_RELU, x, negative_slope)


def relu6(x: npt.ArrayLike) -> Array:
    """Return min(max(x, 0), 6)."""
    return _apply(_native.RELU6, x)


def softmax(x: npt.ArrayLike, axis: int = -1) -> Array:
    """Return exp(x) / sum(exp(x)) along an axis."""
    return _apply(_native.SOFTMAX, x, axis=axis)


def celu(x: npt.ArrayLike, alpha: float = 1.0) -> Array:
    """Return max(x, 0) + alpha (exp(min(x, 0) / alpha) - 1) (Barron, 2017)."""
    return _apply(_native.CELU, x, alpha)


def elu(x: npt.ArrayLike, alpha: float = 1.0) -> Array:
    """Return x above 0, alpha (exp(x) - 1) below (Clevert et al., 2016)."""
    return _apply(_native.ELU, x, alpha)


def selu(x: npt.ArrayLike) -> Array:
    """Return 1.0507 elu(x, 1.6733), which keeps mean 0 and variance 1 (Klambauer et al., 2017)."""
    return _apply(_native.SELU, x)


def softplus(x: npt.ArrayLike) -> Array:
    """Return log(1 + exp(x))."""
    return _apply(_native.SOFTPLUS, x)


def softsign(x: npt.ArrayLike) -> Array:
    """Return x / (1 + |x|)."""
    return _apply(_native.SOFTSIGN, x)


def soft_shrink(x: npt.ArrayLike, threshold: float = 0.5) -> Array:
    """Return x moved by `threshold` towards 0, or 0 nearer to it than that."""
    return _apply(_native.SOFT_SHRINK, x, threshold)


def sparse_plus(x: npt.ArrayLike) -> Array:
    """Return 0 up to -1, (x + 1)**2 / 4 up to 1, x from there."""
    return _apply(_native.SPARSE_PLUS, x)


def silu(x: npt.ArrayLike) -> Array:
    """Return x sigmoid(x) (Hendrycks & Gimpel, 2016; Ramachandran et al., 2017, as swish)."""
    return _apply(_native.SILU, x)


def squareplus(x: npt.ArrayLike, b: float = 4) -> Array:
    """Return (x + sqrt(x**2 + b)) / 2 (Barron, 2021)."""
    return _apply(_native.SQUAREPLUS, x, b)


def gelu(x: npt.ArrayLike, approximate: bool = False) -> Array:
    """Return x Phi(x), or its approximation by tanh (Hendrycks & Gimpel, 2016)."""
    return _apply(_native.GELU, x, float(approximate))


def glu(x: npt.ArrayLike, axis: int = -1) -> Array:
    """Return a sigmoid(b), where a and b are the halves of x along an axis (Dauphin et al., 2017).

    Raises
    ------
    ValueError
        If the axis has an odd size.
    """
    return _apply(_native.GLU, x, axis=axis)


def tanh(x: npt.ArrayLike) -> Array:
    """Return (exp(x) - exp(-x)) / (exp(x) + exp(-x))."""
    return _apply(_native.TANH, x)


def tanh_shrink(x: npt.ArrayLike) -> Array:
    """Return x - tanh(x)."""
    return _apply(_native.TANH_SHRINK, x)


def hard_tanh(x: npt.ArrayLike) -> Array:
    """Return min(max(x, -1), 1)."""
    return _apply(_native.HARD_TANH, x)


def hard_shrink(x: npt.ArrayLike, threshold: float = 0.5) -> Array:
    """Return x where |x| > threshold, else 0."""
    return _apply(_native.HARD_SHRINK, x, threshold)


def threshold(x: npt.ArrayLike, threshold: float, default_value: float) -> Array:
    """Return x where x > threshold, else default_value."""
    return _apply(_native.THRESHOLD, x, threshold, default_value)


def sigmoid(x: npt.ArrayLike) -> Array:
    """Return 1 / (1 + exp(-x))."""
    return _apply(_native.SIGMOID, x)


def exponential(x: npt.ArrayLike) -> Array:
    """Return exp(x)."""
    return _apply(_native.EXPONENTIAL, x)


def hard_sigmoid(x: npt.ArrayLike) -> Array:
    """Return min(max(x + 3, 0), 6) / 6."""
    return _apply(_native.HARD_SIGMOID, x)


def log_sigmoid(x: npt.ArrayLike) -> Array:
    """Return log(sigmoid(x))."""
    return _apply(_native.LOG_SIGMOID, x)


def sparse_sigmoid(x: npt.ArrayLike) -> Array:
    """Return 0 up to -1, (x + 1) / 2 up to 1, 1 from there."""
    return _apply(_native.SPARSE_SIGMOID, x)


def hard_silu(x: npt.ArrayLike) -> Array:
    """Return x hard_sigmoid(x)."""
    return _apply(_native.HARD_SILU, x)


def mish(x: npt.ArrayLike) -> Array:
    """Return x tanh(softplus(x)) (Misra, 2019)."""
    return _apply(_native.MISH, x)


def log_softmax(x: npt.ArrayLike, axis: int = -1) -> Array:
    """Return log(softmax(x)) along an axis."""
    return _apply(_native.LOG_SOFTMAX, x, axis=axis)


def sparsemax(x: npt.ArrayLike, axis: int = -1) -> Array:
    """Return max(x - t, 0) with a threshold t along an axis (Martins & Astudillo, 2016).

    As in Keras 3.15, whose threshold for more than one nonzero value is not the paper's: the values
    then don't add up to 1.
    """
    return _apply(_native.SPARSEMAX, x, axis=axis)


swish = silu
hard_swish = hard_silu

# By name: the function, the native library's number, and its arguments where it is called without.
_TABLE: dict[str, tuple[Activation, int, tuple[float, ...]]] = {
    "celu": (celu, _native.CELU, (1.0,)),
    "elu": (elu, _native.ELU, (1.0,)),
    "exponential": (exponential, _native.EXPONENTIAL, ()),
    "gelu": (gelu, _native.GELU, (0.0,)),
    "glu": (glu, _native.GLU, ()),
    "hard_shrink": (hard_shrink, _native.HARD_SHRINK, (0.5,)),
    "hard_sigmoid": (hard_sigmoid, _native.HARD_SIGMOID, ()),
    "hard_silu": (hard_silu, _native.HARD_SILU, ()),
    "hard_tanh": (hard_tanh, _native.HARD_TANH, ()),
    "leaky_relu": (leaky_relu, _native.LEAKY_RELU, (0.2,)),
    "linear": (linear, _native.LINEAR, ()),
    "log_sigmoid": (log_sigmoid, _native.LOG_SIGMOID, ()),
    "log_softmax": (log_softmax, _native.LOG_SOFTMAX, ()),
    "mish": (mish, _native.MISH, ()),
    "relu": (relu, _native.RELU, (0.0, math.inf, 0.0)),
    "relu6": (relu6, _native.RELU6, ()),
    "selu": (selu, _native.SELU, ()),
    "sigmoid": (sigmoid, _native.SIGMOID, ()),
    "silu": (silu, _native.SILU, ()),
    "soft_shrink": (soft_shrink, _native.SOFT_SHRINK, (0.5,)),
    "softmax": (softmax, _native.SOFTMAX, ()),
    "softplus": (softplus, _native.SOFTPLUS, ()),
    "softsign": (softsign, _native.SOFTSIGN, ()),
    "sparse_plus": (sparse_plus, _native.SPARSE_PLUS, ()),
    "sparse_sigmoid": (sparse_sigmoid, _native.SPARSE_SIGMOID, ()),
    "sparsemax": (sparsemax, _native.SPARSEMAX, ()),
    "squareplus": (squareplus, _native.SQUAREPLUS, (4.0,)),
    "tanh": (tanh, _native.TANH, ()),
    "tanh_shrink": (tanh_shrink, _native.TANH_SHRINK, ()),
    "threshold": (threshold, _native.THRESHOLD, ()),
}
_FUNCTIONS: dict[str, Activation] = {
    **{name: function for name, (function, _, _) in _TABLE.items()},
    "swish": silu,
    "hard_swish": hard_silu,
}


def native(function: Activation) -> tuple[int, tuple[float, ...]]:
    """Return the native library's number for a function of this module, and its arguments.

    Raises
    ------
    ValueError
        If the function needs arguments.
    """
    _, kind, constants = _TABLE[function.__name__]
    if kind == _native.THRESHOLD:
        raise ValueError(
            "The activation `threshold` needs the arguments `threshold` and `default_value`, which "
            "a layer can't give it."
        )
    return kind, constants


def is_known(function: Any) -> bool:
    """Return whether it is a function of this module."""
    return callable(function) and function in _FUNCTIONS.values()


def backward(
    kind: int,
    constants: tuple[float, ...],
    x: npt.NDArray[np.float64],
    dy: npt.NDArray[np.float64],
    outer: int,
    size: int,
    inner: int,
) -> npt.NDArray[np.float64]:
    """Return the derivatives by x, outer x size x inner values, of what has them by outputs, dy.

    `kind` and `constants` are those of `native`.
    """
    x = np.ascontiguousarray(x)
    # named, so that the memory lives until the call is done
    y, dx = np.empty_like(dy), np.empty_like(x)
    _native.call(
        "activate",
        _native.FLOAT64,
        kind,
        _constants(constants),
        _arrays.address(x),
        outer,
        size,
        inner,
        _arrays.address(y),
        _arrays.address(dy),
        _arrays.address(dx),
    )
    return dx


def derivative(function: Activation, x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the derivative, at each x, of a function of this module on each value by itself."""
    return backward(*native(function), x, np.ones_like(x), 1, x.size, 1)


def get(identifier: Any) -> Activation:
    """Return the function that a name, None (linear), a dict or a function of this module means.

    Raises
    ------
    NotImplementedError
        If it is a function of one's own.
    ValueError
        If it is none of these.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, str) and identifier in _FUNCTIONS:
        return _FUNCTIONS[identifier]
    if callable(identifier):
        if is_known(identifier):
            return identifier  # type: ignore[no-any-return]
        raise NotImplementedError(
            "The activation must be one of Fanin's: a function of one's own needs automatic "
            f"differentiation. Received: {identifier}"
        )
    raise ValueError(f"Could not interpret activation function identifier: {identifier}")


def serialize(activation: Activation) -> str:
    """Return the name of one of the functions of this module."""
    return get(activation).__name__


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Activation:
    """Return the function that a name, or Keras's dictionary of one, means.

    Raises
    ------
    NotImplementedError, ValueError
        As `get`.
    """
    name = config
    if isinstance(config, Mapping):
        name = config.get("config") if config.get("class_name") == "function" else None
        name = name or config.get("class_name")
    if not isinstance(name, str):
        raise ValueError(f"Could not interpret activation function identifier: {config}")
    return get((custom_objects or {}).get(name, name))
