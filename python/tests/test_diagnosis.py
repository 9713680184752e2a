"""diagnose: what it measures, against NumPy; what it says, on networks whose fault is known."""

import json
import math

import numpy as np
import pytest

import fanin
from fanin import diagnose
from fanin.initializers import HeNormal, RandomNormal
from fanin.layers import Activation, BatchNormalization, Dense, Dropout, Flatten, Reshape


def network(depth, units, activation, initializer, outputs=10, inputs=64):
    """A stack with seeds 0, 1, ...; `initializer` is called with a seed."""
    layers = [
        Dense(units, activation=activation, kernel_initializer=initializer(i), name=f"hidden_{i}")
        for i in range(depth)
    ]
    last = Dense(outputs, kernel_initializer=initializer(depth), name="logits")
    model = fanin.Sequential([*layers, last, Activation("softmax", name="probabilities")])
    model.build((None, inputs))
    return model


def inputs(rows=128, columns=64, seed=7):
    return RandomNormal(stddev=1.0, seed=seed)((rows, columns))


def moments(values):
    values = np.asarray(values, np.float64)
    centred = values - values.mean()
    return values.mean(), (centred**2).mean(), (centred**4).mean() / (centred**2).mean() ** 2


def test_the_numbers_are_numpy_s():
    x, y = inputs(), np.arange(128) % 10
    model = fanin.Sequential(
        [
            Dense(32, activation="relu", kernel_initializer=HeNormal(1)),
            Reshape((4, 8)),
            Flatten(),
            Dense(16, activation="tanh", kernel_initializer=RandomNormal(stddev=0.6, seed=2)),
            Dense(10, activation="softmax", kernel_initializer=HeNormal(3)),
        ]
    )
    model.compile("sgd", loss="sparse_categorical_crossentropy")
    found = diagnose(model, x, y)
    w1, _, w2, _, w3, _ = (np.asarray(w, np.float64) for w in model.get_weights())
    z1 = x.astype(np.float64) @ w1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ w2
    a2 = np.tanh(z2)
    z3 = a2 @ w3
    p = np.exp(z3 - z3.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    d3 = (p - np.eye(10)[y]) / 128
    d2 = d3 @ w3.T
    d1 = (d2 * (1 - a2**2)) @ w2.T
    assert [layer.kind for layer in found.layers] == ["Dense"] * 3
    for layer, z, a, gradient in zip(
        found.layers, (z1, z2, z3), (a1, a2, p), (d1, d2, d3), strict=True
    ):
        for measured, values in (
            (layer.pre_activations, z),
            (layer.activations, a),
            (layer.gradients, gradient),
        ):
            # float32: products of at most 64 terms, each rounded to 2**-24
            numbers = measured.mean, measured.variance, measured.kurtosis
            scale = np.sqrt((values**2).mean())
            np.testing.assert_allclose(numbers[0], values.mean(), atol=2e-6 * scale)
            np.testing.assert_allclose(numbers[1:], moments(values)[1:], rtol=2e-5)
            assert measured.histogram.sum() == values.size
            assert measured.maximum == pytest.approx(values.max(), rel=1e-5)
    first, second, last = found.layers
    assert first.activations.zeros == first.activations.saturated == (a1 == 0).mean()
    assert first.activations.dead == (a1 == a1[0]).all(axis=0).mean()
    assert second.activations.saturated == (1 - a2**2 < 0.05).mean()
    assert math.isnan(last.activations.saturated)


def test_without_targets_the_outputs_gradients_are_standard_normal():
    found = diagnose(network(2, 256, "relu", HeNormal), inputs(512))
    # variance of a sample variance of n normal values: 2 / n; four of its standard deviations
    assert found.layers[-1].gradients.variance == pytest.approx(1, abs=4 * (2 / 5120) ** 0.5)


@pytest.mark.parametrize(
    ("activation", "initializer"),
    [
        ("relu", HeNormal),
        ("tanh", fanin.initializers.GlorotNormal),
        ("selu", fanin.initializers.LecunNormal),
        ("gelu", lambda seed: fanin.initializers.VarianceScaling(1.5, seed=seed)),
        ("sigmoid", fanin.initializers.GlorotNormal),
    ],
)
def test_what_is_expected_comes_true_in_wide_layers(activation, initializer):
    model = network(6, 1024, activation, initializer, outputs=256, inputs=1024)
    found = diagnose(model, inputs(256, 1024))
    for layer in found.layers[:-2]:
        # one draw of weights: a layer moves ln q by about sqrt(10 / width), so 6 layers by 0.24
        for measured, expected in (
            (layer.pre_activations.variance, layer.predicted_pre_variance),
            (layer.activations.variance, layer.predicted_variance),
            (layer.gradients.square, layer.predicted_gradient),
        ):
            assert abs(math.log(measured / expected)) < 0.24, layer.layer


def faulty(stddev, where, depth=10, activation="relu"):
    """He's network in which one kernel has another standard deviation."""

    def initializer(seed):
        return RandomNormal(stddev=stddev, seed=1) if seed == where else HeNormal(seed)

    return network(depth, 128, activation, initializer)


CASES = {
    "he": (lambda: network(20, 128, "relu", HeNormal), "healthy", None),
    "glorot": (
        lambda: network(20, 128, "relu", fanin.initializers.GlorotNormal), "vanishing", None,
    ),
    "too large": (
        lambda: network(8, 128, "relu", lambda seed: RandomNormal(stddev=1.0, seed=seed)),
        "exploding", None,
    ),
    "one too large": (lambda: faulty(5.0, 4), "exploding", "hidden_4"),
    "one too small": (lambda: faulty(1e-4, 6), "vanishing", "hidden_6"),
    "the first too small": (lambda: faulty(1e-4, 0), "vanishing", "hidden_0"),
    "constant": (
        lambda: network(3, 32, "relu", lambda seed: fanin.initializers.Constant(0.1)),
        "symmetric", "hidden_0",
    ),
    "zeros": (
        lambda: network(3, 32, "tanh", lambda seed: fanin.initializers.Zeros()),
        "symmetric", "hidden_0",
    ),
    "last zero": (
        lambda: network(
            3, 32, "tanh", lambda seed: HeNormal(seed) if seed < 3 else fanin.initializers.Zeros()
        ),
        "healthy", None,
    ),
    "saturated": (
        lambda: network(1, 64, "tanh", lambda seed: RandomNormal(stddev=1.0, seed=seed)),
        "saturated", "hidden_0",
    ),
    "overflow": (
        lambda: network(3, 64, "linear", lambda seed: RandomNormal(stddev=1e30, seed=seed)),
        "not finite", "hidden_1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_verdict_and_who_causes_it(name):
    make, verdict, layer = CASES[name]
    found = diagnose(make(), inputs())
    assert found.verdict == verdict
    if layer is not None or verdict == "healthy":
        assert found.layer == layer
    assert found.layer is None or found.layer in found.sentences[0]
    assert verdict in repr(found)
    json.dumps(found.to_dict(), allow_nan=False)


def test_outputs_may_start_at_zero():
    found = diagnose(CASES["last zero"][0](), inputs())
    assert "logits gives the same for all samples" in found.sentences[-1]
    assert len(found.sentences) == 2


def test_dead_units_are_found():
    model = network(2, 64, "relu", HeNormal)
    model.layers[0].bias[:60] = -100
    found = diagnose(model, inputs())
    assert (found.verdict, found.layer) == ("dead", "hidden_0")
    assert found.layers[0].activations.dead >= 60 / 64


def test_the_model_stays_as_it_was():
    model = fanin.Sequential(
        [Dense(8, activation="relu"), BatchNormalization(), Dropout(0.5, seed=1), Dense(3)]
    )
    model.compile("adam", loss="mse")
    x, y = inputs(64, 5), np.zeros((64, 3), np.float32)
    model.fit(x, y, verbose=0)
    before = [np.array(v.value).tobytes() for v in model.variables]
    optimizer = [v.numpy().tobytes() for v in model.optimizer.variables]
    first = diagnose(model, x, y)
    assert before == [np.array(v.value).tobytes() for v in model.variables]
    assert optimizer == [v.numpy().tobytes() for v in model.optimizer.variables]
    assert first.to_dict() == diagnose(model, x, y).to_dict()
    model.fit(x, y, verbose=0)
    # as in training: the batch's own statistics
    assert first.layers[1].activations.variance == pytest.approx(1, abs=0.02)


def test_a_model_is_built_for_its_data():
    model = fanin.Sequential([Dense(4)])
    assert diagnose(model, inputs(16, 3)).layers[0].kind == "Dense"
    assert model.built


def test_bad_arguments_are_named():
    model = network(1, 4, "relu", HeNormal)
    with pytest.raises(TypeError, match="`model` must be a Model"):
        diagnose([1], inputs())
    with pytest.raises(ValueError, match="compile"):
        diagnose(model, inputs(), np.zeros(128))
    with pytest.raises(ValueError, match="shape"):
        diagnose(model, inputs(8, 3))
    with pytest.raises(ValueError, match="compute something"):
        diagnose(fanin.Sequential([fanin.Input((4,)), Reshape((2, 2))]), inputs(8, 4))


def test_the_picture_shows_measured_and_expected():
    found = diagnose(network(20, 64, "relu", fanin.initializers.GlorotNormal), inputs())
    forward, backward = found.figure().subfigs[0].axes
    assert forward.get_yscale() == backward.get_yscale() == "log"
    measured = [layer.pre_activations.variance for layer in found.layers]
    np.testing.assert_array_equal(forward.lines[0].get_ydata(), measured)
    expected = [layer.predicted_gradient for layer in found.layers[:-2]]
    np.testing.assert_array_equal(backward.lines[1].get_ydata()[:-2], expected)
    assert "data:image/png;base64," in found._repr_html_()
