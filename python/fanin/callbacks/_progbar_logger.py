"""The progress lines of `fit`, `evaluate` and `predict`."""

from typing import Any

from .._progress import Progbar, print_message
from ._callback import Callback, Logs


class ProgbarLogger(Callback):
    """Prints Keras's progress lines; `fit` adds it unless verbose=0."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0
        self.target: int | None = None
        self.verbose = 1
        self.epochs = 1
        self.progbar: Progbar | None = None
        self._in_fit = False

    def set_params(self, params: dict[str, Any] | None) -> None:
        """Take verbosity and the numbers of epochs and steps."""
        super().set_params(params)
        if params:
            self.verbose = 1 if params["verbose"] == "auto" else params["verbose"]
            self.epochs = params["epochs"]
            self.target = params["steps"]

    def on_train_begin(self, logs: Logs = None) -> None:
        """Note that validations are silent."""
        self._in_fit = True

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Begin a line."""
        self._begin()
        if self.verbose and self.epochs > 1:
            print_message(f"Epoch {epoch + 1}/{self.epochs}\n")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Finish the line."""
        self._finish(logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move on."""
        self._update(batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Begin a line, but not in `fit`."""
        if not self._in_fit:
            self._begin()

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move on."""
        if not self._in_fit:
            self._update(batch, logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """Finish the line."""
        if not self._in_fit:
            self._finish(logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Begin a line."""
        self._begin()

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Move on."""
        self._update(batch, None)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Finish the line."""
        self._finish(None)

    def _begin(self) -> Progbar:
        self.seen = 0
        self.progbar = Progbar(self.target, verbose=self.verbose, stateless_metrics=())
        return self.progbar

    def _update(self, batch: int, logs: Logs) -> None:
        bar = self.progbar or self._begin()
        self.seen = batch + 1
        if self.verbose == 1:
            bar.update(self.seen, list((logs or {}).items()), finalize=False)

    def _finish(self, logs: Logs) -> None:
        bar = self.progbar or self._begin()
        if self.target is None:
            # As far as this epoch came, the next will.
            self.target = bar.target = self.seen
        bar.update(self.target, list((logs or {}).items()), finalize=True)
