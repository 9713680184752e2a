"""Loss functions, as in keras.losses: what `fit` minimizes, computed in the native library.

As classes for `compile`, called on arrays they return the mean over the samples; as functions they
return what each sample costs.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from . import _arrays, _named, _native
from ._answers import Answers, addresses, numbers, same_rank
from ._session import automatic_name

__all__ = [
    "CTC",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "resolve",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

Array = npt.NDArray[Any]

_REDUCTIONS = {
    "sum_over_batch_size": _native.REDUCE_MEAN,
    "mean": _native.REDUCE_MEAN,
    "sum": _native.REDUCE_SUM,
    "mean_with_sample_weight": _native.REDUCE_WEIGHTED_MEAN,
}
_DEFAULT_REDUCTION = "sum_over_batch_size"


class Loss:
    """What losses have in common: the mean over the samples of what each sample costs.

    Parameters
    ----------
    name : str, optional
    reduction : str, optional
        "sum_over_batch_size" or "mean": the mean; "sum"; "mean_with_sample_weight": the sum of the
        losses times their weights, divided by the sum of the weights; "none" or None: for each
        sample, of arrays only.
    dtype : {None, "float32", "float64"}
        Of the result for arrays, by default float32. In training it is the model's.

    Raises
    ------
    ValueError
        For another reduction.
    NotImplementedError
        For another dtype.
    """

    kind: int
    #: Whether the targets are class numbers, not rows.
    sparse = False
    from_logits = False
    label_smoothing = 0.0
    ignore_class: int | None = None
    #: The axis of what a sample's loss is made of; None: all of the batch.
    axis: Any = -1
    apply_class_balancing = False

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = _DEFAULT_REDUCTION,
        dtype: Any = None,
    ) -> None:
        allowed = (*_REDUCTIONS, "none", None)
        if reduction not in allowed:
            raise ValueError(
                "Invalid value for argument `reduction`. "
                f"Expected one of {allowed}. Received: reduction={reduction}"
            )
        self._dtype = np.dtype(np.float32)
        if dtype is not None:
            self._dtype = _arrays.standardize_dtype(dtype)
            if self._dtype not in (np.float32, np.float64):
                raise NotImplementedError(
                    f'`dtype` must be "float32" or "float64". Received: dtype={dtype}'
                )
        self.name = name or automatic_name(type(self).__name__)
        self.reduction = reduction

    @property
    def dtype(self) -> str:
        """The dtype of results for arrays."""
        return self._dtype.name

    def _constants(self) -> tuple[float, ...]:
        return ()

    def native(self, weight: float = 1.0) -> _native.Loss:
        """Return the native library's description, for training.

        Parameters
        ----------
        weight : float
            `loss_weights`: what the loss is multiplied by.

        Raises
        ------
        NotImplementedError
            For a reduction or an axis that a network can't be trained with.
        """
        if self.reduction not in _REDUCTIONS:
            raise NotImplementedError(
                "`reduction` must be one of 'sum_over_batch_size', 'mean', 'sum' and "
                f"'mean_with_sample_weight' in training. Received: reduction={self.reduction}"
            )
        if self.axis != -1:
            raise NotImplementedError(
                "`axis` must be -1 in training, where each sample's loss is computed by itself. "
                f"Received: axis={self.axis}"
            )
        return self._described(_REDUCTIONS[self.reduction], weight)

    def _described(self, reduction: int = _native.REDUCE_MEAN, weight: float = 1.0) -> _native.Loss:
        ignores = self.ignore_class is not None
        return _native.Loss(
            self.kind,
            self.from_logits,
            reduction,
            _native.FIRST * ignores + _native.SECOND * self.apply_class_balancing,
            self.ignore_class or 0,
            self.label_smoothing,
            weight,
            (_native.c_double * 2)(*self._constants()),
        )

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Return what each sample costs."""
        y_true, y_pred = np.asarray(y_true), numbers(y_pred)
        if self.axis != -1:
            y_true, y_pred = same_rank(y_true, y_pred)
            y_true, y_pred = _last(y_true, self.axis), _last(y_pred, self.axis)
        answers = Answers(y_true, y_pred, sparse=self.sparse)
        values = np.empty(answers.rows, answers.dtype)
        arrays = addresses(answers.outputs, answers.labels, answers.targets)
        _native.call(
            "losses",
            _arrays.check_floating(answers.dtype),
            _native.byref(self._described()),
            *arrays,
            answers.rows,
            answers.units,
            _arrays.address(values),
            None,
        )
        return values.reshape(answers.shape)[()]

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the reduced losses, each times its weight."""
        values = np.asarray(self.call(y_true, numbers(y_pred, self._dtype)))
        weights = None if sample_weight is None else numbers(sample_weight, self._dtype)
        count: float = values.size
        if self.ignore_class is not None:
            counted = np.asarray(y_true).reshape(values.shape) != self.ignore_class
            count = counted.sum()
            if self.reduction == "mean_with_sample_weight" or weights is not None:
                counted, weights = same_rank(
                    counted, np.ones_like(values) if weights is None else weights
                )
                weights = weights * counted
        if weights is not None:
            values, weights = same_rank(values, weights)
            values = values * weights
            if self.reduction == "mean_with_sample_weight":
                count = weights.sum()
        if self.reduction in (None, "none") or values.ndim == 0:
            return values[()]
        total = values.sum()
        if self.reduction == "sum":
            return total
        return total / total.dtype.type(count) if count else total * 0

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the loss that `get_config` described."""
        return cls(**config)


def _last(values: Array, axis: Any) -> Array:
    """Return `values` with an axis or axes, None for all, as the last one."""
    axes = range(values.ndim) if axis is None else np.atleast_1d(axis)
    inner = [int(a) % max(values.ndim, 1) for a in axes]
    outer = [a for a in range(values.ndim) if a not in inner]
    shape = [values.shape[a] for a in outer]
    return values.transpose(*outer, *inner).reshape(*shape, -1)


def _check_smoothing(label_smoothing: float) -> float:
    if not 0 <= label_smoothing <= 1:
        raise ValueError(
            f"`label_smoothing` must be in [0, 1]. Received: label_smoothing={label_smoothing}"
        )
    return float(label_smoothing)


def _check_axis(axis: Any) -> int:
    if isinstance(axis, bool) or not isinstance(axis, int | np.integer):
        raise ValueError(
            f"`axis` must be of type `int`. Received: axis={axis} of type {type(axis)}"
        )
    return int(axis)


class MeanSquaredError(Loss):
    """mean((y - p)**2) over the values of a sample.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.MEAN_SQUARED_ERROR

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class MeanAbsoluteError(Loss):
    """mean(|y - p|) over the values of a sample.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.MEAN_ABSOLUTE_ERROR

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class MeanAbsolutePercentageError(Loss):
    """100 mean(|(y - p) / max(|y|, 1e-7)|) over the values of a sample.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.MEAN_ABSOLUTE_PERCENTAGE_ERROR

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class MeanSquaredLogarithmicError(Loss):
    """mean((log(y + 1) - log(p + 1))**2), where y and p are at least 1e-7.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.MEAN_SQUARED_LOGARITHMIC_ERROR

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class CosineSimilarity(Loss):
    """-sum(y p) / (|y| |p|) along an axis.

    Parameters
    ----------
    axis : int
        -1 in training.
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.COSINE_SIMILARITY

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = _check_axis(axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss; Keras leaves out the axis."""
        return {**super().get_config(), **({} if self.axis == -1 else {"axis": self.axis})}


class Huber(Loss):
    """mean(e**2 / 2 where |e| <= delta, else delta |e| - delta**2 / 2), e = y - p (Huber, 1964).

    Parameters
    ----------
    delta : float
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.HUBER

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.delta = float(delta)

    def _constants(self) -> tuple[float, ...]:
        return (self.delta,)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss; Keras leaves out delta."""
        return {**super().get_config(), **({} if self.delta == 1 else {"delta": self.delta})}


class LogCosh(Loss):
    """mean(log(cosh(p - y))) over the values of a sample.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.LOG_COSH

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class Hinge(Loss):
    """mean(max(1 - y p, 0)) for labels y of -1 and 1; if all are 0 or 1, 0 stands for -1.

    In training it is the labels of a part of the batch that are looked at.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.HINGE

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class SquaredHinge(Loss):
    """mean(max(1 - y p, 0)**2) for labels y as of `Hinge`.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.SQUARED_HINGE

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class CategoricalHinge(Loss):
    """max(max((1 - y) p) - sum(y p) + 1, 0) for rows y of zeros and a one.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.CATEGORICAL_HINGE

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class KLDivergence(Loss):
    """sum(y log(y / p)), where y and p are kept within [1e-7, 1].

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.KL_DIVERGENCE

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class Poisson(Loss):
    """mean(p - y log(p + 1e-7)) over the values of a sample.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    """

    kind = _native.POISSON

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


class BinaryCrossentropy(Loss):
    """-mean(y log(p) + (1 - y) log(1 - p)), with p kept within [1e-7, 1 - 1e-7].

    After a sigmoid (or softmax) layer it is computed from what goes into that function, as Keras
    does on TensorFlow.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits, to which sigmoid is applied.
    label_smoothing : float
        s in [0, 1]: y becomes y (1 - s) + s / 2.
    axis : int
        The axis of the mean: -1 in training.
    reduction, name, dtype
        See `Loss`.

    Raises
    ------
    ValueError
        For another `label_smoothing`.
    """

    kind = _native.BINARY_CROSSENTROPY

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = bool(from_logits)
        self.label_smoothing = _check_smoothing(label_smoothing)
        self.axis = _check_axis(axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
        }


class BinaryFocalCrossentropy(Loss):
    """mean((1 - t)**gamma b), b the binary cross-entropy, t = y p + (1 - y) (1 - p) (Lin, 2017).

    Parameters
    ----------
    apply_class_balancing : bool
        Whether values count y alpha + (1 - y) (1 - alpha).
    alpha, gamma : float
    from_logits, label_smoothing, axis
        As of `BinaryCrossentropy`.
    reduction, name, dtype
        See `Loss`.

    Raises
    ------
    ValueError
        For a `label_smoothing` outside [0, 1].
    """

    kind = _native.BINARY_FOCAL_CROSSENTROPY

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.apply_class_balancing = bool(apply_class_balancing)
        self.alpha, self.gamma = alpha, gamma
        self.from_logits = bool(from_logits)
        self.label_smoothing = _check_smoothing(label_smoothing)
        self.axis = _check_axis(axis)

    def _constants(self) -> tuple[float, ...]:
        return (self.alpha, self.gamma)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
            "apply_class_balancing": self.apply_class_balancing,
            "alpha": self.alpha,
            "gamma": self.gamma,
        }


class CategoricalCrossentropy(Loss):
    """-sum(y log(p)) for rows y of class probabilities and predictions p.

    After a softmax (or sigmoid) layer it is computed from what goes into that function, as Keras
    does on TensorFlow.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits, to which softmax is applied.
    label_smoothing : float
        s in [0, 1]: y becomes y (1 - s) + s / classes.
    axis : int
        The axis of the classes: -1 in training.
    reduction, name, dtype
        See `Loss`.

    Raises
    ------
    ValueError
        For another `label_smoothing`.
    """

    kind = _native.CATEGORICAL_CROSSENTROPY

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = bool(from_logits)
        self.label_smoothing = _check_smoothing(label_smoothing)
        self.axis = _check_axis(axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
        }


class CategoricalFocalCrossentropy(Loss):
    """-sum(alpha (1 - p)**gamma y log(p)) for rows y of class probabilities (Lin, 2017).

    Parameters
    ----------
    alpha, gamma : float
    from_logits, label_smoothing, axis
        As of `CategoricalCrossentropy`.
    reduction, name, dtype
        See `Loss`.

    Raises
    ------
    ValueError
        For a `label_smoothing` outside [0, 1].
    """

    kind = _native.CATEGORICAL_FOCAL_CROSSENTROPY

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.alpha, self.gamma = alpha, gamma
        self.from_logits = bool(from_logits)
        self.label_smoothing = _check_smoothing(label_smoothing)
        self.axis = _check_axis(axis)

    def _constants(self) -> tuple[float, ...]:
        return (self.alpha, self.gamma)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": self.axis,
            "alpha": self.alpha,
            "gamma": self.gamma,
        }


class SparseCategoricalCrossentropy(Loss):
    """-log(p[y]) for class numbers y and predicted probabilities p.

    After a softmax (or sigmoid) layer it is computed from what goes into that function, as Keras
    does on TensorFlow; with an `ignore_class`, as there, it is not.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits, to which softmax is applied.
    ignore_class : int, optional
        A class number whose samples cost nothing; the mean is that of the others.
    reduction, name, dtype
        See `Loss`.
    axis : int
        Of the classes; only -1, as in Keras.

    Raises
    ------
    ValueError
        For another axis.
    """

    kind = _native.SPARSE_CATEGORICAL_CROSSENTROPY
    sparse = True

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = _DEFAULT_REDUCTION,
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        if axis != -1:
            raise ValueError(f"Only axis=-1 is currently supported. Received: axis={axis}")
        self.from_logits = bool(from_logits)
        self.ignore_class = None if ignore_class is None else int(ignore_class)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "ignore_class": self.ignore_class,
        }


class CategoricalGeneralizedCrossEntropy(Loss):
    """(1 - p[y]**q) / q for class numbers y, which wrong labels disturb less (Zhang, 2018).

    Parameters
    ----------
    q : float
        In (0, 1).
    reduction, name, dtype
        See `Loss`.

    Raises
    ------
    ValueError
        For another q.
    """

    kind = _native.CATEGORICAL_GENERALIZED_CROSS_ENTROPY
    sparse = True

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        if not 0 < q < 1:
            raise ValueError("q must be in the interval (0, 1)")
        super().__init__(name, reduction, dtype)
        self.q = q

    def _constants(self) -> tuple[float, ...]:
        return (self.q,)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {**super().get_config(), "q": self.q}


class Dice(Loss):
    """1 - 2 sum(y p) / (sum(y) + sum(p) + 1e-7) along an axis.

    Parameters
    ----------
    reduction, name, dtype
        See `Loss`.
    axis : int, tuple of int, optional
        None: the sums go over the whole batch. In training only -1.
    """

    kind = _native.DICE

    def __init__(
        self,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {**super().get_config(), "axis": self.axis}


class Tversky(Loss):
    """1 - t / (t + alpha sum((1 - p) y) + beta sum(p (1 - y)) + 1e-7), t = sum(y p).

    Parameters
    ----------
    alpha, beta : float
    reduction, name, dtype
        See `Loss`.
    axis : int, tuple of int, optional
        As of `Dice`.
    """

    kind = _native.TVERSKY

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str = "tversky",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.alpha, self.beta, self.axis = alpha, beta, axis

    def _constants(self) -> tuple[float, ...]:
        return (self.alpha, self.beta)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {
            **super().get_config(),
            "alpha": self.alpha,
            "beta": self.beta,
            "axis": self.axis,
        }


class Circle(Loss):
    """Not implemented: it compares each sample with all others of its batch.

    Raises
    ------
    NotImplementedError
        Always.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError(
            "The circle loss is not implemented: it compares each sample with all others of its "
            "batch, and Fanin's losses are computed sample by sample."
        )


class CTC(Loss):
    """Not implemented: it is for sequences.

    Raises
    ------
    NotImplementedError
        Always.
    """

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError(
            "The CTC loss is not implemented: it is for sequences, and Fanin for dense networks."
        )


class LossFunctionWrapper(Loss):
    """A loss made of one of this module's functions.

    Parameters
    ----------
    fn : callable
    reduction, name, dtype
        See `Loss`.
    **kwargs
        The function's further arguments.

    Raises
    ------
    NotImplementedError
        If the function is one's own.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = _DEFAULT_REDUCTION,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self._loss = of_function(fn, **kwargs)
        self.fn, self._arguments = fn, kwargs
        loss = self._loss
        self.kind, self.sparse, self.axis = loss.kind, loss.sparse, loss.axis
        self.from_logits, self.ignore_class = loss.from_logits, loss.ignore_class
        self.label_smoothing = loss.label_smoothing
        self.apply_class_balancing = loss.apply_class_balancing

    def _constants(self) -> tuple[float, ...]:
        return self._loss._constants()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {**super().get_config(), "fn": serialize(self.fn), **self._arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the loss that `get_config` described."""
        if "fn" in config:
            config = {**config, "fn": deserialize(config["fn"])}
        return cls(**config)


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `MeanSquaredError`."""
    return MeanSquaredError().call(y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `MeanAbsoluteError`."""
    return MeanAbsoluteError().call(y_true, y_pred)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `MeanAbsolutePercentageError`."""
    return MeanAbsolutePercentageError().call(y_true, y_pred)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `MeanSquaredLogarithmicError`."""
    return MeanSquaredLogarithmicError().call(y_true, y_pred)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Return each sample's `CosineSimilarity`."""
    return CosineSimilarity(axis).call(y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Return each sample's `Huber`."""
    return Huber(delta).call(y_true, y_pred)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `LogCosh`."""
    return LogCosh().call(y_true, y_pred)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `Hinge`."""
    return Hinge().call(y_true, y_pred)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `SquaredHinge`."""
    return SquaredHinge().call(y_true, y_pred)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `CategoricalHinge`."""
    return CategoricalHinge().call(y_true, y_pred)


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `KLDivergence`."""
    return KLDivergence().call(y_true, y_pred)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """Return each sample's `Poisson`."""
    return Poisson().call(y_true, y_pred)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return each sample's `BinaryCrossentropy`."""
    return BinaryCrossentropy(from_logits, label_smoothing, axis).call(y_true, y_pred)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return each sample's `BinaryFocalCrossentropy`."""
    loss = BinaryFocalCrossentropy(
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis
    )
    return loss.call(y_true, y_pred)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return each sample's `CategoricalCrossentropy`."""
    return CategoricalCrossentropy(from_logits, label_smoothing, axis).call(y_true, y_pred)


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Return each sample's `CategoricalFocalCrossentropy`."""
    loss = CategoricalFocalCrossentropy(alpha, gamma, from_logits, label_smoothing, axis)
    return loss.call(y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Return each sample's `SparseCategoricalCrossentropy`, 0 for those of the ignored class."""
    loss = SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
    return loss.call(y_true, y_pred)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """Return each sample's `CategoricalGeneralizedCrossEntropy`."""
    return CategoricalGeneralizedCrossEntropy(q).call(y_true, y_pred)


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """Return the `Dice` loss of all samples, or of each along an axis."""
    return Dice(axis=axis).call(y_true, y_pred)


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Any:
    """Return the `Tversky` loss of all samples, or of each along an axis."""
    return Tversky(alpha, beta, axis=axis).call(y_true, y_pred)


def circle(y_true: Any, y_pred: Any, **kwargs: Any) -> Any:
    """Raise NotImplementedError, see `Circle`."""
    return Circle().call(y_true, y_pred)


def ctc(y_true: Any, y_pred: Any) -> Any:
    """Raise NotImplementedError, see `CTC`."""
    return CTC().call(y_true, y_pred)


_CLASS_OF: dict[Callable[..., Any], type[Loss]] = {
    binary_crossentropy: BinaryCrossentropy,
    binary_focal_crossentropy: BinaryFocalCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    categorical_focal_crossentropy: CategoricalFocalCrossentropy,
    categorical_generalized_cross_entropy: CategoricalGeneralizedCrossEntropy,
    categorical_hinge: CategoricalHinge,
    circle: Circle,
    cosine_similarity: CosineSimilarity,
    ctc: CTC,
    dice: Dice,
    hinge: Hinge,
    huber: Huber,
    kl_divergence: KLDivergence,
    log_cosh: LogCosh,
    mean_absolute_error: MeanAbsoluteError,
    mean_absolute_percentage_error: MeanAbsolutePercentageError,
    mean_squared_error: MeanSquaredError,
    mean_squared_logarithmic_error: MeanSquaredLogarithmicError,
    poisson: Poisson,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
    squared_hinge: SquaredHinge,
    tversky: Tversky,
}
_CLASSES: dict[str, type[Loss]] = {
    **{cls.__name__: cls for cls in _CLASS_OF.values()},
    "LossFunctionWrapper": LossFunctionWrapper,
}
# Keras's names: all but that of the generalized cross-entropy.
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{function.__name__: function for function in _CLASS_OF},
    "bce": binary_crossentropy,
    "BCE": binary_crossentropy,
    "kld": kl_divergence,
    "KLD": kl_divergence,
    "mae": mean_absolute_error,
    "MAE": mean_absolute_error,
    "mse": mean_squared_error,
    "MSE": mean_squared_error,
    "mape": mean_absolute_percentage_error,
    "MAPE": mean_absolute_percentage_error,
    "msle": mean_squared_logarithmic_error,
    "MSLE": mean_squared_logarithmic_error,
}


def of_function(function: Callable[..., Any], **arguments: Any) -> Loss:
    """Return the loss whose samples' values a function of this module returns.

    Raises
    ------
    NotImplementedError
        If the function is one's own.
    """
    if function not in _CLASS_OF:
        raise NotImplementedError(
            "The loss must be one of Fanin's: a function of one's own needs automatic "
            f"differentiation. Received: {function}"
        )
    return _CLASS_OF[function](**arguments)


def get(identifier: Any) -> Any:
    """Return the loss or function that a name, a class, a dict, or itself means; None gives None.

    Names of classes give losses, those of functions and their short names functions.

    Raises
    ------
    NotImplementedError
        If it is a function or a class of one's own.
    ValueError
        If it is no loss.
    """
    if identifier is None or isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str | Mapping):
        return deserialize(identifier)
    if isinstance(identifier, type) and identifier in _CLASSES.values():
        return identifier()
    if callable(identifier):
        of_function(identifier)
        return identifier
    raise ValueError(f"Could not interpret loss identifier: {identifier}")


def resolve(
    identifier: Any, target_shape: tuple[int, ...], output_shape: tuple[int, ...]
) -> Loss | None:
    """Return the loss of a compiled model.

    "crossentropy" and "ce" become the binary one for one unit, the sparse one for targets without
    the units' axis, else the categorical one.

    Parameters
    ----------
    identifier
        What `compile` was given.
    target_shape, output_shape : tuple of int
        Of y and of what the model predicts.

    Raises
    ------
    NotImplementedError, ValueError
        As `get`.
    """
    found: Any
    if str(identifier).lower() in ("crossentropy", "ce"):
        is_binary, is_sparse = binary_or_sparse(target_shape, output_shape)
        found = categorical_crossentropy
        if is_binary:
            found = binary_crossentropy
        elif is_sparse:
            found = sparse_categorical_crossentropy
    else:
        found = get(identifier)
    if found is None or isinstance(found, Loss):
        return found
    name = identifier if isinstance(identifier, str) else found.__name__
    return LossFunctionWrapper(found, name=name)


def binary_or_sparse(
    target_shape: tuple[int, ...], output_shape: tuple[int, ...]
) -> tuple[bool, bool]:
    """Return whether targets are binary and whether they are class numbers: Keras's rule."""
    units = output_shape[-1]
    is_sparse = len(target_shape) < len(output_shape) or (target_shape[-1] == 1 and units > 1)
    return units == 1, is_sparse


def serialize(loss: Any) -> Any:
    """Return the dictionary, as Keras writes it, that describes a loss or a function."""
    if loss in _CLASS_OF:
        return {
            "module": "builtins",
            "class_name": "function",
            "config": loss.__name__,
            "registered_name": "function",
        }
    return _named.serialize(loss, "keras.losses", _CLASSES)


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the loss or function that a name or a dictionary of `serialize`, or Keras's, means.

    Raises
    ------
    TypeError
        If the class does not take the config.
    ValueError
        If there is no such name.
    """
    if isinstance(name, Mapping) and name.get("class_name") == "function":
        name = name.get("config")
    if isinstance(name, str) and name in _FUNCTIONS:
        if name != "categorical_generalized_cross_entropy":
            return _FUNCTIONS[name]
    return _named.deserialize("loss", name, _CLASSES, custom_objects)
