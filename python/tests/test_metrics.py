"""Metrics: results are those of Keras on TensorFlow."""

from pathlib import Path

import judgement_cases as cases
import numpy as np
import pytest

from fanin import losses, metrics

GOLDEN = np.load(Path(__file__).parent / "golden/judgements.npz")


# Keras adds up in float32: a few roundings of sums of up to 60 terms.
@pytest.mark.parametrize("number", range(len(cases.METRICS)))
def test_keras(number):
    name, data, arguments = cases.METRICS[number]
    y_true, y_pred = cases.DATA[data]
    weights = cases.metric_weights(name)
    expected = GOLDEN[f"metric_{number}"]
    for weighted, result in zip((None, weights), expected, strict=True):
        metric = getattr(metrics, name)(**arguments)
        for part in (slice(0, 5), slice(5, None)):
            metric.update_state(
                y_true[part], y_pred[part], None if weighted is None else weighted[part]
            )
        np.testing.assert_allclose(metric.result(), result, rtol=5e-6, atol=5e-6)
        metric.reset_state()
        assert np.all(metric.result() == 0)


@pytest.mark.parametrize("number", range(len(cases.METRICS)))
def test_configs_and_copies(number):
    name, _, arguments = cases.METRICS[number]
    metric = getattr(metrics, name)(**arguments)
    written = metrics.serialize(metric)
    assert (written["module"], written["class_name"]) == ("keras.metrics", name)
    again = metrics.deserialize(written)
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    assert metrics.get(metric) is metric


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mse", metrics.MeanSquaredError),
        ("MAE", metrics.MeanAbsoluteError),
        ("bce", metrics.BinaryCrossentropy),
        ("auc", metrics.AUC),
        ("top_k_categorical_accuracy", metrics.TopKCategoricalAccuracy),
        ("SparseCategoricalAccuracy", metrics.SparseCategoricalAccuracy),
        (metrics.Precision, metrics.Precision),
        ("r2_score", metrics.R2Score),
        ("f_beta_score", metrics.FBetaScore),
    ],
)
def test_get(name, kind):
    assert type(metrics.get(name)) is kind


# Which accuracy "accuracy" is, by the shapes: Keras's rule.
@pytest.mark.parametrize(
    ("shape", "output_shape", "kind"),
    [
        ((9,), (9, 3), metrics.SparseCategoricalAccuracy),
        ((9, 1), (9, 3), metrics.SparseCategoricalAccuracy),
        ((9, 3), (9, 3), metrics.CategoricalAccuracy),
        ((9,), (9, 1), metrics.BinaryAccuracy),
        ((9, 1), (9, 1), metrics.BinaryAccuracy),
        ((9, 4), (9, 4, 3), metrics.SparseCategoricalAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "ACC"])
def test_accuracy(shape, output_shape, kind, name):
    (metric,) = metrics.resolve([name], shape, output_shape)
    assert type(metric) is kind
    assert metric.name == name


def test_resolved_names_are_those_typed():
    mine = metrics.BinaryAccuracy("mine", threshold=0.75)
    given = ["mae", mine, metrics.BinaryAccuracy, losses.huber, metrics.categorical_accuracy]
    resolved = metrics.resolve(given, (5, 2), (5, 2))
    assert [metric.name for metric in resolved] == [
        "mae",
        "mine",
        "binary_accuracy",
        "huber",
        "categorical_accuracy",
    ]
    assert resolved[1] is mine
    with pytest.raises(ValueError, match="received `None`"):
        metrics.resolve([None], (5, 2), (5, 2))


def test_wrapper():
    metric = metrics.MeanMetricWrapper(losses.huber, name="h", delta=0.5)
    other = metrics.deserialize(metrics.serialize(metric))
    y, p = np.zeros((3, 2)), np.arange(6.0).reshape(3, 2)
    assert metric(y, p) == other(y, p) == np.float32(losses.Huber(0.5)(y, p))
    assert metric._direction == "down"
    with pytest.raises(NotImplementedError, match="one's own"):
        metrics.MeanMetricWrapper(max)


def test_mean_and_sum():
    values = np.arange(6.0).reshape(2, 3)
    assert metrics.Mean()(values) == 2.5
    assert metrics.Mean()(values, [1, 3]) == (1 + 3 * 4) / 4
    assert metrics.Sum()(values, [1, 3]) == 3 + 3 * 12
    assert metrics.Mean()(4.0) == 4
    assert metrics.Mean().result() == 0
    with pytest.raises(NotImplementedError, match="Mean does not compare"):
        metrics.Mean().native()


def test_functions_of_samples():
    y, p = cases.DATA["shares"]
    labels = y.argmax(axis=1)
    expected = labels == p.argmax(axis=1)
    np.testing.assert_array_equal(metrics.categorical_accuracy(y, p), expected)
    np.testing.assert_array_equal(metrics.sparse_categorical_accuracy(labels, p), expected)
    in_top = [label in np.argsort(-row)[:2] for label, row in zip(labels, p, strict=True)]
    np.testing.assert_array_equal(metrics.sparse_top_k_categorical_accuracy(labels, p, 2), in_top)
    np.testing.assert_array_equal(metrics.top_k_categorical_accuracy(y, p, 2), in_top)
    np.testing.assert_array_equal(metrics.binary_accuracy([0, 1], [[0.5], [0.6]]), [[1], [1]])


def test_sorted_class_numbers():
    metric = metrics.SparseTopKCategoricalAccuracy(2, from_sorted_ids=True)
    assert metric([1, 1], [[3, 1, 2], [3, 2, 1]]) == 0.5
    assert metric.get_config()["from_sorted_ids"]


def test_ties_and_what_is_not_finite_in_the_top_k():
    metric = metrics.SparseTopKCategoricalAccuracy(1)
    assert metric([1, 1, 1], [[1, 1, 0], [0, 1, np.nan], [2, 1, 0]]) == np.float32(1 / 3)


def test_weights_of_positions():
    y, p = np.ones((2, 3)), np.array([[[0.0]] * 3, [[1.0]] * 3])
    metric = metrics.BinaryAccuracy()
    assert metric(y[..., None], p, [1, 3]) == 0.75
    metric.reset_state()
    assert metric(y[..., None], p, [[1, 0, 0], [1, 1, 1]]) == 0.75
    with pytest.raises(ValueError, match="sample_weight"):
        metric(y[..., None], p, np.ones(3))


def test_a_state_belongs_to_one_number_of_units():
    metric = metrics.F1Score()
    metric(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="reset_state"):
        metric(np.ones((2, 4)), np.ones((2, 4)))


@pytest.mark.parametrize("wrong", ["Acc", "rmse", "acc", 1, {"class_name": "X"}])
def test_unknown(wrong):
    with pytest.raises(ValueError, match="Could not interpret metric identifier"):
        metrics.get(wrong)


def test_functions_of_ones_own():
    with pytest.raises(NotImplementedError, match="one's own"):
        metrics.get(max)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: metrics.Precision(1.5), "Threshold values must be in"),
        (lambda: metrics.AUC(1), "num_thresholds=1"),
        (lambda: metrics.AUC(curve="X"), "Invalid AUC curve"),
        (lambda: metrics.AUC(summation_method="X"), "Invalid AUC summation"),
        (lambda: metrics.AUC(num_labels=2), "num_labels"),
        (lambda: metrics.PrecisionAtRecall(2), "recall=2"),
        (lambda: metrics.PrecisionAtRecall(0.5, 0), "num_thresholds=0"),
        (lambda: metrics.FBetaScore("x"), "average=x"),
        (lambda: metrics.FBetaScore(beta=2), "Python float"),
        (lambda: metrics.FBetaScore(beta=-1.0), "beta=-1.0"),
        (lambda: metrics.FBetaScore(threshold=2.0), "threshold=2.0"),
        (lambda: metrics.R2Score("x"), "class_aggregation=x"),
        (lambda: metrics.R2Score(num_regressors=-1), "num_regressors=-1"),
        (lambda: metrics.IoU(2, [2]), "out of range"),
        (lambda: metrics.R2Score()([1.0], [1.0]), "2D inputs"),
        (lambda: metrics.AUC(multi_label=True)([1.0], [1.0]), "rank 2"),
        (lambda: metrics.Precision(class_id=3)([[1.0, 1]], [[1.0, 1]]), "class_id=3"),
        (lambda: metrics.AUC(label_weights=[1])([[1.0, 1]], [[1.0, 1]]), "label_weights"),
    ],
)
def test_wrong_arguments(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_dtype():
    with pytest.raises(NotImplementedError, match="dtype=float16"):
        metrics.CategoricalAccuracy(dtype="float16")
    assert metrics.MeanSquaredError(dtype="float64")([[0.0]], [[0.1]]).dtype == np.float64
    assert metrics.IoU(2, [0]).dtype == "int64"
