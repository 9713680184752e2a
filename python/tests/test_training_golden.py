"""Whole trainings against Keras on TensorFlow: golden/make_training.py says how they were made."""

import hashlib

import numpy as np
import pytest
from golden_training import GOLDEN, RUNS, data, model

ARRAYS = np.load(GOLDEN / "training.npz")
BATCHES = 51

# Keras adds up the losses of an epoch's batches in float32, each addition rounding by 2**-24 at
# most. What the weights' own rounding adds is smaller: all measured differences are below 4e-7.
LOSS = BATCHES * 2**-24
# Each of the 153 steps rounds a weight below 1 to float32, on both sides: a random walk of
# 2**-24 * sqrt(2 * 153), which ten outputs see; measured below 4e-7.
PREDICTION = 2**-24 * (2 * 3 * BATCHES) ** 0.5
# Here the slope of the loss is 1 / p, which magnifies p's rounding ten times and more.
STEEP = {"loss:without_softmax": 16}


@pytest.mark.parametrize("tag", RUNS)
def test_run(tag):
    run = RUNS[tag]
    x, y = data(run)
    network = model(run)
    network.build((None, 64))
    if tag == "init:orthogonal":
        for i, weight in enumerate(network.weights):
            np.testing.assert_allclose(weight, ARRAYS[f"{tag}|initial|{i}"], rtol=0, atol=1e-5)
    else:
        hashes = [hashlib.sha256(w.tobytes()).hexdigest() for w in network.weights]
        assert hashes == run["initial"]

    history = network.fit(
        x,
        y,
        batch_size=run["batch_size"],
        epochs=run["epochs"],
        validation_split=0.1,
        shuffle=run["shuffle"],
        verbose=0,
    ).history
    assert list(history) == list(run["history"])
    for key in ("accuracy", "val_accuracy"):
        assert history[key] == run["history"][key]
    for key in ("loss", "val_loss"):
        np.testing.assert_allclose(history[key], run["history"][key], rtol=LOSS)

    loss, accuracy = network.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(loss, run["evaluate"][0], rtol=LOSS)
    assert accuracy == run["evaluate"][1]
    scale = STEEP.get(tag, 1) * max(1, np.abs(ARRAYS[f"{tag}|predict"]).max())
    np.testing.assert_allclose(
        network.predict(x[:16], verbose=0),
        ARRAYS[f"{tag}|predict"],
        rtol=0,
        atol=PREDICTION * scale,
    )
