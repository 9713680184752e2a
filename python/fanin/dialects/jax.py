"""JAX's: jax.nn.initializers, which flax uses.

Weights are (*receptive field, inputs, outputs) unless axes are given (of JAX 0.10,
jax/_src/nn/initializers.py). The dtype is given with the shape.
"""

import math
import operator
from collections.abc import Iterable
from typing import Any

from .. import initializers
from ..initializers import Initializer
from . import _drawn
from ._drawn import one_of, positive, register
from ._truncated import TruncatedNormal

__all__ = [
    "constant",
    "delta_orthogonal",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "lecun_uniform",
    "normal",
    "ones",
    "orthogonal",
    "truncated_normal",
    "uniform",
    "variance_scaling",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

_Axes = int | Iterable[int]


def _axes(name: str, value: Any) -> tuple[int, ...]:
    try:
        return tuple(map(operator.index, value if isinstance(value, Iterable) else (value,)))
    except TypeError as error:
        raise TypeError(
            f"Argument `{name}` must be an integer or a sequence of integers. "
            f"Received: {name}={value!r}"
        ) from error


@register
class AnyAxes(_drawn.Scaled):
    """A variance scaling for weights whose axes are named; all others are the receptive field."""

    def __init__(
        self,
        name: str,
        scale: float,
        mode: str,
        distribution: str,
        in_axis: _Axes = -2,
        out_axis: _Axes = -1,
        batch_axis: _Axes = (),
        seed: Any = None,
    ) -> None:
        super().__init__(name, scale, mode, distribution, seed)
        self.in_axis = _axes("in_axis", in_axis)
        self.out_axis = _axes("out_axis", out_axis)
        self.batch_axis = _axes("batch_axis", batch_axis)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        axes = {"in_axis": self.in_axis, "out_axis": self.out_axis, "batch_axis": self.batch_axis}
        return {**super().get_config(), **axes}

    def _sizes(self, shape: tuple[int, ...]) -> tuple[int, int, int]:
        try:
            inputs, outputs, batch = (
                math.prod(shape[axis] for axis in axes)
                for axes in (self.in_axis, self.out_axis, self.batch_axis)
            )
        except IndexError as error:
            raise ValueError(
                "The shape must have the axes in_axis, out_axis and batch_axis. Received: "
                f"shape={shape}, in_axis={self.in_axis}, out_axis={self.out_axis}, "
                f"batch_axis={self.batch_axis}"
            ) from error
        return inputs, outputs, batch

    def _fans_of(self, shape: tuple[int, ...]) -> tuple[int, int]:
        inputs, outputs, batch = self._sizes(shape)
        size = math.prod(shape)
        fan_in, rest = divmod(size, max(1, outputs * batch))
        fan_out, rest_out = divmod(size, max(1, inputs * batch))
        if rest or rest_out:
            raise ValueError(
                "Argument `batch_axis` must name other axes than in_axis and out_axis. Received: "
                f"in_axis={self.in_axis}, out_axis={self.out_axis}, batch_axis={self.batch_axis}"
            )
        return fan_in, fan_out

    def _counted(self, shape: tuple[int, ...]) -> str:
        inputs, outputs, batch = self._sizes(shape)
        field = math.prod(shape) // max(1, inputs * outputs * batch)
        left_out = f", batch {batch} left out" if batch > 1 else ""
        return f"inputs {inputs} and outputs {outputs}, each times the rest {field}{left_out}"


def variance_scaling(
    scale: float,
    mode: str,
    distribution: str,
    in_axis: _Axes = -2,
    out_axis: _Axes = -1,
    batch_axis: _Axes = (),
    seed: Any = None,
) -> Initializer:
    """Zero mean and the variance scale / n.

    Parameters
    ----------
    scale : float
        Positive (of a negative one, JAX makes NaN).
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        What n is; "fan_geo_avg" is √(fan_in fan_out).
    distribution : {"truncated_normal", "normal", "uniform"}
        "normal" is not truncated (in Keras it is).
    in_axis, out_axis, batch_axis : int or sequence of int
        The axes of inputs, outputs and what counts as neither; all others are the receptive field.
    seed : int, SeedGenerator, dict or None
        See `fanin.initializers.RandomInitializer`.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these; on a call, if the shape lacks an axis.
    """
    return _scaling(
        "variance_scaling", scale, mode, distribution, in_axis, out_axis, batch_axis, seed
    )


def _scaling(name: str, scale: float, mode: str, distribution: str, *rest: Any) -> Initializer:
    one_of("mode", mode, ("fan_in", "fan_out", "fan_avg", "fan_geo_avg"))
    one_of("distribution", distribution, ("truncated_normal", "normal", "uniform"))
    if distribution == "normal":
        distribution = "untruncated_normal"
    return AnyAxes(f"jax.{name}", positive("scale", scale), mode, distribution, *rest)


def glorot_uniform(
    in_axis: _Axes = -2, out_axis: _Axes = -1, batch_axis: _Axes = (), seed: Any = None
) -> Initializer:
    """Uniform on ±√(6 / (fan_in + fan_out)); see `variance_scaling` for the axes."""
    return _scaling("glorot_uniform", 1, "fan_avg", "uniform", in_axis, out_axis, batch_axis, seed)


def glorot_normal(
    in_axis: _Axes = -2, out_axis: _Axes = -1, batch_axis: _Axes = (), seed: Any = None
) -> Initializer:
    """Truncated normal of variance 2 / (fan_in + fan_out); see `variance_scaling` for the axes."""
    return _scaling(
        "glorot_normal", 1, "fan_avg", "truncated_normal", in_axis, out_axis, batch_axis, seed
    )


def lecun_uniform(
    in_axis: _Axes = -2, out_axis: _Axes = -1, batch_axis: _Axes = (), seed: Any = None
) -> Initializer:
    """Uniform on ±√(3 / fan_in); see `variance_scaling` for the axes."""
    return _scaling("lecun_uniform", 1, "fan_in", "uniform", in_axis, out_axis, batch_axis, seed)


def lecun_normal(
    in_axis: _Axes = -2, out_axis: _Axes = -1, batch_axis: _Axes = (), seed: Any = None
) -> Initializer:
    """Truncated normal of variance 1 / fan_in, flax's default; see `variance_scaling` for axes."""
    return _scaling(
        "lecun_normal", 1, "fan_in", "truncated_normal", in_axis, out_axis, batch_axis, seed
    )


def he_uniform(
    in_axis: _Axes = -2, out_axis: _Axes = -1, batch_axis: _Axes = (), seed: Any = None
) -> Initializer:
    """Uniform on ±√(6 / fan_in); see `variance_scaling` for the axes."""
    return _scaling("he_uniform", 2, "fan_in", "uniform", in_axis, out_axis, batch_axis, seed)


def he_normal(
    in_axis: _Axes = -2, out_axis: _Axes = -1, batch_axis: _Axes = (), seed: Any = None
) -> Initializer:
    """Truncated normal of variance 2 / fan_in; see `variance_scaling` for the axes."""
    return _scaling(
        "he_normal", 2, "fan_in", "truncated_normal", in_axis, out_axis, batch_axis, seed
    )


xavier_uniform = glorot_uniform
xavier_normal = glorot_normal
kaiming_uniform = he_uniform
kaiming_normal = he_normal


def uniform(scale: float = 0.01, seed: Any = None) -> Initializer:
    """Uniform on [0, scale): not symmetric."""
    return _drawn.Uniform("jax.uniform", 0.0, scale, seed)


def normal(stddev: float = 0.01, seed: Any = None) -> Initializer:
    """Normal, N(0, stddev²)."""
    return _drawn.Normal("jax.normal", 0.0, stddev, seed)


def truncated_normal(
    stddev: float = 0.01, lower: float = -2.0, upper: float = 2.0, seed: Any = None
) -> Initializer:
    """Normal, N(0, stddev²), between lower and upper standard deviations; not corrected."""
    positive("stddev", stddev)
    return TruncatedNormal(
        "jax.truncated_normal", 0.0, stddev, lower * stddev, upper * stddev, seed
    )


def orthogonal(scale: float = 1.0, column_axis: int = -1, seed: Any = None) -> Initializer:
    """A matrix with orthonormal columns, or rows, times scale; the columns along `column_axis`."""
    return _drawn.Orthogonal("jax.orthogonal", scale, axis=column_axis, seed=seed)


def delta_orthogonal(scale: float = 1.0, seed: Any = None) -> Initializer:
    """`fanin.initializers.DeltaOrthogonal`.

    JAX's column_axis only says from which matrix the orthonormal rows are taken.
    """
    return initializers.DeltaOrthogonal(scale, seed)


def constant(value: Any) -> Initializer:
    """All values are `value`, which may be an array that broadcasts to the shape."""
    return initializers.Constant(value)


def zeros() -> Initializer:
    """All values are 0."""
    return initializers.Zeros()


def ones() -> Initializer:
    """All values are 1."""
    return initializers.Ones()
