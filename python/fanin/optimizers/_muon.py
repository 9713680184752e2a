"""Steps along orthogonal matrices."""

import math
import re
from collections.abc import Sequence
from typing import Any

from .. import _native
from ._optimizer import BELOW_ONE, Optimizer, Slot, all_same, number, path


def _finite(name: str, value: Any) -> float:
    return number(name, value, -math.inf, math.inf)


class Muon(Optimizer):
    """Moves matrices along an orthogonal matrix near the momentum, all else as AdamW does.

    m = momentum m + g; X is m, or with nesterov g + momentum m, divided by its norm; ns_steps
    times X = a X + (b A + c A²) X with A = X Xᵀ; w -= lr rms_rate sqrt(max(rows, columns)) X
    (Jordan et al., 2024; Liu et al., 2025).

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
    adam_beta_1, adam_beta_2, epsilon, adam_weight_decay : float
        Of AdamW; its learning rate is adam_lr_ratio times that of Muon.
    weight_decay : float
        Of Muon.
    exclude_layers : sequence of str
        Regular expressions: variables in whose paths one is found are AdamW's.
    exclude_embeddings : bool
        Whether those with "embedding" in their paths are, too.
    muon_a, muon_b, muon_c, momentum : float
    adam_lr_ratio : float
    ns_steps : int
    nesterov : bool
    rms_rate : float or None
        None: the step is lr X.
    **options
        See `Optimizer`.

    Raises
    ------
    ValueError
        See `Optimizer`.
    """

    kind = _native.MUON
    arguments = (
        *("adam_beta_1", "adam_beta_2", "epsilon", "exclude_layers", "muon_a", "muon_b", "muon_c"),
        *("adam_lr_ratio", "momentum", "ns_steps", "nesterov", "exclude_embeddings"),
        *("adam_weight_decay", "rms_rate"),
    )
    rule_slots = 4

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **unknown: Any,
    ) -> None:
        super().__init__(
            *(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, use_ema),
            *(ema_momentum, ema_overwrite_frequency, loss_scale_factor),
            *(gradient_accumulation_steps, name),
            **unknown,
        )
        self.adam_beta_1 = number("adam_beta_1", adam_beta_1, 0, BELOW_ONE)
        self.adam_beta_2 = number("adam_beta_2", adam_beta_2, 0, BELOW_ONE)
        self.epsilon = number("epsilon", epsilon, 0, math.inf)
        self.muon_a = _finite("muon_a", muon_a)
        self.muon_b = _finite("muon_b", muon_b)
        self.muon_c = _finite("muon_c", muon_c)
        self.adam_lr_ratio = _finite("adam_lr_ratio", adam_lr_ratio)
        self.momentum = _finite("momentum", momentum)
        if isinstance(ns_steps, bool) or not isinstance(ns_steps, int) or ns_steps < 0:
            raise ValueError(f"`ns_steps` must be an integer >= 0. Received: ns_steps={ns_steps}")
        self.ns_steps = ns_steps
        self.nesterov = bool(nesterov)
        self.exclude_embeddings = bool(exclude_embeddings)
        self.exclude_layers = list(exclude_layers or [])
        self.adam_weight_decay = (
            None if adam_weight_decay is None else _finite("adam_weight_decay", adam_weight_decay)
        )
        self.rms_rate = None if rms_rate is None else _finite("rms_rate", rms_rate)

    def _is_adams(self, variable: Any) -> bool:
        where = path(variable)
        return (
            len(variable.shape) != 2
            or (self.exclude_embeddings and "embedding" in where.lower())
            or any(re.search(keyword, where) for keyword in self.exclude_layers)
        )

    def exemptions(self, variable: Any) -> int:
        """Return what the native library leaves out for a variable: FROM_DECAY, FROM_MUON."""
        muon = _native.FROM_MUON if self._is_adams(variable) else 0
        return super().exemptions(variable) | muon

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable."""
        names = ("momentum", "velocity") if self._is_adams(variable) else ("momentum",)
        return [all_same(variable, *names)]

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        return self.nesterov, [
            *(self.muon_a, self.muon_b, self.muon_c, self.momentum, self.ns_steps),
            math.nan if self.rms_rate is None else self.rms_rate,
            *(self.adam_beta_1, self.adam_beta_2, self.epsilon),
            *(self.adam_weight_decay or 0.0, self.adam_lr_ratio),
        ]
