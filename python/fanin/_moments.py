"""Moments of functions of normal variables, by quadrature."""

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from . import activations

_Values = npt.NDArray[np.float64]

# Beyond 38 standard deviations the density is zero in float64.
_EDGES = np.arange(-38.0, 39.0)
_TOLERANCE = 1e-13
# A jump is found by halving one panel each time; a function with noise would halve them all.
_HALVINGS = 60
_PANELS = 4096


def expectation(f: Callable[[_Values], Any], mean: float = 0.0, variance: float = 1.0) -> float:
    """Return E f(x) of a normal variable x.

    Gauss-Legendre quadrature with 16 nodes on panels that are halved where halving changes the
    result, so that kinks and jumps do not matter: relative error below 1e-10 for what is exact in
    float64. Infinite where f is infinite and the density is not zero.

    Parameters
    ----------
    f : callable
        Of an array of float64, for each element by itself.
    mean, variance : float
        Of x.

    Raises
    ------
    TypeError
        If f does not return an array of numbers of its argument's shape.
    """
    stddev = math.sqrt(variance)
    low, high = _EDGES[:-1], _EDGES[1:]
    coarse = _panels(f, mean, stddev, low, high)
    total, done = float(np.abs(coarse).sum()), 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        left, right = (
            _panels(f, mean, stddev, low, middle),
            _panels(f, mean, stddev, middle, high),
        )
        fine = left + right
        with np.errstate(invalid="ignore"):
            # what is not finite counts as done
            open_ = np.abs(fine - coarse) > _TOLERANCE * total
        done += float(fine[~open_].sum())
        if not open_.any() or open_.sum() > _PANELS:
            return done + float(fine[open_].sum())
        low = np.concatenate([low[open_], middle[open_]])
        high = np.concatenate([middle[open_], high[open_]])
        coarse = np.concatenate([left[open_], right[open_]])
    return done + float(coarse.sum())


@cache
def legendre() -> tuple[_Values, _Values]:
    """Return the nodes on [-1, 1] and the weights of Gauss and Legendre's rule with 16 of them."""
    return np.polynomial.legendre.leggauss(16)


def _panels(
    f: Callable[[_Values], Any], mean: float, stddev: float, low: _Values, high: _Values
) -> _Values:
    """Return the integral over each panel, in standard deviations."""
    half = (high - low)[:, None] / 2
    nodes, weights = legendre()
    z = low[:, None] + half * (1 + nodes)
    with np.errstate(all="ignore"):
        values = _call(f, mean + stddev * z)
        terms = values * np.exp(-z * z / 2)
        # where the density is next to nothing, f may overflow
        terms[(np.abs(z) > 37) & ~np.isfinite(terms)] = 0
        integrals: _Values = (half * terms * weights).sum(axis=1) / math.sqrt(2 * math.pi)
    return integrals


def _call(f: Callable[[_Values], Any], x: _Values) -> _Values:
    try:
        values = np.asarray(f(x), np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(
            "Argument `activation` must be a function of arrays of float64, for each element by "
            f"itself. Received: {f!r}, which raised {type(error).__name__}: {error}"
        ) from error
    if values.shape != x.shape:
        raise TypeError(
            "Argument `activation` must return an array of its argument's shape. "
            f"Received: {f!r}, which returned the shape {values.shape} for {x.shape}"
        )
    return values


def elementwise(activation: Any) -> Callable[[_Values], Any]:
    """Return the function of an activation that works on each value by itself.

    Raises
    ------
    ValueError
        If it is unknown, or one of several values at once.
    """
    found = activation if callable(activation) else activations.get(activation)
    if found in _JOINT:
        raise ValueError(
            "Argument `activation` must work on each value by itself. "
            f"Received: {found.__name__}, whose values depend on the number of units"
        )
    return found


_JOINT = (activations.softmax, activations.log_softmax, activations.sparsemax)


def moments(activation: Any, mean: float, variance: float) -> tuple[float, float]:
    """Return mean and variance of an activation of a normal variable.

    Parameters
    ----------
    activation : str or callable
        Keras's name, or a function of arrays.
    mean, variance : float
        Of what goes in.

    Raises
    ------
    TypeError, ValueError
        As `elementwise` and `expectation`.
    """
    f = elementwise(activation)
    first = expectation(f, mean, variance)
    # about the mean, so that nothing is lost where it is large
    return first, expectation(lambda x: np.square(np.asarray(f(x)) - first), mean, variance)


# What the difference is taken over, in units of max(1, |x|).
_STEP = 1e-6


def derivative(f: Callable[[_Values], Any]) -> Callable[[_Values], _Values]:
    """Return the derivative of a function on each value by itself.

    That of a function of `activations` is exact. Of others it is the central difference over 1e-6
    max(1, |x|): off by 1e-9 where the function is smooth, and by anything that close to a kink.
    """
    if activations.is_known(f):
        return lambda x: activations.derivative(f, x)

    def difference(x: _Values) -> _Values:
        step = _STEP * np.maximum(1, np.abs(x))
        right, left = x + step, x - step
        quotient: _Values = (_call(f, right) - _call(f, left)) / (right - left)
        return quotient

    return difference
