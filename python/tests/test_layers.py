import re

import numpy as np
import pytest

import fanin
from fanin import activations, initializers, layers
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
        {"quantization_config": "int8"},
        {"lora_rank": 2},
        {"lora_alpha": 2},
        {"kernel_initializer": None},
        {"dtype": "float16"},
        {"dtype": "mixed_bfloat16"},
        {"activation": lambda x: x},
        {"kernel_regularizer": lambda w: 0.0},
        {"activity_regularizer": "orthogonal_regularizer"},
    ],
)
def test_what_keras_has(arguments):
    with pytest.raises(NotImplementedError):
        Dense(3, **arguments)


@pytest.mark.parametrize("name", ["Conv2D", "LSTM", "Concatenate", "add", "Lambda"])
def test_layers_that_keras_has(name):
    layer = getattr(layers, name)
    with pytest.raises(NotImplementedError, match=f"keras.layers.{name} is not implemented"):
        layer(3)
    with pytest.raises(AttributeError, match="has no attribute 'Foo'"):
        _ = layers.Foo


def test_classes_of_ones_own():
    class Mine(layers.Layer):
        def call(self, inputs):
            return inputs

    class Seven(Dense):
        def __init__(self, **arguments):
            super().__init__(7, **arguments)

    with pytest.raises(NotImplementedError, match="needs automatic differentiation"):
        Mine()
    assert Seven(name="a").compute_output_shape((None, 3)) == (None, 7)
    with pytest.raises(NotImplementedError, match="does not have a `call` method"):
        layers.Layer()(np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.Dropout(2), ValueError, "between 0 and 1. Received: rate=2"),
        (lambda: layers.GaussianNoise(2), ValueError, "Received: stddev=2"),
        (lambda: layers.Dropout(0.1, "a"), ValueError, "a tuple or list of integers"),
        (lambda: layers.Dropout(0.1, 3), ValueError, "an iterable of integers"),
        (lambda: layers.Dropout(0.1, (1.5,)), ValueError, "element at index 0: 1.5"),
        (lambda: layers.Dropout(0.1, (None, 0)), ValueError, "zero value at index 1: 0"),
        (lambda: layers.ReLU(max_value=-1), ValueError, "Received: max_value=-1"),
        (lambda: layers.ReLU(negative_slope=None), ValueError, "Received: negative_slope=None"),
        (lambda: layers.ReLU(threshold=-1), ValueError, "Received: threshold=-1"),
        (lambda: layers.LeakyReLU(-1), ValueError, "Received: negative_slope=-1"),
        (lambda: layers.Softmax(axis=[1, 2]), NotImplementedError, "several axes"),
        (lambda: layers.Flatten("first"), ValueError, "Received: data_format=first"),
        (lambda: layers.Reshape(5), TypeError, "not iterable"),
        (lambda: layers.Reshape((-1, -1)), ValueError, "at most one unknown dimension"),
        (lambda: layers.LayerNormalization(axis="a"), TypeError, "Received: axis=a"),
        (lambda: layers.BatchNormalization(renorm=True), NotImplementedError, "renorm"),
        (lambda: layers.Embedding(0, 1), ValueError, "`input_dim` must be a positive integer"),
        (lambda: layers.Embedding(2, True), ValueError, "`output_dim` must be a positive"),
        (lambda: layers.Embedding(2, 2, mask_zero=True), NotImplementedError, "mask_zero"),
        (lambda: layers.Rescaling(np.ones((2, 2))), NotImplementedError, "row of numbers"),
        (lambda: layers.Normalization(mean=1.0), ValueError, "both `mean` and `variance`"),
        (
            lambda: layers.Normalization(mean=[1.0], variance=2.0),
            ValueError,
            "must have the same shape",
        ),
        (lambda: layers.Normalization().adapt([]), ValueError, "received an empty iterable"),
        (lambda: layers.Normalization().adapt(3), TypeError, "Unsupported data type"),
        (lambda: layers.Normalization().adapt([1.0]), TypeError, "an element of type float"),
        (lambda: layers.Layer(trainable=3), ValueError, "`trainable` to be a boolean"),
        (lambda: layers.Dense(3).output, AttributeError, "has no defined output"),
        (lambda: layers.Dense(3)(np.zeros(3)), ValueError, "expected min_ndim=2, found ndim=1"),
        (lambda: layers.Reshape((5,))(Input((4,))), ValueError, "must be unchanged"),
        (lambda: layers.BatchNormalization(3)(Input((4,))), ValueError, "Axis 3 is out of bounds"),
        (lambda: layers.UnitNormalization(0)(Input((4,))), NotImplementedError, "batch's axis"),
        (lambda: layers.Dense(3, "glu")(Input((4,))), ValueError, "even number of units"),
        (lambda: layers.Dense(3)([Input((4,))] * 2), NotImplementedError, "single chain"),
        (lambda: Input((4,)) + 1, NotImplementedError, "Arithmetic with symbolic tensors"),
        (lambda: np.array(Input((4,))), ValueError, "KerasTensor is symbolic"),
        (lambda: layers.deserialize({"class_name": "Dens"}), ValueError, "class 'Dens'"),
    ],
)
def test_errors(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make()


def test_weights_answer_like_variables():
    layer = Dense(2, name="d")
    layer.build((None, 3))
    kernel = layer.kernel
    assert (kernel.name, kernel.path, kernel.trainable) == ("kernel", "d/kernel", True)
    kernel.assign(np.ones((3, 2)))
    assert (layer.kernel.numpy() == 1).all()
    with pytest.raises(ValueError, match="must match. variable.shape"):
        kernel.assign(np.ones((2, 3)))
    assert type(kernel * 2) is np.ndarray
    with pytest.raises(AttributeError, match="A part of a variable"):
        _ = kernel[0].name
    layer.trainable = False
    assert not kernel.trainable
    assert layer.trainable_weights == []
    assert len(layer.non_trainable_weights) == 2


def test_floatx():
    fanin.config.set_floatx("float64")
    try:
        assert Dense(2).dtype == fanin.config.floatx() == "float64"
    finally:
        fanin.config.set_floatx("float32")
    for value, error in (("int8", ValueError), ("float16", NotImplementedError)):
        with pytest.raises(error, match=value):
            fanin.config.set_floatx(value)


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
    made = [
        Dense(2),
        Dense(2, kernel_initializer="zeros"),
        Dense(2, kernel_initializer=initializers.HeNormal(seed=1)),
        Dense(2, bias_initializer="random_normal"),
    ]
    seeds = [made[0].kernel_initializer, made[3].kernel_initializer, made[3].bias_initializer]
    # random.seed(42), then random.randint(1, 10**9) three times.
    assert [initializer.seed for initializer in seeds] == [686579304, 119540832, 26855093]


def test_layers_called_on_symbols_and_arrays():
    layer = Dense(3)
    inputs = Input((4,))
    outputs = layer(inputs)
    assert outputs.shape == (None, 3)
    assert layer.input is inputs
    assert layer.output is outputs
    x = np.ones((2, 4), np.float32)
    # A sum of four products.
    np.testing.assert_allclose(layer(x).numpy(), x @ layer.kernel, rtol=0, atol=1e-6)


def test_input():
    tensor = Input((4,), name="here")
    assert isinstance(tensor, layers.KerasTensor)
    assert (tensor.name, tensor.shape, tensor.dtype) == ("here", (None, 4), "float32")
    assert Input(batch_shape=(None, 4)).shape == (None, 4)
    assert Input((4,), batch_size=3).shape == (3, 4)
    assert InputLayer((4,)).output.shape == (None, 4)


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


@pytest.mark.parametrize("argument", ["sparse", "ragged", "tensor", "optional"])
def test_input_arguments_that_are_not_there_yet(argument):
    with pytest.raises(NotImplementedError, match="is not implemented"):
        Input((4,), **{argument: 3})
