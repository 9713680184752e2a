"""Variance scaling: one rule, and a line for each named setting of it."""

import math
import operator
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, ClassVar

import numpy.typing as npt

from .. import _arrays, _native
from .._numbers import finite
from ._base import RandomInitializer, warn
from ._config import encode
from ._explain import TRUNCATED_STDDEV, Explanation, describe

_MODES = {
    "fan_in": _native.FAN_IN,
    "fan_out": _native.FAN_OUT,
    "fan_avg": _native.FAN_AVG,
    "fan_geo_avg": _native.FAN_GEO_AVG,
}
_DISTRIBUTIONS = {
    "truncated_normal": _native.TRUNCATED_NORMAL,
    "untruncated_normal": _native.UNTRUNCATED_NORMAL,
    "uniform": _native.UNIFORM,
}

_Axes = Iterable[int] | None
_CheckedAxes = tuple[int, ...] | None


def _integers(numbers: tuple[int, ...]) -> "_native.Vector[_native.c_int64]":
    return (_native.c_int64 * len(numbers))(*numbers)


def _check_axes(name: str, axes: Any) -> _CheckedAxes:
    if axes is None:
        return None
    try:
        return tuple(operator.index(axis) for axis in axes)
    except TypeError as error:
        raise TypeError(
            f"Argument `{name}` must be a list of integers or None. Received: {name}={axes!r}"
        ) from error


# Calls share what this returns, which nothing writes to.
@lru_cache(maxsize=256)
def _scaling(
    shape: tuple[int, ...],
    input_axes: _CheckedAxes,
    output_axes: _CheckedAxes,
    scale: float = 1.0,
    mode: str = "fan_in",
    distribution: str = "uniform",
) -> _native.Scaling:
    """Return the native description; it keeps its arrays alive."""
    scaling = _native.Scaling(
        scale=scale,
        mode=_MODES[mode],
        distribution=_DISTRIBUTIONS[distribution],
        shape=_integers(shape),
        rank=len(shape),
    )
    if input_axes is not None and output_axes is not None:
        inputs, outputs = _integers(input_axes), _integers(output_axes)
        scaling.input_axes, scaling.input_axis_count = inputs, len(inputs)
        scaling.output_axes, scaling.output_axis_count = outputs, len(outputs)
        _fans(scaling)  # Refuses axes that the shape hasn't, before a seed is used up.
    return scaling


def _fans(scaling: _native.Scaling) -> tuple[int, int]:
    fan_in, fan_out = _native.c_double(), _native.c_double()
    _native.call("compute_fans", scaling, fan_in, fan_out)
    return int(fan_in.value), int(fan_out.value)


def compute_fans(
    shape: Any, input_axes: _Axes = None, output_axes: _Axes = None
) -> tuple[int, int]:
    """Return (fan_in, fan_out) of a weight's shape.

    A dense kernel (inputs, units) has fans (inputs, units), a convolution kernel
    (..., inputs, outputs) those times the receptive field, a vector its length twice, a scalar
    (1, 1).

    Parameters
    ----------
    shape : int or iterable of int
        The whole tensor's shape.
    input_axes, output_axes : iterable of int, optional
        If both are given, the fans are the products of the sizes on these axes instead.

    Raises
    ------
    TypeError
        If a size or an axis is not an integer.
    ValueError
        If a size is negative or an axis out of range.
    """
    sizes = _arrays.standardize_shape(shape)
    inputs = _check_axes("input_axes", input_axes)
    outputs = _check_axes("output_axes", output_axes)
    return _fans(_scaling(sizes, inputs, outputs))


def counted(shape: tuple[int, ...]) -> str:
    """Return how `compute_fans` counts."""
    if len(shape) < 2:
        return "1 for a scalar, the length twice for a vector"
    field = "" if len(shape) == 2 else f", each times the receptive field {shape[:-2]}"
    return f"inputs {shape[-2]} and outputs {shape[-1]}{field}"


class VarianceScaling(RandomInitializer):
    """Zero mean and the variance s = scale / max(1, n), n the number of inputs, outputs or both.

    By `distribution`: uniform on [-L, L) with L = sqrt(3 s); normal with standard deviation
    sqrt(s); or, the default, normal cut off at two standard deviations and corrected for it,
    sqrt(s) / 0.87962566103423978.

    One common tutorial gives He's uniform bound as sqrt(2 / n_in). The paper and Keras have
    sqrt(6 / n_in), and so has `HeUniform`; the other is
    `VarianceScaling(scale=2/3, mode="fan_in", distribution="uniform")`.

    Parameters
    ----------
    scale : float
        Positive.
    mode : {"fan_in", "fan_out", "fan_avg", "fan_geo_avg"}
        What n is; see `compute_fans`. "fan_avg" is (fan_in + fan_out) / 2; "fan_geo_avg", which
        JAX has and Keras hasn't, sqrt(fan_in fan_out).
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}
        In any case; "normal" is "truncated_normal", as in Keras.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.
    input_axes, output_axes : list of int, optional
        The axes whose sizes multiply to fan_in and fan_out. Keras ignores one without the other;
        so does Fanin, with a warning.

    Raises
    ------
    TypeError
        If scale is not a number or the axes no integers.
    ValueError
        If scale is not positive and finite, or mode, distribution or seed are not allowed; on a
        call, if an axis is out of range.
    """

    _sources: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: _Axes = None,
        output_axes: _Axes = None,
    ) -> None:
        if finite("scale", scale) <= 0:
            raise ValueError(f"Argument `scale` must be positive float. Received: scale={scale}")
        if mode not in _MODES:
            raise ValueError(f"Invalid `mode` argument: {mode}. Please use one of {set(_MODES)}")
        if not isinstance(distribution, str):
            raise TypeError(f"`distribution` must be a string. Received: {distribution!r}")
        distribution = distribution.lower()
        if distribution == "normal":
            distribution = "truncated_normal"
        if distribution not in _DISTRIBUTIONS:
            raise ValueError(
                f"Invalid `distribution` argument: {distribution}. "
                f"Please use one of {set(_DISTRIBUTIONS)}"
            )
        self._axes = _check_axes("input_axes", input_axes), _check_axes("output_axes", output_axes)
        if (input_axes is None) != (output_axes is None):
            warn(
                "As in Keras, `input_axes` and `output_axes` have an effect only if both are "
                f"given. Received: input_axes={input_axes}, output_axes={output_axes}"
            )
        self.scale = scale
        self.mode = mode
        self.distribution = distribution
        self.input_axes = input_axes
        self.output_axes = output_axes
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "scale": encode(self.scale),
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": encode(self.input_axes),
            "output_axes": encode(self.output_axes),
        }

    def _fans_of(self, shape: tuple[int, ...]) -> tuple[int, int]:
        return _fans(_scaling(shape, *self._axes))

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        scaling = _scaling(out.shape, *self._axes, float(self.scale), self.mode, self.distribution)
        return "fill_variance_scaling", scaling

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        fans = self._fans_of(shape)
        fan_in, fan_out = fans
        n = {
            "fan_in": fan_in,
            "fan_out": fan_out,
            "fan_avg": (fan_in + fan_out) / 2,
            "fan_geo_avg": math.sqrt(fan_in * fan_out),
        }[self.mode]
        scale = float(self.scale)
        variance = scale / max(1, n)
        distribution, spread, law = {
            "uniform": ("uniform", math.sqrt(3 * variance), "uniform on ±√(3 s)"),
            "untruncated_normal": ("normal", math.sqrt(variance), "N(0, s)"),
            "truncated_normal": (
                "truncated normal",
                math.sqrt(variance) / TRUNCATED_STDDEV,
                "N(0, s / 0.8796²), drawn again beyond two standard deviations",
            ),
        }[self.distribution]
        return describe(
            type(self).__name__,
            shape,
            distribution,
            0.0,
            spread,
            formula=f"{law}, with s = {scale:g} / {self.mode} = {variance:.6g}",
            fans=fans,
            counted=self._counted(shape),
            sources=self._sources,
            notes=tuple(self._notes(n)),
        )

    def _counted(self, shape: tuple[int, ...]) -> str:
        if None not in self._axes:
            return f"products of the sizes on the axes {self._axes[0]} and {self._axes[1]}"
        return counted(shape)

    def _notes(self, n: float) -> Iterator[str]:
        if self.scale == 2 and self.mode == "fan_in" and self.distribution == "uniform":
            yield (
                f"Some texts give He's bound as √(2 / fan_in) = {math.sqrt(2 / max(1, n)):.6g}; "
                "paper and Keras have √(6 / fan_in). The other is "
                'VarianceScaling(scale=2/3, mode="fan_in", distribution="uniform").'
            )
        if self.distribution == "truncated_normal":
            yield (
                "Keras and JAX truncate at two standard deviations and divide by 0.8796 to make up "
                "for it; PyTorch's xavier_normal_ and kaiming_normal_ do not truncate: "
                'distribution="untruncated_normal".'
            )
        if self.scale == 2 and self.mode == "fan_in":
            yield (
                "MLX's he_normal and he_uniform have gain 1 by default, which is LeCun's variance "
                "1 / fan_in."
            )
            yield (
                "PyTorch's nn.Linear starts with kaiming_uniform_(a=√5), which is uniform on "
                "±1 / √fan_in: a variance of 1 / (3 fan_in), a sixth of this one."
            )


class _Named(VarianceScaling):
    """A variance scaling whose first three arguments are settled."""

    _setting: ClassVar[tuple[float, str, str]]

    def __init__(
        self, seed: Any = None, input_axes: _Axes = None, output_axes: _Axes = None
    ) -> None:
        super().__init__(*self._setting, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        return {key: config[key] for key in ("seed", "input_axes", "output_axes")}


_GLOROT = (
    "X. Glorot, Y. Bengio, Understanding the difficulty of training deep feedforward neural "
    "networks, AISTATS 2010"
)
_LECUN = "Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller, Efficient BackProp, 1998, section 4.6"
_HE = "K. He, X. Zhang, S. Ren, J. Sun, Delving deep into rectifiers, ICCV 2015, eq. 10"


class GlorotUniform(_Named):
    """Uniform on [-L, L), L = sqrt(6 / (fan_in + fan_out)); also called Xavier uniform.

    For layers followed by tanh, sigmoid, softmax or nothing; Keras's default kernel. The arguments
    are those of `VarianceScaling`. X. Glorot, Y. Bengio, "Understanding the difficulty of
    training deep feedforward neural networks", AISTATS 2010.
    """

    _setting = (1.0, "fan_avg", "uniform")
    _sources = (_GLOROT + ", eq. 16",)


class GlorotNormal(_Named):
    """Truncated normal of variance 2 / (fan_in + fan_out); also called Xavier normal.

    For layers followed by tanh, sigmoid, softmax or nothing. The arguments are those of
    `VarianceScaling`. X. Glorot, Y. Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", AISTATS 2010.
    """

    _setting = (1.0, "fan_avg", "truncated_normal")
    _sources = (_GLOROT + ", eq. 12",)


class LecunUniform(_Named):
    """Uniform on [-L, L), L = sqrt(3 / fan_in).

    The arguments are those of `VarianceScaling`. Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller,
    "Efficient BackProp", 1998.
    """

    _setting = (1.0, "fan_in", "uniform")
    _sources = (_LECUN,)


class LecunNormal(_Named):
    """Truncated normal of variance 1 / fan_in.

    The arguments are those of `VarianceScaling`. Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller,
    "Efficient BackProp", 1998; the initializer of self-normalizing networks with SELU:
    G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, NIPS 2017.
    """

    _setting = (1.0, "fan_in", "truncated_normal")
    _sources = (_LECUN,)


class HeUniform(_Named):
    """Uniform on [-L, L), L = sqrt(6 / fan_in).

    For layers followed by ReLU. The arguments are those of `VarianceScaling`, where the note
    on sqrt(2 / fan_in), the bound of one common tutorial, is. K. He, X. Zhang, S. Ren, J. Sun,
    "Delving deep into rectifiers", ICCV 2015.
    """

    _setting = (2.0, "fan_in", "uniform")
    _sources = (_HE,)


class HeNormal(_Named):
    """Truncated normal of variance 2 / fan_in.

    For layers followed by ReLU. The arguments are those of `VarianceScaling`. K. He, X. Zhang,
    S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015.
    """

    _setting = (2.0, "fan_in", "truncated_normal")
    _sources = (_HE,)
