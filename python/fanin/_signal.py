"""Mean and variance of a signal through a network, forward and backward, by mean-field theory.

What is predicted is an expectation over the initial weights of wide layers, whose pre-activations
are normal, being sums of many terms. Besides the variance, three covariances are followed, because
layers turn them into variance: between samples in one unit (batch normalization divides by what is
not shared), between units in one sample (weights whose mean is not zero sum it up, layer
normalization takes it away), and between different units in different samples.

B. Poole et al., "Exponential expressivity in deep neural networks through transient chaos", NIPS
2016, eqs. 3 and 5; S. S. Schoenholz et al., "Deep information propagation", ICLR 2017, section 5
(backward); K. He et al., "Delving deep into rectifiers", ICCV 2015, eqs. 7 and 14; G. Yang et al.,
"A mean field theory of batch normalization", ICLR 2019.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _moments, _native, activations, layers
from ._numbers import finite
from ._shapes import BatchShape, sample_axes
from ._variables import Variable
from .initializers import Initializer
from .models import Model

__all__ = ["Signal", "propagate"]

_Values = npt.NDArray[np.float64]
# An activation: the native library's number and its constants.
_Function = tuple[int, tuple[float, ...]]

# Of values that are drawn one by one, or whose sums behave so.
_DRAWN = ("uniform", "normal", "truncated normal", "constant", "orthogonal")
_JOINT = (_native.SOFTMAX, _native.LOG_SOFTMAX, _native.SPARSEMAX, _native.GLU)
# Of a Hermite series; and where activations may have corners, between which it is integrated.
_TERMS = 48
_CORNERS = (-6.0, -3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0)
# Values drawn for an activation of several units at once, which has no integral over one.
_DRAWS = 2**18
_SELU_FLOOR = -1.7580993408473766


@dataclass(frozen=True)
class Signal:
    """What is expected at a layer, over all units and samples.

    Attributes
    ----------
    layer : str
        Its name.
    pre_mean, pre_variance : float
        Of what the activation gets: of a dense layer x @ kernel + bias, of others the inputs.
    mean, variance : float
        Of the outputs. Where float64 overflows the variance is infinite and the mean NaN.
    gradient_variance : float
        Mean square of the loss's derivative by the layer's outputs; 1 for the last one known. NaN
        below a layer where the outputs overflow.
    """

    layer: str
    pre_mean: float
    pre_variance: float
    mean: float
    variance: float
    gradient_variance: float


@dataclass(frozen=True)
class State:
    """A mean, and the covariances (same, other unit) x (same, other sample)."""

    mean: float
    covariance: _Values

    @property
    def variance(self) -> float:
        return float(self.covariance[0, 0])

    @property
    def square(self) -> float:
        return self.variance + self.mean**2


@dataclass(frozen=True)
class Step:
    """What a layer's activation gets, what it gives, and what it does to derivatives.

    `backward` (2, 2) multiplies two expectations: of a derivative's square, and of the product of
    the derivatives by two units.
    """

    pre: State
    out: State
    backward: _Values


def propagate(
    model: Any,
    mean: float = 0.0,
    variance: float = 1.0,
    *,
    measured: bool = False,
    replaced: Mapping[Variable, Any] | None = None,
) -> list[Signal | None]:
    """Return what is expected at each layer of a model with its initial weights, in training.

    Variances are total ones: over units and samples, about the mean of all. A dense layer whose
    weights have the mean 0 gives fan_in Var(w) E[x²] + Var(b) forward, and backward multiplies the
    mean square of the derivatives by fan_out Var(w) E[f'(z)²]. Of the inputs, all values are
    independent and have one mean and one variance. A `Normalization` layer with statistics for each
    feature is taken to be adapted to its inputs.

    Parameters
    ----------
    model : Model
        Built.
    mean, variance : float
        Of the inputs.
    measured : bool
        Whether weights count by their values. By default they count by their initializers' laws,
        and by their values only where `explain` knows no law.
    replaced : dict, optional
        Initializers that count instead of those of some variables.

    Returns
    -------
    list of Signal or None
        One for each layer of `model.leaves`; None for a layer that is not known here, and for all
        after it.

    Raises
    ------
    TypeError
        If the mean or the variance is not a number.
    ValueError
        If one is not finite, the variance is negative, or the model is not built.
    """
    mean, variance = finite("mean", mean), finite("variance", variance)
    if variance < 0:
        raise ValueError(f"Argument `variance` must be at least 0. Received: variance={variance}")
    check_built(model)
    weights = Weights(measured, replaced or {})
    x = State(mean, alone(variance))
    shape: BatchShape = model.input_shape
    steps: list[Step] = []
    with np.errstate(all="ignore"):
        for layer in model.leaves:
            found = step(layer, x, shape, weights)
            if found is None:
                break
            if not math.isfinite(found.out.variance):
                found = Step(found.pre, _OVERFLOWED, np.full((2, 2), math.nan))
            steps.append(found)
            x, shape = found.out, layer.compute_output_shape(shape)
    signals: list[Signal | None] = [None] * len(model.leaves)
    gradient = np.array([1.0, 0.0])
    for index in reversed(range(len(steps))):
        pre, out = steps[index].pre, steps[index].out
        signals[index] = Signal(
            model.leaves[index].name,
            *(pre.mean, pre.variance, out.mean, out.variance),
            gradient_variance=float(gradient[0]),
        )
        gradient = steps[index].backward @ gradient
    return signals


def check_built(model: Any) -> None:
    """Check that a model has weights.

    Raises
    ------
    TypeError
        If it is no model.
    ValueError
        If it is not built.
    """
    if not isinstance(model, Model):
        raise TypeError(f"Argument `model` must be a model. Received: {model!r}")
    if not model.built:
        raise ValueError(f"Argument `model` must be a model that is built. Received: {model!r}")


def alone(variance: float) -> _Values:
    """Return the covariances of independent values with this variance."""
    return np.array([[variance, 0.0], [0.0, 0.0]])


_OVERFLOWED = State(math.nan, np.full((2, 2), math.inf))
_KEPT = np.eye(2)


# -- Weights ---------------------------------------------------------------------------------------


def _moments_of(values: _Values) -> tuple[float, float]:
    return float(values.mean()), float(values.var())


@dataclass(frozen=True)
class _Sums:
    """Sums over a kernel's inputs, in the mean over units: all that a matrix product needs.

    Attributes
    ----------
    sum, sum_square, sum_products
        Of a unit's weights; its square; the product of two units' sums.
    squares, products
        The sum of the squares; that of the products of two units' weights for the same input.
    """

    sum: float
    sum_square: float
    sum_products: float
    squares: float
    products: float


@dataclass(frozen=True)
class Weights:
    """What weights count by: their laws or their values, or other initializers."""

    measured: bool
    replaced: Mapping[Variable, Any]

    def _drawn(self, variable: Variable) -> tuple[float, float] | None:
        """Return mean and variance of what is drawn; None if values have to tell."""
        initializer = self.replaced.get(variable, variable.initializer)
        if not isinstance(initializer, Initializer):
            return None
        if self.measured and variable not in self.replaced:
            return None
        law = initializer.explain(variable.shape)
        if law.distribution not in _DRAWN or law.mean is None or law.stddev is None:
            return None
        return law.mean, law.stddev**2

    def _values(self, variable: Variable) -> _Values:
        if variable in self.replaced:
            return np.asarray(self.replaced[variable](variable.shape, dtype=variable.dtype), float)
        return np.asarray(variable.memory, float)

    def law(self, variable: Variable) -> tuple[float, float]:
        """Return mean and variance of the values that a variable starts with."""
        return self._drawn(variable) or _moments_of(self._values(variable))

    def sums(self, kernel: Variable) -> tuple[_Sums, _Sums]:
        """Return the sums of a kernel, and of its transpose."""
        inputs, units = kernel.shape
        law = self._drawn(kernel)
        if law is not None:
            return _expected(inputs, *law), _expected(units, *law)
        values = self._values(kernel)
        return _actual(values), _actual(values.T)


def _expected(inputs: int, mean: float, variance: float) -> _Sums:
    return _Sums(
        inputs * mean,
        inputs * variance + (inputs * mean) ** 2,
        (inputs * mean) ** 2,
        inputs * (variance + mean**2),
        inputs * mean**2,
    )


def _actual(values: _Values) -> _Sums:
    units = values.shape[1]
    sums = values.sum(axis=0)
    squares = float(np.square(values).sum())
    pairs = max(units * (units - 1), 1)
    return _Sums(
        float(sums.mean()),
        float(np.square(sums).mean()),
        float((sums.sum() ** 2 - np.square(sums).sum()) / pairs),
        squares / units,
        float((np.square(values.sum(axis=1)).sum() - squares) / pairs),
    )


# -- Layers ----------------------------------------------------------------------------------------


@singledispatch
def step(layer: Any, x: State, shape: BatchShape, weights: Weights) -> Step | None:
    """Return what a layer makes of its inputs, which come in batches of `shape`."""
    return None


@step.register(layers.Identity)
@step.register(layers.Flatten)
@step.register(layers.Reshape)
@step.register(layers.ActivityRegularization)
def _(layer: Any, x: State, shape: BatchShape, weights: Weights) -> Step:
    return Step(x, x, _KEPT)


@step.register
def _(layer: layers.Dense, x: State, shape: BatchShape, weights: Weights) -> Step:
    forward, back = weights.sums(layer.kernel.variable)
    bias = (0.0, 0.0) if layer.bias is None else weights.law(layer.bias.variable)
    same, other = x.covariance
    pre = State(
        forward.sum * x.mean + bias[0],
        np.stack(
            [
                (same - other) * forward.squares
                + other * forward.sum_square
                + x.mean**2 * (forward.sum_square - forward.sum**2)
                + bias[1],
                (same - other) * forward.products + other * forward.sum_products,
            ]
        ),
    )
    through = np.array(
        [
            [back.squares, back.sum_square - back.squares],
            [back.products, back.sum_products - back.products],
        ]
    )
    # glu is a native layer of its own
    stage = layer.native(shape)[-1 if layer._halves else 0]
    out, backward = _activated(stage, pre, layer.units)
    return Step(pre, out, through @ backward)


@step.register(layers.Activation)
@step.register(layers.ReLU)
@step.register(layers.LeakyReLU)
@step.register(layers.ELU)
@step.register(layers.Softmax)
def _(layer: Any, x: State, shape: BatchShape, weights: Weights) -> Step | None:
    stage = layer.native(shape)[0]
    size = shape[1 + stage.axes[0]] if stage.axis_count else shape[-1]
    if size is None:
        return None
    out, backward = _activated(stage, x, size)
    return Step(x, out, backward)


@step.register
def _(layer: layers.PReLU, x: State, shape: BatchShape, weights: Weights) -> Step:
    slope, spread = weights.law(layer.alpha.variable)
    out, backward = _elementwise((_native.LEAKY_RELU, (slope, 0.0, 0.0)), x)
    # a slope's deviation from the mean one multiplies what is below zero
    below, passing = _elementwise(
        (_native.RELU, (0.0, math.inf, 0.0)), State(-x.mean, x.covariance)
    )
    covariance = out.covariance.copy()
    covariance[0] += spread * (below.covariance[0] + below.mean**2)
    backward[0, 0] += spread * passing[0, 0]
    return Step(x, State(out.mean, covariance), backward)


@step.register(layers.Dropout)
@step.register(layers.GaussianDropout)
def _(layer: Any, x: State, shape: BatchShape, weights: Weights) -> Step:
    kept = 1 - layer.rate
    if kept == 0 and isinstance(layer, layers.Dropout):
        return Step(x, State(0.0, np.zeros((2, 2))), np.zeros((2, 2)))
    # factors of mean 1 and variance rate / (1 - rate)
    growth = 1 / kept if kept else math.inf
    noise = alone((growth - 1) * x.square)
    return Step(x, State(x.mean, x.covariance + noise), np.diag([growth, 1.0]))


@step.register
def _(layer: layers.AlphaDropout, x: State, shape: BatchShape, weights: Weights) -> Step:
    rate, kept = layer.rate, 1 - layer.rate
    if kept == 0:
        return Step(x, State(0.0, np.zeros((2, 2))), np.zeros((2, 2)))
    # a (x or floor) + b; that the floor is another value than the mean adds variance
    a = 1 / math.sqrt(kept * (1 + rate * _SELU_FLOOR**2))
    covariance = (a * kept) ** 2 * x.covariance
    covariance[0, 0] += a**2 * kept * rate * (x.variance + (x.mean - _SELU_FLOOR) ** 2)
    return Step(x, State(a * kept * x.mean, covariance), np.diag([a**2 * kept, (a * kept) ** 2]))


@step.register
def _(layer: layers.GaussianNoise, x: State, shape: BatchShape, weights: Weights) -> Step:
    return Step(x, State(x.mean, x.covariance + alone(layer.stddev**2)), _KEPT)


@step.register
def _(layer: layers.BatchNormalization, x: State, shape: BatchShape, weights: Weights) -> Step:
    if layer.trainable:
        # each unit's mean over the samples goes, and with it what samples share
        own = x.covariance[:, 0] - x.covariance[:, 1]
        variance = own[0] + layer.epsilon
        normal = State(0.0, np.stack([own / variance, [0.0, 0.0]], axis=1))
        backward = np.eye(2) / variance
    else:
        factors = 1 / np.sqrt(np.asarray(layer.moving_variance, float) + layer.epsilon)
        offsets = -np.asarray(layer.moving_mean, float) * factors
        normal, backward = _scaled(x, _moments_of(factors), _moments_of(offsets))
    return _affine(layer, "gamma", "beta", x, normal, backward, weights)


@step.register
def _(layer: layers.LayerNormalization, x: State, shape: BatchShape, weights: Weights) -> Step:
    # each sample's mean over the units goes, and with it what units share
    own = x.covariance[0] - x.covariance[1]
    variance = own[0] + layer.epsilon
    normal = State(0.0, np.stack([own / variance, [0.0, 0.0]]))
    backward = np.array([[1.0, -1.0], [0.0, 0.0]]) / variance
    return _affine(layer, "gamma", "beta", x, normal, backward, weights)


@step.register
def _(layer: layers.RMSNormalization, x: State, shape: BatchShape, weights: Weights) -> Step:
    square = x.square + layer.epsilon
    normal = State(x.mean / math.sqrt(square), x.covariance / square)
    return _affine(layer, "scale", None, x, normal, np.eye(2) / square, weights)


@step.register
def _(
    layer: layers.UnitNormalization, x: State, shape: BatchShape, weights: Weights
) -> Step | None:
    sizes = [shape[axis + 1] for axis in sample_axes(layer.axis, shape)]
    if None in sizes:
        return None
    square = math.prod(size for size in sizes if size is not None) * np.float64(x.square)
    out = State(float(x.mean / np.sqrt(square)), x.covariance / square)
    return Step(x, out, np.eye(2) / square)


@step.register
def _(layer: layers.Rescaling, x: State, shape: BatchShape, weights: Weights) -> Step:
    factors, offsets = (np.asarray(p.memory, float) for p in layer.parameters)
    return Step(x, *_scaled(x, _moments_of(factors), _moments_of(offsets)))


@step.register
def _(layer: layers.Normalization, x: State, shape: BatchShape, weights: Weights) -> Step:
    mean, variance = (np.asarray(p.memory, float) for p in layer.parameters)
    stddev = np.maximum(np.sqrt(variance), 1e-7)
    factors, offsets = (stddev, mean) if layer.invert else (1 / stddev, -mean / stddev)
    out, backward = _scaled(x, _moments_of(factors), _moments_of(offsets))
    if not layer.invert and mean.size and (np.ptp(mean) > 0 or np.ptp(variance) > 0):
        out = State(0.0, alone(1.0))
    return Step(x, out, backward)


@step.register
def _(layer: layers.Embedding, x: State, shape: BatchShape, weights: Weights) -> Step:
    mean, variance = weights.law(layer.embeddings.variable)
    return Step(x, State(mean, alone(variance)), np.zeros((2, 2)))


def _scaled(
    x: State, factor: tuple[float, float], offset: tuple[float, float]
) -> tuple[State, _Values]:
    """Return x factor + offset, each unit's own, both given by mean and variance."""
    square = factor[0] ** 2 + factor[1]
    covariance = np.stack(
        [
            square * x.covariance[0] + factor[1] * x.mean**2 + offset[1],
            factor[0] ** 2 * x.covariance[1],
        ]
    )
    return State(factor[0] * x.mean + offset[0], covariance), np.diag([square, factor[0] ** 2])


def _affine(
    layer: Any,
    factor: str,
    offset: str | None,
    x: State,
    normal: State,
    backward: _Values,
    weights: Weights,
) -> Step:
    """Return what a normalization does, given what it does without its trained factors."""
    laws = [
        default
        if name is None or (weight := getattr(layer, name)) is None
        else weights.law(weight.variable)
        for name, default in ((factor, (1.0, 0.0)), (offset, (0.0, 0.0)))
    ]
    out, scaling = _scaled(normal, *laws)
    return Step(x, out, backward @ scaling)


# -- Activations -----------------------------------------------------------------------------------


def _activated(stage: _native.Layer, x: State, size: int) -> tuple[State, _Values]:
    """Return what an activation, along an axis of this size if it is a joint one, makes of x."""
    function = stage.activation, tuple(stage.constants)[:3]
    if function[0] == _native.LINEAR:
        return x, _KEPT
    if function[0] in _JOINT:
        return _joint(function, size, x.mean, tuple(x.covariance.ravel()))
    return _elementwise(function, x)


def _elementwise(function: _Function, x: State) -> tuple[State, _Values]:
    if not (math.isfinite(x.mean) and np.isfinite(x.covariance).all()):
        return _OVERFLOWED, np.full((2, 2), math.nan)
    mean, variance = _output(function, x.mean, x.variance)
    covariance = np.full((2, 2), variance)
    for place in ((0, 1), (1, 0), (1, 1)):
        covariance[place] = _covariance(function, False, x, x.covariance[place], variance)
    slope, spread = _slope(function, x.mean, x.variance)
    product = slope**2 + _covariance(function, True, x, x.covariance[1, 0], spread)
    return State(mean, covariance), np.diag([slope**2 + spread, product])


@lru_cache(maxsize=4096)
def _output(function: _Function, mean: float, variance: float) -> tuple[float, float]:
    kind, constants = function
    return _moments.moments(lambda x: activations._apply(kind, x, *constants), mean, variance)


@lru_cache(maxsize=4096)
def _slope(function: _Function, mean: float, variance: float) -> tuple[float, float]:
    """Return mean and variance of the derivative."""
    return _moments.moments(lambda x: _derivative(function, x), mean, variance)


def _derivative(function: _Function, x: _Values) -> _Values:
    return activations.backward(*function, x, np.ones_like(x), 1, x.size, 1)


def _covariance(
    function: _Function, of_slope: bool, x: State, covariance: float, variance: float
) -> float:
    """Return the covariance of f or f' of two normal variables, from theirs.

    Σ ρⁿ aₙ² with f's Hermite coefficients aₙ (Mehler's formula). Σ aₙ², n > 0, is the variance,
    so that what is left after so many terms is known, and is at most multiplied by the next ρⁿ.
    """
    if covariance == 0 or x.variance == 0:
        return 0.0
    if covariance >= x.variance:
        return variance
    rho = covariance / x.variance
    squares = _coefficients(function, of_slope, x.mean, x.variance)
    rest = max(variance - float(squares.sum()), 0.0)
    return float(np.polynomial.polynomial.polyval(rho, [0.0, *squares, rest]))


@lru_cache(maxsize=4096)
def _coefficients(function: _Function, of_slope: bool, mean: float, variance: float) -> _Values:
    """Return the squares of the Hermite coefficients from the first on."""
    corners = (np.array([*_CORNERS, *function[1]]) - mean) / math.sqrt(variance)
    edges = np.unique(np.concatenate([np.linspace(-10, 10, 41), corners[np.abs(corners) < 10]]))
    half = np.diff(edges)[:, None] / 2
    nodes, shares = _moments.legendre()
    z = (edges[:-1, None] + half * (1 + nodes)).ravel()
    weights = (half * shares).ravel() * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    kind, constants = function
    x = mean + math.sqrt(variance) * z
    values = _derivative(function, x) if of_slope else activations._apply(kind, x, *constants)
    values = weights * values
    before, now = np.ones_like(z), z
    squares = np.empty(_TERMS)
    for n in range(1, _TERMS + 1):
        squares[n - 1] = (values @ now) ** 2
        # normalized Hermite polynomials
        before, now = now, (z * now - math.sqrt(n) * before) / math.sqrt(n + 1)
    return squares


@lru_cache(maxsize=64)
def _joint(
    function: _Function, size: int, mean: float, covariance: tuple[float, ...]
) -> tuple[State, _Values]:
    """Return an activation of `size` units at once, from draws: the error is about 1 %."""
    rng = np.random.default_rng(0)
    rows = max(_DRAWS // size, 64)
    common, sample, unit, _ = np.maximum(
        [
            covariance[3],
            covariance[2] - covariance[3],
            covariance[1] - covariance[3],
            0,
        ],
        0,
    )
    alone = max(covariance[0] - common - sample - unit, 0)
    x = (
        mean
        + math.sqrt(common) * rng.standard_normal((1, rows, 1))
        + math.sqrt(sample) * rng.standard_normal((2, rows, 1))
        + math.sqrt(unit) * rng.standard_normal((1, rows, size))
        + math.sqrt(alone) * rng.standard_normal((2, rows, size))
    )
    kind, constants = function
    y = activations._apply(kind, x, *constants, axis=-1)
    units = y.shape[-1]
    center = float(y.mean())
    y = y - center
    sums = y.sum(axis=-1)
    found = []
    for one, other in ((0, 0), (0, 1)):
        same = float((y[one] * y[other]).mean())
        between = float((sums[one] * sums[other]).mean()) - units * same
        found.append([same, between / max(units * (units - 1), 1)])
    dy = rng.choice([-1.0, 1.0], size=y.shape)
    dx = activations.backward(*function, x, dy, 2 * rows, size, 1)
    slope = float(np.square(dx).mean())
    return State(center, np.array(found).T), np.diag([slope, 0.0])
