"""Metrics of each sample by itself."""

from typing import Any

import numpy as np

from .._answers import Answers, numbers, same_rank
from ._accuracies import SparseTopKCategoricalAccuracy, TopKCategoricalAccuracy
from ._base import Metric
from ._correlations import ConcordanceCorrelation, PearsonCorrelation


def _rows(metric: Metric, y_true: Any, y_pred: Any) -> Any:
    """Return the metric of each row by itself."""
    answers = Answers(y_true, y_pred, sparse=metric.sparse)
    values = np.empty(answers.rows, np.float32)
    parts: list[Any] = [answers.outputs.reshape(answers.rows, -1)]
    parts.append(answers.labels if metric.sparse else answers.targets)
    for row in range(answers.rows):
        metric.reset_state()
        metric.update_state(
            parts[1].reshape(answers.rows, -1)[row : row + 1], parts[0][row : row + 1]
        )
        values[row] = metric.result()
    return values.reshape(answers.shape)[()]


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Return for each value 1 if (y_pred > threshold) equals y_true, else 0."""
    targets, outputs = same_rank(np.asarray(y_true), numbers(y_pred))
    return (targets == (outputs > threshold)).astype(np.float32)


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return for each sample 1 if it is a hit of `CategoricalAccuracy`, else 0."""
    y_true, y_pred = same_rank(np.asarray(y_true), numbers(y_pred))
    return (y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)).astype(np.float32)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return for each sample 1 if it is a hit of `SparseCategoricalAccuracy`, else 0."""
    answers = Answers(y_true, y_pred, sparse=True)
    hits = answers.labels == answers.outputs.argmax(axis=-1)
    return np.asarray(hits).astype(np.float32)[()]


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Return for each sample 1 if it is a hit of `TopKCategoricalAccuracy`, else 0."""
    return _rows(TopKCategoricalAccuracy(k), y_true, y_pred)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """Return for each sample 1 if it is a hit of `SparseTopKCategoricalAccuracy`, else 0."""
    metric = SparseTopKCategoricalAccuracy(k, from_sorted_ids=from_sorted_ids)
    return _rows(metric, y_true, y_pred)


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return each sample's `PearsonCorrelation`."""
    y_true, y_pred = same_rank(np.asarray(y_true), numbers(y_pred))
    y_true, y_pred = (np.moveaxis(y, axis, -1) for y in (y_true, y_pred))
    return _rows(PearsonCorrelation(), y_true, y_pred)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return each sample's `ConcordanceCorrelation`."""
    y_true, y_pred = same_rank(np.asarray(y_true), numbers(y_pred))
    y_true, y_pred = (np.moveaxis(y, axis, -1) for y in (y_true, y_pred))
    return _rows(ConcordanceCorrelation(), y_true, y_pred)
