"""The update rules and what comes before and after them, against float64 equations in NumPy."""

from types import SimpleNamespace

import numpy as np
import pytest
import reference_optimizers

from fanin import _native, _network, losses, optimizers
from fanin.optimizers import schedules

SHAPES = [(6, 8), (8,), (8, 3), (3,)]
PLACES = [(0, 0), (0, 1), (1, 0), (1, 1)]
NAMES = ["first/kernel", "first/bias", "second/kernel", "second/bias"]
ROWS, BATCH, STEPS = 40, 8, 25

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.05),
    "momentum": lambda: optimizers.SGD(0.05, momentum=0.9),
    "nesterov": lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.01),
    "amsgrad": lambda: optimizers.Adam(0.05, beta_2=0.5, amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.01, weight_decay=0.1),
    "nadam": lambda: optimizers.Nadam(0.01),
    "adamax": lambda: optimizers.Adamax(0.01),
    "lamb": lambda: optimizers.Lamb(0.01),
    "rmsprop": lambda: optimizers.RMSprop(0.01),
    "centered": lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
    "adagrad": lambda: optimizers.Adagrad(0.05),
    "adadelta": lambda: optimizers.Adadelta(1.0),
    "adafactor": lambda: optimizers.Adafactor(0.5, beta_2_decay=-0.5, clip_threshold=0.5),
    "ftrl": lambda: optimizers.Ftrl(
        0.05,
        l1_regularization_strength=0.01,
        l2_regularization_strength=0.02,
        l2_shrinkage_regularization_strength=0.03,
        beta=0.1,
    ),
    "ftrl_power": lambda: optimizers.Ftrl(0.05, learning_rate_power=-0.7),
    "lion": lambda: optimizers.Lion(0.001),
    "muon": lambda: optimizers.Muon(0.01),
    "muon_plain": lambda: optimizers.Muon(
        0.01, rms_rate=None, nesterov=False, adam_lr_ratio=0.5, adam_weight_decay=0.2, ns_steps=3
    ),
    "decay": lambda: optimizers.Lamb(0.01, weight_decay=0.1),
    "clipnorm": lambda: optimizers.Adam(0.01, clipnorm=0.5),
    "global_clipnorm": lambda: optimizers.SGD(0.05, global_clipnorm=0.5),
    "clipvalue": lambda: optimizers.SGD(0.05, momentum=0.9, clipvalue=0.05),
    "no_clipping": lambda: optimizers.SGD(0.05, clipnorm=-1.0),
    "ema": lambda: optimizers.Adam(0.01, use_ema=True, ema_momentum=0.8),
    "overwrite": lambda: optimizers.SGD(
        0.05, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=4
    ),
    "accumulation": lambda: optimizers.Nadam(
        0.01,
        gradient_accumulation_steps=3,
        use_ema=True,
        ema_momentum=0.5,
        ema_overwrite_frequency=2,
        clipnorm=0.5,
        weight_decay=0.1,
    ),
    "loss_scale": lambda: optimizers.SGD(0.05, loss_scale_factor=1000.0),
    "schedule": lambda: optimizers.SGD(
        schedules.ExponentialDecay(0.1, 5, 0.8), momentum=0.5, weight_decay=0.1
    ),
}


def data(dtype):
    random = np.random.default_rng(3)
    x = random.normal(size=(ROWS, 6))
    y = x @ random.normal(size=(6, 3)) + 0.1 * random.normal(size=(ROWS, 3))
    weights = [0.4 * random.normal(size=shape) for shape in SHAPES]
    return x.astype(dtype), y.astype(dtype), [w.astype(np.float32) for w in weights]


def gradients(x, y):
    """Return what gives the gradients of the mean squared error of tanh(x a + b) c + d."""

    def of(weights, batch):
        rows = np.arange(batch * BATCH, batch * BATCH + BATCH) % ROWS
        a, b, c, d = weights
        h = np.tanh(x[rows] @ a + b)
        error = 2 * (h @ c + d - y[rows]) / (BATCH * 3)
        dh = error @ c.T * (1 - h**2)
        return [x[rows].T @ dh, dh.sum(axis=0), h.T @ error, error.sum(axis=0)]

    return of


def build(optimizer, dtype):
    x, y, start = data(dtype)
    layers = [
        _network.describe(_native.DENSE, units=8, activation=_native.TANH, flags=1),
        _network.describe(_native.DENSE, units=3, flags=1),
    ]
    network = _network.Network(np.dtype(dtype), (6,), (3,), layers)
    values = [network.parameter(*p, s) for p, s in zip(PLACES, SHAPES, strict=True)]
    for value, w in zip(values, start, strict=True):
        value[...] = w
    variables = [
        SimpleNamespace(
            name=name.split("/")[1], path=name, shape=shape, value=value, rate_factor=1.0
        )
        for name, shape, value in zip(NAMES, SHAPES, values, strict=True)
    ]
    network.compile(optimizer.native(), losses.MeanSquaredError().native(), [])
    optimizer.bind(network, [(*p, v) for p, v in zip(PLACES, variables, strict=True)])
    return network, values


def train(optimizer, network, dtype, steps=STEPS):
    x, y, _ = data(dtype)
    for _ in range(steps):
        rows = np.arange(optimizer.batches * BATCH, optimizer.batches * BATCH + BATCH) % ROWS
        samples = _network.Samples(x[rows], None, y[rows])
        rates = optimizer.rates(optimizer.batches, 1)
        network.train(samples, None, BATCH, np.zeros(1), lambda _: None, rates)
        optimizer.batches += 1


# Roundings add up over the steps, and quotients by small roots enlarge them: hundreds of ulps.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 1e-5)])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_are_those_of_the_equations(name, dtype, tolerance):
    optimizer = OPTIMIZERS[name]()
    network, values = build(optimizer, dtype)
    train(optimizer, network, dtype)
    x, y, start = data(dtype)
    x, y = x.astype(np.float64), y.astype(np.float64)
    rates = optimizer.rates(0, STEPS)
    weights, averages = reference_optimizers.train(
        optimizer, [w.astype(np.float64) for w in start], gradients(x, y), rates
    )
    for value, expected, first in zip(values, weights, start, strict=True):
        assert abs(value - expected).max() <= tolerance * max(1, abs(expected).max())
        assert (value != first).all()
    if optimizer.use_ema:
        kept = [state for state in optimizer.variables if state.name.endswith("_average")]
        for state, expected in zip(kept, averages, strict=True):
            assert abs(state - expected).max() <= tolerance * max(1, abs(expected).max())
        optimizer.finalize_variable_values(values)
        for value, state in zip(values, kept, strict=True):
            np.testing.assert_array_equal(value, state)


@pytest.mark.parametrize("by", ["name", "memory"])
def test_excluded_variables_do_not_decay(by):
    x, y, start = data("float64")
    optimizer = optimizers.AdamW(0.01, weight_decay=0.5)
    if by == "name":
        optimizer.exclude_from_weight_decay(var_names=["bias", "second"])
        network, values = build(optimizer, "float64")
    else:
        network, values = build(optimizer, "float64")
        optimizer = optimizers.AdamW(0.01, weight_decay=0.5)
        optimizer.exclude_from_weight_decay(var_list=values[1:])
        network.compile(optimizer.native(), losses.MeanSquaredError().native(), [])
        places = [
            (*p, SimpleNamespace(name="w", path="w", shape=s, value=v, rate_factor=1.0))
            for p, s, v in zip(PLACES, SHAPES, values, strict=True)
        ]
        optimizer.bind(network, places)
    with pytest.raises(ValueError, match="can only be configured before the optimizer is built"):
        optimizer.exclude_from_weight_decay(var_names=["w"])
    train(optimizer, network, "float64")
    weights, _ = reference_optimizers.train(
        optimizer,
        [w.astype(np.float64) for w in start],
        gradients(x, y),
        optimizer.rates(0, STEPS),
        exempt=(1, 2, 3),
    )
    for value, expected in zip(values, weights, strict=True):
        assert abs(value - expected).max() <= 1e-12


def test_muon_leaves_named_layers_to_adam():
    optimizer = optimizers.Muon(exclude_layers=["second"])
    network, _ = build(optimizer, "float32")
    names = [state.name for state in optimizer.variables]
    assert names == [
        "iteration",
        "learning_rate",
        "first_kernel_momentum",
        *("first_bias_momentum", "first_bias_velocity"),
        *("second_kernel_momentum", "second_kernel_velocity"),
        *("second_bias_momentum", "second_bias_velocity"),
    ]
    train(optimizer, network, "float32", 1)
    assert all((state != 0).any() for state in optimizer.variables)


# What Keras 3.15 lists for these layers.
VARIABLES = {
    "centered": [["velocity"], ["momentum"], ["average_gradient"]],
    "amsgrad": [["momentum", "velocity"], ["velocity_hat"]],
    "accumulation": [["average"], ["gradient_accumulator"], ["momentum", "velocity"]],
    "ftrl": [["accumulator", "linear"]],
    "adamax": [["momentum", "norm"]],
    "adadelta": [["accumulated_grad", "accumulated_delta_var"]],
    "sgd": [],
}


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_are_in_the_order_of_keras(name):
    optimizer = OPTIMIZERS[name]()
    assert not optimizer.built
    network, _ = build(optimizer, "float32")
    expected = ["iteration", "learning_rate"] + [
        f"{variable.replace('/', '_')}_{slot}"
        for group in VARIABLES[name]
        for variable in NAMES
        for slot in group
    ]
    found = [state.name for state in optimizer.variables]
    assert found == expected + (["variable"] if name == "accumulation" else [])
    train(optimizer, network, "float32")
    assert int(optimizer.variables[0]) == optimizer.batches == STEPS
    assert int(optimizer.iterations) == (8 if name == "accumulation" else STEPS)


def test_adafactor_keeps_means_of_rows_and_columns_and_placeholders():
    optimizer = optimizers.Adafactor()
    build(optimizer, "float32")
    shapes = [(state.shape, state.dtype) for state in optimizer.variables[2:8]]
    f, i = np.float32, np.int32
    assert shapes == [((6,), f), ((8,), f), ((6, 8), f), ((), i), ((), i), ((8,), f)]


def test_nadams_product_follows_from_the_step():
    optimizer = optimizers.Nadam()
    build(optimizer, "float32")
    optimizer.batches = 2
    expected = np.float32(0.9 * (1 - 0.5 * 0.96) * 0.9 * (1 - 0.5 * 0.96**2))
    assert abs(optimizer.variables[-1] - expected) <= 1e-7


def test_state_can_be_set():
    optimizer = optimizers.Adam(0.01)
    with pytest.raises(ValueError, match="has not yet been built"):
        optimizer.set_weights([])
    network, values = build(optimizer, "float32")
    train(optimizer, network, "float32", 5)
    kept = [state.numpy() for state in optimizer.variables]
    weights = [value.copy() for value in values]
    train(optimizer, network, "float32", 5)
    expected = [value.copy() for value in values]
    for value, w in zip(values, weights, strict=True):
        value[...] = w
    with pytest.raises(ValueError, match="have the shapes"):
        optimizer.set_weights(kept[:-1])
    with pytest.raises(ValueError, match="must match"):
        optimizer.variables[2].assign(np.zeros(3))
    optimizer.set_weights(kept)
    network.set_iterations(optimizer.batches)
    train(optimizer, network, "float32", 5)
    for value, w in zip(values, expected, strict=True):
        np.testing.assert_array_equal(value, w)
