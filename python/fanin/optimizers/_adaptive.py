"""Optimizers that divide by the size of past gradients."""

import math
from collections.abc import Sequence
from typing import Any

from .. import _native
from ._optimizer import Optimizer, Slot, all_same, number, same


class Adagrad(Optimizer):
    """a += g²; w -= lr g / sqrt(a + epsilon) (Duchi, Hazan and Singer, 2011).

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    initial_accumulator_value : float
        What a is at first, >= 0.
    epsilon : float
        >= 0.
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.ADAGRAD
    arguments = ("initial_accumulator_value", "epsilon")
    rule_slots = 1

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **options)
        self.initial_accumulator_value = number(
            "initial_accumulator_value", initial_accumulator_value, 0, math.inf
        )
        self.epsilon = number("epsilon", epsilon, 0, math.inf)

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        return [all_same(variable, "accumulator")]

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return False, [self.initial_accumulator_value, self.epsilon]


class RMSprop(Optimizer):
    """v = rho v + (1 - rho) g²; m = momentum m + lr g / sqrt(v + epsilon); w -= m.

    With centered, the square of the mean gradient is taken from v (Tieleman and Hinton, 2012).

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    rho, momentum : float
        In [0, 1].
    epsilon : float
        >= 0.
    centered : bool
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.RMSPROP
    arguments = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **options)
        self.rho = number("rho", rho, 0, 1)
        self.momentum = number("momentum", momentum, 0, 1)
        self.epsilon = number("epsilon", epsilon, 0, math.inf)
        self.centered = bool(centered)
        self.rule_slots = 1 + (self.momentum > 0) + self.centered

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        names = ["velocity"]
        if self.momentum > 0:
            names.append("momentum")
        if self.centered:
            names.append("average_gradient")
        return [[slot] for slot in all_same(variable, *names)]

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return self.centered, [self.rho, self.momentum, self.epsilon]


class Adadelta(Optimizer):
    """a = rho a + (1 - rho) g²; s = sqrt(d + epsilon) g / sqrt(a + epsilon); w -= lr s.

    Then d = rho d + (1 - rho) s² (Zeiler, 2012).

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    rho : float
        In [0, 1].
    epsilon : float
        >= 0.
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.ADADELTA
    arguments = ("rho", "epsilon")
    rule_slots = 2

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **options)
        self.rho = number("rho", rho, 0, 1)
        self.epsilon = number("epsilon", epsilon, 0, math.inf)

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        return [all_same(variable, "accumulated_grad", "accumulated_delta_var")]

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return False, [self.rho, self.epsilon]


class Adafactor(Optimizer):
    """Adam's v estimated by its means over rows and columns (Shazeer and Stern, 2018).

    w -= a u / max(1, RMS(u) / clip_threshold), u = g / sqrt(v) and
    a = max(epsilon_2, RMS(w)) min(lr, 1 / sqrt(t)); the mean's decay is 1 - t^beta_2_decay.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_2_decay : float
    epsilon_1, epsilon_2 : float
        >= 0; the first is added to g².
    clip_threshold : float
        > 0.
    relative_step : bool
        Changes nothing, here as in Keras: the minimum with 1 / sqrt(t) is always taken.
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.ADAFACTOR
    arguments = ("beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step")
    rule_slots = 3

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **options)
        self.beta_2_decay = number("beta_2_decay", beta_2_decay, -math.inf, math.inf)
        self.epsilon_1 = number("epsilon_1", epsilon_1, 0, math.inf)
        self.epsilon_2 = number("epsilon_2", epsilon_2, 0, math.inf)
        self.clip_threshold = number(
            "clip_threshold", clip_threshold, math.nextafter(0, 1), math.inf
        )
        self.relative_step = bool(relative_step)

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable; Keras has placeholders where nothing is factored."""
        shape = tuple(variable.shape)
        name = variable.name
        if len(shape) < 2:
            means = [Slot(name, None, ()), Slot(name, None, ())]
        else:
            means = [Slot(name, 0, shape[:-1]), Slot(name, 1, (*shape[:-2], shape[-1]))]
        return [[*means, same(variable, "velocity", 2)]]

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return False, [self.beta_2_decay, self.epsilon_1, self.epsilon_2, self.clip_threshold]
