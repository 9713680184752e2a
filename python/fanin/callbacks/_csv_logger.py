"""A table of the epochs in a file."""

import os
from typing import IO, Any

import numpy as np

from ._callback import Callback, Logs


class CSVLogger(Callback):
    """Writes a line an epoch into a CSV file.

    Parameters
    ----------
    filename : path
    separator : str
    append : bool
        Whether to go on with a file that is there.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.append_header = True
        self.keys: list[str] | None = None
        self.csv_file: IO[str] | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        """Open the file."""
        if self.append and os.path.exists(self.filename):
            with open(self.filename, encoding="utf-8") as file:
                self.append_header = not file.readline()
        self._close()
        self.csv_file = open(self.filename, "a" if self.append else "w", encoding="utf-8")
        self.keys = None

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write a line, and before the first the names."""
        import csv

        logs = logs or {}
        is_first = self.keys is None
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                # A later epoch may be the first to be validated.
                self.keys += [f"val_{key}" for key in self.keys]
        if self.csv_file is None:
            raise ValueError("`on_train_begin` must be called before `on_epoch_end`.")
        writer = csv.writer(self.csv_file, delimiter=self.sep)
        if is_first and self.append_header:
            writer.writerow(["epoch", *self.keys])
        writer.writerow([epoch, *(_written(logs.get(key, "NA")) for key in self.keys)])
        self.csv_file.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the file."""
        self._close()

    def _close(self) -> None:
        if self.csv_file is not None:
            self.csv_file.close()


def _written(value: Any) -> Any:
    if isinstance(value, str) or not np.iterable(value):
        return value
    return f'"[{", ".join(map(str, value))}]"'
