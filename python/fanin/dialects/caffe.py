"""Caffe's fillers, by their types in prototxt files.

Blobs are (outputs, inputs, *receptive field): fan_in = count / shape[0] and fan_out = count /
shape[1] (of BVLC/caffe, include/caffe/filler.hpp); a vector's fans are 1 and its length.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays, initializers
from ..initializers import Initializer
from ..initializers._base import draw
from ..initializers._explain import Explanation
from ..initializers._sparse import PLACES
from . import _drawn
from ._bilinear import Bilinear
from ._drawn import Drawn, not_negative, one_of, open_uniforms, register, wide

__all__ = [
    "bilinear",
    "constant",
    "gaussian",
    "msra",
    "positive_unitball",
    "uniform",
    "xavier",
]

_MODES = {"FAN_IN": "fan_in", "FAN_OUT": "fan_out", "AVERAGE": "fan_avg"}


@register
class Blob(_drawn.Scaled):
    """A variance scaling with count / shape[0] and count / shape[1] as fans."""

    def _fans_of(self, shape: tuple[int, ...]) -> tuple[int, int]:
        if not shape:
            raise ValueError(f"{self.name} needs a shape of rank 1 or more. Received: shape=()")
        count = math.prod(shape)
        return count // max(1, shape[0]), count // max(1, shape[1]) if len(shape) > 1 else count

    def _counted(self, shape: tuple[int, ...]) -> str:
        second = f" and by {shape[1]}" if len(shape) > 1 else " and undivided"
        return f"the count {math.prod(shape)} divided by {shape[0]}{second}"


def _filler(name: str, scale: float, variance_norm: str, *rest: Any) -> Initializer:
    mode = _MODES[one_of("variance_norm", variance_norm, tuple(_MODES))]
    return Blob(f"caffe.{name}", scale, mode, *rest)


def xavier(variance_norm: str = "FAN_IN", seed: Any = None) -> Initializer:
    """Uniform on ±√(3 / n), n by `variance_norm` "FAN_IN", "FAN_OUT" or their "AVERAGE"."""
    return _filler("xavier", 1.0, variance_norm, "uniform", seed)


def msra(variance_norm: str = "FAN_IN", seed: Any = None) -> Initializer:
    """Normal of variance 2 / n, not truncated, n as for `xavier`."""
    return _filler("msra", 2.0, variance_norm, "untruncated_normal", seed)


def uniform(min: float = 0.0, max: float = 1.0, seed: Any = None) -> Initializer:
    """Uniform on [min, max)."""
    return _drawn.Uniform("caffe.uniform", min, max, seed)


@register
class SparseGaussian(_drawn.Normal):
    """Normal, each value being kept with the probability sparse / shape[0], or else 0.

    A value is kept where Fanin's uniform float64 value at index 2^57 and on of the same stream is
    below that probability.

    Parameters
    ----------
    name : str
        What `explain` says.
    sparse : int
        How many outputs hear an input, on average.
    arguments
        mean, stddev and seed, by name.
    """

    def __init__(self, name: str, sparse: int, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self.sparse = sparse

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "sparse": self.sparse}

    def _kept(self, shape: tuple[int, ...]) -> float:
        if not shape or self.sparse > shape[0] > 0:
            raise ValueError(
                f"{self.name} needs a shape whose first size is at least sparse={self.sparse}. "
                f"Received: shape={shape}"
            )
        return self.sparse / max(1, shape[0])

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        kept = self._kept(out.shape)
        seed = self._next_seed()
        values = np.empty(out.shape, wide(out.dtype))
        draw("fill_normal", values, seed, 0, float(self.mean), float(self.stddev))
        chosen = np.empty(out.shape)
        draw("fill_uniform", chosen, seed, PLACES, 0.0, 1.0)
        values[chosen >= kept] = 0
        out[...] = values.astype(out.dtype)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        kept = self._kept(shape)
        mean, stddev = float(self.mean), float(self.stddev)
        return Explanation(
            name=self.name,
            shape=shape,
            formula=f"N({mean:g}, {stddev:g}²), each value kept with the probability {kept:g}, "
            "or else 0",
            distribution="sparse normal",
            mean=kept * mean,
            stddev=math.sqrt(kept * (stddev**2 + (1 - kept) * mean**2)),
            sources=("J. Martens, Deep learning via Hessian-free optimization, ICML 2010",),
        )


def gaussian(
    mean: float = 0.0, std: float = 1.0, sparse: int = -1, seed: Any = None
) -> Initializer:
    """Normal, N(mean, std²); each kept with the probability sparse / shape[0] if sparse >= 0."""
    stddev = not_negative("std", std)
    if isinstance(sparse, bool) or not isinstance(sparse, int | np.integer):
        raise TypeError(f"Argument `sparse` must be an integer. Received: sparse={sparse!r}")
    if sparse == -1:
        return _drawn.Normal("caffe.gaussian", mean, stddev, seed)
    if sparse < 0:
        raise ValueError(f"Argument `sparse` must be -1 or more. Received: sparse={sparse}")
    return SparseGaussian("caffe.gaussian", int(sparse), mean=mean, stddev=stddev, seed=seed)


@register
class PositiveUnitball(Drawn):
    """Uniform values in (0, 1), divided by their sum over all axes but the first.

    In float64, rounded once.
    """

    def _check(self, shape: tuple[int, ...]) -> None:
        if not shape:
            raise ValueError(f"{self.name} needs a shape of rank 1 or more. Received: shape=()")

    def _write(self, out: npt.NDArray[Any]) -> None:
        self._check(out.shape)
        _arrays.check_floating(out.dtype)
        values = open_uniforms(out.shape, self._next_seed(), 0)
        values /= values.sum(axis=tuple(range(1, out.ndim)), keepdims=True)
        out[...] = _arrays.cast(values, out.dtype)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        self._check(shape)
        width = math.prod(shape[1:])
        return Explanation(
            name=self.name,
            shape=shape,
            formula=f"u / Σ u over the {width} values of each of {shape[0]} outputs, "
            "u uniform on (0, 1)",
            distribution="positive unit ball",
            mean=1 / max(1, width),
        )


def positive_unitball(seed: Any = None) -> Initializer:
    """Positive values whose sum over all axes but the first is 1."""
    return PositiveUnitball("caffe.positive_unitball", seed)


def bilinear() -> Initializer:
    """The square kernel (channels, channels, n, n) that enlarges by bilinear interpolation."""
    return Bilinear("caffe.bilinear")


def constant(value: float = 0.0) -> Initializer:
    """All values are `value`."""
    return initializers.Constant(np.float64(value))
