"""Initializers without randomness: Zeros, Ones, Constant, Identity."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from .._numbers import finite
from ._base import FillingInitializer, gain_in, warn
from ._config import encode
from ._explain import Explanation, constant


class Zeros(FillingInitializer):
    """All values are 0; the usual start of a bias."""

    def _write(self, out: npt.NDArray[Any]) -> None:
        out[...] = 0

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        return constant(type(self).__name__, shape, 0.0)


class Ones(FillingInitializer):
    """All values are 1."""

    def _write(self, out: npt.NDArray[Any]) -> None:
        out[...] = 1

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        return constant(type(self).__name__, shape, 1.0)


class Constant(FillingInitializer):
    """All values are `value`.

    Keras on TensorFlow reads Python floats as float32 whatever the dtype; Fanin gives the same
    value, with a warning where that shows. A NumPy float64 keeps its digits.

    Parameters
    ----------
    value : number or array_like
        A number, or numbers that broadcast to the shape (Keras does that, too, but lets them
        enlarge the shape; here that is a ValueError).

    Raises
    ------
    TypeError
        If `value` is not numeric.
    ValueError
        On a call, if `value` does not broadcast to the shape.
    """

    def __init__(self, value: Any = 0.0) -> None:
        if np.asarray(value).dtype.kind not in "biufcV":
            raise TypeError(f"Argument `value` must be numeric. Received: value={value!r}")
        self.value = value

    def _write(self, out: npt.NDArray[Any]) -> None:
        exact = value = np.asarray(self.value)
        try:
            np.broadcast_to(value, out.shape)
        except ValueError as error:
            raise ValueError(
                f"`value` of shape {value.shape} does not broadcast to the shape {out.shape}."
            ) from error
        if value.dtype == np.float64 and not isinstance(self.value, np.ndarray | np.generic):
            value = value.astype(np.float32)
        values = _arrays.cast(value, out.dtype)
        if out.dtype == np.float64 and not np.array_equal(values, exact, equal_nan=True):
            warn(
                "Keras on TensorFlow rounds a Constant's Python float to float32, and so does "
                f"Fanin: {self.value} gives {values}. Pass numpy.float64(value) for the exact one."
            )
        out[...] = values

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's argument."""
        return {"value": encode(self.value)}

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        values = np.asarray(self.value)
        if values.ndim:
            return Explanation(
                name=type(self).__name__,
                shape=shape,
                formula=f"the given values of shape {values.shape}, broadcast",
                distribution="given",
            )
        return constant(type(self).__name__, shape, float(values))


def _check_rank(shape: tuple[int, ...]) -> None:
    if len(shape) != 2:
        raise ValueError(
            "Identity matrix initializer can only be used for 2D matrices. "
            f"Received: shape={shape} of rank {len(shape)}."
        )


class Identity(FillingInitializer):
    """`gain` on the main diagonal, 0 elsewhere.

    Only for matrices, square or not. The config holds the gain (Keras 3.15 loses it: there
    `Identity(3.).clone().gain` is 1).

    Parameters
    ----------
    gain : float
        The diagonal's value.

    Raises
    ------
    TypeError, ValueError
        If `gain` is not a finite number; on a call, if the shape is not of rank 2 or the
        dtype can't hold the gain.
    """

    def __init__(self, gain: float = 1.0) -> None:
        finite("gain", gain)
        self.gain = gain

    def _write(self, out: npt.NDArray[Any]) -> None:
        _check_rank(out.shape)
        gain = gain_in(out.dtype, self.gain)
        if out.dtype.kind in "biu" and gain != self.gain:
            raise ValueError(f"{out.dtype} can't hold the gain. Received: gain={self.gain}")
        out[...] = 0
        diagonal = np.arange(min(out.shape))
        out[diagonal, diagonal] = gain

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's argument."""
        return {"gain": encode(self.gain)}

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        _check_rank(shape)
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"{float(self.gain):g} on the main diagonal, 0 elsewhere",
            distribution="identity",
            notes=("Where there are fewer outputs than inputs, the last inputs are dropped.",)
            if shape[1] < shape[0]
            else (),
        )
