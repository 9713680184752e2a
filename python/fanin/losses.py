"""Loss functions, as in keras.losses: what `fit` minimizes, computed in the native library."""

from typing import Any

from . import _identifiers, _native

__all__ = [
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
]


class Loss:
    """What losses have in common: the mean over the samples of what each sample costs.

    Parameters
    ----------
    name : str
    reduction : str
        Only "sum_over_batch_size", the mean, and its other name "mean".
    dtype : optional
        Only None: that of the model.

    Raises
    ------
    NotImplementedError
        For Keras's other reductions and dtypes.
    ValueError
        For a reduction that Keras doesn't have either.
    """

    kind: int
    #: Whether the targets are class numbers, not rows.
    sparse = False
    from_logits = False
    label_smoothing = 0.0

    def __init__(self, name: str, reduction: str | None, dtype: Any) -> None:
        if reduction not in ("sum_over_batch_size", "mean"):
            if reduction in ("sum", "none", None, "mean_with_sample_weight"):
                raise NotImplementedError(
                    '`reduction` must be "sum_over_batch_size" or "mean". '
                    f"Received: reduction={reduction}"
                )
            raise ValueError(f"Invalid value for argument `reduction`. Received: {reduction}")
        if dtype is not None:
            raise NotImplementedError(
                f"`dtype` must be None, the model's dtype. Received: dtype={dtype}"
            )
        self.name = name
        self.reduction = reduction

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {"name": self.name, "reduction": self.reduction}

    def native(self) -> _native.Loss:
        """Return the native library's description."""
        return _native.Loss(self.kind, self.from_logits, self.label_smoothing)


def _check_axis(axis: int) -> None:
    if axis != -1:
        raise NotImplementedError(f"`axis` must be -1, the classes. Received: axis={axis}")


class SparseCategoricalCrossentropy(Loss):
    """-log(p[y]) for class numbers y and predicted probabilities p.

    After a softmax layer it is computed from that layer's logits, as in Keras.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits, to which softmax is applied.
    ignore_class, reduction, axis, name, dtype
        As in Keras; only the defaults.

    Raises
    ------
    NotImplementedError
        For other values of the last five.
    """

    kind = _native.SPARSE_CATEGORICAL_CROSSENTROPY
    sparse = True

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        if ignore_class is not None:
            raise NotImplementedError(
                f"`ignore_class` must be None. Received: ignore_class={ignore_class}"
            )
        _check_axis(axis)
        self.from_logits = bool(from_logits)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {**super().get_config(), "from_logits": self.from_logits, "ignore_class": None}


class CategoricalCrossentropy(Loss):
    """-sum(y log(p)) for rows y of class probabilities and predictions p.

    After a softmax layer it is computed from that layer's logits, as in Keras.

    Parameters
    ----------
    from_logits : bool
        Whether predictions are logits, to which softmax is applied.
    label_smoothing : float
        s in [0, 1]: y becomes y (1 - s) + s / classes.
    axis, reduction, name, dtype
        As in Keras; only the defaults.

    Raises
    ------
    ValueError
        For another `label_smoothing`.
    NotImplementedError
        For other values of the last four.
    """

    kind = _native.CATEGORICAL_CROSSENTROPY

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        _check_axis(axis)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(
                f"`label_smoothing` must be in [0, 1]. Received: label_smoothing={label_smoothing}"
            )
        self.from_logits = bool(from_logits)
        self.label_smoothing = float(label_smoothing)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        return {
            **super().get_config(),
            "from_logits": self.from_logits,
            "label_smoothing": self.label_smoothing,
            "axis": -1,
        }


class MeanSquaredError(Loss):
    """mean((y - p)**2) over the values of a sample.

    Parameters
    ----------
    reduction, name, dtype
        As in Keras; only the defaults.

    Raises
    ------
    NotImplementedError
        For other values.
    """

    kind = _native.MEAN_SQUARED_ERROR

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


_LOSSES: dict[str, type[Loss]] = {
    "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "CategoricalCrossentropy": CategoricalCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "MeanSquaredError": MeanSquaredError,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
}

_NOT_YET = frozenset(
    "BCE BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalFocalCrossentropy "
    "CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLD KLDivergence LogCosh MAE MAPE "
    "MSLE MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredLogarithmicError Poisson "
    "SquaredHinge Tversky bce binary_crossentropy binary_focal_crossentropy "
    "categorical_focal_crossentropy categorical_hinge ce circle cosine_similarity crossentropy "
    "ctc dice hinge huber kl_divergence kld log_cosh mae mape mean_absolute_error "
    "mean_absolute_percentage_error mean_squared_logarithmic_error msle poisson squared_hinge "
    "tversky".split()
)


def get(identifier: Any) -> Loss | None:
    """Return the loss that a name, a class, a dict with class_name and config, or a loss means.

    Raises
    ------
    NotImplementedError
        If it is another loss of Keras, or a function of one's own.
    ValueError
        If it is no loss.
    """
    if identifier is None:
        return None
    return _identifiers.resolve("loss", identifier, Loss, _LOSSES, _NOT_YET)
