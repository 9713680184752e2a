"""Orthogonal matrices."""

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays, _native
from .._background import in_background
from .._numbers import finite
from ._base import RandomInitializer, gain_in
from ._config import encode
from ._explain import Explanation

# Below, the decomposition takes less than about ten milliseconds.
_SMALL = 2**16


def check_rank(shape: tuple[int, ...]) -> None:
    """Raise ValueError if the rank is below 2."""
    if len(shape) < 2:
        raise ValueError(
            "The tensor to initialize must be at least two-dimensional. Received: "
            f"shape={shape} of rank {len(shape)}."
        )


class Orthogonal(RandomInitializer):
    """A matrix with orthonormal columns, or rows if it has fewer rows than columns, times `gain`.

    Q of the QR decomposition of a matrix of standard normal values, each column multiplied by the
    sign of R's diagonal, so that Q is uniformly distributed. The matrix has shape[-1] columns
    and a row for every other index. Equal to Keras's within 1e-5 in float32: the rounding depends
    on the LAPACK. float16 and bfloat16 are computed in float32 and rounded (Keras fails there).

    A. M. Saxe, J. L. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", ICLR 2014.

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
        If `gain` is not finite, or on a bad seed; on a call, if the shape's rank is below 2.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        finite("gain", gain)
        self.gain = gain
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "gain": encode(self.gain)}

    def _gain(self, shape: tuple[int, ...]) -> float:
        """Return what the orthogonal matrix is multiplied by."""
        return float(self.gain)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        check_rank(shape)
        columns = shape[-1]
        rows = prod(shape[:-1])
        alike = "columns" if rows >= columns else "rows"
        gain = abs(self._gain(shape))
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"a {rows} x {columns} matrix with orthonormal {alike}, times {gain:g}",
            distribution="orthogonal",
            mean=0.0,
            bound=gain,
            # gain² min(rows, columns) is the sum of all squares
            stddev=gain / max(1, rows, columns) ** 0.5,
            sources=(
                "A. M. Saxe, J. L. McClelland, S. Ganguli, Exact solutions to the nonlinear "
                "dynamics of learning in deep linear neural networks, ICLR 2014",
            ),
            notes=(
                "The last axis is the matrix's columns, as in Keras, JAX and Flux; "
                "torch.nn.init.orthogonal_ keeps the first axis instead.",
            ),
        )

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        check_rank(out.shape)
        gain = self._gain(out.shape)
        gain_in(out.dtype, gain)
        seed = self._next_seed()
        if out.size <= _SMALL:
            _native.call("fill_orthogonal", _arrays.native_array(out), seed, gain)
            return
        # The decomposition is one long call: a thread makes it, into memory of its own, so that
        # Ctrl-C is heard meanwhile and leaves `out` alone.
        values = np.empty(out.shape, out.dtype)
        in_background(
            lambda: _native.call("fill_orthogonal", _arrays.native_array(values), seed, gain)
        )
        out[...] = values
