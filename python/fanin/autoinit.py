"""Weights adapted to the moments that a network's layers are expected to have."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from . import _arrays, _signal
from ._adapter import Adapter
from ._numbers import finite
from .layers import Dense
from .models import Model

__all__ = ["AutoInit", "Scaled"]


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


class AutoInit(Adapter):
    """Scale each dense layer's kernel so that its pre-activations are expected to have variance 1.

    Mean and variance are followed through all layers by calculation, without data: behind each
    kernel the variance is 1, whatever the layers in between do to it. G. Bingham, R. Miikkulainen,
    "AutoInit: Analytic signal-preserving weight initialization for neural networks", AAAI 2023,
    arXiv:2109.08958. The paper draws kernels of variance 1 / (fan_in E[x²]); here kernels that have
    been drawn, with any initializer, are scaled to it by their own sums of squares.

    Parameters
    ----------
    model : Model, optional
        Built; its kernels are drawn and scaled now. Without a model this is what `fanin.compare`
        takes, or draw nothing and call `adapt(model)`.
    x : array_like, optional
        Inputs, whose mean and variance count instead of `mean` and `variance`.
    initializer
        What draws the kernels; whatever `fanin.initializers.get` takes. One without a seed draws
        anew for each of them.
    mean, variance : float
        Of the inputs.

    Attributes
    ----------
    initializer : callable
    layers : list of Scaled
        What was done last.

    Raises
    ------
    TypeError, ValueError
        If a number is not finite, both are 0, the variance is negative, there is no such
        initializer, the model is not built, or a kernel's outputs have no variance that could be
        scaled: a kernel of zeros, a bias that varies more than that.
    NotImplementedError
        For a layer that is not known here. After an error the kernels are as they were.

    Examples
    --------
    >>> fanin.AutoInit(model)  # doctest: +SKIP
    """

    _headings: ClassVar[tuple[str, ...]] = (
        *("layer", "kernel multiplied by", "variance before", "variance after", "of the outputs"),
    )

    def __init__(
        self,
        model: Any = None,
        x: Any = None,
        *,
        initializer: Any = "lecun_normal",
        mean: float = 0.0,
        variance: float = 1.0,
    ) -> None:
        self.mean, self.variance = finite("mean", mean), finite("variance", variance)
        if variance < 0:
            raise ValueError(
                f"Argument `variance` must be at least 0. Received: variance={variance}"
            )
        if mean == variance == 0:
            raise ValueError("Arguments `mean` and `variance` must not both be 0. Received: 0, 0")
        super().__init__(model, x, initializer)

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {**super().get_config(), "mean": self.mean, "variance": self.variance}

    def _prepare(self, model: Model, x: Any) -> Any:
        _signal.check_built(model)
        if x is None:
            return self.mean, self.variance
        values = _arrays.matrix("x", x, np.dtype(np.float64))
        if not (np.isfinite(values).all() and values.any()):
            raise ValueError(
                "Argument `x` must hold finite numbers that are not all 0. "
                f"Received: shape={values.shape}"
            )
        return float(values.mean()), float(values.var())

    def _scale(self, model: Model, known: Any) -> list[Any]:
        mean, variance = known
        with np.errstate(all="ignore"):
            return _scaled(model, mean, variance)


def _scaled(model: Any, mean: float, variance: float) -> list[Scaled]:
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
