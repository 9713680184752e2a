"""Activation functions, as in keras.activations.

A layer computes them in the native library; here they are names for it, and functions of NumPy
arrays.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _native

__all__ = ["get", "linear", "relu", "serialize", "sigmoid", "softmax", "tanh"]

Activation = Callable[[npt.ArrayLike], npt.NDArray[Any]]


def linear(x: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return x."""
    return np.asarray(x)


def relu(x: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return max(x, 0)."""
    return np.maximum(x, 0)


def sigmoid(x: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return 1 / (1 + exp(-x))."""
    # In this form nothing overflows.
    return np.asarray(0.5 * (np.tanh(np.multiply(x, 0.5)) + 1))


def softmax(x: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return exp(x) / sum(exp(x)) along the last axis."""
    exponentials = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=-1, keepdims=True))


def tanh(x: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return (exp(x) - exp(-x)) / (exp(x) + exp(-x))."""
    return np.asarray(np.tanh(x))


_FUNCTIONS: dict[str, Activation] = {
    "linear": linear,
    "relu": relu,
    "sigmoid": sigmoid,
    "softmax": softmax,
    "tanh": tanh,
}

#: The native library's number for each function.
NATIVE: dict[Activation, int] = {
    linear: _native.LINEAR,
    relu: _native.RELU,
    sigmoid: _native.SIGMOID,
    softmax: _native.SOFTMAX,
    tanh: _native.TANH,
}

_NOT_YET = frozenset(
    "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh "
    "leaky_relu log_sigmoid log_softmax mish relu6 selu silu soft_shrink softplus softsign "
    "sparse_plus sparse_sigmoid sparsemax squareplus swish tanh_shrink threshold".split()
)


def get(identifier: Any) -> Activation:
    """Return the function that a name, None (linear) or a function of this module means.

    Raises
    ------
    NotImplementedError
        If the name is that of another activation of Keras, or the function is one's own.
    ValueError
        If it is neither.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str) and identifier in _FUNCTIONS:
        return _FUNCTIONS[identifier]
    if callable(identifier) and identifier in NATIVE:
        return identifier  # type: ignore[no-any-return]
    if callable(identifier) or (isinstance(identifier, str) and identifier in _NOT_YET):
        raise NotImplementedError(
            f"The activation must be one of {sorted(_FUNCTIONS)}. Received: {identifier}"
        )
    raise ValueError(f"Could not interpret activation function identifier: {identifier}")


def serialize(activation: Activation) -> str:
    """Return the name of one of the functions of this module."""
    return get(activation).__name__
