"""Convolution kernels that keep what goes through them: Dirac, DeltaOrthogonal."""

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from .._numbers import count, finite
from ._base import FillingInitializer, gain_in
from ._config import encode
from ._explain import Explanation
from ._orthogonal import Orthogonal


def _check_rank(shape: tuple[int, ...]) -> None:
    if len(shape) < 3:
        raise ValueError(
            "The shape must be that of a convolution kernel, (..., input channels, output "
            f"channels) of rank 3 or more. Received: shape={shape}"
        )


def _middle(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the place in the receptive field that padding "same" puts on the output's own."""
    return tuple((size - 1) // 2 for size in shape[:-2])


class Dirac(FillingInitializer):
    """`gain` where a convolution hands channel d on as channel d, 0 elsewhere.

    With padding "same", stride 1 and as many outputs as inputs, the convolution is the identity
    times `gain`. Of a kernel (..., inputs, outputs), the values at [m, d, d] are `gain`, m =
    (size - 1) // 2 on each axis of the receptive field: the tap that Keras's padding puts on the
    output's own place, for even sizes, too. (PyTorch's is size // 2.) Inputs beyond the outputs are
    dropped, outputs beyond the inputs 0.

    S. Zagoruyko, N. Komodakis, "DiracNets: training very deep neural networks without
    skip-connections", 2017, arXiv:1706.00388, its Dirac parametrization.

    Parameters
    ----------
    groups : int
        Of a grouped convolution, whose kernel is (..., inputs / groups, outputs): each group hands
        its own channels on.
    gain : float
        The factor.

    Raises
    ------
    TypeError, ValueError
        If `groups` is not an integer of at least 1 or `gain` not a finite number; on a call, if the
        shape's rank is below 3, its last size is not divisible by `groups`, or the dtype can't
        hold the gain.
    """

    def __init__(self, groups: int = 1, gain: float = 1.0) -> None:
        self.groups = count("groups", groups)
        finite("gain", gain)
        self.gain = gain

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"groups": self.groups, "gain": encode(self.gain)}

    def _write(self, out: npt.NDArray[Any]) -> None:
        self._check(out.shape)
        gain = gain_in(out.dtype, self.gain)
        if out.dtype.kind in "biu" and gain != self.gain:
            raise ValueError(f"{out.dtype} can't hold the gain. Received: gain={self.gain}")
        out[...] = 0
        if out.size:
            group = out.shape[-1] // self.groups
            channels = np.arange(min(out.shape[-2], group))
            for first in range(0, out.shape[-1], group):
                out[self._tap(out.shape)][channels, first + channels] = gain

    def _tap(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        return _middle(shape)

    def _check(self, shape: tuple[int, ...]) -> None:
        _check_rank(shape)
        if shape[-1] % self.groups:
            raise ValueError(
                "The number of output channels must be divisible by `groups`. "
                f"Received: shape={shape}, groups={self.groups}"
            )

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        self._check(shape)
        groups = f" in each of {self.groups} groups" if self.groups > 1 else ""
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"{float(self.gain):g} from channel d to channel d{groups} at the tap "
            f"{self._tap(shape)}, 0 elsewhere",
            distribution="identity",
            sources=(
                "S. Zagoruyko, N. Komodakis, DiracNets: training very deep neural networks without "
                "skip-connections, 2017, arXiv:1706.00388, its Dirac parametrization",
            ),
            notes=(
                'With padding "same" this tap gives the identity; torch.nn.init.dirac_ takes '
                "size // 2, another one where a size is even.",
            )
            if any(size % 2 == 0 for size in shape[:-2])
            else (),
        )


class DeltaOrthogonal(Orthogonal):
    """A matrix with orthonormal rows at the middle tap of a convolution kernel, 0 elsewhere.

    A convolution with circular padding then multiplies the norm of any input by `gain`: it does not
    mix places, and the matrix (inputs, outputs), with at least as many outputs as inputs, keeps
    the norm at each. The matrix is that of `Orthogonal` with the same seed; the tap is
    (size - 1) // 2 on each axis of the receptive field, as in JAX.

    L. Xiao, Y. Bahri, J. Sohl-Dickstein, S. S. Schoenholz, J. Pennington, "Dynamical isometry and a
    mean field theory of CNNs: how to train 10,000-layer vanilla convolutional neural networks",
    ICML 2018, algorithm 2.

    Parameters
    ----------
    gain : float
        The factor.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError
        If `gain` is not a number.
    ValueError
        If `gain` is not finite, or on a bad seed; on a call, if the shape's rank is below 3 or it
        has fewer outputs than inputs.
    """

    def _write(self, out: npt.NDArray[Any]) -> None:
        self._check(out.shape)
        _arrays.check_floating(out.dtype)
        matrix = np.empty(out.shape[-2:], out.dtype)
        super()._write(matrix)
        out[...] = 0
        if out.size:
            out[_middle(out.shape)] = matrix

    def _check(self, shape: tuple[int, ...]) -> None:
        _check_rank(shape)
        if shape[-1] < shape[-2]:
            raise ValueError(
                "There must be at least as many output channels, the last size, as input "
                f"channels. Received: shape={shape}"
            )

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        self._check(shape)
        gain = abs(float(self.gain))
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"a {shape[-2]} x {shape[-1]} matrix with orthonormal rows, times {gain:g}, at "
            f"the tap {_middle(shape)}, 0 elsewhere",
            distribution="delta-orthogonal",
            mean=0.0,
            bound=gain,
            # gain² times the number of rows is the sum of all squares
            stddev=gain / max(1, prod(shape[:-2]) * shape[-1]) ** 0.5,
            sources=(
                "L. Xiao, Y. Bahri, J. Sohl-Dickstein, S. S. Schoenholz, J. Pennington, Dynamical "
                "isometry and a mean field theory of CNNs, ICML 2018, algorithm 2",
            ),
            notes=(
                "The norm is kept for circular padding and stride 1; other padding loses nothing "
                "either, as only the middle tap is not 0.",
            ),
        )
