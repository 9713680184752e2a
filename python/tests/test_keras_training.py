"""The issue's own trainings against Keras on TensorFlow: golden/keras_training.json.

What Keras computed there is given; the optimizers' arguments and the binary targets, which the file
leaves out, were found by running Keras until its first epoch agreed in every bit.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import fanin
from fanin.datasets import digits

GOLDEN = Path(__file__).parent / "golden"
RUNS = {run["tag"]: run for run in json.loads((GOLDEN / "keras_training.json").read_text())["runs"]}
ARRAYS = np.load(GOLDEN / "keras_training.npz")
OPTIMIZERS = {
    "sgd": lambda: fanin.optimizers.SGD(0.05),
    "momentum": lambda: fanin.optimizers.SGD(0.02, momentum=0.9),
    "nesterov": lambda: fanin.optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    "adagrad": lambda: fanin.optimizers.Adagrad(0.05),
    "rmsprop": lambda: "rmsprop",
    "adam": lambda: "adam",
    "adamw": lambda: fanin.optimizers.AdamW(weight_decay=0.01),
    "adam_amsgrad": lambda: fanin.optimizers.Adam(amsgrad=True),
    "nadam": lambda: "nadam",
    "adamax": lambda: fanin.optimizers.Adamax(0.002),
    "adadelta": lambda: fanin.optimizers.Adadelta(1.0),
}
# The bound. All measured differences are below 4e-7.
FIGURE = 1e-4


def samples(loss):
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x, labels = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    if loss == "binary_crossentropy":
        return x, (labels % 2).astype(np.float32)
    if loss in ("categorical_crossentropy", "mean_squared_error"):
        return x, fanin.utils.to_categorical(labels, 10)
    return x, labels


@pytest.mark.parametrize("tag", RUNS)
def test_run(tag):
    run = RUNS[tag]
    x, y = samples(run["loss"])
    fanin.utils.set_random_seed(run["seed"])
    model = fanin.Sequential(
        [
            fanin.Input((64,)),
            *(
                fanin.layers.Dense(units, activation=function, kernel_initializer=initializer)
                for units, function, initializer in zip(
                    run["widths"], run["activations"], run["initializers"], strict=True
                )
            ),
        ]
    )
    (metric,) = set(run["evaluate"]) - {"loss"}
    model.compile(OPTIMIZERS[run["optimizer"]](), run["loss"], metrics=[metric])
    for i, weight in enumerate(model.get_weights()):
        expected = ARRAYS[f"{tag}|initial|{i}"]
        if tag == "init:orthogonal":  # another LAPACK rounds its 64 reflections otherwise
            np.testing.assert_allclose(weight, expected, rtol=0, atol=64 * 2**-24)
        else:
            np.testing.assert_array_equal(weight.view(np.int32), expected.view(np.int32))

    history = model.fit(
        x,
        y,
        batch_size=run["batch_size"],
        epochs=run["epochs"],
        validation_split=run["validation_split"],
        shuffle=run["shuffle"],
        verbose=0,
    ).history
    assert list(history) == list(run["history"])
    evaluated = model.evaluate(x, y, verbose=0, return_dict=True)
    for name, given in {**history, **evaluated}.items():
        expected = {**run["history"], **run["evaluate"]}[name]
        if name.endswith("accuracy"):
            assert given == expected, name
        else:
            np.testing.assert_allclose(given, expected, rtol=FIGURE, err_msg=name)
    predicted = ARRAYS[f"{tag}|predict"]
    np.testing.assert_allclose(
        model.predict(x[: len(predicted)], verbose=0),
        predicted,
        rtol=0,
        atol=FIGURE * np.abs(predicted).max(),
    )
