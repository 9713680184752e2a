"""Writes training.json and training.npz: what Keras on TensorFlow makes of the digits data.

Run with TensorFlow 2.21, Keras 3.15 and scikit-learn, on a CPU:

    COLUMNS=80 python python/tests/golden/make_training.py

Each run is one of RUNS over the defaults of `run`. Kept are: SHA-256 of the initial weights (the
weights themselves of "orthogonal", which depends on LAPACK), the history, what `evaluate` gives on
all rows, the predictions for the first 16, and what the shuffles and the summaries are.
"""

import hashlib
import json
import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow
from keras.src.trainers.data_adapters.array_data_adapter import ArrayDataAdapter
from sklearn.datasets import load_digits

HERE = Path(__file__).parent
STEEP = {
    "sgd": ("SGD", {"learning_rate": 0.05}),
    "momentum": ("SGD", {"learning_rate": 0.02, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {"learning_rate": 0.05}),
    "adam": ("Adam", {}),
    "adam_amsgrad": ("Adam", {"amsgrad": True}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop_centered": ("RMSprop", {"momentum": 0.5, "centered": True}),
}
RUNS = {
    **{
        f"init:{name}": {"initializer": name}
        for name in (
            "glorot_uniform",
            "glorot_normal",
            "he_uniform",
            "he_normal",
            "lecun_normal",
            "orthogonal",
            "zeros",
        )
    },
    **{f"opt:{name}": {"optimizer": name, "initializer": "he_normal"} for name in STEEP},
    **{
        f"act:{name}": {"activation": name, "initializer": "glorot_normal"}
        for name in ("linear", "tanh", "sigmoid")
    },
    "loss:categorical_crossentropy": {"loss": ["CategoricalCrossentropy", {}]},
    "loss:label_smoothing": {"loss": ["CategoricalCrossentropy", {"label_smoothing": 0.1}]},
    "loss:mean_squared_error": {"loss": ["MeanSquaredError", {}], "last": "linear"},
    "loss:from_logits": {
        "loss": ["SparseCategoricalCrossentropy", {"from_logits": True}],
        "last": "linear",
    },
    # One epoch: clipped probabilities make the gradient jump, and later rounding decides where.
    "loss:without_softmax": {
        "loss": ["CategoricalCrossentropy", {}],
        "last": "relu",
        "bias": "ones",
        "epochs": 1,
    },
    "batch:100": {"batch_size": 100},
    "shuffle:True": {"shuffle": True},
    "shuffle:True:sgd": {"shuffle": True, "optimizer": "sgd", "seed": 7, "batch_size": 50},
    "shuffle:batch": {"shuffle": "batch", "seed": 1},
}
SHUFFLES = [(0, 1, 32), (1, 2, 32), (42, 33, 8), (42, 1617, 32), (2**31 - 1, 100, 32), (7, 64, 32)]


def data():
    x, y = load_digits(return_X_y=True)
    return (x / 16).astype("float32"), y.astype("int64")


def run(
    initializer="he_uniform",
    activation="relu",
    last="softmax",
    bias="zeros",
    optimizer="adam",
    loss=("SparseCategoricalCrossentropy", {}),
    epochs=3,
    batch_size=32,
    seed=42,
    shuffle=False,
):
    settings = dict(locals())
    x, y = data()
    if not loss[0].startswith("Sparse"):
        y = keras.utils.to_categorical(y, 10)
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.layers.Dense(
                units, activation=function, kernel_initializer=initializer, bias_initializer=bias
            )
            for units, function in ((64, activation), (64, activation), (10, last))
        ]
    )
    name, arguments = STEEP[optimizer]
    model.compile(
        getattr(keras.optimizers, name)(**arguments),
        getattr(keras.losses, loss[0])(**loss[1]),
        metrics=["accuracy"],
    )
    model.build((None, 64))
    initial = model.get_weights()
    history = model.fit(
        x, y, batch_size, epochs, verbose=0, validation_split=0.1, shuffle=shuffle
    ).history
    settings["optimizer"] = [name, arguments]
    settings["initial"] = [hashlib.sha256(w.tobytes()).hexdigest() for w in initial]
    settings["history"] = history
    settings["evaluate"] = model.evaluate(x, y, verbose=0)
    return settings, initial, model.predict(x[:16], verbose=0)


def order(seed, rows, batch_size, shuffle):
    """Return the order in which Keras takes the samples, which is that of every epoch."""
    keras.utils.set_random_seed(seed)
    adapter = ArrayDataAdapter(np.arange(rows), batch_size=batch_size, shuffle=shuffle)
    dataset = adapter.get_tf_dataset()
    epochs = [np.concatenate([batch.numpy() for batch in dataset]).tolist() for _ in range(2)]
    if epochs[0] != epochs[1]:
        raise SystemExit("Keras has changed: its seeded shuffles differ from epoch to epoch.")
    return epochs[0]


def summaries():
    keras.utils.clear_session()
    texts = []

    def add(model, **arguments):
        model.summary(print_fn=texts.append, **arguments)

    dense = keras.layers.Dense
    model = keras.Sequential([dense(5, "relu"), dense(3, "softmax")])
    add(model)
    model.build((None, 4))
    add(model)
    x, y = np.ones((8, 4), "float32"), np.zeros(8)
    for optimizer in ("sgd", "adagrad", "adam", "rmsprop"):
        model.compile(optimizer, "sparse_categorical_crossentropy")
        add(model)
        model.fit(x, y, verbose=0)
        add(model)
    for optimizer in (
        keras.optimizers.SGD(momentum=0.9),
        keras.optimizers.Adam(amsgrad=True),
        keras.optimizers.RMSprop(momentum=0.9, centered=True),
    ):
        model.compile(optimizer, "sparse_categorical_crossentropy")
        model.fit(x, y, verbose=0)
        add(model)
    names = ["a_very_long_layer_name_that_does_not_fit", "x" * 26, "y" * 24, "z" * 23, "two words"]
    model = keras.Sequential(
        [keras.Input((4000,)), *(dense(999 + i, name=name) for i, name in enumerate(names))],
        name="big",
    )
    for line_length in (None, 60, 40, 33, 75):
        add(model, line_length=line_length)
    add(model, positions=[0.5, 0.75, 1.0])
    add(keras.Sequential(name="empty"))
    add(keras.Sequential([keras.Input((4,)), dense(3, dtype="float64", use_bias=False)]))
    # Keras hands over one line feed more than it prints.
    return [text.removesuffix("\n") if text.endswith("\n\n") else text for text in texts]


def main():
    runs, arrays = {}, {}
    for tag, changes in RUNS.items():
        runs[tag], initial, arrays[f"{tag}|predict"] = run(**changes)
        if tag == "init:orthogonal":
            arrays |= {f"{tag}|initial|{i}": w for i, w in enumerate(initial)}
    shuffles = [
        [seed, rows, size, kind, order(seed, rows, size, kind)]
        for seed, rows, size in SHUFFLES
        for kind in (True, "batch")
    ]
    text = {
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "runs": runs,
        "shuffles": shuffles,
        "summaries": summaries(),
    }
    (HERE / "training.json").write_text(json.dumps(text, ensure_ascii=False) + "\n")
    np.savez_compressed(HERE / "training.npz", **arrays)


main()
