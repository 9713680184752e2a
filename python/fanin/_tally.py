"""The loss and the metrics of the batches so far."""

import copy
from typing import Any

import numpy as np

from . import metrics as _metrics


class Tally:
    """Sums over samples of the loss, and the states of the metrics.

    Parameters
    ----------
    metrics : dict of str to Metric
        By the names in the logs, in the order of `compile`. They show the last tally's state.
    units : int
        The size of the outputs' last axis.
    dtype : dtype
        To which values are rounded: float32, as Keras reports them, but for float64 models.

    Attributes
    ----------
    sums : ndarray of float64
        To which the native library adds.
    rows : int
        Samples so far.
    """

    def __init__(
        self, metrics: dict[str, _metrics.Metric], units: int, dtype: np.dtype[Any]
    ) -> None:
        self._dtype = dtype
        self.rows = 0
        counts = [metric.state_count(units) for metric in metrics.values()]
        self.sums = np.zeros(1 + sum(counts))
        # Copies: another thread may evaluate the same model.
        self._metrics: dict[str, _metrics.Metric] = {}
        end = 1
        for (name, metric), count in zip(metrics.items(), counts, strict=True):
            metric.state = self.sums[end : end + count]
            self._metrics[name] = copy.copy(metric)
            end += count

    def logs(self) -> dict[str, Any]:
        """Return the loss and the metrics by name, in the order of `compile`.

        They are floats, but for metrics that give an array, such as a score for each class.
        """
        values: dict[str, Any] = {"loss": self.sums[0] / self.rows if self.rows else 0.0}
        values |= {name: metric.result() for name, metric in self._metrics.items()}
        arrays = {name: np.asarray(value, self._dtype) for name, value in values.items()}
        return {name: array if array.ndim else float(array) for name, array in arrays.items()}
