"""The native network against the NumPy formulas of reference_network.py, in float64."""

import numpy as np
import pytest
import reference_network as reference
from hypothesis import given, settings
from hypothesis import strategies as st

import fanin
from fanin import optimizers

NAMES = ["linear", "relu", "tanh", "sigmoid", "softmax"]
LOSSES = [
    ("MeanSquaredError", {}),
    ("SparseCategoricalCrossentropy", {}),
    ("SparseCategoricalCrossentropy", {"from_logits": True}),
    ("CategoricalCrossentropy", {}),
    ("CategoricalCrossentropy", {"from_logits": True}),
    ("CategoricalCrossentropy", {"label_smoothing": 0.3}),
]
RULES = [
    optimizers.SGD(0.25),
    optimizers.SGD(0.0625, momentum=0.9),
    optimizers.SGD(0.0625, momentum=0.9, nesterov=True),
    optimizers.Adagrad(0.0625, initial_accumulator_value=0.5, epsilon=1e-3),
    optimizers.Adam(0.03125),
    optimizers.Adam(0.03125, beta_1=0.5, beta_2=0.75, epsilon=0.5, amsgrad=True),
    optimizers.RMSprop(0.03125),
    optimizers.RMSprop(0.03125, rho=0.75, momentum=0.5, epsilon=0.5, centered=True),
]
# Sums of fewer than 100 products of numbers near 1 in float64, some 20 steps: 100 * 20 * 2**-53.
# Where an optimizer divides by the square root of a gradient's square, small gradients magnify it.
CLOSE = 1e-12


def network(sizes, activations, biases, generator):
    """Return a float64 model with random weights, and these as the reference takes them."""
    layers = [
        fanin.layers.Dense(units, activation=name, use_bias=bias, dtype="float64")
        for units, name, bias in zip(sizes[1:], activations, biases, strict=True)
    ]
    model = fanin.Sequential([fanin.Input((sizes[0],)), *layers])
    model.set_weights([generator.normal(size=w.shape) / 2 for w in model.weights])
    return model, [(layer.kernel.copy(), copied(layer.bias)) for layer in model.layers]


def copied(array):
    return None if array is None else array.copy()


def snake(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def targets(loss, rows, units, generator):
    """Return y as fit takes it, and as rows."""
    if loss == "MeanSquaredError":
        y = generator.normal(size=(rows, units))
        return y, y
    if loss.startswith("Sparse"):
        labels = generator.integers(0, units, rows)
        return labels, np.eye(units)[labels]
    y = generator.random((rows, units)) + 0.01
    y /= y.sum(axis=1, keepdims=True)
    return y, y


@st.composite
def architectures(draw):
    depth = draw(st.integers(1, 4))
    sizes = [draw(st.sampled_from([1, 2, 3, 5, 8, 17]))]
    sizes += [draw(st.sampled_from([1, 2, 3, 4, 7, 16])) for _ in range(depth)]
    activations = [draw(st.sampled_from(NAMES)) for _ in range(depth)]
    biases = [draw(st.booleans()) for _ in range(depth)]
    return sizes, activations, biases, draw(st.integers(0, 2**32 - 1))


def usable(activations, loss, arguments):
    """Whether the loss is a smooth function of the weights."""
    smooth = loss == "MeanSquaredError" or arguments.get("from_logits")
    return smooth or activations[-1] in ("softmax", "sigmoid")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(architectures())
def test_predictions(architecture):
    sizes, activations, biases, seed = architecture
    generator = np.random.default_rng(seed)
    model, weights = network(sizes, activations, biases, generator)
    x = generator.normal(size=(11, sizes[0]))
    expected = reference.forward(weights, activations, x)[-1]
    for batch_size in (11, 4, 1):
        result = model.predict(x, batch_size=batch_size, verbose=0)
        np.testing.assert_allclose(result, expected, rtol=0, atol=CLOSE)


@pytest.mark.filterwarnings("ignore:.*from_logits=True.*Was this intended")
@settings(max_examples=300, deadline=None, derandomize=True)
@given(architectures(), st.sampled_from(LOSSES))
def test_one_step_of_sgd_is_the_gradient(architecture, loss):
    sizes, activations, biases, seed = architecture
    name, arguments = loss
    if not usable(activations, name, arguments):
        activations = [*activations[:-1], "softmax"]
    generator = np.random.default_rng(seed)
    model, weights = network(sizes, activations, biases, generator)
    x = generator.normal(size=(7, sizes[0]))
    y, rows = targets(name, 7, sizes[-1], generator)
    expected_loss, expected = reference.batch_loss(
        weights, activations, x, rows, snake(name), **arguments
    )
    model.compile(optimizers.SGD(1.0), getattr(fanin.losses, name)(**arguments))
    reported = model.train_on_batch(x, y)
    np.testing.assert_allclose(reported, expected_loss, rtol=CLOSE, atol=CLOSE)
    for layer, (kernel, bias), (d_kernel, d_bias) in zip(
        model.layers, weights, expected, strict=True
    ):
        np.testing.assert_allclose(kernel - layer.kernel, d_kernel, rtol=0, atol=CLOSE)
        if bias is not None:
            np.testing.assert_allclose(bias - layer.bias, d_bias, rtol=0, atol=CLOSE)


@pytest.mark.parametrize("loss", LOSSES, ids=str)
@pytest.mark.parametrize("hidden", ["linear", "tanh", "sigmoid", "softmax"])
def test_gradients_are_the_slopes_of_the_reported_loss(loss, hidden):
    """Central differences of `evaluate` itself, so that the reference is not believed either."""
    name, arguments = loss
    last = "linear" if arguments.get("from_logits") or name == "MeanSquaredError" else "softmax"
    generator = np.random.default_rng(5)
    model, _ = network([3, 4, 3], [hidden, last], [True, True], generator)
    x = generator.normal(size=(6, 3))
    y, _ = targets(name, 6, 3, generator)
    model.compile(optimizers.SGD(1.0), getattr(fanin.losses, name)(**arguments))
    h = 1e-5
    slopes = []
    for weight in model.weights:
        slope = np.empty_like(weight)
        for index in np.ndindex(*weight.shape):
            value = weight[index]
            weight[index] = value + h
            above = model.evaluate(x, y, verbose=0)
            weight[index] = value - h
            below = model.evaluate(x, y, verbose=0)
            weight[index] = value
            slope[index] = (above - below) / (2 * h)
        slopes.append(slope)
    before = model.get_weights()
    model.train_on_batch(x, y)
    for old, new, slope in zip(before, model.weights, slopes, strict=True):
        # Truncation h**2 * third derivative, and rounding 2**-53 / h = 1e-11.
        np.testing.assert_allclose(old - new, slope, rtol=0, atol=2e-9)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{type(rule).__name__}{rule.slots}")
@pytest.mark.parametrize("loss", [LOSSES[0], LOSSES[1]], ids=str)
def test_optimizers(rule, loss):
    name, arguments = loss
    generator = np.random.default_rng(9)
    activations = ["tanh", "linear" if name == "MeanSquaredError" else "softmax"]
    model, weights = network([4, 6, 3], activations, [True, False], generator)
    x = generator.normal(size=(22, 4))
    y, rows = targets(name, 22, 3, generator)
    config = rule.get_config()
    model.compile(type(rule).from_config(config), getattr(fanin.losses, name)())
    history = model.fit(x, y, batch_size=4, shuffle=False, verbose=0).history
    expected, loss_value = reference.train(
        weights, activations, (type(rule).__name__, config), x, rows, 4, np.arange(22), snake(name)
    )
    np.testing.assert_allclose(history["loss"], [loss_value], rtol=CLOSE)
    for layer, (kernel, bias) in zip(model.layers, expected, strict=True):
        np.testing.assert_allclose(layer.kernel, kernel, rtol=0, atol=CLOSE)
        if bias is not None:
            np.testing.assert_allclose(layer.bias, bias, rtol=0, atol=CLOSE)


def test_sparse_loss_of_probabilities_that_no_softmax_made():
    """Keras clips them and takes their logarithms for logits."""
    model = fanin.Sequential([fanin.Input((3,)), fanin.layers.Dense(3, dtype="float64")])
    model.set_weights([np.eye(3), np.zeros(3)])
    x = np.array([[0.2, 0.3, 0.1], [0.0, 2.0, -1.0], [0.5, 0.5, 0.5]])
    y = np.array([1, 0, 2])
    model.compile(optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    weights = [(np.eye(3), np.zeros(3))]
    loss, ((d_kernel, d_bias),) = reference.batch_loss(
        weights, ["linear"], x, np.eye(3)[y], "sparse_categorical_crossentropy"
    )
    np.testing.assert_allclose(model.train_on_batch(x, y), loss, rtol=CLOSE)
    np.testing.assert_allclose(np.eye(3) - model.weights[0], d_kernel, rtol=0, atol=CLOSE)
    np.testing.assert_allclose(-model.weights[1], d_bias, rtol=0, atol=CLOSE)


def test_softmax_and_crossentropy_are_computed_from_the_logits():
    """Probabilities of 0 and 1 have the loss of their logits, as in Keras: 200, not 16.1."""
    model = fanin.Sequential([fanin.Input((2,)), fanin.layers.Dense(2, activation="softmax")])
    model.set_weights([np.eye(2), np.zeros(2)])
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert model.evaluate([[100.0, -100.0]], [1], verbose=0) == 200.0


def test_weights_are_views_of_the_network():
    model = fanin.Sequential([fanin.Input((2,)), fanin.layers.Dense(2)])
    kernel, bias = model.layers[0].kernel, model.layers[0].bias
    kernel[...] = [[1, 2], [3, 4]]
    bias[...] = 10
    np.testing.assert_array_equal(model.predict([[1, 1]], verbose=0), [[14, 16]])
    model.compile(optimizers.SGD(1.0), "mse")
    model.train_on_batch([[1, 1]], [[13, 16]])
    np.testing.assert_array_equal(kernel, [[0, 2], [2, 4]])
    np.testing.assert_array_equal(bias, [9, 10])
    del model
    np.testing.assert_array_equal(kernel, [[0, 2], [2, 4]])


def test_memory_that_can_not_be_had():
    with pytest.raises(MemoryError):
        fanin.Sequential([fanin.Input((2**31 - 1,)), fanin.layers.Dense(2**31 - 1)])
    with pytest.raises(MemoryError):
        fanin.Sequential([fanin.Input((2**20,)), fanin.layers.Dense(2**24)])
