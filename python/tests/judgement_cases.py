"""Inputs on which activations, losses and metrics are held against Keras.

Used by golden/make_judgements.py, which writes what Keras gives, and by the tests.
"""

import numpy as np

_rng = np.random.default_rng(7)
N, C = 12, 5

EDGES = [-100, -6, -3, -1, -0.5, 0, 0.5, 1, 3, 6, 100]
VALUES = np.concatenate([_rng.normal(size=29) * 3, EDGES]).astype(np.float32).reshape(2, 20)
ROWS = (_rng.normal(size=(3, 4, 6)) * 2).astype(np.float32)

_REAL = _rng.normal(size=(2, N, C)).astype(np.float32)
_UNIT = _rng.uniform(size=(N, C)).astype(np.float32)
_UNIT[0] = [0, 1, 0.5, 0.25, 1]
_SHARES = _rng.dirichlet(np.ones(C), N).astype(np.float32)
_SHARES[0] = [1, 0, 0, 0, 0]
_LABELS = _rng.integers(0, C, N)
_BINARY = _rng.integers(0, 2, (N, C)).astype(np.float32)
_LOGITS = _REAL[1] * 8
_COUNTS = _rng.poisson(3, (2, N, C)).astype(np.float32)
DATA = {
    "real": (_REAL[0], _REAL[1]),
    "counts": (_COUNTS[0], _COUNTS[1] + 0.5),
    "equal": (_COUNTS[0], _COUNTS[1]),
    "shares": (np.eye(C, dtype=np.float32)[_LABELS], _SHARES),
    "row_logits": (np.eye(C, dtype=np.float32)[_LABELS], _LOGITS),
    "labels": (_LABELS, _SHARES),
    "label_logits": (_LABELS, _LOGITS),
    "units": (_BINARY, _UNIT),
    "unit_logits": (_BINARY, _LOGITS),
    "signs": (2 * _BINARY - 1, _REAL[1]),
    "binary": (_BINARY, _REAL[1]),
    "column": (_BINARY[:, :1], _UNIT[:, :1]),
    "classes": (_LABELS, _rng.integers(0, C, N)),
}
WEIGHTS = _rng.uniform(size=N).astype(np.float32)
WHOLE_WEIGHTS = _rng.integers(0, 3, N).astype(np.float32)

_PLAIN = (
    "celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_tanh leaky_relu linear "
    "log_sigmoid mish relu relu6 selu sigmoid silu soft_shrink softplus softsign sparse_plus "
    "sparse_sigmoid squareplus tanh tanh_shrink"
).split()

# (name, arguments, the three constants of the native library)
ACTIVATIONS = [
    *((name, {}) for name in _PLAIN),
    *((name, {"axis": axis}) for name in ("softmax", "log_softmax", "glu") for axis in (2, 1)),
    ("sparsemax", {"axis": -1}),
    ("threshold", {"threshold": 0.3, "default_value": -2.0}),
    ("celu", {"alpha": 0.7}),
    ("elu", {"alpha": 0.7}),
    ("gelu", {"approximate": True}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("squareplus", {"b": 2}),
    ("hard_shrink", {"threshold": 1.0}),
    ("soft_shrink", {"threshold": 1.0}),
    *(
        ("relu", {"negative_slope": slope, "max_value": largest, "threshold": threshold})
        for slope in (0.0, 0.1)
        for largest in (None, 3.0, 6.0)
        for threshold in (0.0, 1.0, -1.0)
    ),
]

LOSSES = [
    ("MeanSquaredError", "real", {}),
    ("MeanAbsoluteError", "real", {}),
    ("MeanAbsolutePercentageError", "real", {}),
    ("MeanSquaredLogarithmicError", "counts", {}),
    ("Huber", "real", {}),
    ("Huber", "real", {"delta": 0.3}),
    ("LogCosh", "real", {}),
    ("CosineSimilarity", "real", {}),
    ("KLDivergence", "shares", {}),
    ("Poisson", "counts", {}),
    *(
        (name, data, {})
        for name in ("Hinge", "SquaredHinge")
        for data in ("signs", "binary", "real")
    ),
    ("CategoricalHinge", "row_logits", {}),
    *(
        (name, data, {"from_logits": data.endswith("logits"), "label_smoothing": smoothing})
        for name, kinds in (
            ("BinaryCrossentropy", ("units", "unit_logits")),
            ("BinaryFocalCrossentropy", ("units", "unit_logits")),
            ("CategoricalCrossentropy", ("shares", "row_logits")),
            ("CategoricalFocalCrossentropy", ("shares", "row_logits")),
        )
        for data in kinds
        for smoothing in (0.0, 0.2)
    ),
    ("BinaryFocalCrossentropy", "units", {"apply_class_balancing": True, "alpha": 0.4}),
    ("CategoricalFocalCrossentropy", "shares", {"gamma": 3.0}),
    ("SparseCategoricalCrossentropy", "labels", {}),
    ("SparseCategoricalCrossentropy", "label_logits", {"from_logits": True}),
    ("SparseCategoricalCrossentropy", "labels", {"ignore_class": 2}),
    ("CategoricalGeneralizedCrossEntropy", "labels", {"q": 0.7}),
    ("Dice", "units", {"axis": -1}),
    ("Tversky", "units", {"axis": -1, "alpha": 0.3, "beta": 0.6}),
]
REDUCTIONS = ["sum_over_batch_size", "sum", "mean_with_sample_weight"]

_THRESHOLDS = [{}, {"thresholds": [0.8, 0.2]}, {"thresholds": [0.0, 0.5, 1.0]}]
METRICS = [
    *((name, "real", {}) for name in ("MeanSquaredError", "RootMeanSquaredError", "R2Score")),
    *((name, "real", {}) for name in ("MeanAbsoluteError", "MeanAbsolutePercentageError")),
    *((name, "real", {}) for name in ("CosineSimilarity", "LogCoshError")),
    *((name, "real", {}) for name in ("PearsonCorrelation", "ConcordanceCorrelation")),
    ("MeanSquaredLogarithmicError", "counts", {}),
    *((name, "signs", {}) for name in ("Hinge", "SquaredHinge")),
    ("CategoricalHinge", "row_logits", {}),
    ("KLDivergence", "shares", {}),
    ("Poisson", "counts", {}),
    ("BinaryCrossentropy", "units", {"label_smoothing": 0.1}),
    ("CategoricalCrossentropy", "row_logits", {"from_logits": True}),
    ("SparseCategoricalCrossentropy", "labels", {"ignore_class": 2}),
    ("Accuracy", "equal", {}),
    ("Accuracy", "classes", {}),
    ("BinaryAccuracy", "units", {"threshold": 0.3}),
    ("CategoricalAccuracy", "shares", {}),
    ("SparseCategoricalAccuracy", "labels", {}),
    ("TopKCategoricalAccuracy", "shares", {"k": 2}),
    ("SparseTopKCategoricalAccuracy", "labels", {"k": 2}),
    *(
        (name, data, thresholds)
        for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
        for data in ("units", "column")
        for thresholds in _THRESHOLDS
    ),
    *(
        (name, "units", arguments)
        for name in ("Precision", "Recall")
        for arguments in (
            *_THRESHOLDS,
            {"top_k": 2},
            {"top_k": 2, "class_id": 1},
            {"class_id": 3, "thresholds": 0.2},
        )
    ),
    *(
        ("AUC", "units", {"curve": curve, "summation_method": method, **more})
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
        for more in ({}, {"multi_label": True}, {"thresholds": [0.1, 0.3, 0.9]})
    ),
    ("AUC", "unit_logits", {"from_logits": True, "num_thresholds": 10}),
    ("SensitivityAtSpecificity", "units", {"specificity": 0.5}),
    ("SpecificityAtSensitivity", "units", {"sensitivity": 0.5, "num_thresholds": 7}),
    ("PrecisionAtRecall", "units", {"recall": 0.5, "class_id": 2}),
    ("RecallAtPrecision", "units", {"precision": 0.5}),
    *(
        ("FBetaScore", "units", {"average": average, "threshold": threshold, "beta": 2.0})
        for average in (None, "micro", "macro", "weighted")
        for threshold in (None, 0.4)
    ),
    ("F1Score", "shares", {"average": "macro"}),
    ("R2Score", "real", {"class_aggregation": None}),
    ("R2Score", "real", {"class_aggregation": "variance_weighted_average", "num_regressors": 3}),
    ("IoU", "classes", {"num_classes": C, "target_class_ids": [0, 2]}),
    ("MeanIoU", "classes", {"num_classes": 4, "ignore_class": 1}),
    ("MeanIoU", "labels", {"num_classes": C, "sparse_y_pred": False}),
    ("OneHotIoU", "shares", {"num_classes": C, "target_class_ids": [1, 2]}),
    ("OneHotMeanIoU", "shares", {"num_classes": C}),
    ("BinaryIoU", "column", {"threshold": 0.3}),
]


def metric_weights(name):
    """Return what the samples of a metric count: whole numbers where Keras makes them that."""
    return WHOLE_WEIGHTS if "IoU" in name else WEIGHTS
