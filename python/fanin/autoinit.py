"""Weights adapted to the moments that a network's layers are expected to have."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _arrays, _signal, initializers
from ._numbers import finite
from .layers import Dense

__all__ = ["Adaptation", "AutoInit"]

_HEADINGS = ("layer", "kernel multiplied by", "variance before", "variance after", "of the outputs")


@dataclass(frozen=True)
class Scaled:
    """What was done to a dense layer.

    Attributes
    ----------
    layer : str
    factor : float
        What the kernel was multiplied by.
    before, after : float
        The predicted variance of the pre-activations.
    outputs : float
        The predicted variance of the outputs.
    """

    layer: str
    factor: float
    before: float
    after: float
    outputs: float


class Adaptation:
    """What `AutoInit.adapt` did.

    Attributes
    ----------
    layers : list of Scaled
        One for each dense layer.
    """

    def __init__(self, layers: list[Scaled]) -> None:
        self.layers = layers

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (s.layer, *(f"{v:.6g}" for v in (s.factor, s.before, s.after, s.outputs)))
            for s in self.layers
        ]

    def __repr__(self) -> str:
        """Return a table."""
        from ._tables import text_table

        return text_table(_HEADINGS, self._rows())

    def _repr_html_(self) -> str:
        from ._tables import html_table

        return html_table(_HEADINGS, self._rows())

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, ready for JSON."""
        from ._tables import jsonable

        result: dict[str, Any] = jsonable({"layers": [vars(scaled) for scaled in self.layers]})
        return result


class AutoInit:
    """Scale each dense layer's kernel so that its pre-activations are expected to have variance 1.

    Mean and variance are followed through all layers by calculation, without data: behind each
    kernel the variance is 1, whatever the layers in between do to it. G. Bingham, R. Miikkulainen,
    "AutoInit: Analytic signal-preserving weight initialization for neural networks", AAAI 2023,
    arXiv:2109.08958. The paper draws kernels of variance 1 / (fan_in E[x²]); here kernels that have
    been drawn, with any initializer, are scaled to it by their own sums of squares.

    Parameters
    ----------
    mean, variance : float
        Of the inputs.
    initializer : optional
        What the kernels are best drawn with; whatever `initializers.get` takes.

    Raises
    ------
    TypeError, ValueError
        If a number is not finite, both are 0, the variance is negative, or there is no such
        initializer.

    Examples
    --------
    >>> model.build((None, 784))  # doctest: +SKIP
    >>> fanin.AutoInit().adapt(model)  # doctest: +SKIP
    """

    def __init__(
        self, mean: float = 0.0, variance: float = 1.0, initializer: Any = "lecun_normal"
    ) -> None:
        self.mean, self.variance = finite("mean", mean), finite("variance", variance)
        if variance < 0:
            raise ValueError(
                f"Argument `variance` must be at least 0. Received: variance={variance}"
            )
        if mean == variance == 0:
            raise ValueError("Arguments `mean` and `variance` must not both be 0. Received: 0, 0")
        self.initializer = initializers.get(initializer)

    def adapt(self, model: Any, x: Any = None) -> Adaptation:
        """Scale the kernels of a model in place.

        Parameters
        ----------
        model : Model
            Built.
        x : array_like, optional
            Inputs, whose mean and variance count instead of those given to the constructor.

        Returns
        -------
        Adaptation

        Raises
        ------
        TypeError
            If `x` does not hold numbers.
        ValueError
            If the model is not built, or a kernel's outputs have no variance that could be scaled:
            a kernel of zeros, a bias that varies more than that.
        NotImplementedError
            For a layer that is not known here. No kernel has been changed after an error.
        """
        mean, variance = self.mean, self.variance
        if x is not None:
            values = _arrays.matrix("x", x, np.dtype(np.float64))
            if not (np.isfinite(values).all() and values.any()):
                raise ValueError(
                    "Argument `x` must hold finite numbers that are not all 0. "
                    f"Received: shape={values.shape}"
                )
            mean, variance = float(values.mean()), float(values.var())
        _signal.check_built(model)
        kept = [(d.kernel, np.array(d.kernel)) for d in model.leaves if isinstance(d, Dense)]
        try:
            with np.errstate(all="ignore"):
                return Adaptation(_scale(model, mean, variance))
        except BaseException:
            for kernel, values in kept:
                kernel.assign(values)
            raise


def _scale(model: Any, mean: float, variance: float) -> list[Scaled]:
    """Scale the kernels, each to what the ones before it give."""
    weights = _signal.Weights(measured=True, replaced={})
    state, shape = _signal.State(mean, _signal.alone(variance)), model.input_shape
    done = []
    for layer in model.leaves:
        step = _signal.step(layer, state, shape, weights)
        if step is None:
            raise NotImplementedError(
                f"Argument `model` must have layers whose variance is known. Received: {layer!r}"
            )
        if isinstance(layer, Dense):
            before = step.pre.variance
            bias = 0.0 if layer.bias is None else float(np.var(layer.bias, dtype=float))
            if not (bias < min(before, 1) and math.isfinite(before)):
                raise ValueError(
                    "Argument `model` must have kernels whose outputs can be given variance 1. "
                    f"Received: {layer.name}, with variance {before}, {bias} of it from the bias"
                )
            factor = math.sqrt((1 - bias) / (before - bias))
            layer.kernel.assign(factor * np.asarray(layer.kernel))
            step = _signal.step(layer, state, shape, weights) or step
            done.append(Scaled(layer.name, factor, before, step.pre.variance, step.out.variance))
        state, shape = step.out, layer.compute_output_shape(shape)
    return done
