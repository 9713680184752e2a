from types import SimpleNamespace

import numpy as np
import pytest

from fanin import _native, _network, losses, optimizers, regularizers

W = np.array([[0.5, -1.5, 2.0], [-0.25, 0.0, 1.0]], np.float32)

# What Keras 3.15 gives for W.
VALUES = [
    (regularizers.L1(0.1), 0.525),
    (regularizers.L2(0.1), 0.75625),
    (regularizers.L1L2(0.1, 0.2), 2.0375),
    (regularizers.L1L2(), 0.0),
]


@pytest.mark.parametrize(("regularizer", "expected"), VALUES)
def test_costs_are_those_of_keras(regularizer, expected):
    cost = regularizer(W)
    assert cost.dtype == np.float32
    assert abs(cost - expected) <= 1e-6
    assert regularizer(W.astype(np.float64)).dtype == np.float64
    assert abs(regularizer(W.tolist()) - expected) <= 1e-6


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_orthogonal_costs_the_mean_of_the_cosines(mode):
    vectors = [list(v) for v in (W if mode == "rows" else W.T).astype(float)]
    norms = [sum(a * a for a in v) ** 0.5 for v in vectors]
    cosines = [
        abs(sum(a * b for a, b in zip(vectors[i], vectors[j], strict=True)) / norms[i] / norms[j])
        for i in range(len(vectors))
        for j in range(i)
    ]
    cost = regularizers.OrthogonalRegularizer(0.5, mode)(W)
    assert abs(cost - 0.5 * sum(cosines) / len(cosines)) <= 1e-6
    zeros = np.zeros((2, 3), np.float32)
    assert regularizers.OrthogonalRegularizer(0.5, mode)(zeros) == 0


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("l1", {"l1": 0.009999999776482582}),
        ("L2", {"l2": 0.01}),
        ("l1l2", {"l1": 0.0, "l2": 0.0}),
        ("orthogonal_regularizer", {"factor": 0.009999999776482582, "mode": "rows"}),
    ],
)
def test_names_and_configs_are_those_of_keras(name, config):
    regularizer = regularizers.get(name)
    assert regularizer.get_config() == config
    serialized = regularizers.serialize(regularizer)
    assert serialized == {
        "module": "keras.regularizers",
        "class_name": type(regularizer).__name__,
        "config": config,
        "registered_name": None,
    }
    assert regularizers.get(serialized).get_config() == config
    assert regularizers.get(type(regularizer)).get_config() == config
    assert regularizers.get(regularizer) is regularizer
    assert regularizers.get(None) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: regularizers.L1(-1), "argument l1: expected a non-negative float"),
        (lambda: regularizers.L2(float("nan")), "argument l2"),
        (lambda: regularizers.L1L2(l2="a"), "argument l2"),
        (lambda: regularizers.OrthogonalRegularizer(float("inf")), "argument factor"),
        (lambda: regularizers.OrthogonalRegularizer(mode="x"), "Invalid value for argument `mode`"),
        (lambda: regularizers.OrthogonalRegularizer()(W[0]), "must have rank 2"),
        # Not a name of Keras's, though it has the function.
        (lambda: regularizers.get("l1_l2"), "Could not interpret regularizer identifier: l1_l2"),
        (lambda: regularizers.get(3), "Could not interpret regularizer identifier: 3"),
    ],
)
def test_wrong_values(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_functions_need_gradients():
    for make in (lambda: regularizers.get(lambda w: 0.0), regularizers.Regularizer().native):
        with pytest.raises(NotImplementedError, match="needs automatic differentiation"):
            make()


@pytest.mark.parametrize(
    "regularizer",
    [
        regularizers.L1(0.1),
        regularizers.L2(0.1),
        regularizers.L1L2(0.1, 0.2),
        regularizers.OrthogonalRegularizer(0.5),
        regularizers.OrthogonalRegularizer(0.5, "columns"),
    ],
)
def test_training_adds_cost_and_gradient(regularizer):
    layers = [_network.describe(_native.DENSE, units=3)]
    network = _network.Network(np.dtype(np.float64), (2,), (3,), layers)
    kernel = network.parameter(0, 0, (2, 3))
    start = np.array([[0.5, -1.5, 2.0], [-0.25, 0.75, 1.0]])
    kernel[...] = start
    network.regularize(0, 0, regularizer.native())
    # Of zeros the outputs are zeros, and the gradient is the regularizer's alone.
    samples = _network.Samples(np.zeros((4, 2)), None, np.zeros((4, 3)))
    optimizer = optimizers.SGD(1.0)
    network.compile(optimizer.native(), losses.MeanSquaredError().native(), [])
    variable = SimpleNamespace(
        name="kernel", path="dense/kernel", shape=(2, 3), value=kernel, rate_factor=1.0
    )
    optimizer.bind(network, [(0, 0, variable)])
    sums = np.zeros(1)
    network.evaluate(samples, 4, sums, lambda _: None)
    # float32 factors: those of L1 and OrthogonalRegularizer are kept so.
    assert abs(sums[0] / 4 - regularizer(start)) <= 1e-12
    network.train(samples, None, 4, np.zeros(1), lambda _: None, optimizer.rates(0, 1))
    step = 1e-6
    for i in np.ndindex(2, 3):
        high, low = start.copy(), start.copy()
        high[i] += step
        low[i] -= step
        slope = (regularizer(high) - regularizer(low)) / (2 * step)
        assert abs(start[i] - kernel[i] - slope) <= 1e-8


def test_orthogonal_is_for_matrices():
    layers = [_network.describe(_native.DENSE, units=3, flags=1)]
    network = _network.Network(np.dtype(np.float32), (2,), (3,), layers)
    with pytest.raises(ValueError, match="must have rank 2"):
        network.regularize(0, 1, regularizers.OrthogonalRegularizer().native())
