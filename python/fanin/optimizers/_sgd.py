"""Gradient descent."""

from collections.abc import Sequence
from typing import Any

from .. import _native
from ._optimizer import Optimizer, Slot, all_same, number


class SGD(Optimizer):
    """Gradient descent: m = momentum m - lr g; w += m, or with nesterov w += momentum m - lr g.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    momentum : float
        In [0, 1].
    nesterov : bool
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.SGD
    arguments = ("momentum", "nesterov")

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **options)
        self.momentum = number("momentum", momentum, 0, 1)
        self.nesterov = bool(nesterov)
        self.rule_slots = int(self.momentum != 0)

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        return [all_same(variable, "momentum")] if self.momentum else []

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return self.nesterov, [self.momentum]
