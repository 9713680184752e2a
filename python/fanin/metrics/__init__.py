"""Metrics, as in keras.metrics: what is counted beside the loss, in the native library.

A metric's state is a sum over samples, to which `fit` and `update_state` add; `result` works the
number out from it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .. import _named
from .. import losses as _losses
from .._session import snake_case
from ..losses import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from ._accuracies import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from ._areas import AUC
from ._base import Metric
from ._confusions import (
    FalseNegatives,
    FalsePositives,
    Precision,
    PrecisionAtRecall,
    Recall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
    TrueNegatives,
    TruePositives,
)
from ._correlations import ConcordanceCorrelation, PearsonCorrelation
from ._functions import (
    binary_accuracy,
    categorical_accuracy,
    concordance_correlation,
    pearson_correlation,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from ._intersections import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from ._means import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanMetricWrapper,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from ._reductions import Mean, Sum
from ._scores import F1Score, FBetaScore, R2Score

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "resolve",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]

# Of functions that are no losses: the metrics that average them.
_METRIC_OF: dict[Callable[..., Any], type[Metric]] = {
    binary_accuracy: BinaryAccuracy,
    categorical_accuracy: CategoricalAccuracy,
    sparse_categorical_accuracy: SparseCategoricalAccuracy,
    top_k_categorical_accuracy: TopKCategoricalAccuracy,
    sparse_top_k_categorical_accuracy: SparseTopKCategoricalAccuracy,
    pearson_correlation: PearsonCorrelation,
    concordance_correlation: ConcordanceCorrelation,
}

_CLASSES: dict[str, type[Metric]] = {
    cls.__name__: cls
    for cls in (
        AUC,
        Accuracy,
        BinaryAccuracy,
        BinaryCrossentropy,
        BinaryIoU,
        CategoricalAccuracy,
        CategoricalCrossentropy,
        CategoricalHinge,
        ConcordanceCorrelation,
        CosineSimilarity,
        F1Score,
        FBetaScore,
        FalseNegatives,
        FalsePositives,
        Hinge,
        IoU,
        KLDivergence,
        LogCoshError,
        Mean,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanIoU,
        MeanMetricWrapper,
        MeanSquaredError,
        MeanSquaredLogarithmicError,
        OneHotIoU,
        OneHotMeanIoU,
        PearsonCorrelation,
        Poisson,
        Precision,
        PrecisionAtRecall,
        R2Score,
        Recall,
        RecallAtPrecision,
        RootMeanSquaredError,
        SensitivityAtSpecificity,
        SparseCategoricalAccuracy,
        SparseCategoricalCrossentropy,
        SparseTopKCategoricalAccuracy,
        SpecificityAtSensitivity,
        SquaredHinge,
        Sum,
        TopKCategoricalAccuracy,
        TrueNegatives,
        TruePositives,
    )
}
_NAMES: dict[str, type[Metric]] = {
    **_CLASSES,
    **{snake_case(name): cls for name, cls in _CLASSES.items()},
    "bce": BinaryCrossentropy,
    "BCE": BinaryCrossentropy,
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "MAE": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "MAPE": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
    "MSLE": MeanSquaredLogarithmicError,
}


def get(identifier: Any) -> Any:
    """Return the metric or function that a name, a class, a dict, or itself means.

    Raises
    ------
    NotImplementedError
        If it is a function or class of one's own.
    ValueError
        If it is no metric.
    """
    if identifier is None or isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str | Mapping):
        return deserialize(identifier)
    if isinstance(identifier, type) and identifier in _CLASSES.values():
        return identifier()
    if identifier in _METRIC_OF or identifier in _losses._CLASS_OF:
        return identifier
    if callable(identifier):
        raise NotImplementedError(
            "The metric must be one of Fanin's: functions and classes of one's own can't be called "
            f"while the native library trains. Received: {identifier}"
        )
    raise ValueError(f"Could not interpret metric identifier: {identifier}")


def resolve(
    identifiers: list[Any], target_shape: tuple[int, ...], output_shape: tuple[int, ...]
) -> list[Metric]:
    """Return the metrics of a compiled model, named as Keras names them.

    "accuracy" and "acc" become binary for one unit, sparse for targets without the units' axis,
    else categorical accuracy.

    Parameters
    ----------
    identifiers : list
        What `compile` was given.
    target_shape, output_shape : tuple of int
        Of y and of what the model predicts.

    Raises
    ------
    NotImplementedError, ValueError
        As `get`.
    """
    metrics: list[Metric] = []
    for identifier in identifiers:
        if identifier is None:
            raise ValueError("Expected metric, received `None`")
        if str(identifier).lower() in ("accuracy", "acc"):
            is_binary, is_sparse = _losses.binary_or_sparse(target_shape, output_shape)
            found: Any = CategoricalAccuracy()
            if is_binary:
                found = BinaryAccuracy()
            elif is_sparse:
                found = SparseCategoricalAccuracy()
        else:
            found = get(identifier)
        if not isinstance(found, Metric):
            function = found
            found = (
                _METRIC_OF[function]() if function in _METRIC_OF else MeanMetricWrapper(function)
            )
            found.name = function.__name__
        if isinstance(identifier, str):
            found.name = identifier
        metrics.append(found)
    return metrics


def serialize(metric: Any) -> Any:
    """Return the dictionary, as Keras writes it, that describes a metric or a function."""
    if metric in _losses._CLASS_OF:
        return _losses.serialize(metric)
    return _named.serialize(metric, "keras.metrics", _CLASSES)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the metric or function that a name or a dictionary of `serialize`, or Keras's, means.

    Raises
    ------
    TypeError
        If the class does not take the config.
    ValueError
        If there is no such name.
    """
    if isinstance(config, Mapping) and config.get("class_name") == "function":
        return _losses.deserialize(config, custom_objects)
    if isinstance(config, str) and config not in _NAMES and config not in (custom_objects or {}):
        raise ValueError(f"Could not interpret metric identifier: {config}")
    return _named.deserialize("metric", config, _NAMES, custom_objects)
