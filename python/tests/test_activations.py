"""The 32 activations: values and gradients are those of Keras on TensorFlow."""

from pathlib import Path

import judgement_cases as cases
import numpy as np
import pytest

from fanin import _arrays, _native, activations

GOLDEN = np.load(Path(__file__).parent / "golden/judgements.npz")
NAMES = sorted(activations._TABLE)


def constants(name, arguments):
    """Return what the native library takes for a case's arguments."""
    if name == "relu" and arguments:
        largest = arguments["max_value"]
        return (
            arguments["negative_slope"],
            np.inf if largest is None else largest,
            arguments["threshold"],
        )
    values = tuple(float(v) for k, v in arguments.items() if k != "axis")
    return values or activations._TABLE[name][2]


def backward(name, arguments, x, dy):
    """Return the native gradient by x."""
    outer, size, inner = 1, x.size, 1
    if "axis" in arguments:
        axis = arguments["axis"] % x.ndim
        outer, size, inner = np.prod(x.shape[:axis]), x.shape[axis], np.prod(x.shape[axis + 1 :])
    dx, y = np.empty_like(x), np.empty_like(dy)
    _native.call(
        "activate",
        _arrays.check_floating(x.dtype),
        activations._TABLE[name][1],
        (_native.c_double * 3)(*constants(name, arguments)),
        _arrays.address(x),
        int(outer),
        size,
        int(inner),
        _arrays.address(y),
        _arrays.address(dy),
        _arrays.address(dx),
    )
    return dx


# A few roundings of 2**-24; TensorFlow's tanh and exp are off by as much.
@pytest.mark.parametrize("number", range(len(cases.ACTIVATIONS)))
def test_keras(number):
    name, arguments = cases.ACTIVATIONS[number]
    x = cases.ROWS if "axis" in arguments else cases.VALUES
    y = getattr(activations, name)(x, **arguments)
    expected = GOLDEN[f"activation_{number}"]
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, expected, rtol=2e-6, atol=2e-6)
    dy = np.cos(np.arange(y.size)).reshape(y.shape).astype(np.float32)
    dx = backward(name, arguments, x, dy)
    np.testing.assert_allclose(dx, GOLDEN[f"activation_{number}_gradient"], rtol=4e-6, atol=2e-6)


# The derivative is continuous at none of the edges, so these are not among the points.
@pytest.mark.parametrize("number", range(len(cases.ACTIVATIONS)))
def test_numerical_gradient(number):
    name, arguments = cases.ACTIVATIONS[number]
    rng = np.random.default_rng(number)
    x = rng.normal(size=(2, 4, 4)) * 2
    function = getattr(activations, name)
    dy = rng.normal(size=function(x, **arguments).shape)
    step = 1e-6
    numerical = np.empty_like(x)
    for i in np.ndindex(x.shape):
        change = np.zeros_like(x)
        change[i] = step
        difference = function(x + change, **arguments) - function(x - change, **arguments)
        numerical[i] = (difference * dy).sum() / (2 * step)
    # 2e-16 / 1e-6 from the subtraction, 1e-12 from the third derivative.
    np.testing.assert_allclose(backward(name, arguments, x, dy), numerical, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_name_function_and_serialized_name_are_one(name):
    function = activations.get(name)
    assert function is getattr(activations, name)
    assert activations.get(function) is function
    assert activations.serialize(function) == name
    assert activations.deserialize(name) is function


def test_aliases_and_none():
    assert activations.get("swish") is activations.silu is activations.swish
    assert activations.get("hard_swish") is activations.hard_silu is activations.hard_swish
    assert activations.get(None) is activations.linear
    assert len(NAMES) + 2 == 32


def test_keras_dictionary():
    written = {"module": "builtins", "class_name": "function", "config": "gelu"}
    assert activations.get(written) is activations.gelu


@pytest.mark.parametrize("wrong", ["Relu", "", 5, ["relu"], {"class_name": "function"}])
def test_unknown(wrong):
    with pytest.raises(ValueError, match="Could not interpret activation function identifier"):
        activations.get(wrong)


def test_functions_of_ones_own_need_automatic_differentiation():
    with pytest.raises(NotImplementedError, match="automatic differentiation"):
        activations.get(np.sin)


def test_threshold_needs_arguments():
    with pytest.raises(ValueError, match="`threshold` and `default_value`"):
        activations.native(activations.threshold)
    assert activations.native(activations.relu) == (_native.RELU, (0.0, np.inf, 0.0))


def test_wrong_axes():
    with pytest.raises(ValueError, match="divisible by 2"):
        activations.glu(np.ones((2, 3)))
    with pytest.raises(ValueError, match="axis=2"):
        activations.softmax(np.ones((2, 3)), axis=2)


def test_softmax_and_sigmoid_do_not_overflow():
    x = np.array([[-800.0, -1.0, 0.0, 2.0, 800.0]])
    np.testing.assert_array_equal(activations.softmax(x), [[0, 0, 0, 0, 1]])
    assert activations.sigmoid(x)[0, 0] == 0
    assert activations.sigmoid(x)[0, 4] == 1
    assert activations.log_softmax(x)[0, 0] == -1600


def test_shapes_and_dtypes():
    assert activations.relu([[1, -1]]).dtype == np.float32
    assert activations.relu(np.ones(3)).dtype == np.float64
    assert activations.relu(np.float32(-2.0)).shape == ()
    assert activations.softmax(np.ones((0, 3))).shape == (0, 3)
    np.testing.assert_array_equal(activations.relu(np.arange(-3, 3)[::2]), [0, 0, 1])
