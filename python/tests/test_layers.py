import numpy as np
import pytest

import fanin
from fanin import activations, initializers
from fanin.layers import Dense, Input, InputLayer


def test_config_is_that_of_keras_and_makes_an_equal_layer():
    config = Dense(3, "relu", name="x", dtype="float64").get_config()
    # From Keras 3.15.
    assert config == {
        "name": "x",
        "trainable": True,
        "dtype": {
            "module": "keras",
            "class_name": "DTypePolicy",
            "config": {"name": "float64"},
            "registered_name": None,
        },
        "units": 3,
        "activation": "relu",
        "use_bias": True,
        "kernel_initializer": {
            "module": "keras.initializers",
            "class_name": "GlorotUniform",
            "config": {"seed": None, "input_axes": None, "output_axes": None},
            "registered_name": None,
        },
        "bias_initializer": {
            "module": "keras.initializers",
            "class_name": "Zeros",
            "config": {},
            "registered_name": None,
        },
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
        "quantization_config": None,
    }
    again = Dense.from_config(config)
    assert again.get_config() == config
    assert again.activation is activations.relu


def test_build_makes_weights_once():
    layer = Dense(3, kernel_initializer=initializers.HeNormal(seed=5), bias_initializer="ones")
    assert layer.weights == layer.get_weights() == []
    layer.build((None, 4))
    np.testing.assert_array_equal(layer.kernel, initializers.HeNormal(seed=5)((4, 3)))
    np.testing.assert_array_equal(layer.bias, np.ones(3))
    assert layer.kernel.dtype == layer.bias.dtype == np.float32
    assert layer.count_params() == 15
    layer.kernel[...] = 7
    layer.build((None, 4))
    assert (layer.kernel == 7).all()
    with pytest.raises(ValueError, match="axis -1 of input shape to have value 4"):
        layer.build((None, 5))


def test_no_bias():
    layer = Dense(3, use_bias=False)
    layer.build((None, 4))
    assert layer.bias is None
    assert layer.count_params() == 12
    assert len(layer.weights) == 1


def test_unbuilt():
    layer = Dense(3)
    with pytest.raises(AttributeError, match="You must build the layer before accessing `kernel`"):
        _ = layer.kernel
    with pytest.raises(AttributeError, match="bias"):
        _ = layer.bias
    with pytest.raises(ValueError, match="You tried to call `count_params`"):
        layer.count_params()


def test_set_weights():
    layer = Dense(2)
    layer.build((None, 3))
    kernel, bias = np.arange(6.0).reshape(3, 2), [1, 2]
    layer.set_weights([kernel, bias])
    np.testing.assert_array_equal(layer.kernel, kernel)
    np.testing.assert_array_equal(layer.bias, bias)
    before = layer.get_weights()
    for weights, error in (
        ([kernel], ValueError),
        ([kernel * 2, [1, 2, 3]], ValueError),
        ([kernel.T, bias], ValueError),
        ([kernel * 2, ["a", "b"]], TypeError),
    ):
        with pytest.raises(error):
            layer.set_weights(weights)
    for weight, old in zip(layer.weights, before, strict=True):
        np.testing.assert_array_equal(weight, old)


@pytest.mark.parametrize("units", [0, -1, 2.0, True, "3", None])
def test_wrong_units(units):
    with pytest.raises(ValueError, match="invalid value for `units`, expected a positive integer"):
        Dense(units)


def test_numpy_integers_are_units():
    assert Dense(np.int64(3)).units == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"foo": 1}, "Unrecognized keyword arguments passed to Dense: {'foo': 1}"),
        ({"name": 5}, "Argument `name` must be a string"),
        ({"name": "a/b"}, "cannot contain character `/`"),
        ({"dtype": "int32"}, "dtype=int32"),
        ({"dtype": "float31"}, "float31"),
        ({"activation": "Relu"}, "Could not interpret activation"),
        ({"kernel_initializer": "xavier"}, "Could not interpret initializer identifier"),
        ({"bias_initializer": 3}, "Could not interpret initializer identifier"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Dense(3, **arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        *(
            {name: "l2"}
            for name in (
                "kernel_regularizer",
                "bias_regularizer",
                "activity_regularizer",
                "kernel_constraint",
                "bias_constraint",
                "quantization_config",
            )
        ),
        {"lora_rank": 2},
        {"lora_alpha": 2},
        {"trainable": False},
        {"autocast": False},
        {"kernel_initializer": None},
        {"dtype": "float16"},
        {"dtype": "mixed_bfloat16"},
        {"activation": "gelu"},
    ],
)
def test_what_keras_has(arguments):
    with pytest.raises(NotImplementedError):
        Dense(3, **arguments)


def test_functions_are_initializers():
    seen = []

    def mine(shape, dtype=None):
        seen.append((shape, dtype))
        return np.full(shape, 0.5)

    model = fanin.Sequential([Input((4,)), Dense(3, kernel_initializer=mine)])
    assert seen == [((4, 3), "float32")]
    assert (model.weights[0] == 0.5).all()


@pytest.mark.parametrize(
    ("result", "error"),
    [
        (np.zeros((1, 3)), ValueError),
        (np.zeros((3, 4)), ValueError),
        (0.0, ValueError),
        (np.zeros((4, 3), complex), TypeError),
        (None, TypeError),
    ],
)
def test_functions_that_return_something_else(result, error):
    layer = Dense(3, kernel_initializer=lambda shape, dtype: result)
    with pytest.raises(error, match="kernel_initializer"):
        fanin.Sequential([Input((4,)), layer])
    assert not layer.built


def test_one_seed_is_drawn_at_construction_kernel_first():
    fanin.utils.set_random_seed(42)
    layers = [
        Dense(2),
        Dense(2, kernel_initializer="zeros"),
        Dense(2, kernel_initializer=initializers.HeNormal(seed=1)),
        Dense(2, bias_initializer="random_normal"),
    ]
    seeds = [layers[0].kernel_initializer, layers[3].kernel_initializer, layers[3].bias_initializer]
    # random.seed(42), then random.randint(1, 10**9) three times.
    assert [initializer.seed for initializer in seeds] == [686579304, 119540832, 26855093]


def test_layers_can_not_be_called():
    with pytest.raises(NotImplementedError, match="Sequential"):
        Dense(3)(Input((4,)))


def test_input():
    layer = Input((4,), name="here")
    assert isinstance(layer, InputLayer)
    assert layer.name == "here"
    assert layer.shape == layer.batch_shape == (None, 4)
    assert Input(batch_shape=(None, 4)).shape == (None, 4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"shape": 4}, "Cannot convert '4' to a shape."),
        ({"shape": (-1,)}, "Negative dimensions are not allowed"),
        ({"shape": (2.5,)}, "Cannot convert"),
        ({}, "You must pass a `shape` argument."),
        ({"shape": (4,), "batch_shape": (None, 4)}, "You cannot pass both"),
    ],
)
def test_wrong_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        Input(**arguments)


@pytest.mark.parametrize("argument", ["batch_size", "sparse", "ragged", "tensor", "optional"])
def test_input_arguments_that_are_not_there_yet(argument):
    with pytest.raises(NotImplementedError, match="is not implemented"):
        Input((4,), **{argument: 3})
