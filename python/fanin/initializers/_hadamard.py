"""Orthogonal matrices whose values are all of one size."""

from math import prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays, _native
from .._numbers import finite
from ._base import RandomInitializer, gain_in
from ._config import encode
from ._explain import Explanation
from ._orthogonal import check_rank

_Indices = npt.NDArray[np.int64]


# Whether two numbers of 4 bits have an odd number of them in common.
_ODD = np.array([[bin(i & j).count("1") % 2 == 1 for j in range(16)] for i in range(16)])


def is_negative(rows: _Indices, columns: _Indices) -> npt.NDArray[np.bool_]:
    """Return which values of Sylvester's Hadamard matrix are -1.

    Where a row's and a column's index have an odd number of bits in common.

    Parameters
    ----------
    rows : array of any shape
    columns : array of shape (n,)

    Returns
    -------
    array of shape (*rows.shape, n)
    """
    bits = max(int(rows.max(initial=0)), int(columns.max(initial=0))).bit_length()
    odd = np.zeros((*rows.shape, columns.size), bool)
    for shift in range(0, bits, 4):
        odd ^= _ODD[:, columns >> shift & 15][rows >> shift & 15]
    return odd


class Hadamard(RandomInitializer):
    """A random orthogonal matrix of values that are all +v or -v, times `gain`.

    Sylvester's Hadamard matrix of the order n = 2**k that both sides fit in, of which rows and
    columns are drawn, each with a random sign; v = gain / sqrt(max(rows, columns)). If the longer
    side is a power of two, the columns are orthogonal, or the rows if there are fewer of them;
    otherwise nearly so. In any case they have length `gain`. The matrix has shape[-1] columns and
    a row for every other index. It is much quicker than `Orthogonal`.

    Signs, and a part of the rows, are random as in the subsampled randomized Hadamard transform:
    J. A. Tropp, "Improved analysis of the subsampled randomized Hadamard transform", 2011,
    arXiv:1011.1595. As initial weights without chance: see `ZerO`.

    Parameters
    ----------
    gain : float
        The factor.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`. A call draws 4 n uniform values with it.

    Raises
    ------
    TypeError
        If `gain` is not a number.
    ValueError
        If `gain` is not finite, or on a bad seed; on a call, if the shape's rank is below 2 or the
        dtype can't hold the gain.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        finite("gain", gain)
        self.gain = gain
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "gain": encode(self.gain)}

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        check_rank(out.shape)
        rows, columns = prod(out.shape[:-1]), out.shape[-1]
        value = gain_in(out.dtype, float(self.gain) / sqrt(max(1, rows, columns)))
        draws = np.empty((4, _order(rows, columns)))
        _native.call("fill_uniform", _arrays.native_array(draws), self._next_seed(), 0, 0.0, 1.0)
        row_order, column_order = np.argsort(draws[:2], kind="stable")
        row_signs, column_signs = draws[2:] < 0.5
        for part, first in _arrays.pieces(out):
            row, column = divmod(first, max(1, columns))
            those = row + np.arange(prod(part.shape[:-1])).reshape(part.shape[:-1])
            beside = slice(column, column + part.shape[-1])
            negative = is_negative(row_order[those], column_order[beside])
            negative ^= row_signs[those][..., None] ^ column_signs[beside]
            part[...] = value
            np.copyto(part, -value, where=negative)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        check_rank(shape)
        rows, columns = prod(shape[:-1]), shape[-1]
        longer = max(1, rows, columns)
        value = abs(float(self.gain)) / sqrt(longer)
        exact = _order(rows, columns) == longer
        alike = "columns" if rows >= columns else "rows"
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"{rows} x {columns} values ±{value:.6g} = ±{abs(float(self.gain)):g} / "
            f"√{longer}, with {'' if exact else 'nearly '}orthogonal {alike}",
            distribution="orthogonal" if exact else "two values",
            mean=0.0,
            bound=value,
            stddev=value,
            range=(-value, value),
            sources=(
                "J. A. Tropp, Improved analysis of the subsampled randomized Hadamard transform, "
                "2011, arXiv:1011.1595: the random signs and rows",
                "J. Zhao, F. Schäfer, A. Anandkumar, ZerO initialization, TMLR 2022: Hadamard's "
                "matrix as initial weights",
            ),
            notes=(
                "The part of a Hadamard matrix whose order is a power of two; where the longer "
                "side is one, it is orthogonal to rounding.",
                f"Of {min(rows, columns)} signs there are only 2^{min(rows, columns)}: with few "
                "inputs, units may start alike or opposite to each other.",
            ),
        )


def _order(rows: int, columns: int) -> int:
    return 1 << (max(1, rows, columns) - 1).bit_length()
