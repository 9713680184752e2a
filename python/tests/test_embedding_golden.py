"""Words looked up several times in a batch, against Keras: see golden/make_embedding.py."""

from pathlib import Path

import lookups
import numpy as np
import pytest

import fanin

ARRAYS = np.load(Path(__file__).parent / "golden" / "embedding.npz")


@pytest.mark.parametrize("tag", lookups.OPTIMIZERS)
def test_training(tag):
    for index, array in enumerate(lookups.train(fanin, tag)):
        expected = ARRAYS[f"{tag}|{index}"]
        largest = np.abs(expected).max()
        np.testing.assert_allclose(array, expected, rtol=0, atol=1e-5 * largest)
