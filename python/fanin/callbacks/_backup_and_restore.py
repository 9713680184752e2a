"""Going on after an interruption."""

import os
from typing import Any

from ._batch_counter import BatchCounter
from ._callback import Callback, Logs


class BackupAndRestore(Callback):
    """Saves weights, optimizer and epoch, so that the same `fit` goes on where it was interrupted.

    Parameters
    ----------
    backup_dir : path
        A directory of its own.
    save_freq : "epoch" or int
        Every so many batches; the interrupted epoch begins anew all the same.
    double_checkpoint : bool
        Whether to keep the last but one as well, for a file that is damaged.
    delete_checkpoint : bool
        Whether to delete the directory after a training that comes to its end.

    Raises
    ------
    ValueError
        If `backup_dir` is empty, or `save_freq` is another.
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: str | int = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ) -> None:
        super().__init__()
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed")
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._epoch = 0
        self._batch = 0
        self._batches: BatchCounter | None = None
        if isinstance(save_freq, int):
            self._batches = BatchCounter(save_freq)
        elif save_freq == "epoch":
            self._idle_hooks = (BackupAndRestore.on_train_batch_end,)
        else:
            raise ValueError(
                f"Invalid value for argument `save_freq`. Received: save_freq={save_freq}. "
                "Expected either 'epoch' or an integer value."
            )
        self._weights = os.path.join(self.backup_dir, "latest.weights.h5")
        self._metadata = os.path.join(self.backup_dir, "training_metadata.json")

    def on_train_begin(self, logs: Logs = None) -> None:
        """Go on from the backup, if there is one."""
        import shutil

        try:
            self._load()
        except (OSError, ValueError):
            if not os.path.exists(f"{self._weights}.bkp"):
                raise
            for path in (self._weights, self._metadata):
                if os.path.exists(f"{path}.bkp"):
                    shutil.copyfile(f"{path}.bkp", path)
                elif os.path.exists(path):
                    os.remove(path)
            self._load()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Save, if it is time."""
        self._batch = batch
        if self._batches is not None and self._batches.is_due(batch):
            self._save()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Save, if epochs are what counts."""
        self._epoch = epoch + 1
        self._batch = 0
        if self._batches is None:
            self._save()

    def on_train_end(self, logs: Logs = None) -> None:
        """Delete the backup."""
        import shutil

        if self.delete_checkpoint and os.path.exists(self.backup_dir):
            shutil.rmtree(self.backup_dir)

    def _load(self) -> None:
        import json

        if not self.model.built:
            raise ValueError(
                "To use the BackupAndRestore callback, you model must be built before you call "
                f"`fit()`. Model {self.model} is unbuilt. You can build it beforehand by calling "
                "it on a batch of data."
            )
        if os.path.exists(self._weights):
            self.model.load_weights(self._weights)
        if os.path.exists(self._metadata):
            with open(self._metadata, encoding="utf-8") as file:
                self.model._initial_epoch = json.load(file)["epoch"]

    def _save(self) -> None:
        import json
        import shutil

        os.makedirs(self.backup_dir, exist_ok=True)
        if self.double_checkpoint:
            for path in (self._weights, self._metadata):
                if os.path.exists(path):
                    shutil.copyfile(path, f"{path}.bkp")
        self.model.save_weights(self._weights, overwrite=True)
        # At once or not at all: an interruption is what this is for.
        with open(f"{self._metadata}.new", "w", encoding="utf-8") as file:
            json.dump({"epoch": self._epoch, "batch": self._batch}, file)
        os.replace(f"{self._metadata}.new", self._metadata)
