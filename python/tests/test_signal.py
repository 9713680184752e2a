"""Predicted means and variances against those of real networks, averaged over seeds."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fanin
from fanin import activations, layers
from fanin._signal import Signal, propagate
from fanin.initializers import Constant, RandomNormal, RandomUniform, VarianceScaling

WIDTH = 256
SEEDS = 8


def built(parts: list[Any], width: int = WIDTH) -> Any:
    model = fanin.Sequential(parts)
    model.build((None, width))
    return model


def predicted(model: Any, *args: float, **options: Any) -> list[Signal]:
    signals = propagate(model, *args, **options)
    assert [s.layer for s in signals if s is not None] == [layer.name for layer in model.leaves]
    return [signal for signal in signals if signal is not None]


def agree(values: list[float], expected: float, bias: float = 5 / WIDTH) -> None:
    """Within 6 standard errors (of 8 values: 5e-4) and the order 1 / width that is neglected.

    (S. Yaida, "Non-Gaussian processes and neural networks at finite widths", 2020.)
    """
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    assert abs(np.mean(values) - expected) < 6 * error + bias * abs(expected), (
        np.mean(values), error, expected,
    )  # fmt: skip


def slope(f: Callable[..., Any], z: Any) -> Any:
    step = 1e-6 * z.std()
    return (f(z + step) - f(z - step)) / (2 * step)


def chain(
    activation: str, kernel: Callable[[int], Any], depth: int, seed: int
) -> tuple[Any, list[float], list[float]]:
    """Return a model, and its variances forward and mean squares backward, computed in NumPy."""
    model = built(
        [
            layers.Dense(WIDTH, activation, kernel_initializer=kernel(100 * seed + i))
            for i in range(depth)
        ]
    )
    f = getattr(activations, activation)
    rng = np.random.default_rng(seed)
    x = 0.3 + rng.standard_normal((32, WIDTH))
    kernels = [np.asarray(layer.kernel, float) for layer in model.leaves]
    slopes, variances, squares = [], [], []
    for w in kernels:
        z = x @ w
        x = f(z)
        slopes.append(slope(f, z))
        variances.append(float(x.var()))
    gradient = rng.standard_normal(x.shape)
    for w, s in zip(reversed(kernels), reversed(slopes), strict=True):
        squares.insert(0, float(np.square(gradient).mean()))
        gradient = (gradient * s) @ w.T
    return model, variances, squares


KERNELS: dict[str, Callable[[int], Any]] = {
    "glorot": fanin.initializers.GlorotUniform,
    "he": fanin.initializers.HeNormal,
    "lecun": fanin.initializers.LecunNormal,
    "orthogonal": lambda seed: fanin.initializers.Orthogonal(1.2, seed),
    "too small": lambda seed: RandomNormal(0, 0.03, seed),
    "too large": lambda seed: RandomNormal(0, 0.15, seed),
}


@pytest.mark.parametrize(
    ("activation", "kernel"),
    [
        *((f, k) for f in ("linear", "relu", "tanh", "selu", "gelu") for k in ("glorot", "he")),
        *((f, k) for f in ("relu", "tanh") for k in ("orthogonal", "too small", "too large")),
        *(("selu", "lecun"), ("gelu", "too large")),
    ],
)
def test_deep_networks_forward_and_backward(activation: str, kernel: str) -> None:
    """Each seed's gradient is divided by what the predicted one starts from, 1."""
    runs = [chain(activation, KERNELS[kernel], 20, seed) for seed in range(SEEDS)]
    signals = predicted(runs[0][0], 0.3, 1.0)
    for i, signal in enumerate(signals):
        agree([variances[i] for _, variances, _ in runs], signal.variance)
        agree([squares[i] for _, _, squares in runs], signal.gradient_variance)


def test_fifty_layers_that_vanish_and_explode() -> None:
    """Ln of the variance at layer 50; its spread is that of a walk of 50 steps of 5 / width."""
    for scale in (0.5, 1.0, 4.0):
        logs = []
        for seed in range(4):
            model, variances, _ = chain(
                "relu", lambda s, scale=scale: VarianceScaling(scale, seed=s), 50, seed
            )
            logs.append(math.log(variances[-1]))
        expected = math.log(predicted(model, 0.3, 1.0)[-1].variance)
        # the mean of the logarithm lies half the walk's variance below
        spread = 50 * 5 / WIDTH
        assert abs(np.mean(logs) - expected + spread / 2) < 4 * math.sqrt(spread / len(logs))


def each(make: Callable[[int], list[Any]], mean: float, bias: float = 5 / WIDTH) -> list[Signal]:
    """Compare each layer's outputs in training."""
    means: list[list[float]] = []
    variances: list[list[float]] = []
    for seed in range(8):
        fanin.utils.set_random_seed(seed)
        model = built(make(seed))
        x = np.random.default_rng(seed).normal(mean, 1, (128, WIDTH)).astype(np.float32)
        means.append([])
        variances.append([])
        for layer in model.leaves:
            x = np.asarray(layer(x, training=True))
            means[-1].append(float(x.mean(dtype=float)))
            variances[-1].append(float(x.var(dtype=float)))
    signals = predicted(model, mean, 1.0)
    for i, signal in enumerate(signals):
        size = math.sqrt(signal.variance + signal.mean**2)
        agree([m[i] / size + 1 for m in means], signal.mean / size + 1, bias)
        agree([v[i] for v in variances], signal.variance, bias)
    return signals


def repeated(times: int, *kinds: Callable[[], Any]) -> list[Any]:
    return [kind() for _ in range(times) for kind in kinds]


def test_weights_with_a_mean_and_biases() -> None:
    """What units share is summed up by weights whose mean is not zero."""
    each(
        lambda seed: repeated(
            5,
            lambda: layers.Dense(
                WIDTH,
                "tanh",
                kernel_initializer=RandomUniform(-0.1, 0.11),
                bias_initializer=RandomNormal(0.1, 0.3),
            ),
        ),
        0.3,
    )


def test_constant_weights_make_all_units_alike() -> None:
    signals = each(
        lambda seed: repeated(
            4, lambda: layers.Dense(WIDTH, "softplus", kernel_initializer=Constant(0.004))
        ),
        0.5,
    )
    # n² w² of the variance that units share, times the slope's square, which is at most 1
    assert signals[1].pre_variance == pytest.approx((WIDTH * 0.004) ** 2 * signals[0].variance)


@pytest.mark.parametrize(
    "normalization",
    [
        layers.BatchNormalization,
        layers.LayerNormalization,
        layers.RMSNormalization,
        lambda: layers.LayerNormalization(
            gamma_initializer=RandomNormal(1.0, 0.3), beta_initializer=RandomNormal(0.2, 0.5)
        ),
    ],
)
def test_normalizations(normalization: Callable[[], Any]) -> None:
    """A batch of 128 has one degree of freedom less: another 1 / 128."""
    each(
        lambda seed: repeated(
            6, lambda: layers.Dense(WIDTH), normalization, lambda: layers.Activation("gelu")
        ),
        0.3,
        5 / WIDTH + 1 / 128,
    )


def test_gradients_explode_through_batch_normalization() -> None:
    """By π / (π - 1) a layer for ReLU: Yang et al. 2019, section 3 (epsilon is 0)."""
    signals = predicted(
        built(
            repeated(
                10,
                lambda: layers.Dense(WIDTH, kernel_initializer="he_normal"),
                lambda: layers.BatchNormalization(epsilon=0),
                layers.ReLU,
            )
        )
    )
    growth = signals[2].gradient_variance / signals[5].gradient_variance
    assert growth == pytest.approx(math.pi / (math.pi - 1), rel=1e-4)


def test_noise() -> None:
    each(
        lambda seed: repeated(
            2,
            lambda: layers.Dense(WIDTH, "selu", bias_initializer=Constant(0.5)),
            lambda: layers.AlphaDropout(0.2),
            lambda: layers.Dropout(0.3),
            lambda: layers.GaussianNoise(0.4),
            lambda: layers.GaussianDropout(0.25),
            lambda: layers.Dropout(0.0),
        ),
        0.3,
    )


def test_layers_that_move_and_reshape() -> None:
    """Before each activation there is a dense layer, which makes its inputs normal."""
    signals = each(
        lambda seed: [
            layers.Rescaling(2.0, -1.0),
            layers.Normalization(axis=None, mean=1.0, variance=4.0),
            layers.Dense(WIDTH),
            layers.PReLU(alpha_initializer=RandomUniform(0.0, 0.8)),
            layers.Dense(WIDTH),
            layers.LeakyReLU(0.2),
            layers.Reshape((16, 16)),
            layers.Dense(16),
            layers.Flatten(),
            layers.UnitNormalization(),
            layers.Dense(WIDTH),
            layers.ELU(0.7),
            layers.Dense(WIDTH),
            layers.ReLU(max_value=0.03, negative_slope=0.3, threshold=0.01),
        ],
        0.3,
        # layers of 16 inputs
        5 / 16,
    )
    # 4 (1 + 0) / 4, with the mean (2 0.3 - 1 - 1) / 2
    assert (signals[1].mean, signals[1].variance) == pytest.approx((-0.7, 1.0))


def test_activations_of_several_units_and_embeddings() -> None:
    signals = each(
        lambda seed: [
            layers.Dense(64, "relu"),
            layers.Dense(40, "glu"),
            layers.Dense(20, "softmax"),
            layers.Activation("log_softmax"),
        ],
        0.3,
    )
    assert signals[2].mean == pytest.approx(1 / 20)
    model = fanin.Sequential(
        [layers.Embedding(50, 8, RandomNormal(0.0, 0.7)), layers.Flatten(), layers.Dense(4)]
    )
    model.build((None, 3))
    found = predicted(model)
    assert found[0].variance == pytest.approx(0.49)
    # glorot: 2 / (24 + 4)
    assert found[2].variance == pytest.approx(24 * 0.49 / 14)


def test_what_is_measured_counts_by_its_values() -> None:
    model = built([layers.Dense(WIDTH, kernel_initializer="he_normal")])
    before = predicted(model)[0].variance
    model.leaves[0].kernel.assign(3 * np.asarray(model.leaves[0].kernel))
    assert before == pytest.approx(2)
    assert predicted(model)[0].variance == before
    kernel = np.asarray(model.leaves[0].kernel, float)
    exact = np.square(kernel).sum() / WIDTH
    assert predicted(model, measured=True)[0].variance == pytest.approx(exact)
    # a function has no law
    model = built([layers.Dense(WIDTH, kernel_initializer=lambda shape, dtype: kernel)])
    assert predicted(model)[0].variance == pytest.approx(exact)


def test_identity_keeps_everything() -> None:
    signal = predicted(built([layers.Dense(WIDTH, kernel_initializer="identity")]), 0.4, 2.0)[0]
    assert (signal.mean, signal.variance) == pytest.approx((0.4, 2.0))


def test_overflow_is_infinite_and_no_error() -> None:
    parts = repeated(
        200,
        lambda: layers.Dense(WIDTH, "relu", kernel_initializer=RandomNormal(0, 10.0)),
        layers.LayerNormalization,
    )
    signals = predicted(built([layer for layer in parts if isinstance(layer, layers.Dense)]))
    assert math.isfinite(signals[10].variance)
    assert signals[-1].variance == math.inf


def test_a_layer_that_is_not_known_ends_the_prediction() -> None:
    class Strange(layers.Layer):
        _stages = layers.Identity._stages

    model = built([layers.Dense(4), Strange(), layers.Dense(4)], 4)
    signals = propagate(model)
    assert [signal is None for signal in signals] == [False, True, True]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"mean": "0"}, TypeError, "`mean` must be a number"),
        ({"variance": -1.0}, ValueError, "`variance` must be at least 0"),
        ({"variance": math.inf}, ValueError, "`variance` must be finite"),
    ],
)
def test_bad_arguments(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        propagate(built([layers.Dense(2)]), **arguments)


def test_a_model_that_is_not_built() -> None:
    with pytest.raises(ValueError, match="must be a model that is built"):
        propagate(fanin.Sequential([layers.Dense(2)]))
