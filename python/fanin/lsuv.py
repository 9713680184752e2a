"""Layer-sequential unit variance: weights that data has been sent through."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from . import initializers as _initializers
from ._chain import Chain
from ._numbers import count, finite
from .layers import Dense
from .models import Model

__all__ = ["LSUV", "AdaptedLayer"]


@dataclass(frozen=True)
class AdaptedLayer:
    """What became of one dense layer.

    Attributes
    ----------
    layer : str
    variance_before, variance_after : float
        Of x @ kernel + bias, over the batch and the units.
    divisions : int
        How many times the kernel was divided by the standard deviation.
    """

    layer: str
    variance_before: float
    variance_after: float
    divisions: int


class LSUV:
    """Layer-sequential unit variance: each kernel divided by the stddev of what it gives.

    The kernels are drawn orthonormal; then, from the first dense layer to the last, each is divided
    by the standard deviation of its pre-activations x @ kernel + bias, until their variance is 1
    within the tolerance. D. Mishkin, J. Matas, "All you need is a good init", ICLR 2016
    (arXiv:1511.06422), algorithm 1.

    Parameters
    ----------
    model : Model, optional
        Whose kernels are drawn and adapted now. Without a model this is what `fanin.compare` takes,
        or draw nothing and call `adapt`.
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
    layers : list of AdaptedLayer
        What the last call of `adapt` did.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, one of `model` and `x` is missing, or a layer gives the
        same for the whole batch or what is not finite; the model stays as it was.

    Examples
    --------
    >>> fanin.LSUV(model, x_train[:256])  # doctest: +SKIP
    >>> fanin.compare(["he_normal", fanin.LSUV()])  # doctest: +SKIP
    """

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
        if (model is None) != (x is None):
            missing = "model" if model is None else "x"
            raise TypeError(f"Argument `{missing}` must be given with the other. Received: None")
        if finite("variance", variance) <= 0:
            raise ValueError(f"Argument `variance` must be > 0. Received: variance={variance}")
        if finite("tolerance", tolerance) < 0:
            raise ValueError(f"Argument `tolerance` must be >= 0. Received: tolerance={tolerance}")
        self._attempts = count("attempts", attempts)
        self._variance, self._tolerance = float(variance), float(tolerance)
        self.initializer = _initializers.get(initializer)
        if self.initializer is None:
            raise TypeError("Argument `initializer` must draw kernels. Received: None")
        self.layers: list[AdaptedLayer] = []
        if model is not None:
            self._run(model, x, draws=True)

    def adapt(self, model: Any, x: Any) -> "LSUV":
        """Divide the kernels that a model has, and return itself.

        Parameters
        ----------
        model : Model
            Built now for `x`, if it is not.
        x : array_like
            A batch of inputs, shape (rows, ...).

        Raises
        ------
        TypeError, ValueError
            As the constructor.
        """
        self._run(model, x, draws=False)
        return self

    def _run(self, model: Any, x: Any, draws: bool) -> None:
        if not isinstance(model, Model):
            raise TypeError(f"Argument `model` must be a Model. Received: {type(model).__name__}")
        data, _ = model._features(x)
        model._build_network(data.shape)
        dense = [layer for layer in model.leaves if isinstance(layer, Dense)]
        if not dense:
            raise ValueError("Argument `model` must have dense layers. Received: none")
        before = [np.array(layer.kernel) for layer in dense]
        with model._exclusive():
            try:
                if draws:
                    for layer in dense:
                        draw = self.initializer
                        if getattr(draw, "is_unseeded", False):
                            draw = draw.clone()
                        layer.kernel.assign(draw(layer.kernel.shape, layer.dtype))
                adapted = []
                for leaf in model.leaves:
                    if isinstance(leaf, Dense):
                        adapted.append(self._scale(leaf, data))
                    # as in training, but what layers remember of batches is left alone
                    data = Chain([leaf], data.shape).predict(data, training=True)
            except BaseException:
                for layer, kernel in zip(dense, before, strict=True):
                    layer.kernel.assign(kernel)
                raise
        self.layers = adapted

    def _scale(self, layer: Dense, data: Any) -> AdaptedLayer:
        variance = first = _variance(layer, data)
        divisions = 0
        while abs(variance / self._variance - 1) > self._tolerance and divisions < self._attempts:
            factor = np.asarray((self._variance / variance) ** 0.5, layer.dtype)
            layer.kernel.assign(np.asarray(layer.kernel) * factor)
            variance = _variance(layer, data)
            divisions += 1
        return AdaptedLayer(layer.name, first, variance, divisions)

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {
            "initializer": _initializers.serialize(self.initializer),
            "variance": self._variance,
            "tolerance": self._tolerance,
            "attempts": self._attempts,
        }

    def __repr__(self) -> str:
        """Return a line for each layer."""
        from ._tables import text_table

        if not self.layers:
            return f"LSUV({type(self.initializer).__name__})"
        return text_table(_HEADINGS, self._rows())

    def _repr_html_(self) -> str:
        from ._tables import html_table

        return html_table(_HEADINGS, self._rows())

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (a.layer, f"{a.variance_before:.4g}", f"{a.variance_after:.4g}", str(a.divisions))
            for a in self.layers
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return what was done, ready for JSON."""
        return {"layers": [asdict(layer) for layer in self.layers]}


_HEADINGS = ("layer", "variance before", "after", "divisions")


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
