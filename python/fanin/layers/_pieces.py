"""The native library's descriptions of layers."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import _native, activations, regularizers
from .._network import describe


def reshape(sample_shape: Sequence[int | None]) -> _native.Layer:
    """Return what gives samples another shape, or the same."""
    # Where a model is built, all sizes are known.
    return describe(_native.RESHAPE, axes=[size or 0 for size in sample_shape])


def activation(function: Callable[..., Any], axes: Sequence[int] = ()) -> _native.Layer:
    """Return what applies a function of `fanin.activations`."""
    kind, constants = activations.native(function)
    return describe(_native.ACTIVATION, activation=kind, constants=constants, axes=axes)


def dense_apart(layer: _native.Layer) -> list[_native.Layer]:
    """Return a dense layer without its activation, and the activation; others as they are."""
    if layer.kind != _native.DENSE or layer.activation == _native.LINEAR:
        return [layer]
    after = describe(
        _native.ACTIVATION, activation=layer.activation, constants=tuple(layer.constants)
    )
    before = describe(_native.DENSE, flags=layer.flags, units=layer.units)
    return [before, after]


def relu(negative_slope: float, max_value: float | None, threshold: float) -> _native.Layer:
    """Return what applies relu with these arguments."""
    limit = math.inf if max_value is None else max_value
    constants = (negative_slope, limit, threshold)
    return describe(_native.ACTIVATION, activation=_native.RELU, constants=constants)


def activity_regularization(regularizer: Any) -> _native.Layer:
    """Return what adds the outputs' cost to the loss.

    Raises
    ------
    NotImplementedError
        If it is another regularizer than L1, L2 or L1L2.
    """
    if not isinstance(regularizer, regularizers.L1 | regularizers.L2 | regularizers.L1L2):
        raise NotImplementedError(
            "`activity_regularizer` must be one of L1, L2 and L1L2; others need automatic "
            f"differentiation. Received: {regularizer}"
        )
    l1, l2 = getattr(regularizer, "l1", 0.0), getattr(regularizer, "l2", 0.0)
    return describe(_native.ACTIVITY_REGULARIZATION, constants=(float(l1), float(l2)))
