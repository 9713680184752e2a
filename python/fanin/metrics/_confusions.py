"""Metrics of true and false positives and negatives."""

from typing import Any

import numpy as np

from .. import _native
from ._base import EPSILON, Array, Metric, ratio

#: Below all predictions.
_LOWEST = -1e10


def is_even(thresholds: Any) -> bool:
    """Whether thresholds are those that Keras finds by multiplication."""
    count = len(thresholds)
    even = np.arange(count, dtype=np.float32) / max(count - 1, 1)
    return count >= 3 and np.allclose(thresholds, even, atol=EPSILON)


class Confusion(Metric):
    """Metrics of true and false positives and negatives at thresholds."""

    kind = _native.CONFUSION
    _is_by_value = True

    def __init__(
        self,
        thresholds: Any,
        name: str | None,
        dtype: Any,
        *,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        super().__init__(dtype, name)
        self.thresholds = thresholds
        self.top_k, self.class_id = top_k, class_id
        # The native library takes them in ascending order.
        self._order = np.argsort(thresholds, kind="stable")
        self._is_even = is_even(thresholds)
        self._flags = 0

    def _fields(self) -> dict[str, Any]:
        return {
            "flags": self._flags | _native.EVEN * self._is_even,
            "threshold_count": len(self.thresholds),
            "thresholds": [self.thresholds[i] for i in self._order],
            "number": self.top_k or 0,
            "column": -1 if self.class_id is None else self.class_id,
        }

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples to the state, see `Metric.update_state`."""
        if self.class_id is not None:
            shape = np.shape(y_pred)
            if len(shape) == 1:
                raise ValueError(
                    "When class_id is provided, y_pred must be a 2D array with shape "
                    f"(num_samples, num_classes), found shape: {shape}"
                )
        super().update_state(y_true, y_pred, sample_weight)

    def _counts(self) -> tuple[Array, Array, Array, Array]:
        """Return true and false positives, true and false negatives, each at all thresholds."""
        count = len(self.thresholds)
        places = self.state.reshape(-1, 2, count + 1)
        # In place k lies what is above exactly k thresholds.
        above = np.cumsum(places[..., ::-1], axis=-1)[..., ::-1]
        positives = np.empty(places.shape[:2] + (count,))
        positives[..., self._order] = above[..., 1:]
        negatives = above[..., :1] - positives
        parts = (positives[:, 0], positives[:, 1], negatives[:, 1], negatives[:, 0])
        tp, fp, tn, fn = (part.T if self._is_by_column else part[0] for part in parts)
        return tp, fp, tn, fn

    @property
    def _is_by_column(self) -> bool:
        return bool(self._flags & _native.MULTI_LABEL)

    def result(self) -> Any:
        """Return the number that the state stands for, or one for each threshold."""
        if not self.state.size:
            self.state = np.zeros(2 * (len(self.thresholds) + 1))
        return np.asarray(self._result()).astype(self._dtype)[()]

    def _of_thresholds(self, values: Any) -> Any:
        return values[0] if len(self.thresholds) == 1 else values


def _check_thresholds(thresholds: Any, default: float) -> list[float]:
    given = thresholds if isinstance(thresholds, list | tuple | np.ndarray) else [thresholds]
    wrong = [t for t in given if t is not None and not 0 <= t <= 1]
    if thresholds is not None and (wrong or None in list(given)):
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {wrong or given}")
    return [default] if thresholds is None else [float(t) for t in given]


class _Count(Confusion):
    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(_check_thresholds(thresholds, 0.5), name, dtype)
        self.init_thresholds = thresholds

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """How many predictions of positive targets are > threshold.

    Parameters
    ----------
    thresholds : float or list of float, optional
        In [0, 1], by default 0.5; of several the result is an array.
    name, dtype
        See `Metric`.
    """

    def _result(self) -> Any:
        return self._of_thresholds(self._counts()[0])


class FalsePositives(_Count):
    """How many predictions of targets 0 are > threshold; see `TruePositives`."""

    def _result(self) -> Any:
        return self._of_thresholds(self._counts()[1])


class TrueNegatives(_Count):
    """How many predictions of targets 0 are <= threshold; see `TruePositives`."""

    def _result(self) -> Any:
        return self._of_thresholds(self._counts()[2])


class FalseNegatives(_Count):
    """How many predictions of positive targets are <= threshold; see `TruePositives`."""

    def _result(self) -> Any:
        return self._of_thresholds(self._counts()[3])


class _OfThresholds(Confusion):
    _direction = "up"

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        default = 0.5 if top_k is None else _LOWEST
        super().__init__(
            _check_thresholds(thresholds, default), name, dtype, top_k=top_k, class_id=class_id
        )
        self.init_thresholds = thresholds

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_OfThresholds):
    """The share of true ones among positive predictions.

    Parameters
    ----------
    thresholds : float or list of float, optional
        In [0, 1], by default 0.5: predictions above are positive. Of several the result is an
        array.
    top_k : int, optional
        Only the k largest predictions of a sample are positive.
    class_id : int, optional
        The only column that counts.
    name, dtype
        See `Metric`.
    """

    def _result(self) -> Any:
        tp, fp, _, _ = self._counts()
        return self._of_thresholds(ratio(tp, tp + fp))


class Recall(_OfThresholds):
    """The share of positive targets that are predicted; arguments as of `Precision`."""

    def _result(self) -> Any:
        tp, _, _, fn = self._counts()
        return self._of_thresholds(ratio(tp, tp + fn))


class _AtValue(Confusion):
    _direction = "up"
    #: The argument that the best of the other number is looked for at.
    _argument: str

    def __init__(
        self,
        value: float,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: Any,
    ) -> None:
        if not 0 <= value <= 1:
            raise ValueError(
                f"Argument `{self._argument}` must be in the range [0, 1]. "
                f"Received: {self._argument}={value}"
            )
        if num_thresholds <= 0:
            raise ValueError(
                "Argument `num_thresholds` must be an integer > 0. "
                f"Received: num_thresholds={num_thresholds}"
            )
        thresholds = [0.5]
        if num_thresholds > 1:
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
            thresholds = [0.0, *inner, 1.0]
        super().__init__(thresholds, name, dtype, class_id=class_id)
        self._is_even = num_thresholds > 1
        self.num_thresholds, self.value = num_thresholds, value

    def _best(self, numbers: Any, where: Any) -> Any:
        return max(0.0, np.max(np.where(where >= self.value, numbers, 0)))

    def _rates(self) -> tuple[Any, Any, Any]:
        """Return recall (sensitivity), specificity and precision at all thresholds."""
        tp, fp, tn, fn = self._counts()
        # In float32, in which Keras compares them with the argument.
        rates = (ratio(tp, tp + fn), ratio(tn, tn + fp), ratio(tp, tp + fp))
        recall, specificity, precision = (rate.astype(self._dtype) for rate in rates)
        return recall, specificity, precision

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            **super().get_config(),
            "class_id": self.class_id,
            "num_thresholds": self.num_thresholds,
            self._argument: self.value,
        }


class SensitivityAtSpecificity(_AtValue):
    """The best sensitivity at thresholds where the specificity is at least a number.

    Parameters
    ----------
    specificity : float
        In [0, 1].
    num_thresholds : int
        Even ones in [0, 1].
    class_id : int, optional
        The only column that counts.
    name, dtype
        See `Metric`.
    """

    _argument = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def _result(self) -> Any:
        recall, specificity, _ = self._rates()
        return self._best(recall, specificity)


class SpecificityAtSensitivity(_AtValue):
    """The best specificity at thresholds where the sensitivity is at least a number.

    Parameters
    ----------
    sensitivity : float
        In [0, 1].
    num_thresholds, class_id, name, dtype
        As of `SensitivityAtSpecificity`.
    """

    _argument = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def _result(self) -> Any:
        recall, specificity, _ = self._rates()
        return self._best(specificity, recall)


class PrecisionAtRecall(_AtValue):
    """The best precision at thresholds where the recall is at least a number.

    Parameters
    ----------
    recall : float
        In [0, 1].
    num_thresholds, class_id, name, dtype
        As of `SensitivityAtSpecificity`.
    """

    _argument = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def _result(self) -> Any:
        recall, _, precision = self._rates()
        return self._best(precision, recall)


class RecallAtPrecision(_AtValue):
    """The best recall at thresholds where the precision is at least a number.

    Parameters
    ----------
    precision : float
        In [0, 1].
    num_thresholds, class_id, name, dtype
        As of `SensitivityAtSpecificity`.
    """

    _argument = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def _result(self) -> Any:
        recall, _, precision = self._rates()
        return self._best(recall, precision)
