"""ZerO: zeros and ones, and Hadamard's matrix where there are more outputs than inputs."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from ._base import FillingInitializer
from ._explain import Explanation
from ._hadamard import is_negative
from ._orthogonal import check_rank


class ZerO(FillingInitializer):
    """The identity, or Hadamard's matrix where there are more outputs than inputs: no chance.

    With at least as many inputs as outputs, 1 on the main diagonal and 0 elsewhere. Otherwise the
    first rows and columns of Sylvester's Hadamard matrix of order 2**m >= outputs, times 2**(-m/2):
    every input feeds all units, where an identity would leave those beyond the inputs at zero.
    Of a convolution's kernel, that is the tap at size // 2; the others are 0.

    J. Zhao, F. Schäfer, A. Anandkumar, "ZerO initialization: initializing neural networks with only
    zeros and ones", TMLR 2022, algorithms 1 and 2. Algorithm 1 has the factor 2**(-(m-1)/2), the
    authors' notebook 2**(-m/2), with which the layer keeps the inputs' length (if the outputs are a
    power of two); this one is used.

    Raises
    ------
    TypeError
        On a call, if the dtype is not a floating-point one.
    ValueError
        On a call, if the shape's rank is below 2.
    """

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        check_rank(out.shape)
        out[...] = 0
        if not out.size:
            return
        tap = out[tuple(size // 2 for size in out.shape[:-2])]
        inputs, outputs = tap.shape
        if outputs <= inputs:
            diagonal = np.arange(outputs)
            tap[diagonal, diagonal] = 1
            return
        value = _arrays.cast(np.asarray(_factor(outputs)), out.dtype)
        for part, first in _arrays.pieces(tap):
            row, column = divmod(first, outputs)
            rows = row + np.arange(part.size // part.shape[-1]).reshape(part.shape[:-1])
            part[...] = value
            negative = is_negative(rows, column + np.arange(part.shape[-1]))
            np.copyto(part, -value, where=negative)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        check_rank(shape)
        inputs, outputs = shape[-2:]
        value = _factor(outputs)
        kinds = 1 << (max(1, inputs) - 1).bit_length()
        notes = [
            "All values are determined: to draw again gives nothing new.",
            "Where a layer has more outputs than inputs, the paper's algorithm 1 has the factor "
            "2^(-(m-1)/2), √2 times as much as the authors' notebook and this.",
        ]
        if kinds < outputs:
            notes.append(
                f"The first {inputs} rows of the matrix make {kinds} different columns: of "
                f"{outputs} units, others start alike."
            )
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula="1 on the main diagonal, 0 elsewhere"
            if outputs <= inputs
            else f"Hadamard's matrix times 2^(-m/2) = {value:.6g}, m = ⌈log2 {outputs}⌉",
            distribution="identity" if outputs <= inputs else "two values",
            sources=(
                "J. Zhao, F. Schäfer, A. Anandkumar, ZerO initialization: initializing neural "
                "networks with only zeros and ones, TMLR 2022, algorithms 1 and 2",
            ),
            notes=tuple(notes),
        )


def _factor(outputs: int) -> float:
    """Return 2**(-m/2)."""
    m = (max(1, outputs) - 1).bit_length()
    return float(2.0 ** (-m / 2))
