"""Identity matrices for layers that are not square, and their opposite for the ends of branches."""

from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from .._numbers import finite
from ._base import FillingInitializer, gain_in
from ._config import encode
from ._explain import Explanation
from ._orthogonal import check_rank

_SOURCE = (
    "Y. Pan, C. Wang, Z. Wu, Q. Wang, M. Zhang, Z. Xu, IDInit: a universal and stable "
    "initialization method for neural network training, ICLR 2025, arXiv:2503.04626, "
)


def _set(out: npt.NDArray[Any], rows: npt.NDArray[np.int64], value: Any) -> None:
    """Write a value into each column, at the row of the matrix that is given for it."""
    columns = np.arange(out.shape[-1])
    out[(*np.unravel_index(rows, out.shape[:-1]), columns)] = value


class IdentityPadded(FillingInitializer):
    """Output m is input m mod n, times `tau`: the identity, repeated where outputs are left.

    The n inputs of a convolution's kernel (..., inputs, outputs) are those of all taps, the
    channels next to each other: outputs see different places, too. With fewer outputs than
    inputs, the last inputs are dropped. Y. Pan et al., "IDInit: a universal and stable
    initialization method for neural network training", ICLR 2025, eq. 3; `ZeroPreserving` is for
    the last layer of a residual branch.

    Parameters
    ----------
    tau : float
        The factor.

    Raises
    ------
    TypeError, ValueError
        If `tau` is not a finite number; on a call, if the shape's rank is below 2, or the dtype not
        a floating-point one or too small for `tau`.
    """

    def __init__(self, tau: float = 1.0) -> None:
        finite("tau", tau)
        self.tau = tau

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's argument."""
        return {"tau": encode(self.tau)}

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        check_rank(out.shape)
        value = gain_in(out.dtype, self.tau)
        out[...] = 0
        inputs, outputs = prod(out.shape[:-1]), min(out.shape[-1], out.size)
        if outputs:
            _set(out, np.arange(outputs) % inputs, value)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        check_rank(shape)
        inputs, outputs = prod(shape[:-1]), shape[-1]
        notes = ["All values are determined: to draw again gives nothing new."]
        if outputs > inputs:
            notes.append(
                f"Of {outputs} units only {inputs} are different at the start; the paper adds "
                "noise of about 1e-6 to part the others."
            )
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"{float(self.tau):g} where the output is the input modulo {inputs}, 0 "
            "elsewhere",
            distribution="identity",
            sources=(_SOURCE + "eq. 3",),
            notes=tuple(notes),
        )


class ZeroPreserving(FillingInitializer):
    """Each output is `epsilon` times the difference of two inputs: nearly 0, but not dead.

    For the last layer of a residual branch, where exact zeros can stay zero for good: all units
    get gradients. Output m is epsilon (x[m mod n] - x[(m + 1) mod n]) of n inputs; if there are
    fewer outputs than inputs, the second is one of those that `IdentityPadded` drops. Y. Pan et
    al., "IDInit: a universal and stable initialization method for neural network training", ICLR
    2025, section 3.

    Parameters
    ----------
    epsilon : float
        Positive.

    Raises
    ------
    TypeError, ValueError
        If `epsilon` is not a positive, finite number; on a call, if the shape's rank is below 2, or
        the dtype not a floating-point one or too small for `epsilon`.
    """

    def __init__(self, epsilon: float = 1e-6) -> None:
        if finite("epsilon", epsilon) <= 0:
            raise ValueError(f"Argument `epsilon` must be positive. Received: epsilon={epsilon}")
        self.epsilon = epsilon

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's argument."""
        return {"epsilon": encode(self.epsilon)}

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        check_rank(out.shape)
        value = gain_in(out.dtype, self.epsilon)
        if not value:
            raise ValueError(
                f"Argument `epsilon` must not be 0 in {out.dtype}. Received: {self.epsilon}"
            )
        out[...] = 0
        inputs, outputs = prod(out.shape[:-1]), out.shape[-1]
        if not out.size:
            return
        m = np.arange(outputs)
        _set(out, m % inputs, value)
        other = (m + 1) % inputs if outputs >= inputs else outputs + m % (inputs - outputs)
        _set(out, other, -value)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        check_rank(shape)
        value = float(self.epsilon)
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"each output: {value:g} times the difference of two inputs",
            distribution="two values and 0",
            mean=0.0,
            bound=value,
            range=(-value, value),
            sources=(_SOURCE + "section 3",),
            notes=(
                "All values are determined: to draw again gives nothing new.",
                "With zeros instead, as in Fixup, a unit behind a ReLU or a scale of 0 may never "
                "get a gradient.",
            ),
        )
