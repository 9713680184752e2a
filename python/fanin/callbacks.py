"""What `fit` records, as in keras.callbacks."""

from typing import Any

__all__ = ["History"]


class History:
    """The record of one call of `fit`, which returns it.

    Attributes
    ----------
    history : dict of str to list of float
        For each of loss, the metrics, and these of the validation data with the prefix val_, in
        alphabetical order, the value at the end of each epoch.
    epoch : list of int
        The epochs' numbers, from `initial_epoch` on.
    params : dict
        verbose, epochs, and steps: batches in an epoch.
    model : Sequential
    """

    def __init__(self, model: Any, params: dict[str, Any]) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.params = params
        self.model = model

    def add(self, epoch: int, logs: dict[str, float]) -> None:
        """Append what an epoch gave, all of it or nothing."""
        self.epoch.append(epoch)
        for name in sorted(logs):
            self.history.setdefault(name, []).append(logs[name])
