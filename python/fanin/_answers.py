"""Predictions and what they should have been, as the native library takes them: in rows."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _arrays

Array = npt.NDArray[Any]


def numbers(values: Any, dtype: npt.DTypeLike | None = None) -> Array:
    """Return an array of float32 or float64; without a dtype, float64 arrays stay what they are."""
    array = np.asarray(values)
    if dtype is None:
        is_double = isinstance(values, np.ndarray | np.generic) and array.dtype == np.float64
        dtype = np.float64 if is_double else np.float32
    return array.astype(dtype, copy=False)


def same_rank(x: Array, y: Array) -> tuple[Array, Array]:
    """Return both with as many axes, if one has just a last axis of size 1 more: Keras's rule."""
    if x.ndim == y.ndim + 1 and x.shape[-1] == 1:
        return (x, y[..., None]) if y.ndim == 1 else (x[..., 0], y)
    if y.ndim == x.ndim + 1 and y.shape[-1] == 1:
        return (x[..., None], y) if x.ndim == 1 else (x, y[..., 0])
    return x, y


def addresses(*arrays: Array | None) -> list[int | None]:
    """Return where C-contiguous arrays begin."""
    return [None if array is None else _arrays.address(array) for array in arrays]


class Answers:
    """Predictions as rows x units, with class numbers or targets.

    Parameters
    ----------
    y_true, y_pred : array_like
    sparse : bool
        Whether `y_true` are class numbers, one for each row.
    dtype : dtype, optional
        See `numbers`.

    Attributes
    ----------
    shape : tuple of int
        Of what there is one value a row of.

    Raises
    ------
    ValueError
        If the shapes don't fit each other.
    """

    def __init__(
        self, y_true: Any, y_pred: Any, *, sparse: bool, dtype: npt.DTypeLike | None = None
    ) -> None:
        outputs = numbers(y_pred, dtype)
        self.dtype = outputs.dtype
        self.labels: Array | None = None
        self.targets: Array | None = None
        if sparse:
            labels = np.asarray(y_true)
            if labels.ndim == outputs.ndim and labels.shape[-1:] == (1,):
                labels = labels[..., 0]
            if outputs.ndim < 1 or labels.shape != outputs.shape[:-1]:
                raise ValueError(
                    "Arguments `target` and `output` must have the same shape up until the last "
                    f"dimension: target.shape={np.shape(y_true)}, output.shape={outputs.shape}"
                )
            self.labels = np.ascontiguousarray(labels, np.int64)
        else:
            targets, outputs = same_rank(numbers(y_true, self.dtype), outputs)
            if targets.shape != outputs.shape:
                try:
                    targets, outputs = np.broadcast_arrays(targets, outputs)
                except ValueError:
                    raise ValueError(
                        "Arguments `target` and `output` must have the same shape. Received: "
                        f"target.shape={targets.shape}, output.shape={outputs.shape}"
                    ) from None
            self.targets = np.ascontiguousarray(targets)
        self.outputs = np.ascontiguousarray(outputs)
        self.shape = outputs.shape[:-1]
        self.units = outputs.shape[-1] if outputs.ndim else 1
        self.rows = math.prod(self.shape)
