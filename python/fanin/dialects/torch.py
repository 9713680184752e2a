"""PyTorch's: torch.nn.init without the underscores, and nn.Linear's default.

Weights are (outputs, inputs, *receptive field): fan_in = shape[1] and fan_out = shape[0], each
times the receptive field (of PyTorch 2.15, torch/nn/init.py).
"""

import math
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import initializers
from .._numbers import count
from ..initializers import Initializer
from ..initializers._explain import Explanation
from . import _drawn
from ._drawn import OutputsFirst, check_rank, not_negative, one_of, positive, register
from ._truncated import TruncatedNormal

__all__ = [
    "calculate_gain",
    "constant",
    "dirac",
    "eye",
    "kaiming_normal",
    "kaiming_uniform",
    "linear_bias",
    "linear_weight",
    "normal",
    "ones",
    "orthogonal",
    "sparse",
    "trunc_normal",
    "uniform",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]

_GAINS = {
    **dict.fromkeys(("linear", "sigmoid"), 1.0),
    **{f"conv{kind}{n}d": 1.0 for kind in ("", "_transpose") for n in (1, 2, 3)},
    "tanh": 5 / 3,
    "relu": math.sqrt(2),
    "selu": 3 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return PyTorch's gain of a nonlinearity.

    1 for linear, the convolutions and sigmoid; 5/3 for tanh, √2 for relu, 3/4 for selu, and
    √(2 / (1 + param²)) for leaky_relu. `fanin.gain` derives one for any activation.

    Parameters
    ----------
    nonlinearity : str
        "linear", "conv1d" to "conv3d", "conv_transpose1d" to "conv_transpose3d", "sigmoid", "tanh",
        "relu", "leaky_relu" or "selu".
    param : float, optional
        The negative slope of "leaky_relu", by default 0.01; not read for the others.

    Raises
    ------
    ValueError
        If the name is another, or the slope not a number.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, Real):
            raise ValueError(
                f"Argument `param` must be a negative slope, a number. Received: param={param!r}"
            )
        return math.sqrt(2 / (1 + float(slope) ** 2))
    return _GAINS[one_of("nonlinearity", nonlinearity, (*_GAINS, "leaky_relu"))]


def _kaiming(
    name: str, a: float, mode: str, nonlinearity: str, distribution: str, seed: Any
) -> Initializer:
    if not isinstance(mode, str):
        raise ValueError(f"Argument `mode` must be a string. Received: mode={mode!r}")
    mode = one_of("mode", mode.lower(), ("fan_in", "fan_out"))
    scale = calculate_gain(nonlinearity, a) ** 2
    return OutputsFirst(f"torch.{name}", scale, mode, distribution, seed)


def kaiming_uniform(
    a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", seed: Any = None
) -> Initializer:
    """Uniform on ±gain √(3 / fan), the gain being calculate_gain(nonlinearity, a).

    `mode` is "fan_in" or "fan_out", in any case.
    """
    return _kaiming("kaiming_uniform", a, mode, nonlinearity, "uniform", seed)


def kaiming_normal(
    a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu", seed: Any = None
) -> Initializer:
    """Normal with the standard deviation gain / √fan, not truncated; see `kaiming_uniform`."""
    return _kaiming("kaiming_normal", a, mode, nonlinearity, "untruncated_normal", seed)


def xavier_uniform(gain: float = 1.0, seed: Any = None) -> Initializer:
    """Uniform on ±gain √(6 / (fan_in + fan_out))."""
    scale = positive("gain", gain) ** 2
    return OutputsFirst("torch.xavier_uniform", scale, "fan_avg", "uniform", seed)


def xavier_normal(gain: float = 1.0, seed: Any = None) -> Initializer:
    """Normal with the standard deviation gain √(2 / (fan_in + fan_out)), not truncated."""
    scale = positive("gain", gain) ** 2
    return OutputsFirst("torch.xavier_normal", scale, "fan_avg", "untruncated_normal", seed)


def linear_weight(seed: Any = None) -> Initializer:
    """Uniform on ±1 / √fan_in, kaiming_uniform(a=√5): how nn.Linear and the convolutions begin."""
    return OutputsFirst("torch.linear_weight", 1 / 3, "fan_in", "uniform", seed)


def linear_bias(fan_in: int, seed: Any = None) -> Initializer:
    """Uniform on ±1 / √fan_in, with the weight's fan_in: the bias of nn.Linear."""
    bound = 1 / math.sqrt(count("fan_in", fan_in))
    return _drawn.Uniform("torch.linear_bias", -bound, bound, seed)


def uniform(a: float = 0.0, b: float = 1.0, seed: Any = None) -> Initializer:
    """Uniform on [a, b)."""
    return _drawn.Uniform("torch.uniform", a, b, seed)


def normal(mean: float = 0.0, std: float = 1.0, seed: Any = None) -> Initializer:
    """Normal, N(mean, std²); std is not negative."""
    return _drawn.Normal("torch.normal", mean, not_negative("std", std), seed)


def trunc_normal(
    mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, seed: Any = None
) -> Initializer:
    """Normal, N(mean, std²), between a and b: the bounds themselves, not standard deviations.

    Exact wherever the bounds hold something of the distribution (PyTorch warns where the mean is
    far outside).
    """
    return TruncatedNormal("torch.trunc_normal", mean, positive("std", std), a, b, seed)


def constant(val: float) -> Initializer:
    """All values are `val`."""
    return initializers.Constant(np.float64(val))


def zeros() -> Initializer:
    """All values are 0."""
    return initializers.Zeros()


def ones() -> Initializer:
    """All values are 1."""
    return initializers.Ones()


def eye() -> Initializer:
    """1 on the main diagonal of a matrix, square or not, 0 elsewhere."""
    return initializers.Identity()


@register
class OutputsFirstDirac(initializers.Dirac):
    """`fanin.initializers.Dirac` for kernels (outputs, inputs / groups, *receptive field).

    The tap is size // 2, which differs from Keras's where a size is even.
    """

    def _tap(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(size // 2 for size in shape[:-2])

    def _write(self, out: npt.NDArray[Any]) -> None:
        check_rank("torch.dirac", out.shape, 3, 4, 5)
        super()._write(np.moveaxis(out, (1, 0), (-2, -1)))

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        check_rank("torch.dirac", shape, 3, 4, 5)
        return _drawn.renamed(
            super()._explain((*shape[2:], shape[1], shape[0])), "torch.dirac", shape
        )


def dirac(groups: int = 1) -> Initializer:
    """1 where a convolution hands channel d on as channel d, in each group; 0 elsewhere."""
    return OutputsFirstDirac(groups)


def orthogonal(gain: float = 1.0, seed: Any = None) -> Initializer:
    """A matrix shape[0] x all other axes with orthonormal rows or columns, times gain."""
    return _drawn.Orthogonal("torch.orthogonal", gain, axis=0, seed=seed)


def sparse(sparsity: float, std: float = 0.01, seed: Any = None) -> Initializer:
    """Normal, N(0, std²), but for ceil(sparsity * shape[0]) zeros in each column of a matrix."""
    return _drawn.Sparse(
        "torch.sparse", sparsity=sparsity, stddev=not_negative("std", std), seed=seed
    )
