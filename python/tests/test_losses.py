import pytest

from fanin import losses


@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("mse", losses.MeanSquaredError),
        ("MSE", losses.MeanSquaredError),
        ("mean_squared_error", losses.MeanSquaredError),
        ("MeanSquaredError", losses.MeanSquaredError),
        ("sparse_categorical_crossentropy", losses.SparseCategoricalCrossentropy),
        ("SparseCategoricalCrossentropy", losses.SparseCategoricalCrossentropy),
        (losses.SparseCategoricalCrossentropy, losses.SparseCategoricalCrossentropy),
        ("categorical_crossentropy", losses.CategoricalCrossentropy),
        ("CategoricalCrossentropy", losses.CategoricalCrossentropy),
    ],
)
def test_get(identifier, kind):
    assert type(losses.get(identifier)) is kind


def test_get_takes_instances_dicts_and_none():
    loss = losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.25)
    assert losses.get(loss) is loss
    again = losses.get({"class_name": "CategoricalCrossentropy", "config": loss.get_config()})
    assert again.get_config() == loss.get_config()
    assert (again.from_logits, again.label_smoothing) == (True, 0.25)
    assert losses.get(None) is None


def test_configs_are_those_of_keras():
    assert losses.SparseCategoricalCrossentropy().get_config() == {
        "name": "sparse_categorical_crossentropy",
        "reduction": "sum_over_batch_size",
        "from_logits": False,
        "ignore_class": None,
    }
    assert losses.CategoricalCrossentropy().get_config() == {
        "name": "categorical_crossentropy",
        "reduction": "sum_over_batch_size",
        "from_logits": False,
        "label_smoothing": 0.0,
        "axis": -1,
    }
    assert losses.MeanSquaredError().get_config() == {
        "name": "mean_squared_error",
        "reduction": "sum_over_batch_size",
    }


@pytest.mark.parametrize("other", ["mae", "binary_crossentropy", "Huber", "crossentropy", max])
def test_what_keras_has(other):
    with pytest.raises(NotImplementedError, match="The loss must be one of"):
        losses.get(other)


@pytest.mark.parametrize("wrong", ["Mse", "huber_loss", 3, {"class_name": "X"}])
def test_unknown(wrong):
    with pytest.raises(ValueError, match="Could not interpret loss identifier"):
        losses.get(wrong)


def test_wrong_arguments():
    with pytest.raises(NotImplementedError, match="reduction=sum"):
        losses.MeanSquaredError(reduction="sum")
    with pytest.raises(ValueError, match="Received: total"):
        losses.MeanSquaredError(reduction="total")
    with pytest.raises(NotImplementedError, match="ignore_class=1"):
        losses.SparseCategoricalCrossentropy(ignore_class=1)
    with pytest.raises(NotImplementedError, match="axis=1"):
        losses.CategoricalCrossentropy(axis=1)
    with pytest.raises(NotImplementedError, match="dtype=float16"):
        losses.CategoricalCrossentropy(dtype="float16")
    for smoothing in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="label_smoothing"):
            losses.CategoricalCrossentropy(label_smoothing=smoothing)
