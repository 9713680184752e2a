"""Metrics of values, not of predictions and targets."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _native
from .._answers import numbers, same_rank
from ._base import Metric, ratio


class _Reduction(Metric):
    """Of values that are added up by NumPy; not for training."""

    def native(self) -> _native.Metric:
        raise NotImplementedError(
            f"{type(self).__name__} does not compare predictions with targets, and is not "
            "implemented as a metric of a model."
        )

    def state_count(self, units: int) -> int:
        return 2

    def _update(
        self, values: Any, sample_weight: Any, reduce: Callable[..., Any]
    ) -> tuple[Any, Any]:
        values = numbers(values, self._dtype)
        if not self.state.size:
            self.state = np.zeros(2)
        weights = None
        if sample_weight is not None:
            values, weights = same_rank(values, numbers(sample_weight, self._dtype))
            if values.ndim > weights.ndim:
                values = reduce(values, tuple(range(weights.ndim, values.ndim)))
            weights = np.broadcast_to(weights, values.shape)
            values = values * weights
            if weights.ndim > 1:
                weights = reduce(weights, tuple(range(1, weights.ndim)))
        if values.ndim > 1:
            values = reduce(values, tuple(range(1, values.ndim)))
        return values, weights


class Sum(_Reduction):
    """The sum of values, each times its weight.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(dtype, name)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add values to the state."""
        values, _ = self._update(values, sample_weight, np.sum)
        self.state[0] += np.sum(values, dtype=np.float64)

    def _result(self) -> Any:
        return self.state[0]


class Mean(_Reduction):
    """The mean of values, or of what rows of them have for mean, weighted.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(dtype, name)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Add values to the state."""
        values, weights = self._update(values, sample_weight, np.mean)
        self.state[0] += np.sum(values, dtype=np.float64)
        if weights is not None:
            self.state[1] += np.sum(weights, dtype=np.float64)
        else:
            self.state[1] += len(values) if values.ndim else 1

    def _result(self) -> Any:
        return ratio(*self.state)
