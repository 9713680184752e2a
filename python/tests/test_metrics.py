import pytest

from fanin import metrics


@pytest.mark.parametrize(
    "kind",
    [metrics.SparseCategoricalAccuracy, metrics.CategoricalAccuracy, metrics.BinaryAccuracy],
)
def test_get_takes_names_classes_instances_and_dicts(kind):
    metric = kind()
    assert metrics.get(metric) is metric
    for identifier in (kind, kind.__name__, metric.name):
        assert type(metrics.get(identifier)) is kind
    config = {**metric.get_config(), "name": "mine"}
    assert metrics.get({"class_name": kind.__name__, "config": config}).get_config() == config


def test_threshold_is_kept():
    assert metrics.BinaryAccuracy(threshold=0.25).get_config() == {
        "name": "binary_accuracy",
        "dtype": "float32",
        "threshold": 0.25,
    }


# Which accuracy "accuracy" is, by the targets' shape and the units, and its name: Keras's rule.
@pytest.mark.parametrize(
    ("shape", "units", "kind"),
    [
        ((9,), 3, metrics.SparseCategoricalAccuracy),
        ((9, 1), 3, metrics.SparseCategoricalAccuracy),
        ((9, 3), 3, metrics.CategoricalAccuracy),
        ((9,), 1, metrics.BinaryAccuracy),
        ((9, 1), 1, metrics.BinaryAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "ACC"])
def test_accuracy(shape, units, kind, name):
    (metric,) = metrics.resolve([name], shape, units)
    assert type(metric) is kind
    assert metric.name == name


def test_names_of_equal_metrics_are_numbered():
    mine = metrics.BinaryAccuracy("mine", threshold=0.75)
    names = ["accuracy", "CategoricalAccuracy", "accuracy", mine, mine, metrics.BinaryAccuracy]
    resolved = metrics.resolve(names, (5, 2), 2)
    assert [metric.name for metric in resolved] == [
        "accuracy",
        "CategoricalAccuracy",
        "accuracy_1",
        "mine",
        "mine_1",
        "binary_accuracy",
    ]
    assert resolved[4].threshold == 0.75
    assert mine.name == "mine"


@pytest.mark.parametrize("other", ["mae", "AUC", "Precision", "top_k_categorical_accuracy", max])
def test_what_keras_has(other):
    with pytest.raises(NotImplementedError, match="The metric must be one of"):
        metrics.get(other)


@pytest.mark.parametrize("wrong", ["Acc", "rmse", None, 1])
def test_unknown(wrong):
    with pytest.raises(ValueError, match="Could not interpret metric identifier"):
        metrics.get(wrong)


def test_dtype():
    with pytest.raises(NotImplementedError, match="dtype=float16"):
        metrics.CategoricalAccuracy(dtype="float16")
