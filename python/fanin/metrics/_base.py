"""What metrics have in common."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt

from .. import _arrays, _native
from .._answers import Answers, addresses, numbers
from .._session import automatic_name

Array = npt.NDArray[np.float64]
EPSILON = 1e-7


class Metric:
    """What metrics have in common.

    Parameters
    ----------
    dtype : {None, "float32", "float64"}
        Of the result, by default float32.
    name : str, optional
        The key in `History.history`.

    Attributes
    ----------
    state : ndarray of float64
        Sums over the samples so far, empty before the first.
    is_weighted : bool
        Whether samples count with their weights in training.

    Raises
    ------
    NotImplementedError
        For another dtype.
    """

    kind: int
    #: Whether the targets are class numbers, not rows.
    sparse = False
    #: Whether each value of arrays with one axis is a sample.
    _is_by_value = False
    _direction: str | None = None

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self._dtype = _arrays.standardize_dtype(dtype)
        if self._dtype not in (np.float32, np.float64):
            raise NotImplementedError(
                f'`dtype` must be "float32" or "float64". Received: dtype={dtype}'
            )
        self.name = name or automatic_name(type(self).__name__)
        self.state: Array = np.zeros(0)
        self.is_weighted = False

    @property
    def dtype(self) -> str:
        """The dtype of the result."""
        return self._dtype.name

    def _fields(self) -> dict[str, Any]:
        """Return the fields of the native library's description that are not 0."""
        return {}

    def _described(self, is_weighted: bool) -> _native.Metric:
        fields = {"column": -1, **self._fields()}
        fields["flags"] = fields.get("flags", 0) | _native.WEIGHTED * is_weighted
        for name in ("thresholds", "column_weights"):
            values = fields.get(name)
            if values is not None:
                fields[name] = (_native.c_double * len(values))(*values)
        if "loss" in fields:
            fields["loss"] = _native.pointer(fields["loss"])
        return _native.Metric(kind=self.kind, **fields)

    def native(self) -> _native.Metric:
        """Return the native library's description, for training."""
        return self._described(self.is_weighted)

    def state_count(self, units: int) -> int:
        """Return how many numbers the state has for outputs with a last axis of `units`."""
        count = _native.c_int64()
        _native.call(
            "metric_state_count",
            _native.byref(self._described(False)),
            units,
            _native.byref(count),
        )
        return count.value

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples to the state.

        Parameters
        ----------
        y_true, y_pred : array_like
        sample_weight : array_like, optional
            One for each sample, or for each value that is averaged.
        """
        if self._is_by_value and np.ndim(y_pred) == np.ndim(y_true) == 1:
            y_true, y_pred = np.reshape(y_true, (-1, 1)), np.reshape(y_pred, (-1, 1))
        answers = Answers(y_true, y_pred, sparse=self.sparse, dtype=self._dtype)
        count = self.state_count(answers.units)
        if self.state.size == 0:
            self.state = np.zeros(count)
        elif self.state.size != count:
            raise ValueError(
                f"The metric {self.name} has a state of {self.state.size} numbers; predictions "
                f"with a last axis of {answers.units} need {count}. Call reset_state() first."
            )
        weights = None if sample_weight is None else row_weights(sample_weight, answers)
        arrays = addresses(answers.outputs, answers.labels, answers.targets, weights, self.state)
        _native.call(
            "metric_add",
            _arrays.check_floating(answers.dtype),
            _native.byref(self._described(weights is not None)),
            *arrays[:4],
            answers.rows,
            answers.units,
            arrays[4],
        )

    def result(self) -> Any:
        """Return the number that the state stands for."""
        return self._dtype.type(self._result()) if self.state.size else self._dtype.type(0)

    def _result(self) -> Any:
        raise NotImplementedError

    def reset_state(self) -> None:
        """Start anew."""
        self.state = np.zeros(0)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add samples to the state and return the result."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        """Return class and name."""
        return f"<{type(self).__name__} name={self.name}>"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {"name": self.name, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the metric that `get_config` described."""
        return cls(**config)


def row_weights(sample_weight: Any, answers: Answers) -> Any:
    """Return a weight for each row: those of fewer axes count for all that lie behind them."""
    weights = numbers(sample_weight, answers.dtype)
    while weights.ndim > len(answers.shape) and weights.shape[-1] == 1:
        weights = weights[..., 0]
    if weights.ndim < len(answers.shape):
        weights = weights.reshape(weights.shape + (1,) * (len(answers.shape) - weights.ndim))
    try:
        return np.ascontiguousarray(np.broadcast_to(weights, answers.shape))
    except ValueError:
        raise ValueError(
            f"`sample_weight` must have a weight for each sample. Received: "
            f"sample_weight.shape={np.shape(sample_weight)} for {answers.shape} samples"
        ) from None


def ratio(a: Any, b: Any) -> Any:
    """Return a / b, 0 where b is 0."""
    return np.divide(a, b, out=np.zeros_like(a + b), where=b != 0)
