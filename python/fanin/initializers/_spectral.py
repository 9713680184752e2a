"""Normal kernels whose spectral norm is right at every width."""

import math
from typing import Any

import numpy.typing as npt

from .._numbers import finite
from ._base import RandomInitializer
from ._config import encode
from ._explain import Explanation, describe
from ._variance_scaling import compute_fans, counted


class Spectral(RandomInitializer):
    """Normal with standard deviation gain min(1, sqrt(fan_out / fan_in)) / sqrt(fan_in).

    The largest singular value is then between 1 and 2 times gain sqrt(fan_out / fan_in), which
    lets features of each layer change by their own size at every width: the maximal update
    parametrization (`fanin.mup`) said by norms. G. Yang, J. B. Simon, J. Bernstein, "A spectral
    condition for feature learning", 2023, arXiv:2310.17813, parametrization 1.

    Parameters
    ----------
    gain : float
        Positive.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError
        If `gain` is not a number.
    ValueError
        If it is not positive and finite, or on a bad seed.
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        if finite("gain", gain) <= 0:
            raise ValueError(f"Argument `gain` must be positive. Received: gain={gain}")
        self.gain = gain
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "gain": encode(self.gain)}

    def _stddev(self, shape: tuple[int, ...]) -> float:
        fan_in, fan_out = (max(1, fan) for fan in compute_fans(shape))
        return float(self.gain) * math.sqrt(min(fan_in, fan_out)) / fan_in

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        return "fill_normal", 0.0, self._stddev(out.shape)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        return describe(
            type(self).__name__, shape, "normal", 0.0, self._stddev(shape),
            formula=f"N(0, s²), s = {float(self.gain):g} · min(1, √(fan_out / fan_in)) / √fan_in",
            fans=compute_fans(shape),
            counted=counted(shape),
            sources=(
                "G. Yang, J. B. Simon, J. Bernstein, A spectral condition for feature learning, "
                "2023, arXiv:2310.17813, parametrization 1",
            ),
            notes=(
                "The same as LeCun's where there are at least as many outputs as inputs; the "
                "output layer of a wide network is smaller, as with fanin.mup.",
                "Steps must have such norms, too: the learning rates of fanin.mup belong to it.",
            ),
        )  # fmt: skip
