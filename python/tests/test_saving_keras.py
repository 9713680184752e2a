"""Files exchanged with an installed Keras, in both directions."""

import os

import numpy as np
import pytest

import fanin

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
keras = pytest.importorskip("keras")

# Keras warns of its older format, and of more.
pytestmark = pytest.mark.filterwarnings("ignore")

RANDOM = np.random.default_rng(5)
X = RANDOM.random((40, 4), dtype=np.float32)
Y = RANDOM.random((40, 2), dtype=np.float32)
TOKENS = RANDOM.integers(0, 10, (40, 4))


def adapted(k):
    layer = k.layers.Normalization()
    layer.adapt(X)
    return layer


def regularized(k):
    return k.layers.Dense(
        5,
        "gelu",
        kernel_initializer=k.initializers.HeNormal(seed=3),
        kernel_regularizer=k.regularizers.L1L2(0.01, 0.02),
        bias_regularizer="l2",
        activity_regularizer="l1",
        kernel_constraint=k.constraints.MaxNorm(1.5),
        bias_constraint="non_neg",
    )


LAYERS = {
    "Dense": regularized,
    "BatchNormalization": lambda k: k.layers.BatchNormalization(momentum=0.9),
    "LayerNormalization": lambda k: k.layers.LayerNormalization(),
    "RMSNormalization": lambda k: k.layers.RMSNormalization(),
    "UnitNormalization": lambda k: k.layers.UnitNormalization(),
    "Rescaling": lambda k: k.layers.Rescaling([1.0, 2.0, 3.0, 4.0], 0.5),
    "Normalization": adapted,
    "Normalization of numbers": lambda k: k.layers.Normalization(
        mean=[0.1] * 4, variance=[2.0] * 4
    ),
    "ReLU": lambda k: k.layers.ReLU(6.0, 0.1, 0.2),
    "LeakyReLU": lambda k: k.layers.LeakyReLU(0.2),
    "PReLU": lambda k: k.layers.PReLU(),
    "ELU": lambda k: k.layers.ELU(0.7),
    "Softmax": lambda k: k.layers.Softmax(),
    "Activation": lambda k: k.layers.Activation("mish"),
    "ActivityRegularization": lambda k: k.layers.ActivityRegularization(0.1, 0.2),
    "GaussianNoise": lambda k: k.layers.GaussianNoise(0.1),
    "GaussianDropout": lambda k: k.layers.GaussianDropout(0.1),
    "AlphaDropout": lambda k: k.layers.AlphaDropout(0.1),
    "Dropout": lambda k: k.layers.Dropout(0.3),
    "Reshape": lambda k: k.layers.Reshape((2, 2)),
    "Embedding": lambda k: k.layers.Embedding(10, 4),
    "a model": lambda k: k.Sequential([k.Input((4,)), k.layers.Dense(3), k.layers.Dense(4)]),
}
NOISY = frozenset(("GaussianNoise", "GaussianDropout", "AlphaDropout", "Dropout"))


def plain(name):
    return lambda k: getattr(k.optimizers, name)(0.01)


NAMES = "SGD Adam AdamW Adamax RMSprop Adagrad Adadelta Ftrl Lion Lamb Adafactor Muon".split()
OPTIMIZERS = {
    **{name: plain(name) for name in NAMES},
    "all of SGD": lambda k: k.optimizers.SGD(
        0.01, momentum=0.9, use_ema=True, gradient_accumulation_steps=2
    ),
    "schedule": lambda k: k.optimizers.RMSprop(
        k.optimizers.schedules.CosineDecay(0.01, 100), momentum=0.5, centered=True
    ),
}


def make(k, layer, optimizer="sgd"):
    model = k.Sequential(
        [k.Input((4,)), LAYERS[layer](k), k.layers.Flatten(), k.layers.Dense(2, name="head")]
    )
    made = optimizer if isinstance(optimizer, str) else optimizer(k)
    model.compile(made, "mean_squared_error", metrics=[k.metrics.MeanAbsoluteError(), "mse"])
    return model


def functional(k, *_):
    inputs = k.Input((4,))
    model = k.Model(inputs, k.layers.Dense(2)(k.layers.Dense(3, "tanh")(inputs)))
    model.compile("sgd", k.losses.MeanSquaredError())
    return model


def train(model, x):
    return model.fit(x, Y, epochs=2, batch_size=16, shuffle=False, verbose=0).history


def assert_same(a, b):
    for left, right in ((a.get_weights(), b.get_weights()), (state(a), state(b))):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            np.testing.assert_array_equal(one, other)


def state(model):
    return [np.asarray(variable) for variable in model.optimizer.variables]


def exchange(path, make, x, noisy=False):
    for writer, reader in ((fanin, keras), (keras, fanin)):
        model = make(writer)
        train(model, x)
        model.save(path)
        other = reader.saving.load_model(path)
        assert_same(model, other)
        outputs = [np.asarray(each.predict(x, verbose=0)) for each in (model, other)]
        np.testing.assert_allclose(*outputs, rtol=1e-4, atol=1e-5)
        if not noisy:
            left, right = train(model, x), train(other, x)
            assert list(left) == list(right)
            for key in left:
                np.testing.assert_allclose(left[key], right[key], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layer", LAYERS)
def test_layers(tmp_path, layer):
    x = TOKENS if layer == "Embedding" else X
    exchange(tmp_path / "a.keras", lambda k: make(k, layer), x, layer in NOISY)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers(tmp_path, optimizer):
    chosen = OPTIMIZERS[optimizer]
    exchange(tmp_path / "a.keras", lambda k: make(k, "BatchNormalization", chosen), X)


def test_functional(tmp_path):
    exchange(tmp_path / "a.keras", functional, X)


@pytest.mark.parametrize("maker", [functional, lambda k: make(k, "BatchNormalization", "adam")])
def test_weights(tmp_path, maker):
    for writer, reader in ((fanin, keras), (keras, fanin)):
        model, other = maker(writer), maker(reader)
        train(model, X)
        train(other, X)
        for suffix in (".weights.h5", ".h5", ".keras"):
            path = tmp_path / f"a{suffix}"
            (model.save_weights if suffix == ".weights.h5" else model.save)(path)
            other.set_weights([weight * 0 for weight in other.get_weights()])
            other.load_weights(path)
            for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
                np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("maker", [functional, lambda k: make(k, "a model", "adam")])
def test_older_files(tmp_path, maker):
    path = tmp_path / "a.h5"
    for writer, reader in ((fanin, keras), (keras, fanin)):
        model = maker(writer)
        train(model, X)
        model.save(path)
        other = reader.saving.load_model(path)
        for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(one, two)
        if reader is fanin:
            assert_same(model, other)
