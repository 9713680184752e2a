"""Kernels of networks whose activation is sin(omega0 x)."""

import math
from typing import Any

import numpy.typing as npt

from .._numbers import finite
from ._base import RandomInitializer
from ._config import encode
from ._explain import Explanation, describe
from ._variance_scaling import compute_fans, counted

_SIREN = (
    "V. Sitzmann, J. N. P. Martel, A. W. Bergman, D. B. Lindell, G. Wetzstein, Implicit neural "
    "representations with periodic activation functions, NeurIPS 2020, "
)


class _Siren(RandomInitializer):
    """Uniform on [-bound, bound), with a bound that depends on fan_in."""

    _source: str
    _notes: tuple[str, ...]

    def _bound(self, shape: tuple[int, ...]) -> float:
        raise NotImplementedError

    def _formula(self) -> str:
        raise NotImplementedError

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        bound = self._bound(out.shape)
        return "fill_uniform", -bound, bound

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        return describe(
            type(self).__name__, shape, "uniform", 0.0, self._bound(shape),
            formula=self._formula(),
            fans=compute_fans(shape),
            counted=counted(shape),
            sources=(_SIREN + self._source,),
            notes=self._notes,
        )  # fmt: skip


class SirenFirst(_Siren):
    """Uniform on [-1 / fan_in, 1 / fan_in): the first layer of a SIREN.

    For coordinates in [-1, 1]: sin(omega0 W x) then runs through many periods. V. Sitzmann et
    al., "Implicit neural representations with periodic activation functions", NeurIPS 2020,
    section 3.2 and supplement 1.5.

    Parameters
    ----------
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.
    """

    _source = "section 3.2 and supplement 1.5"
    _notes = (
        "For inputs in [-1, 1] and the activation sin(ω0 x), ω0 = 30: the phase reaches ±ω0. It "
        "does not depend on ω0, which the activation multiplies with.",
    )

    def _bound(self, shape: tuple[int, ...]) -> float:
        return 1 / max(1, compute_fans(shape)[0])

    def _formula(self) -> str:
        return "uniform on ±1 / fan_in"


class SirenHidden(_Siren):
    """Uniform on [-b, b), b = sqrt(6 / fan_in) / omega0: all other layers of a SIREN.

    For the activation sin(omega0 x). If the inputs are sines of widely spread phases, whose
    variance is 1/2, then omega0 W x is normal with variance 1, and so layer after layer. V.
    Sitzmann et al., "Implicit neural representations with periodic activation functions",
    NeurIPS 2020, section 3.2 and supplement 1.5.

    Parameters
    ----------
    omega0 : float
        Positive; what the activation multiplies its inputs by.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError
        If `omega0` is not a number.
    ValueError
        If it is not positive and finite, or on a bad seed.
    """

    _source = "section 3.2 and supplement 1.5"
    _notes = (
        "The activation must be sin(ω0 x): with sin(x), the signal shrinks to nothing.",
        "Without biases the variance of ω0 W x is 1 in the second layer and then tends to the "
        "solution 0.797 of v = 1 - exp(-2 v), as the sine of a standard normal variable has "
        "variance 0.432 and not 1/2.",
    )

    def __init__(self, omega0: float = 30.0, seed: Any = None) -> None:
        if finite("omega0", omega0) <= 0:
            raise ValueError(f"Argument `omega0` must be positive. Received: omega0={omega0}")
        self.omega0 = omega0
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "omega0": encode(self.omega0)}

    def _formula(self) -> str:
        return f"uniform on ±√(6 / fan_in) / {float(self.omega0):g}"

    def _bound(self, shape: tuple[int, ...]) -> float:
        return math.sqrt(6 / max(1, compute_fans(shape)[0])) / float(self.omega0)
