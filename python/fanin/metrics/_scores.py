"""F-scores and R squared."""

import warnings
from typing import Any

import numpy as np

from .. import _native
from .._answers import same_rank
from ._base import EPSILON, Metric


class FBetaScore(Metric):
    """(1 + beta**2) precision recall / (beta**2 precision + recall), for each column.

    Parameters
    ----------
    average : {None, "micro", "macro", "weighted"}
        None: an array of the columns' scores; "micro": that of all columns together; "macro":
        their mean; "weighted": their mean by how many positive targets they have.
    beta : float
    threshold : float, optional
        In (0, 1]: predictions above are positive; None: the largest of a sample.
    name, dtype
        See `Metric`.

    Raises
    ------
    ValueError
        For other values.
    """

    kind = _native.F_BETA_SCORE
    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                "Invalid `average` argument value. Expected one of: "
                f"{{None, 'micro', 'macro', 'weighted'}}. Received: average={average}"
            )
        for argument, value in (("beta", beta), ("threshold", threshold)):
            if not isinstance(value, float) and not (argument == "threshold" and value is None):
                raise ValueError(
                    f"Invalid `{argument}` argument value. It should be a Python float. "
                    f"Received: {argument}={value} of type '{type(value)}'"
                )
        if beta <= 0:
            raise ValueError(
                f"Invalid `beta` argument value. It should be > 0. Received: beta={beta}"
            )
        if threshold is not None and not 0 < threshold <= 1:
            raise ValueError(
                "Invalid `threshold` argument value. It should verify 0 < threshold <= 1. "
                f"Received: threshold={threshold}"
            )
        self.average, self.beta, self.threshold = average, beta, threshold

    def _fields(self) -> dict[str, Any]:
        return {"threshold": self.threshold or 0.0}

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples to the state, see `Metric.update_state`."""
        _check_two_axes(self, y_true, y_pred)
        super().update_state(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        """Return the score, or one for each column."""
        if not self.state.size:
            return self._dtype.type(0)
        counts = self.state.reshape(-1, 3)
        weights = counts[:, 0] + counts[:, 2]
        tp, fp, fn = counts.sum(axis=0) if self.average == "micro" else counts.T
        precision = tp / (tp + fp + EPSILON)
        recall = tp / (tp + fn + EPSILON)
        square = self.beta**2
        score = precision * recall / (square * precision + recall + EPSILON) * (1 + square)
        if self.average == "weighted":
            score = (score * weights / (weights.sum() + EPSILON)).sum()
        elif self.average is not None:
            score = np.mean(score)
        return np.asarray(score).astype(self._dtype)[()]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


class F1Score(FBetaScore):
    """2 precision recall / (precision + recall), for each column; arguments as of `FBetaScore`."""

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        config = super().get_config()
        del config["beta"]
        return config


def _check_two_axes(metric: Metric, y_true: Any, y_pred: Any) -> None:
    if np.ndim(y_true) != 2 or np.ndim(y_pred) != 2:
        raise ValueError(
            f"{type(metric).__name__} expects 2D inputs with shape (batch_size, output_dim). "
            f"Received input shapes: y_pred.shape={np.shape(y_pred)} and "
            f"y_true.shape={np.shape(y_true)}."
        )


class R2Score(Metric):
    """1 - sum((y - p)**2) / sum((y - mean(y))**2), for each column.

    Parameters
    ----------
    class_aggregation : {"uniform_average", "variance_weighted_average", None}
        The mean of the columns' scores, also by their variances; None: an array of them.
    num_regressors : int
        Of the model, for the adjusted score; 0 for the plain one.
    name, dtype
        See `Metric`.

    Raises
    ------
    ValueError
        For other values.
    """

    kind = _native.R2_SCORE
    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(dtype, name)
        allowed = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in allowed:
            raise ValueError(
                "Invalid value for argument `class_aggregation`. Expected one of "
                f"{allowed}. Received: class_aggregation={class_aggregation}"
            )
        if num_regressors < 0:
            raise ValueError(
                "Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples to the state, see `Metric.update_state`."""
        y_true, y_pred = same_rank(np.asarray(y_true), np.asarray(y_pred))
        _check_two_axes(self, y_true, y_pred)
        super().update_state(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        """Return the score, or one for each column."""
        if not self.state.size:
            return self._dtype.type(0)
        sums, squares, residuals = self.state[:-2].reshape(-1, 3).T
        count, samples = self.state[-2:]
        with np.errstate(divide="ignore", invalid="ignore"):
            total = squares - sums * sums / count
            score = 1 - residuals / total
            score = np.where(np.isinf(score), 0, score)
            if self.class_aggregation == "uniform_average":
                score = score.mean()
            elif self.class_aggregation is not None:
                score = (total * score).sum() / total.sum()
        p = self.num_regressors
        if p > samples - 1:
            warnings.warn(
                "More independent predictors than datapoints in adjusted R2 score. "
                "Falling back to standard R2 score.",
                stacklevel=2,
            )
        elif p and p == samples - 1:
            warnings.warn(
                "Division by zero in Adjusted R2 score. Falling back to standard R2 score.",
                stacklevel=2,
            )
        elif p:
            score = 1 - (1 - score) * (samples - 1) / (samples - p - 1)
        return np.asarray(score).astype(self._dtype)[()]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
