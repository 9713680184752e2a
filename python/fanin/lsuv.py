"""Layer-sequential unit variance: weights that data has been sent through."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ._adapter import Adapter
from ._chain import Chain
from ._numbers import count, finite
from .layers import Dense
from .models import Model

__all__ = ["LSUV", "Divided"]


@dataclass(frozen=True)
class Divided:
    """What LSUV did to one dense layer.

    Attributes
    ----------
    layer : str
    before, after : float
        Variance of x @ kernel + bias, over the batch and the units.
    divisions : int
        How many times the kernel was divided by the standard deviation.
    """

    layer: str
    before: float
    after: float
    divisions: int


class LSUV(Adapter):
    """Layer-sequential unit variance: each kernel divided by the stddev of what it gives.

    The kernels are drawn orthonormal; then, from the first dense layer to the last, each is divided
    by the standard deviation of its pre-activations x @ kernel + bias, until their variance is 1
    within the tolerance. D. Mishkin, J. Matas, "All you need is a good init", ICLR 2016
    (arXiv:1511.06422), algorithm 1.

    Parameters
    ----------
    model : Model, optional
        Whose kernels are drawn and adapted now; built for `x`, if it is not. Without a model this
        is what `fanin.compare` takes, or draw nothing and call `adapt(model, x)`.
    x : array_like, optional
        With a model: a batch of inputs, shape (rows, ...).
    initializer
        What draws the kernels; whatever `fanin.initializers.get` takes. One without a seed draws
        anew for each of them.
    variance : float
        What the variances should be, > 0.
    tolerance : float
        How far they may be from it, as a share, >= 0.
    attempts : int
        Divisions of a layer at most, at least 1. Where biases are zero, the first one is exact.

    Attributes
    ----------
    initializer : callable
    layers : list of Divided
        What was done last.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or a layer gives the same for the whole batch or what is
        not finite; the kernels are then as they were.

    Examples
    --------
    >>> fanin.LSUV(model, x_train[:256])  # doctest: +SKIP
    >>> fanin.compare(["he_normal", fanin.LSUV()])  # doctest: +SKIP
    """

    _headings: ClassVar[tuple[str, ...]] = ("layer", "variance before", "after", "divisions")

    def __init__(
        self,
        model: Any = None,
        x: Any = None,
        *,
        initializer: Any = "orthogonal",
        variance: float = 1.0,
        tolerance: float = 0.1,
        attempts: int = 10,
    ) -> None:
        if finite("variance", variance) <= 0:
            raise ValueError(f"Argument `variance` must be > 0. Received: variance={variance}")
        if finite("tolerance", tolerance) < 0:
            raise ValueError(f"Argument `tolerance` must be >= 0. Received: tolerance={tolerance}")
        self._attempts = count("attempts", attempts)
        self._variance, self._tolerance = float(variance), float(tolerance)
        super().__init__(model, x, initializer)

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {
            **super().get_config(),
            "variance": self._variance,
            "tolerance": self._tolerance,
            "attempts": self._attempts,
        }

    def _prepare(self, model: Model, x: Any) -> Any:
        data, _ = model._features(x)
        model._build_network(data.shape)
        return data

    def _scale(self, model: Model, known: Any) -> list[Any]:
        done = []
        for layer in model.leaves:
            if isinstance(layer, Dense):
                done.append(self._divide(layer, known))
            # as in training, but what layers remember of batches is left alone
            known = Chain([layer], known.shape).predict(known, training=True)
        return done

    def _divide(self, layer: Dense, data: Any) -> Divided:
        variance = first = _variance(layer, data)
        divisions = 0
        while abs(variance / self._variance - 1) > self._tolerance and divisions < self._attempts:
            factor = np.asarray((self._variance / variance) ** 0.5, layer.dtype)
            layer.kernel.assign(np.asarray(layer.kernel) * factor)
            variance = _variance(layer, data)
            divisions += 1
        return Divided(layer.name, first, variance, divisions)


def _variance(layer: Dense, data: Any) -> float:
    pre = data @ np.asarray(layer.kernel)
    if layer.bias is not None:
        pre += np.asarray(layer.bias)
    variance = float(pre.var(dtype=np.float64))
    if not 0 < variance < np.inf:
        raise ValueError(
            f"{layer.name} must give values that vary and are finite. "
            f"Received: pre-activations of variance {variance}"
        )
    return variance
