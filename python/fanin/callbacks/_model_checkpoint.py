"""Files of the model while it is trained."""

import os
import warnings
from typing import Any

from .._progress import print_message
from ._batch_counter import BatchCounter
from ._callback import Logs
from ._monitor import MonitorCallback


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, after epochs or batches.

    Parameters
    ----------
    filepath : path
        Ends in .keras, or in .weights.h5 where only weights are saved. {epoch}, {batch} and names
        of the logs are filled in, as in "{epoch:02d}-{val_loss:.2f}.keras".
    monitor : str
    verbose : int
        1 says what is saved.
    save_best_only : bool
        Whether to save only where `monitor` is the best so far.
    save_weights_only : bool
    mode : "auto", "min" or "max"
    save_freq : "epoch" or int
        Every so many batches.
    initial_value_threshold : float, optional
        The first best value.

    Raises
    ------
    ValueError
        For another ending, or another `save_freq`.
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode, initial_value_threshold)
        self.verbose = verbose
        self.filepath = os.fspath(filepath)
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self._epoch = 0
        self._batches: BatchCounter | None = None
        if isinstance(save_freq, int):
            self._batches = BatchCounter(save_freq)
        elif save_freq == "epoch":
            self._idle_hooks = (ModelCheckpoint.on_train_batch_end,)
        else:
            raise ValueError(
                f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer "
                "values"
            )
        if save_weights_only:
            if not self.filepath.endswith(".weights.h5"):
                raise ValueError(
                    "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath "
                    "provided must end in `.weights.h5` (Keras weights format). Received: "
                    f"filepath={self.filepath}"
                )
        elif not self.filepath.endswith((".keras", ".h5")):
            raise ValueError(
                "The filepath provided must end in `.keras` (Keras model format). Received: "
                f"filepath={self.filepath}"
            )

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save, if it is time."""
        if self._batches is not None and self._batches.is_due(batch):
            self._save(self._epoch, {"batch": batch + 1, **(logs or {})}, logs or {})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save, if epochs are what counts."""
        if self.monitor_op is None:
            self._set_monitor_op()
        if self._batches is None:
            self._save(epoch, logs or {}, logs or {})

    def _save(self, epoch: int, names: dict[str, Any], logs: dict[str, Any]) -> None:
        try:
            path = self.filepath.format(epoch=epoch + 1, **names)
        except KeyError as error:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". Reason: {error}'
            ) from error
        if not self._is_to_save(epoch, logs, path):
            return
        if os.path.isdir(path):
            raise OSError(
                "Please specify a non-directory filepath for ModelCheckpoint. Filepath used is "
                f"an existing directory: {path}"
            )
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._say(epoch, f"finished saving model to {path}")

    def _is_to_save(self, epoch: int, logs: dict[str, Any], path: str) -> bool:
        if not self.save_best_only:
            self._say(epoch, f"saving model to {path}")
            return True
        current = logs.get(self.monitor)
        if current is None:
            warnings.warn(f"Can save best model only with {self.monitor} available.", stacklevel=2)
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if not self._is_improvement(current, self.best):
            self._say(epoch, f"{self.monitor} did not improve from {best}")
            return False
        self._say(
            epoch, f"{self.monitor} improved from {best} to {current:.5f}, saving model to {path}"
        )
        self.best = current
        return True

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose > 0:
            print_message(f"\nEpoch {epoch + 1}: {text}\n")
