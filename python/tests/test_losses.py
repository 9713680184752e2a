"""Losses: values and gradients are those of Keras on TensorFlow."""

from pathlib import Path

import judgement_cases as cases
import numpy as np
import pytest

from fanin import _arrays, _native, losses
from fanin._answers import Answers, addresses

GOLDEN = np.load(Path(__file__).parent / "golden/judgements.npz")
CASES = range(len(cases.LOSSES))


def make(number, **more):
    """Return a case's loss, targets and predictions."""
    name, data, arguments = cases.LOSSES[number]
    return (getattr(losses, name)(**arguments, **more), *cases.DATA[data])


def gradient(loss, y_true, y_pred):
    """Return the native gradient of each sample's loss by its predictions."""
    answers = Answers(y_true, y_pred, sparse=loss.sparse)
    values, found = np.empty(answers.rows, answers.dtype), np.empty_like(answers.outputs)
    _native.call(
        "losses",
        _arrays.check_floating(answers.dtype),
        _native.byref(loss._described()),
        *addresses(answers.outputs, answers.labels, answers.targets),
        answers.rows,
        answers.units,
        _arrays.address(values),
        _arrays.address(found),
    )
    return found


# Sums of five terms in float32.
@pytest.mark.parametrize("number", CASES)
def test_keras(number):
    loss, y_true, y_pred = make(number, reduction="none")
    expected = GOLDEN[f"loss_{number}"]
    np.testing.assert_allclose(loss(y_true, y_pred), expected, rtol=2e-6, atol=2e-6)
    expected = GOLDEN[f"loss_{number}_gradient"]
    scale = max(1, np.abs(expected).max())
    found = gradient(loss, y_true, y_pred)
    np.testing.assert_allclose(found, expected, rtol=4e-6, atol=1e-6 * scale)


@pytest.mark.parametrize("reduction", cases.REDUCTIONS)
@pytest.mark.parametrize("number", CASES)
def test_reductions(number, reduction):
    loss, y_true, y_pred = make(number, reduction=reduction)
    found = [loss(y_true, y_pred), loss(y_true, y_pred, cases.WEIGHTS)]
    np.testing.assert_allclose(found, GOLDEN[f"loss_{number}_{reduction}"], rtol=3e-6)


@pytest.mark.parametrize("number", CASES)
def test_numerical_gradient(number):
    loss, y_true, y_pred = make(number)
    # Not where a formula has an edge.
    y_pred = np.random.default_rng(number).uniform(0.1, 0.9, y_pred.shape)
    if loss.kind == _native.CATEGORICAL_CROSSENTROPY and loss.from_logits:
        assert np.allclose(y_true.sum(axis=-1), 1)  # what TensorFlow's gradient takes for granted
    step, numerical = 1e-6, np.empty_like(y_pred)
    for i in range(y_pred.shape[1]):
        change = np.zeros_like(y_pred)
        change[:, i] = step
        difference = loss.call(y_true, y_pred + change) - loss.call(y_true, y_pred - change)
        numerical[:, i] = difference / (2 * step)
    # 2e-16 / 1e-6 from the subtraction, of numbers up to 1e9 in percentages of 1e-7.
    size = np.abs(loss.call(y_true, y_pred)).max()
    found = gradient(loss, y_true, y_pred)
    np.testing.assert_allclose(found, numerical, rtol=1e-6, atol=2e-9 * max(1, size))


@pytest.mark.parametrize("name", sorted(set(losses._CLASSES) - {"LossFunctionWrapper"}))
def test_classes_and_configs(name):
    kind = losses._CLASSES[name]
    if name in ("CTC", "Circle"):
        with pytest.raises(NotImplementedError, match=f"{name.replace('C', 'c', 1)}|{name} loss"):
            losses.get(name)
        return
    loss = losses.get(name)
    assert type(loss) is type(losses.get(kind)) is kind
    assert losses.get(loss) is loss
    written = losses.serialize(loss)
    assert written["module"] == "keras.losses"
    again = losses.deserialize(written)
    assert type(again) is kind
    assert again.get_config() == loss.get_config()


def test_function_names_give_functions():
    assert losses.get("mse") is losses.get("MSE") is losses.mean_squared_error
    assert losses.get("kld") is losses.kl_divergence
    assert losses.get("bce") is losses.get(losses.binary_crossentropy)
    written = losses.serialize(losses.huber)
    assert written["config"] == "huber"
    assert losses.get(written) is losses.huber
    assert losses.get(None) is None


def test_configs_are_those_of_keras():
    plain = {"reduction": "sum_over_batch_size"}
    assert losses.SparseCategoricalCrossentropy().get_config() == {
        "name": "sparse_categorical_crossentropy",
        **plain,
        "from_logits": False,
        "ignore_class": None,
    }
    assert losses.CategoricalCrossentropy().get_config() == {
        "name": "categorical_crossentropy",
        **plain,
        "from_logits": False,
        "label_smoothing": 0.0,
        "axis": -1,
    }
    assert losses.Huber().get_config() == {"name": "huber_loss", **plain}
    assert losses.Huber(2).get_config() == {"name": "huber_loss", **plain, "delta": 2.0}


# Keras's rule.
@pytest.mark.parametrize(
    ("shape", "output_shape", "kind"),
    [
        ((9,), (9, 3), _native.SPARSE_CATEGORICAL_CROSSENTROPY),
        ((9, 1), (9, 3), _native.SPARSE_CATEGORICAL_CROSSENTROPY),
        ((9, 3), (9, 3), _native.CATEGORICAL_CROSSENTROPY),
        ((9,), (9, 1), _native.BINARY_CROSSENTROPY),
    ],
)
@pytest.mark.parametrize("name", ["crossentropy", "ce", "CE"])
def test_crossentropy_is_resolved_by_shapes(shape, output_shape, kind, name):
    loss = losses.resolve(name, shape, output_shape)
    assert loss.kind == kind
    assert loss.name == name


def test_resolved_functions_keep_their_name():
    assert losses.resolve("mse", (9,), (9, 1)).name == "mse"
    assert losses.resolve(losses.huber, (9,), (9, 1)).name == "huber"
    assert losses.resolve(None, (9,), (9, 1)) is None
    wrapper = losses.LossFunctionWrapper(losses.huber, name="mine", delta=3.0)
    again = losses.deserialize(losses.serialize(wrapper))
    assert again.native().constants[0] == 3
    assert again.name == "mine"


@pytest.mark.parametrize("wrong", ["Mse", "huber_loss", "logcosh", 3, {"class_name": "X"}])
def test_unknown(wrong):
    with pytest.raises(ValueError, match="Could not interpret loss identifier"):
        losses.get(wrong)


def test_functions_of_ones_own_need_automatic_differentiation():
    with pytest.raises(NotImplementedError, match="automatic differentiation"):
        losses.get(max)


def test_which_losses_training_has():
    for reduction in ("none", None):
        with pytest.raises(NotImplementedError, match=f"reduction={reduction}"):
            losses.MeanSquaredError(reduction=reduction).native()
    with pytest.raises(NotImplementedError, match="axis=1"):
        losses.CategoricalCrossentropy(axis=1).native()
    with pytest.raises(NotImplementedError, match="axis=None"):
        losses.Dice().native()
    assert losses.MeanSquaredError(reduction="sum").native(0.5).weight == 0.5


def test_wrong_arguments():
    with pytest.raises(ValueError, match="reduction=total"):
        losses.MeanSquaredError(reduction="total")
    with pytest.raises(ValueError, match="axis=1"):
        losses.SparseCategoricalCrossentropy(axis=1)
    with pytest.raises(ValueError, match="axis=True"):
        losses.CategoricalCrossentropy(axis=True)
    with pytest.raises(NotImplementedError, match="dtype=float16"):
        losses.CategoricalCrossentropy(dtype="float16")
    for smoothing in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="label_smoothing"):
            losses.CategoricalCrossentropy(label_smoothing=smoothing)
    for q in (0, 1):
        with pytest.raises(ValueError, match="interval"):
            losses.CategoricalGeneralizedCrossEntropy(q)


def test_wrong_data():
    with pytest.raises(ValueError, match="same shape"):
        losses.mean_squared_error(np.ones((3, 2)), np.ones((4, 2)))
    with pytest.raises(ValueError, match=r"between 0 and 2.*3"):
        losses.sparse_categorical_crossentropy([0, 3], np.ones((2, 3)))
    with pytest.raises(ValueError, match="last dimension"):
        losses.sparse_categorical_crossentropy([0, 1, 2], np.ones((2, 3)))


# Keras's squeeze_or_expand_to_same_rank.
@pytest.mark.parametrize(
    ("y_shape", "p_shape", "shape"),
    [((4,), (4, 1), (4,)), ((4, 1), (4,), (4,)), ((4, 3), (4, 3, 1), (4,)), ((4,), (4,), ())],
)
def test_last_axes_of_one(y_shape, p_shape, shape):
    y, p = np.zeros(y_shape), np.full(p_shape, 2.0)
    found = losses.mean_squared_error(y, p)
    assert found.shape == shape
    np.testing.assert_array_equal(found, np.full(shape, 4))


def test_axes_of_arrays():
    rng = np.random.default_rng(1)
    y, p = rng.integers(0, 2, (3, 4, 2)) * 1.0, rng.uniform(size=(3, 4, 2))
    found = losses.binary_crossentropy(y, p, axis=1)
    moved = losses.binary_crossentropy(y.transpose(0, 2, 1), p.transpose(0, 2, 1))
    np.testing.assert_array_equal(found, moved)
    # Roundings of sums of 24 terms.
    whole = 1 - 2 * (y * p).sum() / (y.sum() + p.sum() + 1e-7)
    np.testing.assert_allclose(losses.dice(y, p), whole, rtol=1e-14)
    assert losses.tversky(y, p, axis=(1, 2)).shape == (3,)
