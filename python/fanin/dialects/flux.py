"""Flux's, of Julia.

Weights are matrices (outputs, inputs), or kernels (*receptive field, inputs, outputs) of rank 3 and
more, whose fans are their inputs and outputs, each times the receptive field; a vector's fans are 1
and its length, those of rank 0 are 1 (of Flux.jl 0.14, src/utils.jl, nfan).
"""

import math
import operator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import initializers
from .._numbers import finite
from ..initializers import Initializer
from ..initializers._base import FillingInitializer
from ..initializers._config import encode
from ..initializers._explain import Explanation
from ..initializers._variance_scaling import _LECUN
from . import _drawn
from ._drawn import not_negative, positive, register
from ._truncated import Between, TruncatedNormal

__all__ = [
    "glorot_normal",
    "glorot_uniform",
    "identity_init",
    "kaiming_normal",
    "kaiming_uniform",
    "lecun_normal",
    "ones32",
    "orthogonal",
    "rand32",
    "randn32",
    "sparse_init",
    "truncated_normal",
    "zeros32",
]


def _nfan(shape: tuple[int, ...]) -> tuple[int, int]:
    if len(shape) < 2:
        return 1, math.prod(shape)
    if len(shape) == 2:
        return shape[1], shape[0]
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


@register
class MatrixOrKernel(_drawn.Scaled):
    """A variance scaling with the fans of Flux's nfan."""

    def _fans_of(self, shape: tuple[int, ...]) -> tuple[int, int]:
        return _nfan(shape)

    def _counted(self, shape: tuple[int, ...]) -> str:
        if len(shape) < 2:
            return "1 and the length"
        if len(shape) == 2:
            return f"inputs {shape[1]} and outputs {shape[0]}"
        return (
            f"inputs {shape[-2]} and outputs {shape[-1]}, each times the receptive field "
            f"{shape[:-2]}"
        )


def _scaling(name: str, gain: float, *rest: Any) -> Initializer:
    return MatrixOrKernel(f"flux.{name}", positive("gain", gain) ** 2, *rest)


def glorot_uniform(gain: float = 1.0, seed: Any = None) -> Initializer:
    """Uniform on ±gain √(6 / (fan_in + fan_out)), Flux's default."""
    return _scaling("glorot_uniform", gain, "fan_avg", "uniform", seed)


def glorot_normal(gain: float = 1.0, seed: Any = None) -> Initializer:
    """Normal with the standard deviation gain √(2 / (fan_in + fan_out)), not truncated."""
    return _scaling("glorot_normal", gain, "fan_avg", "untruncated_normal", seed)


def kaiming_uniform(gain: float = math.sqrt(2), seed: Any = None) -> Initializer:
    """Uniform on ±gain √(3 / fan_in)."""
    return _scaling("kaiming_uniform", gain, "fan_in", "uniform", seed)


def kaiming_normal(gain: float = math.sqrt(2), seed: Any = None) -> Initializer:
    """Normal with the standard deviation gain / √fan_in, not truncated."""
    return _scaling("kaiming_normal", gain, "fan_in", "untruncated_normal", seed)


@register
class LecunBetween(Between):
    """Normal with the standard deviation gain / √fan_in, between -2 and 2."""

    def __init__(self, name: str, gain: float, seed: Any = None) -> None:
        super().__init__(name, seed)
        self.gain = positive("gain", gain)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "gain": self.gain}

    def _law(self, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
        return 0.0, self.gain / math.sqrt(max(1, _nfan(shape)[0])), -2.0, 2.0

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        return replace(super()._explain(shape), sources=(_LECUN,))


def lecun_normal(gain: float = 1.0, seed: Any = None) -> Initializer:
    """Normal with the standard deviation gain / √fan_in, between -2 and 2 themselves.

    For all but a few inputs that cuts nothing off.
    """
    return LecunBetween("flux.lecun_normal", gain, seed)


def truncated_normal(
    mean: float = 0.0, std: float = 1.0, lo: float = -2.0, hi: float = 2.0, seed: Any = None
) -> Initializer:
    """Normal, N(mean, std²), between lo and hi: the bounds themselves, not standard deviations."""
    return TruncatedNormal("flux.truncated_normal", mean, positive("std", std), lo, hi, seed)


def orthogonal(gain: float = 1.0, seed: Any = None) -> Initializer:
    """A matrix all other axes x shape[-1] with orthonormal columns, or rows, times gain."""
    return _drawn.Orthogonal("flux.orthogonal", gain, axis=-1, seed=seed)


def sparse_init(sparsity: float, std: float = 0.01, seed: Any = None) -> Initializer:
    """Normal, N(0, std²), but for ceil(sparsity * shape[0]) zeros in each column of a matrix.

    A sparsity above 1 counts as 1.
    """
    return _drawn.Sparse(
        "flux.sparse_init",
        sparsity=min(1.0, finite("sparsity", sparsity)),
        stddev=not_negative("std", std),
        seed=seed,
    )


@register
class ShiftedIdentity(FillingInitializer):
    """`gain` on the diagonal of a matrix or at the middle tap of a kernel; a vector's values are 0.

    Parameters
    ----------
    gain : float
        The values that are not 0.
    shift : int or sequence of int
        By how many places all is moved around along the first axes, as Julia's circshift does; not
        of vectors.

    Raises
    ------
    TypeError, ValueError
        If `gain` is not a finite number or `shift` no integers; on a call, if there are more shifts
        than axes or the shape is of rank 0.
    """

    def __init__(self, gain: float = 1.0, shift: Any = 0) -> None:
        self.gain = finite("gain", gain)
        try:
            self.shift = tuple(map(operator.index, shift if np.iterable(shift) else (shift,)))
        except TypeError as error:
            raise TypeError(
                f"Argument `shift` must be an integer or a sequence of them. Received: {shift!r}"
            ) from error

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"gain": self.gain, "shift": encode(self.shift)}

    def _inner(self, shape: tuple[int, ...]) -> Initializer:
        if not shape or len(shape) > 1 and len(self.shift) > len(shape):
            raise ValueError(
                "flux.identity_init needs a shape with an axis for each shift, and one at least. "
                f"Received: shape={shape}, shift={self.shift}"
            )
        if len(shape) == 1:
            return initializers.Zeros()
        return (
            initializers.Identity(self.gain)
            if len(shape) == 2
            else initializers.Dirac(gain=self.gain)
        )

    def _write(self, out: npt.NDArray[Any]) -> None:
        values = self._inner(out.shape)(out.shape, out.dtype)
        axes = tuple(range(len(self.shift)))
        out[...] = np.roll(values, self.shift, axes) if out.ndim > 1 else values

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        said = self._inner(shape).explain(shape)
        return _drawn.renamed(said, "flux.identity_init", shape)


def identity_init(gain: float = 1.0, shift: Any = 0) -> Initializer:
    """`gain` on the diagonal of a matrix, or where a convolution hands a channel on; 0 elsewhere.

    A vector is 0. `shift` moves all around along the first axes, as Julia's circshift does.
    """
    return ShiftedIdentity(gain, shift)


def rand32(seed: Any = None) -> Initializer:
    """Uniform on [0, 1)."""
    return _drawn.Uniform("flux.rand32", 0.0, 1.0, seed)


def randn32(seed: Any = None) -> Initializer:
    """Normal, N(0, 1)."""
    return _drawn.Normal("flux.randn32", 0.0, 1.0, seed)


def zeros32() -> Initializer:
    """All values are 0."""
    return initializers.Zeros()


def ones32() -> Initializer:
    """All values are 1."""
    return initializers.Ones()
