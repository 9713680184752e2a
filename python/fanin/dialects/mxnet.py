"""MXNet's: mxnet.initializer.

Weights are (outputs, inputs, *receptive field): fan_in = shape[1] and fan_out = shape[0], each
times the receptive field (of MXNet 1.9.1, python/mxnet/initializer.py).
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays, initializers
from .._numbers import finite
from ..initializers import Initializer
from ..initializers._base import draw
from ..initializers._explain import Explanation
from . import _drawn
from ._bilinear import Bilinear as _Bilinear
from ._drawn import Drawn, OutputsFirst, not_negative, one_of, positive, register

__all__ = [
    "Bilinear",
    "Constant",
    "MSRAPrelu",
    "Normal",
    "One",
    "Orthogonal",
    "Uniform",
    "Xavier",
    "Zero",
]

_MODES = {"avg": "fan_avg", "in": "fan_in", "out": "fan_out"}


def Xavier(
    rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3, seed: Any = None
) -> Initializer:
    """Uniform on ±√(magnitude / n), or normal with that standard deviation, not truncated.

    Parameters
    ----------
    rnd_type : {"uniform", "gaussian"}
        The distribution.
    factor_type : {"avg", "in", "out"}
        What n is: (fan_in + fan_out) / 2, fan_in or fan_out.
    magnitude : float
        Positive; 3 gives Glorot's uniform bound, and 2 with "gaussian" and "in" He's normal.
    seed : int, SeedGenerator, dict or None
        See `fanin.initializers.RandomInitializer`.

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these; on a call, if the shape's rank is below 2.
    """
    return _xavier("Xavier", rnd_type, factor_type, magnitude, seed)


def _xavier(name: str, rnd_type: str, factor_type: str, magnitude: float, seed: Any) -> Initializer:
    one_of("rnd_type", rnd_type, ("uniform", "gaussian"))
    mode = _MODES[one_of("factor_type", factor_type, tuple(_MODES))]
    scale = positive("magnitude", magnitude)
    if rnd_type == "uniform":
        # The bound is √(3 scale / n).
        return OutputsFirst(f"mxnet.{name}", scale / 3, mode, "uniform", seed)
    return OutputsFirst(f"mxnet.{name}", scale, mode, "untruncated_normal", seed)


def MSRAPrelu(factor_type: str = "avg", slope: float = 0.25, seed: Any = None) -> Initializer:
    """Normal of variance 2 / (1 + slope²) / n, n as for `Xavier`; not truncated."""
    magnitude = 2 / (1 + finite("slope", slope) ** 2)
    return _xavier("MSRAPrelu", "gaussian", factor_type, magnitude, seed)


def Uniform(scale: float = 0.07, seed: Any = None) -> Initializer:
    """Uniform on [-scale, scale)."""
    return _drawn.Uniform("mxnet.Uniform", -not_negative("scale", scale), float(scale), seed)


def Normal(sigma: float = 0.01, seed: Any = None) -> Initializer:
    """Normal, N(0, sigma²)."""
    return _drawn.Normal("mxnet.Normal", 0.0, not_negative("sigma", sigma), seed)


@register
class SingularVectors(Drawn):
    """The left or right singular vectors of a random matrix shape[0] x all other axes, times scale.

    The matrix holds Fanin's float64 values, and so does the result until it is rounded once. Only
    "normal" ones give matrices that are uniform over all such, and only up to the signs that LAPACK
    chooses.

    Parameters
    ----------
    name : str
        What `explain` says.
    scale : float
        The factor.
    rand_type : {"uniform", "normal"}
        What the matrix holds: values on [-1, 1), or standard normal ones.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.
    """

    def __init__(self, name: str, scale: float, rand_type: str, seed: Any = None) -> None:
        super().__init__(name, seed)
        self.scale = finite("scale", scale)
        self.rand_type = one_of("rand_type", rand_type, ("uniform", "normal"))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "scale": self.scale, "rand_type": self.rand_type}

    def _check(self, shape: tuple[int, ...]) -> tuple[int, int]:
        if not shape:
            raise ValueError(f"{self.name} needs a shape of rank 1 or more. Received: shape=()")
        return shape[0], math.prod(shape[1:])

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        matrix = np.empty(self._check(out.shape))
        uniform = self.rand_type == "uniform"
        fill, numbers = ("fill_uniform", (-1.0, 1.0)) if uniform else ("fill_normal", (0.0, 1.0))
        draw(fill, matrix, self._next_seed(), 0, *numbers)
        if out.size:
            left, _, right = np.linalg.svd(matrix, full_matrices=False)
            vectors = left if left.shape == matrix.shape else right
            out[...] = _arrays.cast(self.scale * vectors.reshape(out.shape), out.dtype)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        rows, columns = self._check(shape)
        alike = "columns" if rows >= columns else "rows"
        return Explanation(
            name=self.name,
            shape=shape,
            formula=f"a {rows} x {columns} matrix with orthonormal {alike}, singular vectors of "
            f"{self.rand_type} values, times {self.scale:g}",
            distribution="singular vectors",
            mean=0.0,
            bound=abs(self.scale),
            # scale² min(rows, columns) is the sum of all squares
            stddev=abs(self.scale) / math.sqrt(max(1, rows, columns)),
            sources=(
                "A. M. Saxe, J. L. McClelland, S. Ganguli, Exact solutions to the nonlinear "
                "dynamics of learning in deep linear neural networks, ICLR 2014",
            ),
        )


def Orthogonal(scale: float = 1.414, rand_type: str = "uniform", seed: Any = None) -> Initializer:
    """Orthonormal columns, or rows, of a matrix shape[0] x all other axes, times scale.

    The singular vectors of a matrix of "uniform" or "normal" values, `rand_type`.
    """
    return SingularVectors("mxnet.Orthogonal", scale, rand_type, seed)


def Bilinear() -> Initializer:
    """The kernel (channels, channels, height, width) that enlarges by bilinear interpolation.

    Not symmetric for the widths 2, 3, 6, 7, 10, 11, ..., as in MXNet.
    """
    return _Bilinear("mxnet.Bilinear")


def Constant(value: Any) -> Initializer:
    """All values are `value`, which may be an array that broadcasts to the shape."""
    return initializers.Constant(value)


def Zero() -> Initializer:
    """All values are 0."""
    return initializers.Zeros()


def One() -> Initializer:
    """All values are 1."""
    return initializers.Ones()
