"""Orthogonal matrices of the size at which deep networks neither forget nor explode."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import _moments, activations
from .._numbers import finite
from ._config import encode
from ._explain import Explanation
from ._orthogonal import Orthogonal
from ._variance_scaling import compute_fans, counted

_SCHOENHOLZ = (
    "S. S. Schoenholz, J. Gilmer, S. Ganguli, J. Sohl-Dickstein, Deep information propagation, "
    "ICLR 2017, section 3"
)
_PENNINGTON = (
    "J. Pennington, S. S. Schoenholz, S. Ganguli, Resurrecting the sigmoid in deep learning "
    "through dynamical isometry, NIPS 2017, section 2.2"
)

# Larger variances are not looked at.
_LARGEST = 1e6
_HALVINGS = 50
# Where the limit of small variances is taken; beyond the step of a difference.
_NEAR_ZERO = 2e-6


@dataclass(frozen=True)
class CriticalPoint:
    """A point on the edge of chaos.

    Attributes
    ----------
    weight_stddev : float
        Standard deviation of the weights times sqrt(fan_in).
    bias_stddev : float
        Standard deviation of the biases.
    variance : float
        The variance of the pre-activations that layers leave as it is.
    slope : float
        What a small deviation from that variance is multiplied by in each layer: where it is above
        1, as for SiLU and GELU, the variance drifts away.
    """

    weight_stddev: float
    bias_stddev: float
    variance: float
    slope: float


def critical_point(
    activation: Any = "tanh", bias_stddev: float | None = None, variance: float | None = None
) -> CriticalPoint:
    """Return the sizes of weights and biases with which gradients keep theirs at any depth.

    The solution of q = w² E[f(√q z)²] + b² and χ = w² E[f'(√q z)²] = 1, z standard normal: a
    layer of weights with variance w² / fan_in and biases with variance b² keeps the variance q
    of its pre-activations, and the length of gradients. S. S. Schoenholz et al., "Deep information
    propagation", ICLR 2017, section 3; J. Pennington et al., "Resurrecting the sigmoid in deep
    learning through dynamical isometry", NIPS 2017, section 2.2.

    Relative error below 1e-9 for Keras's activations, whose derivatives are known; below 1e-6 for
    functions of one's own.

    Parameters
    ----------
    activation : str or callable
        Keras's name, or a function of arrays of float64 that works on each value by itself.
    bias_stddev : float, optional
        b, not negative: gives w, and the smallest q. With b = 0 and f(0) = 0, the limit of small q:
        w = 1 / f'(0), and for ReLU √2.
    variance : float, optional
        q, positive, instead of `bias_stddev`: gives w and b.

    Raises
    ------
    TypeError
        If not exactly one of `bias_stddev` and `variance` is given, or one is not a number, or the
        activation is not such a function.
    ValueError
        If they are out of range, the activation is unknown, or there is no such point.

    Examples
    --------
    >>> point = fanin.initializers.critical_point("tanh", bias_stddev=0.05**0.5)
    >>> round(point.weight_stddev**2, 2), round(point.variance, 2)
    (1.76, 0.57)
    """
    if (bias_stddev is None) == (variance is None):
        raise TypeError(
            "Exactly one of the arguments `bias_stddev` and `variance` must be given. Received: "
            f"bias_stddev={bias_stddev}, variance={variance}"
        )
    system = _System(activation)
    if variance is not None:
        q = finite("variance", variance)
        if q <= 0:
            raise ValueError(f"Argument `variance` must be positive. Received: {variance}")
        square = system.bias_square(q)
        # of ReLU it is zero to rounding
        if not square > -1e-6 * q:
            raise ValueError(
                f"There is no edge of chaos of {system.name} at this variance: the square of the "
                f"biases' standard deviation would be {square:.3g}. Received: variance={variance}"
            )
        return system.point(q, math.sqrt(max(0.0, square)))
    b = finite("bias_stddev", bias_stddev)
    if b < 0:
        raise ValueError(f"Argument `bias_stddev` must be at least 0. Received: {bias_stddev}")
    if b == 0 and system.at_zero == 0:
        return system.limit()
    return system.point(system.variance(b), b)


class _System:
    """The two equations of an activation."""

    def __init__(self, activation: Any) -> None:
        self.f: Callable[..., Any] = _moments.elementwise(activation)
        self.name = getattr(self.f, "__name__", type(self.f).__name__)
        self.df = _moments.derivative(self.f)
        self.at_zero = _moments.expectation(self.f, 0.0, 0.0)

    def square(self, q: float) -> float:
        """Return E f(√q z)²."""
        return _moments.expectation(lambda x: np.square(np.asarray(self.f(x), np.float64)), 0.0, q)

    def weight_square(self, q: float) -> float:
        """Return 1 / E f'(√q z)²."""
        mean = _moments.expectation(lambda x: np.square(self.df(x)), 0.0, q)
        return 1 / mean if mean > 0 else math.inf

    def bias_square(self, q: float) -> float:
        """Return the b² that keeps q at the edge of chaos; not below 0 if there is one."""
        square = self.square(q)
        return q - self.weight_square(q) * square if square else q

    def variance(self, b: float) -> float:
        """Return the smallest q with this b, to rounding."""
        low = high = max(b * b, 1e-6)
        while not self.bias_square(high) >= b * b:
            low, high = high, 2 * high
            if high > _LARGEST:
                raise ValueError(
                    f"There is no edge of chaos of {self.name} with such biases. "
                    f"Received: bias_stddev={b}"
                )
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if self.bias_square(middle) >= b * b:
                high = middle
            else:
                low = middle
        return high

    def point(self, q: float, b: float) -> CriticalPoint:
        w_square = self.weight_square(q)
        step = 1e-4 * q
        slope = w_square * (self.square(q + step) - self.square(q - step)) / (2 * step)
        return CriticalPoint(math.sqrt(w_square), b, q, slope)

    def limit(self) -> CriticalPoint:
        """Return the point at q = 0, where f is a straight line on either side."""
        mean = float(np.mean(np.square(self.df(np.array([_NEAR_ZERO, -_NEAR_ZERO])))))
        if mean == 0:
            raise ValueError(
                f"There is no edge of chaos of {self.name} without biases: it is flat at 0."
            )
        return CriticalPoint(1 / math.sqrt(mean), 0.0, 0.0, 1.0)


class EdgeOfChaos(Orthogonal):
    """An orthogonal matrix of the size with which gradients keep theirs through many layers.

    `Orthogonal` with the gain w max(1, √(outputs / fan_in)): the values' standard deviation is
    w / √fan_in. w is `critical_point`'s for the activation: 1 for tanh and √2 for ReLU if the
    biases are 0. The singular values of a deep network's input-output Jacobian are then near
    1 for tanh, which normal weights never achieve, nor ReLU with any. J. Pennington, S. S.
    Schoenholz, S. Ganguli, "Resurrecting the sigmoid in deep learning through dynamical
    isometry", NIPS 2017, section 2.2.

    Parameters
    ----------
    activation : str or callable
        As `critical_point` takes it. A function of one's own can't be saved.
    bias_stddev : float
        The biases' standard deviation; give the layer
        ``bias_initializer=RandomNormal(stddev=initializer.point.bias_stddev)``.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Attributes
    ----------
    point : CriticalPoint

    Raises
    ------
    TypeError, ValueError
        As `critical_point`, or on a bad seed; on a call, if the shape's rank is below 2.
    """

    def __init__(
        self, activation: Any = "tanh", bias_stddev: float = 0.0, seed: Any = None
    ) -> None:
        self.point = critical_point(activation, bias_stddev=bias_stddev)
        self.activation = activation
        self.bias_stddev = bias_stddev
        super().__init__(self.point.weight_stddev, seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["gain"]
        known = activations.is_known(self.activation)
        name = activations.serialize(self.activation) if known else self.activation
        return {**config, "activation": name, "bias_stddev": encode(self.bias_stddev)}

    def _gain(self, shape: tuple[int, ...]) -> float:
        return float(self.gain) * math.sqrt(max(1.0, shape[-1] / max(1, compute_fans(shape)[0])))

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        said = super()._explain(shape)
        point = self.point
        notes = [
            f"q = {point.variance:.6g} is the variance that layers keep with biases of standard "
            f"deviation {point.bias_stddev:.6g}; smaller ones keep singular values nearer to 1.",
            "Of a convolution the kernel as a matrix is orthogonal, which the convolution is not.",
        ]
        if point.slope > 1 + 1e-6:
            notes.append(
                f"A deviation from q grows by {point.slope:.4g} in each layer: it is not kept for "
                "long."
            )
        return replace(
            said,
            formula=f"{said.formula}: w max(1, √(outputs / fan_in)), with w = "
            f"{point.weight_stddev:.6g} from w² E[f'(√q z)²] = 1",
            fans=compute_fans(shape),
            counted=counted(shape),
            sources=(_SCHOENHOLZ, _PENNINGTON, *said.sources),
            notes=(*notes, *said.notes),
        )
