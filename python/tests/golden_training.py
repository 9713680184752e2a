"""The runs of golden/training.json, as the tests repeat them."""

import json
from pathlib import Path

import numpy as np

import fanin
from fanin.datasets import digits

GOLDEN = Path(__file__).parent / "golden"
TRAINING = json.loads((GOLDEN / "training.json").read_text())
RUNS = TRAINING["runs"]


def data(run):
    """Return all 1797 digits and what the run's loss takes as targets."""
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x, y = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])
    return x, y if run["loss"][0].startswith("Sparse") else fanin.utils.to_categorical(y, 10)


def model(run):
    """Return the run's model, compiled, with no weights yet."""
    fanin.utils.set_random_seed(run["seed"])
    layers = [
        fanin.layers.Dense(
            units,
            activation=function,
            kernel_initializer=run["initializer"],
            bias_initializer=run["bias"],
        )
        for units, function in ((64, run["activation"]), (64, run["activation"]), (10, run["last"]))
    ]
    result = fanin.Sequential(layers)
    name, arguments = run["optimizer"]
    loss, loss_arguments = run["loss"]
    result.compile(
        getattr(fanin.optimizers, name)(**arguments),
        getattr(fanin.losses, loss)(**loss_arguments),
        metrics=["accuracy"],
    )
    return result
