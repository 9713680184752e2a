"""AutoInit: the variance that the paper claims, on real networks and random inputs."""

import json
import math
from typing import Any

import numpy as np
import pytest

import fanin
from fanin import layers
from fanin._signal import propagate
from fanin.autoinit import AutoInit

WIDTH = 256
DEPTH = 50


def deep(activation: str, kernel: Any, depth: int = DEPTH, dropout: float = 0.0) -> Any:
    """Return a network, drawn with a seed."""
    fanin.utils.set_random_seed(7)
    parts: list[Any] = []
    for _ in range(depth):
        parts += [layers.Dense(WIDTH, kernel_initializer=kernel), layers.Activation(activation)]
        if dropout:
            parts.append(layers.Dropout(dropout))
    model = fanin.Sequential(parts)
    model.build((None, WIDTH))
    return model


def measured(model: Any, mean: float = 0.0) -> list[float]:
    """Return the variances of the dense layers' outputs."""
    x = np.random.default_rng(3).normal(mean, 1, (256, WIDTH)).astype(np.float32)
    variances = []
    for layer in model.leaves:
        x = np.asarray(layer(x, training=True))
        if isinstance(layer, layers.Dense):
            variances.append(float(x.var(dtype=float)))
    return variances


@pytest.mark.parametrize(
    ("activation", "kernel"),
    [
        *((f, "lecun_normal") for f in ("relu", "tanh", "elu", "selu", "sigmoid", "softplus")),
        ("tanh", "orthogonal"),
    ],
)
def test_variance_is_one_at_depth_50(activation: str, kernel: str) -> None:
    """Within the fluctuation of a chain of 50 layers; unadapted, it is not.

    A layer multiplies the variance by a random factor of variance at most 5 / width (ReLU's; Hanin
    and Nica 2019); activations that saturate forget it.
    """
    model = deep(activation, kernel)
    before = measured(model)
    report = AutoInit(initializer=kernel).adapt(model)
    after = measured(model)
    spread = math.sqrt(DEPTH * 5 / WIDTH)
    assert max(abs(math.log(v)) for v in after) < 2.5 * spread
    assert [scaled.after for scaled in report.layers] == pytest.approx([1.0] * DEPTH, rel=1e-5)
    # what the paper starts from: the variance wanders off, or settles elsewhere
    if activation in ("relu", "tanh"):
        assert before[-1] < 0.1


@pytest.mark.parametrize("activation", ["gelu", "silu", "mish"])
def test_activations_whose_variance_is_not_stable(activation: str) -> None:
    """What one layer deviates by, the next enlarges: held for 10 layers, lost without AutoInit."""
    model = deep(activation, "lecun_normal", 10)
    assert measured(model)[-1] < 0.1
    AutoInit().adapt(model)
    assert 0.4 < measured(model)[-1] < 2.5


def test_dropout_and_inputs_with_a_mean_are_made_up_for() -> None:
    model = deep("relu", "he_normal", 20, dropout=0.3)
    # (1 / 0.7)²⁰ = 1250
    assert measured(model, 2.0)[-1] > 100
    report = AutoInit(mean=2.0).adapt(model)
    # 2 + 2² · 2, the last by the variance of 256 sums: 9 % of it
    assert report.layers[0].before == pytest.approx(10, abs=3 * 0.09 * 8)
    assert 0.3 < measured(model, 2.0)[-1] < 3
    x = np.random.default_rng(0).normal(2, 1, (500, WIDTH))
    # twice is once
    again = AutoInit().adapt(model, x)
    assert [s.factor for s in again.layers] == pytest.approx([1.0] * 20, abs=5e-3)


def test_a_bias_keeps_its_part() -> None:
    model = fanin.Sequential(
        [layers.Dense(WIDTH, "tanh", bias_initializer=fanin.initializers.RandomNormal(0, 0.5, 1))]
    )
    model.build((None, WIDTH))
    report = AutoInit(mean=0.5, variance=2.0).adapt(model)
    assert report.layers[0].after == pytest.approx(1, rel=1e-6)
    signal = propagate(model, 0.5, 2.0, measured=True)[0]
    assert signal is not None
    assert signal.pre_variance == pytest.approx(1, rel=1e-6)


def test_report() -> None:
    model = deep("relu", "he_normal", 2)
    report = AutoInit().adapt(model)
    assert "kernel multiplied by" in repr(report)
    assert report._repr_html_().count("<tr>") == 3
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found["layers"][1]["layer"] == model.leaves[2].name
    assert AutoInit(initializer="orthogonal").initializer.gain == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"variance": -1.0}, ValueError, "`variance` must be at least 0"),
        ({"variance": 0.0}, ValueError, "must not both be 0"),
        ({"mean": math.nan}, ValueError, "`mean` must be finite"),
        ({"mean": "a"}, TypeError, "`mean` must be a number"),
        ({"initializer": "nothing"}, ValueError, "Could not interpret initializer"),
    ],
)
def test_bad_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        AutoInit(**arguments)


def test_with_a_model_the_kernels_are_drawn_first() -> None:
    model = deep("relu", "zeros", 3)
    fanin.utils.set_random_seed(4)
    report = AutoInit(model, initializer="orthogonal")
    kernels = [np.asarray(layer.kernel, np.float64) for layer in model.leaves[::2]]
    for kernel, scaled in zip(kernels, report.layers, strict=True):
        gram = kernel.T @ kernel / scaled.factor**2
        np.testing.assert_allclose(gram, np.eye(WIDTH), atol=1e-4)
    assert not np.array_equal(kernels[0], kernels[1])
    assert report.adapt(model) is report


def test_an_error_changes_nothing() -> None:
    model = fanin.Sequential(
        [layers.Dense(4, name="first"), layers.Dense(4, kernel_initializer="zeros", name="dead")]
    )
    model.build((None, 4))
    before = [np.array(w) for w in model.get_weights()]
    with pytest.raises(ValueError, match="Received: dead, with variance 0"):
        AutoInit().adapt(model)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    with pytest.raises(ValueError, match="`x` must hold finite numbers"):
        AutoInit().adapt(model, np.zeros((3, 4)))
    with pytest.raises(TypeError, match="`model` must be a Model"):
        AutoInit().adapt("model")


def test_a_layer_that_is_not_known() -> None:
    class Strange(layers.Layer):
        _stages = layers.Identity._stages

    model = fanin.Sequential([layers.Dense(4), Strange()])
    model.build((None, 4))
    kernel = np.array(model.leaves[0].kernel)
    with pytest.raises(NotImplementedError, match="whose variance is known"):
        AutoInit().adapt(model)
    np.testing.assert_array_equal(model.leaves[0].kernel, kernel)
