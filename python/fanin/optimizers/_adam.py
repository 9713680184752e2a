"""Adam and its kin: a mean m of gradients and one, v, of their squares.

m += (g - m)(1 - beta_1); v += (g² - v)(1 - beta_2). Below, t is the step, 1 first.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _native
from ._optimizer import BELOW_ONE, Optimizer, Slot, all_same, number
from ._state import State


class _Moments(Optimizer):
    """What the optimizers here have in common."""

    arguments: tuple[str, ...] = ("beta_1", "beta_2", "epsilon")
    rule_slots = 2

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **options)
        self.beta_1 = number("beta_1", beta_1, 0, BELOW_ONE)
        self.beta_2 = number("beta_2", beta_2, 0, BELOW_ONE)
        self.epsilon = number("epsilon", epsilon, 0, math.inf)

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        return [all_same(variable, "momentum", "velocity")]

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return False, [self.beta_1, self.beta_2, self.epsilon]


class Adam(_Moments):
    """w -= a m / (sqrt(v) + epsilon), a = lr sqrt(1 - beta_2^t) / (1 - beta_1^t).

    amsgrad takes the largest v so far (Kingma and Ba, 2015; Reddi, Kale and Kumar, 2018). epsilon
    is Keras's, not corrected for bias.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_1, beta_2 : float
        In [0, 1).
    epsilon : float
        >= 0.
    amsgrad : bool
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.ADAM
    arguments = ("beta_1", "beta_2", "epsilon", "amsgrad")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, weight_decay, **options)
        self.amsgrad = bool(amsgrad)
        self.rule_slots = 2 + self.amsgrad

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        momentum, velocity, hat = all_same(variable, "momentum", "velocity", "velocity_hat")
        return [[momentum, velocity]] + ([[hat]] if self.amsgrad else [])

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return self.amsgrad, super().constants()[1]


class AdamW(Adam):
    """Adam with weight decay (Loshchilov and Hutter, 2019).

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    weight_decay : float
    beta_1, beta_2, epsilon, amsgrad, **options
        See `Adam`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, **options)


class Nadam(_Moments):
    """Adam with Nesterov's momentum (Dozat, 2015).

    With u(t) = beta_1 (1 - 0.96^t / 2) and P = u(1) ... u(t), w -= lr m' / (sqrt(v') + epsilon),
    m' = u(t+1) m / (1 - P u(t+1)) + (1 - u(t)) g / (1 - P), v' = v / (1 - beta_2^t).

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_1, beta_2 : float
        In [0, 1).
    epsilon : float
        >= 0.
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.NADAM

    @property
    def variables(self) -> list[State]:
        """All numbers that are kept, in the order of Keras's files; P follows from the step."""
        steps = np.arange(1, int(self.iterations) + 1)
        factors = self.beta_1 * (1 - 0.5 * 0.96 ** steps.astype(np.float64))
        product = State("variable", np.array(factors.prod(), np.float32))
        return [*super().variables, *([product] if self.built else [])]


class Adamax(_Moments):
    """u = max(beta_2 u, |g|); w -= lr m / ((1 - beta_1^t)(u + epsilon)) (Kingma and Ba, 2015).

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_1, beta_2 : float
        In [0, 1).
    epsilon : float
        >= 0.
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.ADAMAX

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        return [all_same(variable, "momentum", "norm")]


class Lamb(_Moments):
    """w -= lr u |w| / |u|, u = m' / (sqrt(v') + epsilon) (You et al., 2020).

    Here m' = m / (1 - beta_1^t) and v' = v / (1 - beta_2^t); where a norm is 0, w -= lr u.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_1, beta_2 : float
        In [0, 1).
    epsilon : float
        >= 0.
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.LAMB
