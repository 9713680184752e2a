"""Sparse weights: a stated number of zeros for each unit."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from .._numbers import finite
from ._base import RandomInitializer, draw
from ._config import encode
from ._explain import Explanation
from ._orthogonal import check_rank

#: Where the values that choose places begin in a stream: beyond those of any tensor.
PLACES = 2**57


class Sparse(RandomInitializer):
    """Normal, N(mean, stddev^2), but for ceil(sparsity * rows) zeros in each column.

    The columns are those of the last axis, the rows all other axes together: of a kernel (inputs,
    units), each unit has so many inputs that it does not hear. The places are those of the smallest
    values in each column of uniform float64 values of the same shape, at index 2^57 and on of the
    stream that the normals come from.

    J. Martens, "Deep learning via Hessian-free optimization", ICML 2010: each unit hears
    15 others. (PyTorch's and Flux's weights are (units, inputs) and have the zeros in columns, too,
    so that there each input is not heard by so many units; MLX has them in rows.)

    Parameters
    ----------
    sparsity : float
        The fraction of zeros, 0 to 1; sparsity * rows is rounded as float64 and up.
    stddev : float
        The standard deviation of the others, not negative.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.
    mean : float
        The mean of the others.

    Raises
    ------
    TypeError
        If `sparsity`, `stddev` or `mean` is not a number.
    ValueError
        If `sparsity` is not between 0 and 1, `stddev` negative, one of them or `mean` not
        finite, or on a bad seed; on a call, if the shape's rank is below 2.
    """

    def __init__(
        self, sparsity: float, stddev: float = 0.01, seed: Any = None, mean: float = 0.0
    ) -> None:
        if not 0 <= finite("sparsity", sparsity) <= 1:
            raise ValueError(
                f"Argument `sparsity` must be between 0 and 1. Received: sparsity={sparsity}"
            )
        if finite("stddev", stddev) < 0:
            raise ValueError(f"Argument `stddev` must be >= 0. Received: stddev={stddev}")
        finite("mean", mean)
        self.sparsity = sparsity
        self.stddev = stddev
        self.mean = mean
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "sparsity": encode(self.sparsity),
            "stddev": encode(self.stddev),
            "mean": encode(self.mean),
        }

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        check_rank(out.shape)
        places = np.empty((math.prod(out.shape[:-1]), out.shape[-1]))
        seed = self._next_seed()
        draw("fill_normal", out, seed, 0, float(self.mean), float(self.stddev))
        draw("fill_uniform", places, seed, PLACES, 0.0, 1.0)
        zeros = math.ceil(float(self.sparsity) * len(places))
        if zeros and out.size:
            chosen = np.zeros(places.shape, bool)
            smallest = np.argpartition(places, zeros - 1, axis=0)[:zeros]
            np.put_along_axis(chosen, smallest, True, axis=0)
            out[chosen.reshape(out.shape)] = 0

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        check_rank(shape)
        rows, mean, stddev = math.prod(shape[:-1]), float(self.mean), float(self.stddev)
        zeros = math.ceil(float(self.sparsity) * rows)
        kept = 1 - zeros / max(1, rows)
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"N({mean:g}, {stddev:g}²), but for {zeros} zeros among the {rows} values of "
            f"each of {shape[-1]} columns",
            distribution="sparse normal",
            mean=kept * mean,
            stddev=math.sqrt(kept * (stddev**2 + (1 - kept) * mean**2)),
            sources=("J. Martens, Deep learning via Hessian-free optimization, ICML 2010",),
            notes=(
                "The zeros are among each unit's own weights, as in the paper. PyTorch and Flux, "
                "whose weights are (units, inputs), have them in columns, too, so that there it is "
                "the inputs that are each unheard by so many units.",
            ),
        )
