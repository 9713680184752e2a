"""Models and layers against Keras on TensorFlow: golden/make_chains.py says how it was made."""

import json
from pathlib import Path

import chains
import numpy as np
import pytest

import fanin

GOLDEN = Path(__file__).parent / "golden"
MODELS = json.loads((GOLDEN / "chains.json").read_text())["models"]
ARRAYS = np.load(GOLDEN / "chains.npz")


@pytest.mark.parametrize("tag", chains.MODELS)
def test_models(tag, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    seen, expected = chains.describe(fanin, tag), MODELS[tag]
    assert list(seen) == list(expected)
    for key, value in expected.items():
        assert seen[key] == value, key


def compare(arrays, kind, tag, relative):
    """Compare arrays to those that were kept, relative to the largest number of each."""
    names = [name for name in ARRAYS.files if name.startswith(f"{kind}|{tag}|")]
    assert len(arrays) == len(names)
    for name, array in zip(names, arrays, strict=True):
        expected = ARRAYS[name]
        assert (array.shape, array.dtype) == (expected.shape, expected.dtype), name
        largest = np.abs(expected).max(initial=1e-30)
        np.testing.assert_allclose(array, expected, rtol=0, atol=relative * largest, err_msg=name)


# In which TensorFlow keeps a constant (0.3, the square root of 2) in float32.
ROUNDED = {"float64: LeakyReLU", "float64: gelu"}


@pytest.mark.parametrize("tag", chains.CALLS)
def test_layers_called_on_arrays(tag):
    # Sums of six to 24 numbers, with a few functions of an error of some units in the last place.
    exact = tag.startswith("float64") and tag not in ROUNDED
    relative = 32 * (2.0**-53 if exact else 2.0**-24)
    compare(chains.call(fanin, tag), "call", tag, relative)


@pytest.mark.parametrize("tag", chains.STORIES)
def test_models_that_share_layers_are_frozen_and_change(tag):
    # The bound on every figure.
    compare(chains.tell(fanin, tag), "story", tag, 1e-4)
