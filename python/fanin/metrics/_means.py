"""Metrics that are means of a loss."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from .. import _native
from .. import losses as _losses
from .._answers import numbers, same_rank
from ._base import Metric, ratio


class MeanOfRows(Metric):
    """Metrics whose state is the sum of w v and that of w, v a number for each sample."""

    def __init__(self, name: str | None, dtype: Any) -> None:
        super().__init__(dtype, name)

    def _result(self) -> Any:
        return ratio(*self.state)


class MeanLoss(MeanOfRows):
    """The mean of a loss."""

    kind = _native.MEAN_LOSS
    _direction = "down"

    def __init__(self, loss: _losses.Loss, name: str | None, dtype: Any) -> None:
        super().__init__(name, dtype)
        self._loss = loss
        self.sparse = loss.sparse

    def _fields(self) -> dict[str, Any]:
        return {"loss": self._loss._described()}

    def native(self) -> _native.Metric:
        self._loss.native()  # which knows what can't be computed in training
        return super().native()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples to the state, see `Metric.update_state`."""
        if self._loss.axis != -1:
            y_true, y_pred = same_rank(np.asarray(y_true), numbers(y_pred, self._dtype))
            y_true, y_pred = (np.moveaxis(y, self._loss.axis, -1) for y in (y_true, y_pred))
        super().update_state(y_true, y_pred, sample_weight)


class MeanMetricWrapper(MeanLoss):
    """The mean of what one of the functions of `fanin.losses` returns.

    Parameters
    ----------
    fn : callable
    name, dtype
        See `Metric`.
    **kwargs
        The function's further arguments.

    Raises
    ------
    NotImplementedError
        If the function is one's own.
    """

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        if fn not in _losses._CLASS_OF:
            raise NotImplementedError(
                "The metric must be one of Fanin's: functions of one's own can't be called while "
                f"the native library trains. Received: {fn}"
            )
        super().__init__(_losses.of_function(fn, **kwargs), name, dtype)
        self._fn, self._arguments = fn, kwargs

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {**super().get_config(), "fn": _losses.serialize(self._fn), **self._arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the metric that `get_config` described."""
        if "fn" in config:
            config = {**config, "fn": _losses.deserialize(config["fn"])}
        return cls(**config)


class MeanSquaredError(MeanLoss):
    """The mean of `losses.MeanSquaredError`."""

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(_losses.MeanSquaredError(), name, dtype)


class RootMeanSquaredError(MeanLoss):
    """The square root of the mean of `losses.MeanSquaredError`."""

    _is_by_value = True

    def __init__(self, name: str = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(_losses.MeanSquaredError(), name, dtype)

    def _result(self) -> Any:
        return np.sqrt(super()._result())


class MeanAbsoluteError(MeanLoss):
    """The mean of `losses.MeanAbsoluteError`."""

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(_losses.MeanAbsoluteError(), name, dtype)


class MeanAbsolutePercentageError(MeanLoss):
    """The mean of `losses.MeanAbsolutePercentageError`."""

    def __init__(self, name: str = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(_losses.MeanAbsolutePercentageError(), name, dtype)


class MeanSquaredLogarithmicError(MeanLoss):
    """The mean of `losses.MeanSquaredLogarithmicError`."""

    def __init__(self, name: str = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(_losses.MeanSquaredLogarithmicError(), name, dtype)


class LogCoshError(MeanLoss):
    """The mean of `losses.LogCosh`."""

    def __init__(self, name: str = "logcosh", dtype: Any = None) -> None:
        super().__init__(_losses.LogCosh(), name, dtype)


class CosineSimilarity(MeanLoss):
    """The mean of sum(y p) / (|y| |p|): the larger the better, other than of the loss.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    axis : int
        -1 in training.
    """

    _direction = "up"

    def __init__(self, name: str = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        super().__init__(_losses.CosineSimilarity(axis), name, dtype)

    def _result(self) -> Any:
        return -super()._result()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric; Keras leaves out the axis."""
        axis = self._loss.axis
        return {**super().get_config(), **({} if axis == -1 else {"axis": axis})}


class Hinge(MeanLoss):
    """The mean of `losses.Hinge`."""

    def __init__(self, name: str = "hinge", dtype: Any = None) -> None:
        super().__init__(_losses.Hinge(), name, dtype)


class SquaredHinge(MeanLoss):
    """The mean of `losses.SquaredHinge`."""

    def __init__(self, name: str = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(_losses.SquaredHinge(), name, dtype)


class CategoricalHinge(MeanLoss):
    """The mean of `losses.CategoricalHinge`."""

    def __init__(self, name: str = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(_losses.CategoricalHinge(), name, dtype)


class KLDivergence(MeanLoss):
    """The mean of `losses.KLDivergence`."""

    def __init__(self, name: str = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(_losses.KLDivergence(), name, dtype)


class Poisson(MeanLoss):
    """The mean of `losses.Poisson`."""

    def __init__(self, name: str = "poisson", dtype: Any = None) -> None:
        super().__init__(_losses.Poisson(), name, dtype)


class BinaryCrossentropy(MeanLoss):
    """The mean of `losses.BinaryCrossentropy`.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits, label_smoothing
        See the loss.
    """

    def __init__(
        self,
        name: str = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        super().__init__(_losses.BinaryCrossentropy(from_logits, label_smoothing), name, dtype)
        self.from_logits, self.label_smoothing = from_logits, label_smoothing

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
        }


class CategoricalCrossentropy(MeanLoss):
    """The mean of `losses.CategoricalCrossentropy`.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits, label_smoothing, axis
        See the loss.
    """

    def __init__(
        self,
        name: str = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        loss = _losses.CategoricalCrossentropy(from_logits, label_smoothing, axis)
        super().__init__(loss, name, dtype)
        self.from_logits, self.label_smoothing = from_logits, label_smoothing
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
        }


class SparseCategoricalCrossentropy(MeanLoss):
    """The mean of `losses.SparseCategoricalCrossentropy`.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    from_logits, ignore_class, axis
        See the loss. Without weights, samples of the ignored class count as ones with the loss 0,
        as in Keras.
    """

    def __init__(
        self,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        loss = _losses.SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
        super().__init__(loss, name, dtype)
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "ignore_class": self.ignore_class,
            "axis": self.axis,
        }
