"""Models and layers, made and used in the same way with Keras and with Fanin."""

import hashlib
import json
import random
import warnings

import numpy as np

ROWS = np.random.default_rng(5).normal(size=(12, 6)).astype(np.float32)
BLOCKS = np.random.default_rng(6).normal(size=(5, 4, 6)).astype(np.float32)
LABELS = np.arange(12) % 3

# -- Models: their weights, names, descriptions and summaries ------------------------------------


def autoencoder(keras, layers):
    """Return a whole chain, of which another model has a part."""
    inputs = keras.Input((4,))
    encoded = layers.Dense(2)(layers.Dense(3)(inputs))
    model = keras.Model(inputs, layers.Dense(4)(encoded), name="auto")
    keras.Model([inputs], [encoded])
    return model


def nested(keras, layers):
    """Return a functional model of a stack that is built by it, a layer and a model."""
    stack = keras.Sequential([layers.Dense(3), layers.Dropout(0.1)])
    model = autoencoder(keras, layers)
    inputs = keras.Input((4,))
    outputs = model(layers.Dense(4)(stack(inputs)))
    return keras.Model(inputs=inputs, outputs=outputs, name="outer", trainable=False)


def functional(keras, layers):
    """Return a functional model of layers that Keras calls in several ways."""
    inputs = keras.Input((4,), name="x")
    x = layers.BatchNormalization()(layers.Dense(3, name="a")(inputs))
    x = layers.Dropout(0.2)(layers.Softmax()(x))
    return keras.Model(inputs, layers.Dense(2)(x))


def adding(keras, layers):
    """Return a stack to which layers were added, and from which they were taken."""
    model = keras.Sequential()
    model.add(keras.Input((3,)))
    model.add(layers.Dense(4))
    model.add(layers.Dense(5))
    model.pop()
    model.add(layers.Dense(2, name="last"))
    return model


def middle(keras, layers):
    """Return a model that begins at a tensor that is no input."""
    inner = layers.Dense(3, name="a")(keras.Input((4,)))
    return keras.Model(inner, layers.Dense(2, name="b")(inner))


def cut(keras, layers):
    """Return the first half of a stack."""
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(2)])
    return keras.Model(model.inputs, model.layers[0].output)


def toggled(keras, layers):
    """Return a frozen stack with one layer that is not."""
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3), layers.BatchNormalization(), layers.Dense(2)]
    )
    model.trainable = False
    model.layers[1].trainable = True
    return model


def stacked(*make):
    """Return what makes a stack of layers that are described by functions of keras.layers."""
    return lambda keras, layers: keras.Sequential([each(layers) for each in make])


def thrice(keras, layers):
    """Return the third of three models, for the names."""
    for _ in range(3):
        model = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.ReLU()])
    return model


def normed(keras, layers):
    """Return a stack with every layer of few arguments, and regularizers and constraints."""
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(
                5,
                kernel_regularizer="l2",
                bias_regularizer=keras.regularizers.L1(0.1),
                activity_regularizer="l1",
                kernel_constraint="max_norm",
                bias_constraint="non_neg",
            ),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.GaussianNoise(0.1),
            layers.LayerNormalization(),
            layers.RMSNormalization(),
            layers.UnitNormalization(),
            layers.GaussianDropout(0.2),
            layers.AlphaDropout(0.3),
            layers.Dense(2, kernel_initializer="he_normal"),
        ]
    )


def activated(keras, layers):
    """Return a stack of the activation layers."""
    return keras.Sequential(
        [
            keras.Input((6,)),
            layers.ReLU(),
            layers.LeakyReLU(),
            layers.PReLU(),
            layers.ELU(),
            layers.Softmax(),
            layers.ActivityRegularization(0.1, 0.2),
            layers.Identity(),
            layers.Rescaling(2.0, 1.0),
            layers.Dense(3, kernel_initializer=keras.initializers.HeNormal(seed=3)),
            layers.PReLU(alpha_initializer="random_uniform"),
        ]
    )


def imaged(keras, layers):
    """Return a stack for inputs of rank 3, with axes."""
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(12),
            layers.Reshape((3, -1)),
            layers.Dense(2),
            layers.PReLU(shared_axes=[1]),
            layers.BatchNormalization(axis=1, scale=False),
            layers.LayerNormalization(axis=[1, 2]),
            layers.Dropout(0.2, noise_shape=(None, 1, None), seed=3),
            layers.Dropout(0.0),
            layers.Flatten(),
            layers.Dense(1, use_bias=False),
        ]
    )


MODELS = {
    "mlp": lambda keras, layers: keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, "relu"),
            layers.Dropout(0.5),
            layers.Dense(3, "softmax", bias_initializer="random_normal"),
        ]
    ),
    "normed": normed,
    "activated": activated,
    "imaged": imaged,
    "embedding": lambda keras, layers: keras.Sequential(
        [
            keras.Input((7,), dtype="int32"),
            layers.Embedding(20, 4),
            layers.Flatten(),
            layers.Dense(1, "sigmoid"),
        ]
    ),
    "deferred": stacked(
        lambda layers: layers.Dense(5),
        lambda layers: layers.BatchNormalization(),
        lambda layers: layers.Dense(2),
    ),
    "float64": lambda keras, layers: keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, dtype="float64"),
            layers.BatchNormalization(dtype="float64"),
        ]
    ),
    "frozen": lambda keras, layers: keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, trainable=False),
            layers.BatchNormalization(trainable=False),
            layers.Dense(2),
        ]
    ),
    "normalization": lambda keras, layers: keras.Sequential(
        [
            keras.Input((2,)),
            layers.Normalization(mean=[1.0, 2.0], variance=[3.0, 4.0]),
            layers.Normalization(),
            layers.Dense(2),
        ]
    ),
    "functional": functional,
    "autoencoder": autoencoder,
    "nested": nested,
    "nested stacks": lambda keras, layers: keras.Sequential(
        [
            keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.1)]),
            layers.Dense(4),
            autoencoder(keras, layers),
        ],
        name="outer",
    ),
    "clone": lambda keras, layers: keras.models.clone_model(nested(keras, layers)),
    "clone of a stack": lambda keras, layers: keras.models.clone_model(
        keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dropout(0.1)])
    ),
    "adding": adding,
    "thrice": thrice,
    "cut": cut,
    "middle": middle,
    "any length": lambda keras, layers: keras.Sequential(
        [keras.Input((None, 4)), layers.Dense(3), layers.LayerNormalization()]
    ),
    "toggled": toggled,
    "batch size": lambda keras, layers: keras.Sequential(
        [keras.Input((4,), batch_size=8), layers.Dense(3)]
    ),
    "input_shape": stacked(
        lambda layers: layers.Dense(3, input_shape=(4,)), lambda layers: layers.Dense(2)
    ),
    "input_dim": stacked(
        lambda layers: layers.Dense(3, input_dim=4), lambda layers: layers.Dense(2)
    ),
}

SUMMARIES = (
    {},
    {"show_trainable": True},
    {"expand_nested": True},
    {"line_length": 60, "show_trainable": True},
    {"line_length": 70},
)


def fingerprints(weights):
    """Return shape, dtype and a hash of the bytes of each array."""
    arrays = [np.ascontiguousarray(np.asarray(weight)) for weight in weights]
    return [
        [list(a.shape), a.dtype.name, hashlib.sha256(a.tobytes()).hexdigest()[:16]] for a in arrays
    ]


def summary(model, **arguments):
    """Return the text that a model prints."""
    parts = []
    model.summary(print_fn=parts.append, **arguments)
    return "".join(parts)


def describe(keras, tag):
    """Return all there is to see of a new model."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(42)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MODELS[tag](keras, keras.layers)
    seen = {"next draw": random.randint(1, 10**9)}
    if not model.built:
        seen["unbuilt"] = summary(model)
        seen["unbuilt config"] = model.get_config()
        model.build((None, 4))
    first, last = model.layers[0].name, model.layers[-1].name
    text = model.to_json()
    again = keras.models.model_from_json(text)
    seen |= {
        "weights": fingerprints(model.weights),
        "counts": [
            len(model.trainable_weights),
            len(model.non_trainable_weights),
            model.count_params(),
        ],
        "paths": [weight.path for weight in model.weights],
        "names": [model.name, *(layer.name for layer in model.layers)],
        "repr": repr(model),
        "shapes": [model.input_shape, model.output_shape],
        "json": json.loads(text),
        "summaries": [summary(model, **arguments) for arguments in SUMMARIES],
        "range": summary(model, layer_range=(last, first)),
        "again": json.loads(again.to_json()),
        "again weights": fingerprints(again.weights),
    }
    return json.loads(json.dumps(seen))


# -- Layers called on arrays -----------------------------------------------------------------------

SIX = np.arange(6.0)

LAYERS = {
    "gelu": lambda layers, **k: layers.Dense(3, "gelu", **k),
    "selu": lambda layers, **k: layers.Dense(
        4, "selu", use_bias=False, kernel_initializer="he_normal", **k
    ),
    "Dropout": lambda layers, **k: layers.Dropout(0.4, **k),
    "Dropout(seed)": lambda layers, **k: layers.Dropout(0.4, seed=7, **k),
    "BatchNormalization": lambda layers, **k: layers.BatchNormalization(momentum=0.8, **k),
    "BatchNormalization(frozen)": lambda layers, **k: layers.BatchNormalization(
        trainable=False, **k
    ),
    "BatchNormalization(bare)": lambda layers, **k: layers.BatchNormalization(
        scale=False, center=False, **k
    ),
    "LayerNormalization": lambda layers, **k: layers.LayerNormalization(
        gamma_initializer="random_normal", **k
    ),
    "LayerNormalization(bare)": lambda layers, **k: layers.LayerNormalization(
        center=False, scale=False, **k
    ),
    "RMSNormalization": lambda layers, **k: layers.RMSNormalization(**k),
    "UnitNormalization": lambda layers, **k: layers.UnitNormalization(**k),
    "ReLU": lambda layers, **k: layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2, **k),
    "LeakyReLU": lambda layers, **k: layers.LeakyReLU(**k),
    "PReLU": lambda layers, **k: layers.PReLU("random_uniform", **k),
    "ELU": lambda layers, **k: layers.ELU(0.7, **k),
    "Softmax": lambda layers, **k: layers.Softmax(**k),
    "GaussianNoise": lambda layers, **k: layers.GaussianNoise(0.3, **k),
    "GaussianDropout": lambda layers, **k: layers.GaussianDropout(0.3, **k),
    "AlphaDropout": lambda layers, **k: layers.AlphaDropout(0.3, **k),
    "ActivityRegularization": lambda layers, **k: layers.ActivityRegularization(0.1, **k),
    "Rescaling": lambda layers, **k: layers.Rescaling(SIX, 2.0, **k),
    "Rescaling(number)": lambda layers, **k: layers.Rescaling(0.5, **k),
    "Normalization": lambda layers, **k: layers.Normalization(mean=SIX, variance=SIX + 1, **k),
    "Normalization(invert)": lambda layers, **k: layers.Normalization(
        mean=SIX, variance=SIX + 1, invert=True, **k
    ),
    "Normalization(one)": lambda layers, **k: layers.Normalization(
        axis=None, mean=1.0, variance=4.0, **k
    ),
    "Flatten": lambda layers, **k: layers.Flatten(**k),
    "Identity": lambda layers, **k: layers.Identity(**k),
    "Activation": lambda layers, **k: layers.Activation("mish", **k),
    "Activation(log_softmax)": lambda layers, **k: layers.Activation("log_softmax", **k),
}

# On inputs of rank 3 only.
AXES = {
    "LayerNormalization([1, 2])": lambda layers: layers.LayerNormalization(axis=[1, 2]),
    "LayerNormalization(1)": lambda layers: layers.LayerNormalization(axis=1),
    "BatchNormalization(1)": lambda layers: layers.BatchNormalization(axis=1),
    "Softmax(1)": lambda layers: layers.Softmax(axis=1),
    "UnitNormalization([1, 2])": lambda layers: layers.UnitNormalization(axis=[1, 2]),
    "PReLU(shared)": lambda layers: layers.PReLU("random_uniform", shared_axes=[1]),
    "Dropout(noise_shape)": lambda layers: layers.Dropout(0.5, noise_shape=(None, 1, None)),
    "AlphaDropout(noise_shape)": lambda layers: layers.AlphaDropout(0.5, noise_shape=(None, 1, 6)),
    "Reshape": lambda layers: layers.Reshape((3, -1)),
    "Normalization((1, 2))": lambda layers: layers.Normalization(
        axis=(1, 2), mean=np.ones((4, 6)), variance=2 * np.ones((4, 6))
    ),
    "Normalization(1)": lambda layers: layers.Normalization(
        axis=1, mean=np.arange(4.0), variance=np.ones(4)
    ),
}

ADAPTED = {
    "rows": (ROWS, {}),
    "blocks": (BLOCKS, {}),
    "one": (BLOCKS, {"axis": None}),
    "axis 1": (BLOCKS, {"axis": 1}),
    "axes": (BLOCKS, {"axis": (1, 2)}),
    "batches": ([ROWS[:5], ROWS[5:]], {}),
    "float64": (ROWS.astype(np.float64), {}),
    "whole numbers": ((ROWS * 10).astype(np.int32), {}),
}


def called(keras, layer, x):
    """Return what a layer makes of x, first and later, and its weights."""
    outputs = [layer(x), layer(x, training=True), layer(x, training=True), layer(x)]
    return [np.asarray(array) for array in (*outputs, *layer.get_weights())]


def call(keras, tag):
    """Return the arrays of a case of LAYERS, AXES or ADAPTED."""
    kind, name = tag.split(": ")
    keras.utils.set_random_seed(3)
    if kind == "adapted":
        data, arguments = ADAPTED[name]
        layer = keras.layers.Normalization(**arguments)
        layer.adapt(data)
        x = ROWS if isinstance(data, list) else data
        arrays = [layer.mean, layer.variance, layer(x), *layer.get_weights()]
        return [np.asarray(array) for array in arrays]
    if kind == "axes":
        return called(keras, AXES[name](keras.layers), BLOCKS)
    if kind == "float64":
        layer = LAYERS[name](keras.layers, dtype="float64")
        return called(keras, layer, ROWS.astype(np.float64))
    return called(keras, LAYERS[name](keras.layers), ROWS if kind == "rows" else BLOCKS)


CALLS = [
    *(f"{kind}: {name}" for kind in ("rows", "blocks", "float64") for name in LAYERS),
    *(f"axes: {name}" for name in AXES),
    *(f"adapted: {name}" for name in ADAPTED),
]

# -- Models that share layers, are frozen, and change ----------------------------------------------


def fit(model, x, y, **arguments):
    """Return the losses of a training whose order is fixed."""
    history = model.fit(x, y, verbose=0, shuffle=False, **arguments)
    return history.history["loss"]


def sharing(keras, layers):
    """Train an autoencoder, use its parts, train one of them, and use the whole again."""
    inputs = keras.Input((6,))
    encoded = layers.BatchNormalization()(layers.Dense(3, "relu")(inputs))
    encoder = keras.Model(inputs, encoded)
    whole = keras.Model(inputs, layers.Dense(6)(encoded))
    code = keras.Input((3,))
    decoder = keras.Model(code, whole.layers[-1](code))
    whole.compile("sgd", "mse")
    results = [fit(whole, ROWS, ROWS, epochs=3, batch_size=4)]
    codes = encoder.predict(ROWS, verbose=0)
    results += [codes, decoder.predict(codes, verbose=0), whole.predict(ROWS, verbose=0)]
    encoder.compile("sgd", "mse")
    results.append(fit(encoder, ROWS, ROWS[:, :3], epochs=2))
    results.append(whole.predict(ROWS, verbose=0))
    # Moves the statistics.
    results += [encoder(ROWS, training=True), whole.predict(ROWS, verbose=0)]
    return results + whole.get_weights()


def inside(keras, layers):
    """Train a model with a model in it, which is then frozen, cloned and put into another."""
    stack = keras.Sequential([layers.Dense(4, "tanh"), layers.Dropout(0.2)])
    inputs = keras.Input((6,))
    model = keras.Model(inputs, layers.Dense(2)(stack(inputs)))
    model.compile("adam", "mse")
    results = [fit(model, ROWS, ROWS[:, :2], epochs=3, batch_size=4)]
    results.append(stack.predict(ROWS, verbose=0))
    stack.trainable = False
    model.compile("adam", "mse")
    results.append(fit(model, ROWS, ROWS[:, :2], epochs=3, batch_size=4))
    copy = keras.models.clone_model(model)
    results.append(copy.predict(ROWS, verbose=0))
    copy.set_weights(model.get_weights())
    results.append(copy.predict(ROWS, verbose=0))
    other = keras.Sequential([stack, layers.Dense(1)])
    other.compile("sgd", "mse")
    results.append(fit(other, ROWS, ROWS[:, :1], epochs=2))
    other.pop()
    other.add(layers.Dense(2, name="another"))
    other.compile("sgd", "mse")
    results.append(fit(other, ROWS, ROWS[:, :2], epochs=2))
    return results + model.get_weights() + other.get_weights()


def freezing(keras, layers):
    """Train a model while its layers are frozen and freed."""
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(4),
            layers.BatchNormalization(),
            layers.Dense(3, "softmax"),
        ]
    )
    model.layers[0].trainable = model.layers[1].trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    results = [fit(model, ROWS, LABELS, epochs=3)]
    model.layers[1].trainable = True
    model.compile("adam", "sparse_categorical_crossentropy")
    results.append(fit(model, ROWS, LABELS, epochs=3))
    # Without another `compile` it stays frozen.
    model.layers[0].trainable = True
    results.append(fit(model, ROWS, LABELS, epochs=3))
    return results + model.get_weights()


def everything(keras, layers):
    """Train a model of many layers."""
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(
                8,
                "relu",
                kernel_regularizer="l2",
                activity_regularizer=keras.regularizers.L2(0.01),
            ),
            layers.BatchNormalization(),
            layers.Dropout(0.3),
            layers.Dense(5, kernel_constraint="max_norm"),
            layers.PReLU(),
            layers.LayerNormalization(),
            layers.GaussianNoise(0.1),
            layers.Dense(3, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = fit(model, ROWS, LABELS, epochs=4, batch_size=5)
    return [losses, model.predict(ROWS, verbose=0), *model.get_weights()]


def lengths(keras, layers):
    """Train with samples of one length, and use others."""
    model = keras.Sequential(
        [
            keras.Input((None, 6)),
            layers.Dense(4, "relu"),
            layers.LayerNormalization(),
            layers.Dense(2),
        ]
    )
    model.compile("sgd", "mse")
    losses = fit(model, BLOCKS, BLOCKS[:, :, :2], epochs=2)
    return [losses, model.predict(BLOCKS[:, :2], verbose=0), model(BLOCKS[:, :3])]


def embedded(keras, layers):
    """Train a table of words."""
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            layers.Embedding(9, 3, embeddings_regularizer="l2"),
            layers.Flatten(),
            layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    words = np.arange(48).reshape(12, 4) % 9
    return [fit(model, words, LABELS > 0, epochs=3, batch_size=5), *model.get_weights()]


STORIES = {
    story.__name__: story for story in (sharing, inside, freezing, everything, lengths, embedded)
}


def tell(keras, tag):
    """Return the arrays of a case of STORIES."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(3)
    return [np.asarray(array) for array in STORIES[tag](keras, keras.layers)]
