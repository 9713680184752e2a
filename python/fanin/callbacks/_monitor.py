"""Callbacks that watch whether a quantity gets better."""

import operator
import warnings
from collections.abc import Callable
from typing import Any

from ._callback import Callback


class MonitorCallback(Callback):
    """Base of callbacks that watch loss or a metric.

    Parameters
    ----------
    monitor : str
        Its name in the logs.
    mode : "auto", "min" or "max"
        Which way is better; "auto" knows it of the loss and of metrics.
    baseline : float, optional
        The first best value.
    min_delta : float
        What counts as better must be better by more than this.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        baseline: float | None = None,
        min_delta: float = 0.0,
    ) -> None:
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} mode '{mode}' is unknown, fallback to auto mode.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self.monitor_op: Callable[[Any, Any], bool] | None = None

    def _set_monitor_op(self) -> None:
        """Find out which way is better, once the model's metrics are known."""
        direction = {"min": "down", "max": "up"}.get(self.mode)
        if direction is None:
            direction = self.model._direction(self.monitor.removeprefix("val_"))
        if direction is None:
            raise ValueError(
                f"{type(self).__name__} callback received monitor={self.monitor}, but Fanin isn't "
                "able to automatically determine whether that metric should be maximized or "
                "minimized. Pass `mode='max'` in order to monitor based on the highest metric "
                "value, or pass `mode='min'` in order to use the lowest value."
            )
        if direction == "up":
            self.monitor_op = operator.gt
        else:
            self.monitor_op = operator.lt
            self.min_delta *= -1

    def _is_improvement(self, value: float, reference: float | None) -> bool:
        if reference is None or self.monitor_op is None:
            return True
        return self.monitor_op(value - self.min_delta, reference)
