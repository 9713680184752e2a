import numpy as np
import pytest

from fanin import _native, _network, constraints, losses, optimizers

W = np.array([[0.5, -1.5, 2.0], [-0.25, 0.0, 1.0]], np.float32)


def brought(w, axis, low, high, rate):
    norms = np.sqrt((w.astype(float) ** 2).sum(axis=axis, keepdims=True))
    return w * (rate * np.clip(norms, low, high) + (1 - rate) * norms) / (1e-7 + norms)


CASES = [
    (constraints.MaxNorm(1.0), brought(W, 0, 0, 1, 1)),
    (constraints.MaxNorm(1.0, axis=1), brought(W, 1, 0, 1, 1)),
    (constraints.MaxNorm(1.0, axis=[0, 1]), brought(W, (0, 1), 0, 1, 1)),
    (constraints.MaxNorm(1.0, axis=None), brought(W, None, 0, 1, 1)),
    (constraints.MinMaxNorm(1.0, 1.6, 0.75, -1), brought(W, 1, 1, 1.6, 0.75)),
    (constraints.UnitNorm(), brought(W, 0, 1, 1, 1)),
    (constraints.UnitNorm(-1), brought(W, 1, 1, 1, 1)),
    (constraints.NonNeg(), np.maximum(W, 0)),
    (constraints.Constraint(), W),
]


@pytest.mark.parametrize(("constraint", "expected"), CASES)
def test_arrays_are_brought_to_what_keras_brings_them_to(constraint, expected):
    result = constraint(W)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize(("constraint", "expected"), CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_applies_it_after_the_step(constraint, expected, dtype):
    layers = [_network.describe(_native.DENSE, units=3)]
    network = _network.Network(np.dtype(dtype), (2,), (3,), layers)
    kernel = network.parameter(0, 0, (2, 3))
    kernel[...] = W
    native = constraint.native()
    if native is not None:
        network.constrain(0, 0, native)
    optimizer = optimizers.SGD(0.0)
    network.compile(optimizer.native(), losses.MeanSquaredError().native(), [])
    samples = _network.Samples(np.ones((4, 2), dtype), None, np.ones((4, 3), dtype))
    network.train(samples, None, 4, np.zeros(1), lambda _: None, optimizer.rates(0, 1))
    np.testing.assert_allclose(kernel, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("max_norm", {"max_value": 2, "axis": 0}),
        ("MinMaxNorm", {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0}),
        ("non_neg", {}),
        ("unit_norm", {"axis": 0}),
    ],
)
def test_names_and_configs_are_those_of_keras(name, config):
    constraint = constraints.get(name)
    assert constraint.get_config() == config
    serialized = constraints.serialize(constraint)
    assert serialized == {
        "module": "keras.constraints",
        "class_name": type(constraint).__name__,
        "config": config,
        "registered_name": None,
    }
    assert constraints.get(serialized).get_config() == config
    assert constraints.get(type(constraint)).get_config() == config
    assert constraints.get(constraint) is constraint
    assert constraints.get(None) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        # Keras 2's.
        (lambda: constraints.get("maxnorm"), "Could not interpret constraint identifier: maxnorm"),
        (lambda: constraints.get(3), "Could not interpret constraint identifier: 3"),
        (lambda: constraints.MaxNorm("a"), "`max_value` must be a number"),
        (lambda: constraints.UnitNorm(0.5), "`axis` must be an integer"),
    ],
)
def test_wrong_values(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_axes_must_be_those_of_the_variable():
    layers = [_network.describe(_native.DENSE, units=3)]
    network = _network.Network(np.dtype(np.float32), (2,), (3,), layers)
    for axis in (2, -3, [0, -2]):
        with pytest.raises(ValueError, match="`axis` of a constraint must"):
            network.constrain(0, 0, constraints.UnitNorm(axis).native())


def test_functions_are_left_out():
    class Mine(constraints.Constraint):
        pass

    for make in (lambda: constraints.get(abs), Mine().native):
        with pytest.raises(NotImplementedError, match="A custom constraint"):
            make()
