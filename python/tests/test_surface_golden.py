"""The whole surface against Keras on TensorFlow: golden/make_surface.py says how it was made."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import surface

import fanin

GOLDEN = Path(__file__).parent / "golden"
TEXT = json.loads((GOLDEN / "surface.json").read_text())
ARRAYS = np.load(GOLDEN / "surface.npz")
# The bound on every figure.
RELATIVE = 1e-4
# A metric as R2 is the difference of float32 numbers near 1.
ABSOLUTE = 2**-20


def compare(got, expected, name=""):
    """Compare two results: their shapes and words exactly, their figures to the bound."""
    if isinstance(expected, dict):
        assert list(got) == list(expected)
        for key in expected:
            compare(got[key], expected[key], key)
    elif isinstance(expected, list):
        assert len(got) == len(expected), name
        for a, b in zip(got, expected, strict=True):
            compare(a, b, name)
    elif expected is None:
        assert got is None
    elif name.endswith("accuracy"):  # of several outputs, it is a mean of rounded means
        assert math.isclose(got, expected, rel_tol=2**-21), name
    else:
        same = math.isclose(got, expected, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        assert same or math.isnan(got) and math.isnan(expected), (name, got, expected)


def check_array(got, expected):
    assert got.dtype == expected.dtype
    scale = np.abs(expected).max()
    np.testing.assert_allclose(got, expected, rtol=0, atol=RELATIVE * scale, equal_nan=True)


@pytest.mark.parametrize("tag", TEXT["runs"])
def test_run(tag):
    run = TEXT["runs"][tag]
    hashes, results = surface.run(fanin, run)
    assert hashes == run["initial"]
    for i, (got, expected) in enumerate(zip(results, run["results"], strict=True)):
        if expected == "array":
            check_array(got, ARRAYS[f"{tag}|{i}"])
        else:
            compare(got, expected)


@pytest.mark.parametrize("tag", TEXT["values"])
def test_value(tag):
    expected = ARRAYS[f"value|{tag}"]
    got = surface.value(fanin, TEXT["values"][tag])
    np.testing.assert_allclose(
        got, expected, rtol=1e-5, atol=2**-22 * max(1, float(np.abs(expected).max()))
    )
