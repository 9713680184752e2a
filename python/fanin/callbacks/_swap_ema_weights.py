"""Evaluation with the averages of the weights."""

from typing import Any

from ._callback import Callback, Logs


class SwapEMAWeights(Callback):
    """Puts the optimizer's averages in the weights' place for evaluations and predictions.

    Parameters
    ----------
    swap_on_epoch : bool
        Whether also from the end of an epoch to the beginning of the next, for callbacks that save.
    """

    def __init__(self, swap_on_epoch: bool = False) -> None:
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._are_averages = False

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Put the weights back."""
        if self.swap_on_epoch:
            self._set(False)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Put the averages in."""
        if self.swap_on_epoch:
            self._set(True)
            if self.params is not None and epoch == self.params["epochs"] - 1:
                # `fit` ends by making weights of the averages, which lie in the weights here.
                for weight, average in self._pairs():
                    average[...] = weight

    def on_test_begin(self, logs: Logs = None) -> None:
        """Put the averages in."""
        self._set(True)

    def on_test_end(self, logs: Logs = None) -> None:
        """Put the weights back."""
        self._set(False)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Put the averages in."""
        self._set(True)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Put the weights back."""
        self._set(False)

    def _set(self, averages: bool) -> None:
        if averages == self._are_averages:
            return
        for weight, average in self._pairs():
            weight[...], average[...] = average.copy(), weight.copy()
        self._are_averages = averages

    def _pairs(self) -> list[tuple[Any, Any]]:
        pairs = self.model._averages()
        if pairs is None:
            raise ValueError(
                "SwapEMAWeights must be used when `use_ema=True` is set on the optimizer."
            )
        return list(pairs)
