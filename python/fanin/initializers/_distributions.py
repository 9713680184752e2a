"""Initializers with a given distribution: RandomUniform, RandomNormal, TruncatedNormal."""

from typing import Any

import numpy.typing as npt

from .._numbers import finite
from ._base import RandomInitializer, warn
from ._config import encode
from ._explain import Explanation, describe


class RandomUniform(RandomInitializer):
    """Uniform on [minval, maxval): u (maxval - minval) + minval, rounded after each operation.

    In float64, too, the limits are first rounded to float32, as Keras on TensorFlow rounds Python
    floats. In float16 and bfloat16, u has only 10 and 7 random bits, as TensorFlow's has.

    Parameters
    ----------
    minval, maxval : float
        The limits. As in Keras, minval may exceed maxval; that is a warning.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError
        If a limit is not a number.
    ValueError
        If a limit is not finite, or on a bad seed.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None) -> None:
        if finite("minval", minval) > finite("maxval", maxval):
            warn(f"minval exceeds maxval. Received: minval={minval}, maxval={maxval}")
        self.minval = minval
        self.maxval = maxval
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        limits = {"minval": encode(self.minval), "maxval": encode(self.maxval)}
        return {**super().get_config(), **limits}

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        return "fill_uniform", float(self.minval), float(self.maxval)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        low, high = float(self.minval), float(self.maxval)
        return describe(
            type(self).__name__, shape, "uniform", (low + high) / 2, abs(high - low) / 2,
            formula=f"uniform on [{low:g}, {high:g}), whatever the shape",
            notes=(FIXED,),
        )  # fmt: skip


FIXED = (
    "The spread does not depend on the fans: it is right for one width at most. See "
    "VarianceScaling."
)


class _Normal(RandomInitializer):
    """What the two normal distributions share."""

    _fill: str
    _distribution: str
    _notes: tuple[str, ...] = (FIXED,)

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        finite("mean", mean)
        if finite("stddev", stddev) < 0:
            warn(f"stddev is negative. Received: stddev={stddev}")
        self.mean = mean
        self.stddev = stddev
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "mean": encode(self.mean), "stddev": encode(self.stddev)}

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        return self._fill, float(self.mean), float(self.stddev)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        mean, stddev = float(self.mean), abs(float(self.stddev))
        cut = ", drawn again beyond 2 stddev" if self._distribution != "normal" else ""
        return describe(
            type(self).__name__, shape, self._distribution, mean, stddev,
            formula=f"N({mean:g}, {stddev:g}²){cut}, whatever the shape", notes=self._notes,
        )  # fmt: skip


class RandomNormal(_Normal):
    """Normal, N(mean, stddev^2): z stddev + mean, z by Box and Muller.

    Parameters
    ----------
    mean, stddev : float
        The mean and the standard deviation. As in Keras, a negative stddev is allowed and turns the
        signs of z; that is a warning.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError
        If mean or stddev is not a number.
    ValueError
        If mean or stddev is not finite, or on a bad seed.
    """

    _fill = "fill_normal"
    _distribution = "normal"


class TruncatedNormal(_Normal):
    """Normal, drawn again where it is 2 stddev or more from the mean.

    The result's standard deviation is 0.87962566 stddev: there is no correction for what was
    cut off, as in Keras; `VarianceScaling` has one.

    Parameters
    ----------
    mean, stddev : float
        The mean and the standard deviation before the truncation. As in Keras, a negative
        stddev is allowed; that is a warning.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError
        If mean or stddev is not a number.
    ValueError
        If mean or stddev is not finite, or on a bad seed.
    """

    _fill = "fill_truncated_normal"
    _distribution = "truncated normal"
    _notes = (
        FIXED,
        "As in Keras, what was cut off is not made up for: the values' standard deviation is "
        "0.8796 stddev. PyTorch's trunc_normal_ has absolute bounds, by default -2 and 2, so that "
        "small standard deviations are not truncated at all.",
    )
