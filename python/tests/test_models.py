import copy
import gc
import pickle
import random
import weakref

import numpy as np
import pytest

import fanin
from fanin import initializers
from fanin.layers import Dense, Input


@pytest.fixture(autouse=True)
def seeded():
    fanin.utils.set_random_seed(0)


def small(**arguments):
    return fanin.Sequential([Input((4,)), Dense(5, "relu"), Dense(3, "softmax")], **arguments)


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_weights_are_made_at_once_or_with_the_first_data():
    x = np.ones((2, 4))
    fanin.utils.set_random_seed(3)
    at_once = small()
    fanin.utils.set_random_seed(3)
    later = fanin.Sequential([Dense(5, "relu"), Dense(3, "softmax")])
    assert at_once.built
    assert not later.built
    assert later.weights == later.get_weights() == []
    random.random()
    later.predict(x, verbose=0)
    assert later.built
    assert same(at_once.weights, later.weights)
    fanin.utils.set_random_seed(3)
    by_build = fanin.Sequential([Dense(5), Dense(3)])
    by_build.build([None, 4])
    assert same(at_once.weights, by_build.weights)


def test_weights_come_from_the_initializers():
    fanin.utils.set_random_seed(42)
    model = small()
    # The first draw of random.seed(42), see keras.md: the seed of the first layer.
    expected = initializers.GlorotUniform(seed=686579304)((4, 5))
    np.testing.assert_array_equal(model.layers[0].kernel, expected)
    assert model.count_params() == 4 * 5 + 5 + 5 * 3 + 3
    assert [w.shape for w in model.weights] == [(4, 5), (5,), (5, 3), (3,)]


def test_shapes_and_names():
    fanin.utils.clear_session()
    model = small()
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 3))
    assert repr(model) == "<Sequential name=sequential, built=True>"
    assert [layer.name for layer in model.layers] == ["dense", "dense_1"]
    assert repr(model.layers[0]) == "<Dense name=dense, built=True>"
    assert small(name="mine").name == "mine"
    unbuilt = fanin.Sequential([Dense(3)])
    for attribute, words in (("input_shape", "input shape"), ("output_shape", "output shape")):
        with pytest.raises(AttributeError, match=f"has no defined {words} yet"):
            getattr(unbuilt, attribute)
    with pytest.raises(ValueError, match="You tried to call `count_params`"):
        unbuilt.count_params()
    with pytest.raises(AttributeError, match="reserved"):
        model.layers = []


def test_adding_and_popping_keeps_the_other_weights():
    model = fanin.Sequential([Input((4,))])
    assert not model.built
    model.add(Dense(5, bias_initializer="random_normal"))
    first = model.get_weights()
    model.add(Dense(3))
    assert same(model.get_weights()[:2], first)
    second = model.get_weights()
    x = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")
    hidden = x @ second[0] + second[1]
    last = model.pop()
    assert model.output_shape == (None, 5)
    # Six sums of four products, in another order: a few 2**-24.
    np.testing.assert_allclose(model.predict(x, verbose=0), hidden, rtol=0, atol=1e-6)
    assert same(last.weights, second[2:])
    model.add(last)
    assert same(model.weights, second)
    other = fanin.Sequential([Input((5,)), model.pop()])
    assert same(other.weights, second[2:])


def test_a_model_built_by_data_goes_on_being_built():
    model = fanin.Sequential([Dense(5)])
    model.predict(np.ones((1, 4)), verbose=0)
    first = model.get_weights()
    model.add(Dense(2))
    assert same(model.get_weights()[:2], first)
    model.pop(rebuild=False)
    assert not model.built
    model.build((None, 4))
    assert same(model.weights, first)


def test_set_weights():
    model = small()
    weights = [np.full(w.shape, i + 1.0) for i, w in enumerate(model.weights)]
    model.set_weights(weights)
    assert same(model.weights, weights)
    copies = model.get_weights()
    model.weights[0][...] = 9
    assert same(copies, weights)
    model.set_weights(copies)
    for wrong, message in (
        (weights[:2], "weight list of length 2, but the layer was expecting 4 weights"),
        ([w.T for w in weights], r"weight shape \(4, 5\) is not compatible .* shape \(5, 4\)"),
        ([*weights[:3], np.zeros(4)], r"weight shape \(3,\) is not compatible"),
    ):
        with pytest.raises(ValueError, match=message):
            model.set_weights(wrong)
        assert same(model.weights, weights)


def test_get_layer():
    model = fanin.Sequential([Dense(5, name="a"), Dense(3, name="b")])
    assert model.get_layer("b") is model.get_layer(index=1) is model.get_layer(index=-1)
    for arguments, message in (
        ({"name": "c"}, r"No such layer: c. Existing layers are: \['a', 'b'\]"),
        ({"index": 2}, "layer at index 2 but model only has 2 layers"),
        ({"index": 0, "name": "a"}, "Provide only a layer name or a layer index"),
        ({}, "Provide either a layer name or layer index"),
    ):
        with pytest.raises(ValueError, match=message):
            model.get_layer(**arguments)


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        (lambda: [3], ValueError, "Only instances of `keras.Layer` can be added"),
        (lambda: [Dense(3, name="a"), Dense(3, name="a")], ValueError, "should have unique names"),
        (lambda: [Input((4,)), Input((4,))], ValueError, "already been configured to use input"),
        (lambda: [Dense(3), Input((4,))], ValueError, "must be the first entry"),
        (lambda: [Input((None,)), Dense(3)], ValueError, "must be fully-defined"),
        (lambda: [Input(()), Dense(3)], ValueError, "expected min_ndim=2, found ndim=1"),
        (lambda: [Dense(3)] * 2, NotImplementedError, "in two places of one model"),
        (lambda: [Dense(3), Dense(3, dtype="float64")], NotImplementedError, "one dtype"),
    ],
)
def test_wrong_layers(layers, error, message):
    with pytest.raises(error, match=message):
        fanin.Sequential(layers())


def test_models_share_layers():
    x = np.random.default_rng(1).normal(size=(8, 4))
    layer = Dense(3)
    first = fanin.Sequential([Input((4,)), layer])
    second = fanin.Sequential([Input((4,)), layer, Dense(1)])
    second.compile("sgd", "mse")
    second.fit(x, x[:, :1], verbose=0)
    assert same(first.weights, second.weights[:2])
    np.testing.assert_array_equal(first.predict(x, verbose=0), layer(x))
    layer.kernel[...] = 0
    assert (second.predict(x, verbose=0) == second.predict(x[::-1], verbose=0)).all()
    kernel = layer.get_weights()
    del first
    gc.collect()
    assert same(layer.weights, kernel)


def test_memory_of_a_model_goes_with_it():
    model = fanin.Sequential([Input((4,)), Dense(3)])
    network = weakref.ref(model._network)
    del model
    assert network() is None


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda i, y: fanin.Model(i, 3), ValueError, "`outputs` values must be KerasTensors"),
        (lambda i, y: fanin.Model(Input((3,)), y), ValueError, "is not connected to `inputs`"),
        (lambda i, y: fanin.Model([i, Input((3,))], y), NotImplementedError, "2 inputs"),
        (lambda i, y: fanin.Model(i, [y, y]), NotImplementedError, "2 outputs"),
        (lambda i, y: fanin.Model(i, [[y]]), NotImplementedError, "single chain"),
        (
            lambda i, y: fanin.Model(i, Dense(4, name="a")(Dense(4, name="a")(i))),
            ValueError,
            'The name "a" is used 2 times',
        ),
        (lambda i, y: Repeated(i), NotImplementedError, "in two places of one model"),
        (lambda i, y: Mine(), NotImplementedError, "needs automatic differentiation"),
        (lambda i, y: Derived(i, y), NotImplementedError, "class of one's own"),
        (lambda i, y: fanin.models.clone_model(3), ValueError, "Received: model=3"),
        (lambda i, y: fanin.Sequential.from_config({}), ValueError, "'name' and 'layers' keys"),
        (lambda i, y: fanin.Model(i, y)(np.zeros((3, 5))), ValueError, "have value 4"),
        (lambda i, y: fanin.Model(i, y)(np.zeros((3, 2, 4))), ValueError, "Expected shape"),
    ],
)
def test_wrong_functional_models(make, error, message):
    inputs = Input((4,))
    with pytest.raises(error, match=message):
        make(inputs, Dense(2)(inputs))


def Repeated(inputs):  # noqa: N802 - stands among classes
    """Return a model that calls a layer twice."""
    layer = Dense(4)
    return fanin.Model(inputs, layer(layer(inputs)))


class Mine(fanin.Model):
    """A model with a `call`."""

    def call(self, inputs):
        """Return the inputs."""
        return inputs


class Derived(fanin.Model):
    """A model without."""


def test_a_failing_initializer_changes_nothing():
    model = small()
    weights, layers = model.get_weights(), model.layers

    def fails(shape, dtype):
        raise RuntimeError("no")

    bad = Dense(2, kernel_initializer=fails)
    with pytest.raises(RuntimeError, match="no"):
        model.add(bad)
    assert model.layers == layers
    assert model.output_shape == (None, 3)
    assert same(model.weights, weights)
    assert not bad.built
    with pytest.raises(ValueError, match="axis -1 of input shape to have value 4"):
        layer = Dense(2)
        layer.build((None, 4))
        model.add(layer)
    assert model.layers == layers


def test_build():
    with pytest.raises(ValueError, match="has no layers"):
        fanin.Sequential().build((None, 3))
    model = small(name="m")
    model.build()
    model.build((None, 4))
    with pytest.raises(ValueError, match="'m' has already been configured"):
        model.build((None, 5))
    for shape in (3, None, (4,), (None, None), "ab"):
        with pytest.raises(ValueError):
            fanin.Sequential([Dense(3)]).build(shape)
    with pytest.raises(IndexError):
        fanin.Sequential().pop()


def test_input_shape_of_the_first_layer():
    with pytest.warns(UserWarning, match="Do not pass an `input_shape`/`input_dim`"):
        layers = [Dense(3, input_dim=4), Dense(3, input_shape=(4,))]
    for layer in layers:
        assert fanin.Sequential([layer]).input_shape == (None, 4)


def test_float64():
    layers = [Input((4,)), Dense(3, dtype="float64", kernel_initializer=initializers.HeNormal(1))]
    model = fanin.Sequential(layers)
    expected = initializers.HeNormal(1)((4, 3), "float64")
    np.testing.assert_array_equal(model.weights[0], expected)
    assert model.weights[0].dtype == model.predict(np.ones((1, 4)), verbose=0).dtype == np.float64


def test_calling_a_model_predicts():
    model = small()
    x = np.random.default_rng(2).normal(size=(50, 4))
    np.testing.assert_array_equal(model(x), model.predict(x, batch_size=50, verbose=0))


# -- reinitialize ----------------------------------------------------------------------------------


def mixed():
    return fanin.Sequential(
        [
            Input((4,)),
            Dense(5, "relu", kernel_initializer=initializers.HeNormal(seed=8)),
            Dense(5, "relu", bias_initializer="random_normal"),
            Dense(3, "softmax", kernel_initializer="he_normal"),
        ]
    )


def test_reinitialize_with_a_seed_is_the_model_of_that_seed():
    fanin.utils.set_random_seed(11)
    expected = mixed().get_weights()
    fanin.utils.set_random_seed(12)
    model = mixed()
    assert not same(model.weights, expected)
    views, state = model.weights, random.getstate()
    model.reinitialize(seed=11)
    assert random.getstate() == state
    assert same(views, expected)
    for seed in (-1, 2**32, 1.5, True, "1"):
        with pytest.raises(ValueError, match=r"[Ss]eed"):
            model.reinitialize(seed)
    assert same(views, expected)


def test_reinitialize_draws_from_random():
    fanin.utils.set_random_seed(1)
    model = mixed()
    before = model.get_weights()
    fanin.utils.set_random_seed(2)
    model.reinitialize()
    after = model.get_weights()
    fanin.utils.set_random_seed(2)
    assert same(mixed().weights, after)
    # An explicit seed gives the same values; the others are new.
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [
        *(True, True),
        *(False, False),
        *(False, True),
    ]


def test_reinitialize_before_the_weights_are_made():
    fanin.utils.set_random_seed(7)
    expected = fanin.Sequential([Input((4,)), Dense(3)]).get_weights()
    model = fanin.Sequential([Dense(3)])
    model.reinitialize(seed=7)
    model.build((None, 4))
    assert same(model.weights, expected)


def test_reinitialize_forgets_the_training():
    x = np.random.default_rng(3).normal(size=(40, 4))
    y = np.arange(40) % 3
    model = small()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.reinitialize(seed=5)
    first = model.fit(x, y, epochs=3, shuffle=False, verbose=0).history
    weights = model.get_weights()
    assert model.optimizer.iterations == 6
    model.reinitialize(seed=5)
    assert model.optimizer.iterations == 0
    assert not hasattr(model, "history")
    assert model.fit(x, y, epochs=3, shuffle=False, verbose=0).history == first
    assert same(model.weights, weights)


def test_one_unseeded_initializer_in_two_layers_gives_keras_values_and_a_warning():
    fanin.utils.set_random_seed(4)
    shared = initializers.HeNormal()
    layers = [Dense(4, kernel_initializer=shared), Dense(4, kernel_initializer=shared)]
    with pytest.warns(UserWarning, match="unseeded"):
        model = fanin.Sequential([Input((4,)), *layers])
    assert np.array_equal(model.weights[0], model.weights[2])


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_models_are_not_copied_by_their_memory(duplicate):
    model = fanin.Sequential([Input((4,)), Dense(3)])
    with pytest.raises(NotImplementedError, match="set_weights"):
        duplicate(model)
    with pytest.raises(TypeError, match="can't be copied"):
        duplicate(model._network)
    assert model.predict(np.ones((1, 4)), verbose=0).shape == (1, 3)
