"""The gain of an activation: what weights must make up for."""

import math
from typing import Any

import numpy as np

from . import activations
from ._moments import elementwise, expectation

__all__ = ["Gain", "gain"]

# torch.nn.init.calculate_gain's: numbers that its users have, whatever they were derived from.
_CONVENTIONS = {
    "linear": (1.0, "keeps its input"),
    "sigmoid": (1.0, "a convention: E[f(z)²] is far from 1"),
    "tanh": (5 / 3, "a convention: what keeps the variance near 1 over many layers, not derived"),
    "relu": (math.sqrt(2), "He et al. 2015, eq. 10: derived"),
    "selu": (3 / 4, "a convention; self-normalizing networks want 1 (Klambauer et al. 2017)"),
}


class Gain(float):
    """A gain, to be used as a number.

    Attributes
    ----------
    activation : str
    convention : float or None
        What PyTorch's table (torch.nn.init.calculate_gain) has for it.
    source : str
        Where the convention comes from.
    """

    activation: str
    convention: float | None
    source: str

    def __new__(cls, value: float, activation: str) -> "Gain":
        """Return the gain of an activation with this name."""
        made = super().__new__(cls, value)
        made.activation = activation
        made.convention, made.source = _CONVENTIONS.get(activation, (None, "no convention"))
        return made

    def __repr__(self) -> str:
        """Return the number, the name and the convention."""
        table = "" if self.convention is None else f"; table: {self.convention:.6g}, {self.source}"
        return f"{float(self):.6f} ({self.activation}: √(1 / E[f(z)²]){table})"

    __str__ = float.__repr__


def gain(activation: Any) -> Gain:
    """Return √(1 / E[f(z)²]) for z standard normal: weights of variance gain² / fan_in keep E[x²].

    With z = Σ w x, E[z²] = fan_in Var(w) E[x²]: each layer multiplies the mean square of its
    inputs by fan_in Var(w) E[f(z)²], if z is normal and has variance 1 (K. He et al., "Delving
    deep into rectifiers", ICCV 2015, eq. 10, for ReLU: √2). By quadrature, to 1e-6.

    Parameters
    ----------
    activation : str or callable
        Keras's name, a function of `fanin.activations`, or any function of arrays of float64 that
        works on each value by itself. Of "glu" the two halves are independent.

    Returns
    -------
    Gain
        A float that also tells the constant of the usual table, where there is one.

    Raises
    ------
    TypeError
        If a function can't be called with an array.
    ValueError
        If there is no such name, f(z) is always 0 or its mean square infinite, or the activation
        is one of all units at once (softmax, log_softmax, sparsemax).

    Examples
    --------
    >>> fanin.gain("relu")
    1.414214 (relu: √(1 / E[f(z)²]); table: 1.41421, He et al. 2015, eq. 10: derived)
    >>> fanin.initializers.VarianceScaling(fanin.gain("gelu") ** 2)  # doctest: +SKIP
    """
    found = activation if callable(activation) else activations.get(activation)
    name = getattr(found, "__name__", type(found).__name__)
    if found is activations.glu:
        # a · sigmoid(b), and E[a²] is 1
        found = activations.sigmoid
    f = elementwise(found)
    square = expectation(lambda z: np.square(np.asarray(f(z), np.float64)))
    if not 0 < square < math.inf:
        raise ValueError(
            "Argument `activation` must have a mean square that is finite and not 0 for normal "
            f"inputs. Received: {name}, with E[f(z)²] = {square}"
        )
    return Gain(1 / math.sqrt(square), name)
