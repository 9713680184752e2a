"""The record that `fit` returns."""

from ._callback import Callback, Logs


class History(Callback):
    """The record of a call of `fit`, which adds it to the callbacks and returns it.

    Attributes
    ----------
    history : dict of str to list of float
        For each of loss, the metrics, and these of the validation data with the prefix val_, in
        alphabetical order, the value at the end of each epoch.
    epoch : list of int
        The epochs' numbers, from `initial_epoch` on.
    params : dict
        verbose, epochs, and steps: batches in an epoch.
    model
    """

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs = None) -> None:
        """Begin with the epochs' numbers anew; `history` goes on."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Append what an epoch gave."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self
