"""Steps by the sign of the momentum."""

from collections.abc import Sequence
from typing import Any

from .. import _native
from ._optimizer import Optimizer, Slot, all_same, number


class Lion(Optimizer):
    """w -= lr sign(beta_1 m + (1 - beta_1) g); m = beta_2 m + (1 - beta_2) g.

    Chen et al., 2023.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    beta_1 : float
        In (0, 1].
    beta_2 : float
        In [0, 1].
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.LION
    arguments = ("beta_1", "beta_2")
    rule_slots = 1

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        weight_decay: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **options)
        self.beta_1 = number("beta_1", beta_1, -float("inf"), float("inf"))
        self.beta_2 = number("beta_2", beta_2, 0, 1)
        if not 0 < self.beta_1 <= 1:
            raise ValueError(
                "Argument `beta_1` must be in the [0, 1] range. Otherwise, the "
                f"optimizer degenerates to SignSGD. Received: beta_1={beta_1}."
            )

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        return [all_same(variable, "momentum")]

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return False, [self.beta_1, self.beta_2]
