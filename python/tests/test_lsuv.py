"""LSUV against its definition, and what its paper claims."""

import json

import numpy as np
import pytest

import fanin
from fanin.initializers import HeNormal, RandomNormal, Zeros
from fanin.layers import BatchNormalization, Dense, Dropout
from fanin.lsuv import LSUV


def network(depth=3, activation="relu", units=32, **rest):
    layers = [Dense(units, activation=activation, name=f"hidden_{i}", **rest) for i in range(depth)]
    model = fanin.Sequential([*layers, Dense(10, activation="softmax", name="output", **rest)])
    model.build((None, 20))
    return model


def inputs(seed=1):
    return RandomNormal(mean=0.3, stddev=2.0, seed=seed)((400, 20))


def pre_variances(model, x):
    variances = []
    x = x.astype(np.float64)
    for layer in model.layers:
        z = x @ np.asarray(layer.kernel, np.float64) + np.asarray(layer.bias, np.float64)
        variances.append(z.var())
        x = np.maximum(z, 0)
    return variances


def test_every_layer_gets_variance_one():
    model, x = network(), inputs()
    report = LSUV(model, x, tolerance=0.0, attempts=1)
    # one division is exact but for float32's rounding of kernel and products
    np.testing.assert_allclose(pre_variances(model, x), 1, rtol=1e-5)
    assert [layer.divisions for layer in report.layers] == [1] * 4
    # orthonormal up to that one factor
    kernel = np.asarray(model.layers[1].kernel, np.float64)
    gram = kernel.T @ kernel
    np.testing.assert_allclose(gram / gram[0, 0], np.eye(32), atol=1e-5)
    json.dumps(report.to_dict(), allow_nan=False)


def test_layers_get_different_matrices_and_a_seed_gives_them_again():
    first, second, third = network(), network(), network()
    x = inputs()
    for model, seed in ((first, 3), (second, 3), (third, 4)):
        fanin.utils.set_random_seed(seed)
        LSUV(model, x)
    kernels = [np.array(layer.kernel) for layer in first.layers]
    assert not np.array_equal(kernels[1], kernels[2])
    for ours, theirs in zip(kernels, second.layers, strict=True):
        assert ours.tobytes() == np.array(theirs.kernel).tobytes()
    assert not np.array_equal(kernels[1], third.layers[1].kernel)


def test_adapt_divides_the_kernels_that_are_there():
    model, x = network(kernel_initializer=HeNormal(1)), inputs()
    before = [np.array(layer.kernel, np.float64) for layer in model.layers]
    LSUV(variance=4.0, tolerance=0.01).adapt(model, x)
    np.testing.assert_allclose(pre_variances(model, x), 4, rtol=0.011)
    for old, layer in zip(before, model.layers, strict=True):
        np.testing.assert_allclose(layer.kernel / old, (layer.kernel / old)[0, 0], rtol=1e-6)


def test_what_is_near_enough_stays():
    model, x = network(1), inputs()
    LSUV(model, x, tolerance=0.0, attempts=1)
    model.layers[0].kernel[...] *= np.float32(1.02)
    kernel = np.array(model.layers[0].kernel)
    report = LSUV(tolerance=0.1).adapt(model, x)
    assert report.layers[0].divisions == 0
    assert np.array_equal(model.layers[0].kernel, kernel)


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_fifty_layers_keep_their_variance(activation):
    def spread(adapts):
        model = network(
            50,
            activation,
            64,
            kernel_initializer=lambda s, dtype: RandomNormal(seed=s[0])(s, dtype),
        )
        x = inputs()
        if adapts:
            LSUV(model, x)
        found = fanin.diagnose(model, x)
        return [layer.pre_activations.variance for layer in found.layers]

    assert all(0.89 < variance < 1.11 for variance in spread(True))
    assert min(spread(False)) < 1e-9


def test_biases_and_layers_with_a_memory():
    model = fanin.Sequential(
        [
            Dense(16, activation="tanh", bias_initializer=RandomNormal(stddev=0.5, seed=1)),
            BatchNormalization(),
            Dropout(0.5, seed=3),
            Dense(4, bias_initializer=RandomNormal(stddev=0.2, seed=2)),
        ]
    )
    x = inputs()
    model.build((None, 20))
    kept = [np.array(v.value) for v in model.variables if v.name != "kernel"]
    report = LSUV(model, x, tolerance=1e-3, attempts=30)
    assert all(abs(layer.after - 1) <= 1e-3 for layer in report.layers)
    assert report.layers[0].divisions > 1  # the bias is not divided
    for before, after in zip(
        kept, [v.value for v in model.variables if v.name != "kernel"], strict=True
    ):
        assert np.array_equal(before, after)


def test_a_failure_leaves_the_model_alone():
    model = network()
    model.layers[2].bias[...] = 0
    before = [np.array(w) for w in model.get_weights()]
    for bad in (np.zeros((8, 20)), np.full((8, 20), np.nan)):
        with pytest.raises(ValueError, match="hidden_0 must give values that vary"):
            LSUV(model, bad)
    with pytest.raises(ValueError, match="hidden_0"):
        LSUV(model, inputs(), initializer=Zeros())
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(old, new)


@pytest.mark.parametrize(
    ("arguments", "exception", "match"),
    [
        ({"variance": 0.0}, ValueError, "variance"),
        ({"tolerance": -1.0}, ValueError, "tolerance"),
        ({"attempts": 0}, ValueError, "attempts"),
        ({"model": 1}, TypeError, "must be a Model"),
        ({"x": np.ones((2, 2))}, TypeError, "`model`"),
        ({"initializer": None}, TypeError, "`initializer`"),
        ({"model": 1, "x": 1}, TypeError, "must be a Model"),
        ({"initializer": "nothing"}, ValueError, "nothing"),
    ],
)
def test_bad_arguments(arguments, exception, match):
    with pytest.raises(exception, match=match):
        LSUV(**arguments)
