import numpy as np
import pytest

from fanin import activations


@pytest.mark.parametrize("name", ["linear", "relu", "sigmoid", "softmax", "tanh"])
def test_name_function_and_serialized_name_are_one(name):
    function = activations.get(name)
    assert function is getattr(activations, name)
    assert activations.get(function) is function
    assert activations.serialize(function) == name


def test_none_is_linear():
    assert activations.get(None) is activations.linear


@pytest.mark.parametrize("other", ["gelu", "elu", "log_softmax", "swish", np.sin])
def test_what_keras_has_is_named_with_what_there_is(other):
    with pytest.raises(
        NotImplementedError, match=r"\['linear', 'relu', 'sigmoid', 'softmax', 'tan"
    ):
        activations.get(other)


@pytest.mark.parametrize("wrong", ["Relu", "", 5, ["relu"]])
def test_unknown(wrong):
    with pytest.raises(ValueError, match="Could not interpret activation function identifier"):
        activations.get(wrong)


def test_functions_of_arrays():
    x = np.array([[-800.0, -1.0, 0.0, 2.0, 800.0]])
    np.testing.assert_array_equal(activations.linear(x), x)
    np.testing.assert_array_equal(activations.relu(x), [[0, 0, 0, 2, 800]])
    # A few roundings of 2**-53 each.
    exact = [[0, 1 / (1 + np.e), 0.5, 1 / (1 + np.exp(-2)), 1]]
    np.testing.assert_allclose(activations.sigmoid(x), exact, rtol=0, atol=4e-16)
    np.testing.assert_array_equal(activations.softmax(x), [[0, 0, 0, 0, 1]])
    np.testing.assert_allclose(
        activations.softmax([[0.0, np.log(3)]]), [[0.25, 0.75]], rtol=0, atol=4e-16
    )
    np.testing.assert_array_equal(activations.tanh(x), np.tanh(x))
