"""Metrics, as in keras.metrics: accuracies, counted in the native library beside the loss."""

from typing import Any

from . import _identifiers, _native

__all__ = [
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "Metric",
    "SparseCategoricalAccuracy",
    "get",
]


class Metric:
    """What metrics have in common: the share of the samples that are hits.

    Parameters
    ----------
    name : str
        The key in `History.history`.
    dtype : optional
        Only None and "float32".

    Raises
    ------
    NotImplementedError
        For another dtype.
    """

    kind: int
    #: Whether the targets are class numbers, not rows.
    sparse = False
    threshold = 0.0

    def __init__(self, name: str, dtype: Any) -> None:
        if dtype not in (None, "float32"):
            raise NotImplementedError(f'`dtype` must be "float32". Received: dtype={dtype}')
        self.name = name

    def __repr__(self) -> str:
        """Return class and name."""
        return f"<{type(self).__name__} name={self.name}>"

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {"name": self.name, "dtype": "float32"}

    def native(self) -> _native.Metric:
        """Return the native library's description."""
        return _native.Metric(self.kind, 0, self.threshold)


class SparseCategoricalAccuracy(Metric):
    """How often the largest prediction is that of the class number y; the first of equals wins."""

    kind = _native.SPARSE_CATEGORICAL_ACCURACY
    sparse = True

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class CategoricalAccuracy(Metric):
    """How often the largest prediction stands where the largest of y does."""

    kind = _native.CATEGORICAL_ACCURACY

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class BinaryAccuracy(Metric):
    """How often y equals 1 where the prediction is > threshold, and 0 elsewhere.

    With several values a sample, a sample counts with the share of its hits.
    """

    kind = _native.BINARY_ACCURACY

    def __init__(
        self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name, dtype)
        self.threshold = float(threshold)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {**super().get_config(), "threshold": self.threshold}


_METRICS: dict[str, type[Metric]] = {
    "SparseCategoricalAccuracy": SparseCategoricalAccuracy,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "CategoricalAccuracy": CategoricalAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "BinaryAccuracy": BinaryAccuracy,
    "binary_accuracy": BinaryAccuracy,
}

_NOT_YET = frozenset(
    "AUC Accuracy BCE BinaryCrossentropy BinaryIoU CategoricalCrossentropy CategoricalHinge "
    "ConcordanceCorrelation CosineSimilarity F1Score FBetaScore FalseNegatives FalsePositives "
    "Hinge IoU KLDivergence LogCoshError MAE MAPE MSE MSLE Mean MeanAbsoluteError "
    "MeanAbsolutePercentageError MeanIoU MeanMetricWrapper MeanSquaredError "
    "MeanSquaredLogarithmicError OneHotIoU OneHotMeanIoU PearsonCorrelation Poisson Precision "
    "PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError "
    "SensitivityAtSpecificity SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy "
    "SpecificityAtSensitivity SquaredHinge Sum TopKCategoricalAccuracy TrueNegatives "
    "TruePositives auc bce binary_crossentropy binary_io_u categorical_crossentropy "
    "categorical_hinge concordance_correlation cosine_similarity f1_score f_beta_score "
    "false_negatives false_positives hinge io_u kl_divergence log_cosh_error mae mape mean "
    "mean_absolute_error mean_absolute_percentage_error mean_io_u mean_metric_wrapper "
    "mean_squared_error mean_squared_logarithmic_error mse msle one_hot_io_u one_hot_mean_io_u "
    "pearson_correlation poisson precision precision_at_recall r2_score recall "
    "recall_at_precision root_mean_squared_error sensitivity_at_specificity "
    "sparse_categorical_crossentropy sparse_top_k_categorical_accuracy "
    "specificity_at_sensitivity squared_hinge sum top_k_categorical_accuracy true_negatives "
    "true_positives".split()
)


def get(identifier: Any) -> Metric:
    """Return the metric that a name, a class, a dict with class_name and config, or a metric means.

    Raises
    ------
    NotImplementedError
        If it is another metric of Keras, or a function of one's own.
    ValueError
        If it is no metric.
    """
    return _identifiers.resolve(
        "metric", identifier, Metric, _METRICS, _NOT_YET, ", 'accuracy' or 'acc'"
    )


def resolve(identifiers: list[Any], target_shape: tuple[int, ...], units: int) -> list[Metric]:
    """Return the metrics of a compiled model, named as Keras names them.

    "accuracy" and "acc" become binary for one unit, sparse for targets without the units' axis,
    else categorical accuracy. A name that is taken already gets a number: accuracy_1.

    Parameters
    ----------
    identifiers : list
        What `compile` was given.
    target_shape : tuple of int
        The shape of y.
    units : int
        Values a sample that the model predicts.
    """
    metrics: list[Metric] = []
    names: set[str] = set()
    for identifier in identifiers:
        if str(identifier).lower() in ("accuracy", "acc"):
            if units == 1:
                metric: Metric = BinaryAccuracy()
            elif len(target_shape) < 2 or target_shape[-1] == 1:
                metric = SparseCategoricalAccuracy()
            else:
                metric = CategoricalAccuracy()
        else:
            metric = get(identifier)
        name = base = identifier if isinstance(identifier, str) else metric.name
        count = 0
        while name in names:
            count += 1
            name = f"{base}_{count}"
        names.add(name)
        named = type(metric)(**{**metric.get_config(), "name": name})
        metrics.append(named)
    return metrics
