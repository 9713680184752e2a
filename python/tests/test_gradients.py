"""The gradients of every layer, activation and loss, against central differences in float64.

One step of SGD with learning rate 1 takes the gradient from the weights; with learning rate 0 a
step only reports the loss, as a training sees it.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

import fanin as keras
from fanin import initializers, layers, losses

# Fixed seeds keep the functions' kinks out of its reach.
_STEP = 1e-5
# The central difference's own error is about h² |f‴| / 6 + 2⁻⁵² |f| / h, both around 10⁻¹⁰.
_TOLERANCE = 1e-6


def _uniform(low: float, high: float, seed: int) -> initializers.RandomUniform:
    return initializers.RandomUniform(low, high, seed=seed)


def _dense(units: int, seed: int, activation: str | None = None) -> layers.Dense:
    return layers.Dense(
        units,
        activation=activation,
        kernel_initializer=initializers.GlorotUniform(seed=seed),
        bias_initializer=_uniform(-0.2, 0.2, seed),
        dtype="float64",
    )


def _check(
    parts: Sequence[layers.Layer],
    x: np.ndarray,
    y: np.ndarray,
    loss: str | losses.Loss = "mse",
    sample_weight: np.ndarray | None = None,
) -> None:
    """Compare the gradient by every trainable weight with differences of the loss."""
    model = keras.Sequential([keras.Input(x.shape[1:], dtype=x.dtype.name), *parts])
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=loss)
    noises = [layer for layer in model.layers if getattr(layer, "seed_generator", None)]

    def step() -> float:
        for layer in noises:
            layer.seed_generator.state[1] = 0
        return float(model.train_on_batch(x, y, sample_weight=sample_weight))

    weights = model.get_weights()
    trainable = {weight.path for weight in model.trainable_weights}
    is_trained = [weight.path in trainable for weight in model.weights]
    step()
    gradients = [old - new for old, new in zip(weights, model.get_weights(), strict=True)]
    model.optimizer.learning_rate = 0.0
    largest = max(np.abs(g).max() for g, t in zip(gradients, is_trained, strict=True) if t)
    assert largest > 1e-3
    for number, gradient in enumerate(gradients):
        if not is_trained[number]:
            continue
        for index in np.ndindex(gradient.shape):
            loss_at = []
            for sign in (1, -1):
                changed = [w.copy() for w in weights]
                changed[number][index] += sign * _STEP
                model.set_weights(changed)
                loss_at.append(step())
            difference = (loss_at[0] - loss_at[1]) / (2 * _STEP)
            assert abs(difference - gradient[index]) <= _TOLERANCE * largest, (number, index)


def _data(columns: int = 2, rows: int = 7, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    return generator.standard_normal((rows, 4)), generator.standard_normal((rows, columns))


# Each takes samples of shape (2, 3).
LAYERS: dict[str, Callable[[], layers.Layer]] = {
    "dense": lambda: _dense(3, 5, "tanh"),
    "dense regularized": lambda: layers.Dense(
        3,
        kernel_initializer=_uniform(-1, 1, 8),
        kernel_regularizer="l2",
        bias_regularizer="l1",
        bias_initializer=_uniform(0.1, 1, 8),
        activity_regularizer="l2",
        dtype="float64",
    ),
    "batch normalization": lambda: layers.BatchNormalization(
        gamma_initializer=_uniform(0.5, 1.5, 6), dtype="float64"
    ),
    "batch normalization, axis": lambda: layers.BatchNormalization(axis=1, dtype="float64"),
    "batch normalization, bare": lambda: layers.BatchNormalization(
        center=False, scale=False, dtype="float64"
    ),
    "batch normalization, frozen": lambda: layers.BatchNormalization(
        trainable=False, dtype="float64"
    ),
    "layer normalization": lambda: layers.LayerNormalization(
        gamma_initializer=_uniform(0.5, 1.5, 6), dtype="float64"
    ),
    "layer normalization, axes": lambda: layers.LayerNormalization(axis=[1, 2], dtype="float64"),
    "layer normalization, bare": lambda: layers.LayerNormalization(
        axis=1, center=False, scale=False, dtype="float64"
    ),
    "RMS normalization": lambda: layers.RMSNormalization(dtype="float64"),
    "RMS normalization, axes": lambda: layers.RMSNormalization(axis=[1, 2], dtype="float64"),
    "unit normalization": lambda: layers.UnitNormalization(dtype="float64"),
    "unit normalization, axis": lambda: layers.UnitNormalization(axis=1, dtype="float64"),
    "dropout": lambda: layers.Dropout(0.3, seed=5, dtype="float64"),
    "dropout, shared": lambda: layers.Dropout(
        0.3, noise_shape=(None, 1, 3), seed=5, dtype="float64"
    ),
    "alpha dropout": lambda: layers.AlphaDropout(0.3, seed=5, dtype="float64"),
    "gaussian noise": lambda: layers.GaussianNoise(0.3, seed=5, dtype="float64"),
    "gaussian dropout": lambda: layers.GaussianDropout(0.3, seed=5, dtype="float64"),
    "PReLU": lambda: layers.PReLU(alpha_initializer=_uniform(0.1, 0.4, 6), dtype="float64"),
    "PReLU, shared": lambda: layers.PReLU(
        alpha_initializer=_uniform(0.1, 0.4, 6), shared_axes=[1], dtype="float64"
    ),
    "ReLU": lambda: layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2, dtype="float64"),
    "leaky ReLU": lambda: layers.LeakyReLU(dtype="float64"),
    "ELU": lambda: layers.ELU(alpha=0.7, dtype="float64"),
    "softmax": lambda: layers.Softmax(axis=1, dtype="float64"),
    "activation": lambda: layers.Activation("swish", dtype="float64"),
    "rescaling": lambda: layers.Rescaling(0.5, offset=2.0, dtype="float64"),
    "normalization": lambda: layers.Normalization(
        mean=[1.0, 2.0, 3.0], variance=[1.0, 0.5, 2.0], dtype="float64"
    ),
    "activity regularization": lambda: layers.ActivityRegularization(0.1, 0.2, dtype="float64"),
    "reshape": lambda: layers.Reshape((3, 2), dtype="float64"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name: str) -> None:
    """By the layer's own weights, and by those of the layer below, which see dL/dx."""
    x, y = _data()
    shape = layers.Reshape((2, 3), dtype="float64")
    flatten = layers.Flatten(dtype="float64")
    _check([_dense(6, 1, "tanh"), shape, LAYERS[name](), flatten, _dense(2, 2)], x, y)


def test_embedding() -> None:
    """Of rows that are looked up several times, and of some that are not."""
    x = np.random.default_rng(1).integers(0, 5, (7, 4)).astype("float64")
    embedding = layers.Embedding(6, 3, embeddings_initializer=_uniform(-1, 1, 3), dtype="float64")
    _check([embedding, layers.Flatten(dtype="float64"), _dense(2, 2)], x, _data()[1])


ACTIVATIONS = [
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
    "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6",
    "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus",
    "sparse_sigmoid", "sparsemax", "squareplus", "swish", "tanh", "tanh_shrink", "glu",
]  # fmt: skip


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    """In a Dense layer and by itself, each on both sides of its kinks."""
    x, y = _data()
    _check([_dense(6, 1, name), _dense(2, 2)], 2 * x, y)
    activation = layers.Activation(name, dtype="float64")
    _check([_dense(6, 1, "tanh"), activation, _dense(2, 2)], 2 * x, y)


# A loss, the activation of the outputs, and how the targets are made of numbers in (0, 1).
LOSSES: dict[str, tuple[Callable[[], losses.Loss], str | None, str]] = {
    "mean_squared_error": (losses.MeanSquaredError, None, "real"),
    "mean_absolute_error": (losses.MeanAbsoluteError, None, "real"),
    "mean_absolute_percentage_error": (losses.MeanAbsolutePercentageError, None, "real"),
    "mean_squared_logarithmic_error": (losses.MeanSquaredLogarithmicError, "softplus", "real"),
    "cosine_similarity": (losses.CosineSimilarity, None, "real"),
    "huber": (lambda: losses.Huber(0.3), None, "real"),
    "log_cosh": (losses.LogCosh, None, "real"),
    "tversky": (lambda: losses.Tversky(0.3, 0.7, axis=-1), "sigmoid", "real"),
    "dice": (lambda: losses.Dice(axis=-1), "sigmoid", "real"),
    "poisson": (losses.Poisson, "softplus", "real"),
    "kl_divergence": (losses.KLDivergence, "softmax", "distribution"),
    "hinge": (losses.Hinge, None, "binary"),
    "squared_hinge": (losses.SquaredHinge, None, "binary"),
    "categorical_hinge": (losses.CategoricalHinge, None, "one-hot"),
    "binary_crossentropy": (
        lambda: losses.BinaryCrossentropy(label_smoothing=0.1), "tanh", "binary",
    ),
    "binary_crossentropy, fused": (losses.BinaryCrossentropy, "sigmoid", "real"),
    "binary_crossentropy, logits": (
        lambda: losses.BinaryCrossentropy(from_logits=True), None, "real",
    ),
    "binary_focal_crossentropy": (
        lambda: losses.BinaryFocalCrossentropy(apply_class_balancing=True), "sigmoid", "binary",
    ),
    "binary_focal_crossentropy, logits": (
        lambda: losses.BinaryFocalCrossentropy(from_logits=True), None, "binary",
    ),
    "categorical_crossentropy": (losses.CategoricalCrossentropy, "softplus", "distribution"),
    "categorical_crossentropy, fused": (
        lambda: losses.CategoricalCrossentropy(label_smoothing=0.1), "softmax", "one-hot",
    ),
    "categorical_crossentropy, logits": (
        lambda: losses.CategoricalCrossentropy(from_logits=True), None, "distribution",
    ),
    "categorical_focal_crossentropy": (losses.CategoricalFocalCrossentropy, "softmax", "one-hot"),
    "categorical_focal_crossentropy, logits": (
        lambda: losses.CategoricalFocalCrossentropy(from_logits=True), None, "one-hot",
    ),
    "categorical_generalized_cross_entropy": (
        lambda: losses.CategoricalGeneralizedCrossEntropy(0.7), "softmax", "sparse",
    ),
    "sparse_categorical_crossentropy": (losses.SparseCategoricalCrossentropy, "softplus", "sparse"),
    "sparse_categorical_crossentropy, fused": (
        losses.SparseCategoricalCrossentropy, "softmax", "sparse",
    ),
    "sparse_categorical_crossentropy, logits": (
        lambda: losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1),
        None, "sparse",
    ),
}  # fmt: skip


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", LOSSES)
def test_losses(name: str, weighted: bool) -> None:
    """By the weights below outputs that suit the loss, with and without sample weights."""
    make, activation, kind = LOSSES[name]
    x, _ = _data()
    numbers = np.random.default_rng(3).uniform(0.05, 0.95, (7, 3))
    classes = numbers.argmax(axis=1)
    y = {
        "real": numbers,
        "binary": np.round(numbers),
        "distribution": numbers / numbers.sum(axis=1, keepdims=True),
        "one-hot": np.eye(3)[classes],
        "sparse": classes,
    }[kind]
    outputs: list[layers.Layer] = [_dense(3, 2, activation)]
    if activation == "tanh":
        # Probabilities in (0, 1) that are not a sigmoid's.
        outputs.append(layers.Rescaling(0.45, offset=0.5, dtype="float64"))
    weights = np.linspace(0.2, 2, 7) if weighted else None
    _check([_dense(5, 1, "tanh"), *outputs], x, y, make(), weights)
