"""MLX's: mlx.nn.init.

Weights are (outputs, *receptive field, inputs): fan_in = shape[-1] and fan_out = shape[0], each
times the receptive field (of MLX 0.32, python/mlx/nn/init.py). Gain and mode, which MLX takes when
it is called with an array, are given here at once; the dtype is given with the shape.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import initializers
from ..initializers import Initializer
from ..initializers._explain import Explanation
from . import _drawn
from ._drawn import not_negative, one_of, positive, register

__all__ = [
    "constant",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "normal",
    "orthogonal",
    "sparse",
    "uniform",
]


@register
class InputsLast(_drawn.Scaled):
    """A variance scaling for weights (outputs, *receptive field, inputs)."""

    def _fans_of(self, shape: tuple[int, ...]) -> tuple[int, int]:
        if len(shape) < 2:
            raise ValueError(f"{self.name} needs a shape of rank 2 or more. Received: {shape}")
        field = math.prod(shape[1:-1])
        return shape[-1] * field, shape[0] * field

    def _counted(self, shape: tuple[int, ...]) -> str:
        field = "" if len(shape) == 2 else f", each times the receptive field {shape[1:-1]}"
        return f"inputs {shape[-1]} and outputs {shape[0]}{field}"


def _scaling(name: str, gain: float, *rest: Any) -> Initializer:
    return InputsLast(f"mlx.{name}", positive("gain", gain) ** 2, *rest)


def glorot_uniform(gain: float = 1.0, seed: Any = None) -> Initializer:
    """Uniform on ±gain √(6 / (fan_in + fan_out))."""
    return _scaling("glorot_uniform", gain, "fan_avg", "uniform", seed)


def glorot_normal(gain: float = 1.0, seed: Any = None) -> Initializer:
    """Normal with the standard deviation gain √(2 / (fan_in + fan_out)), not truncated."""
    return _scaling("glorot_normal", gain, "fan_avg", "untruncated_normal", seed)


def he_uniform(mode: str = "fan_in", gain: float = 1.0, seed: Any = None) -> Initializer:
    """Uniform on ±gain √(3 / fan); the default gain 1 gives LeCun's bound, √2 He's.

    `mode` is "fan_in" or "fan_out".
    """
    one_of("mode", mode, ("fan_in", "fan_out"))
    return _scaling("he_uniform", gain, mode, "uniform", seed)


def he_normal(mode: str = "fan_in", gain: float = 1.0, seed: Any = None) -> Initializer:
    """Normal with the standard deviation gain / √fan, not truncated; see `he_uniform`."""
    one_of("mode", mode, ("fan_in", "fan_out"))
    return _scaling("he_normal", gain, mode, "untruncated_normal", seed)


def uniform(low: float = 0.0, high: float = 1.0, seed: Any = None) -> Initializer:
    """Uniform on [low, high)."""
    return _drawn.Uniform("mlx.uniform", low, high, seed)


def normal(mean: float = 0.0, std: float = 1.0, seed: Any = None) -> Initializer:
    """Normal, N(mean, std²)."""
    return _drawn.Normal("mlx.normal", mean, not_negative("std", std), seed)


def sparse(sparsity: float, mean: float = 0.0, std: float = 1.0, seed: Any = None) -> Initializer:
    """Normal, N(mean, std²), but for ceil(sparsity * shape[1]) zeros in each row of a matrix."""
    return _drawn.Sparse(
        "mlx.sparse", 1, sparsity=sparsity, stddev=not_negative("std", std), seed=seed, mean=mean
    )


def orthogonal(gain: float = 1.0, seed: Any = None) -> Initializer:
    """A matrix with orthonormal rows or columns, times gain; only of rank 2."""
    return _drawn.Orthogonal("mlx.orthogonal", gain, axis=0, rank=2, seed=seed)


@register
class SquareIdentity(initializers.Identity):
    """`fanin.initializers.Identity` of square matrices only."""

    def _check(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 2 or shape[0] != shape[1]:
            raise ValueError(f"mlx.identity needs a square matrix. Received: shape={shape}")

    def _write(self, out: npt.NDArray[Any]) -> None:
        self._check(out.shape)
        super()._write(out)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        self._check(shape)
        return _drawn.renamed(super()._explain(shape), "mlx.identity", shape)


def identity() -> Initializer:
    """1 on the main diagonal of a square matrix, 0 elsewhere."""
    return SquareIdentity()


def constant(value: float) -> Initializer:
    """All values are `value`."""
    return initializers.Constant(np.float64(value))
