"""Follow the regularized leader."""

import math
from collections.abc import Sequence
from typing import Any

from .. import _native
from ._optimizer import Optimizer, Slot, all_same, number


def _not_negative(name: str, value: Any) -> float:
    if number(name, value, -math.inf, math.inf) < 0:
        raise ValueError(f"`{name}` needs to be positive or zero. Received: {name}={value}.")
    return float(value)


class Ftrl(Optimizer):
    """n' = n + g²; z += g + 2 shrinkage w - (n'^-p - n^-p) w / lr; w = (clip(z) - z) / q.

    Here p is learning_rate_power, clip is to l1's both sides, q = n'^-p / lr + 2 l2 + beta / lr
    (McMahan et al., 2013).

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    learning_rate_power : float
        <= 0.
    initial_accumulator_value : float
        What n is at first, >= 0.
    l1_regularization_strength, l2_regularization_strength : float
        >= 0.
    l2_shrinkage_regularization_strength : float
        >= 0.
    beta : float
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.FTRL
    arguments = (
        "learning_rate_power",
        "initial_accumulator_value",
        "l1_regularization_strength",
        "l2_regularization_strength",
        "l2_shrinkage_regularization_strength",
        "beta",
    )
    rule_slots = 2

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **options)
        self.initial_accumulator_value = _not_negative(
            "initial_accumulator_value", initial_accumulator_value
        )
        self.learning_rate_power = number(
            "learning_rate_power", learning_rate_power, -math.inf, math.inf
        )
        if self.learning_rate_power > 0:
            raise ValueError(
                "`learning_rate_power` needs to be negative or zero. Received: "
                f"learning_rate_power={learning_rate_power}."
            )
        self.l1_regularization_strength = _not_negative(
            "l1_regularization_strength", l1_regularization_strength
        )
        self.l2_regularization_strength = _not_negative(
            "l2_regularization_strength", l2_regularization_strength
        )
        self.l2_shrinkage_regularization_strength = _not_negative(
            "l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength
        )
        self.beta = number("beta", beta, -math.inf, math.inf)

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        return [all_same(variable, "accumulator", "linear")]

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return False, [getattr(self, argument) for argument in self.arguments]
