"""Every array that Keras on TensorFlow gave, see golden/make_initializers.py, bit for bit."""

import hashlib
import json
import warnings
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest

from fanin import initializers
from fanin.random import SeedGenerator

with np.load(Path(__file__).parent / "golden" / "initializers.npz") as file:
    GOLDEN = dict(file)


def make(key):
    name, _, rest = key.partition(" ")
    arguments, seed, shape, dtype = rest.rsplit("|", 3)
    cls = getattr(initializers, name)
    arguments = json.loads(arguments)
    shape = tuple(int(size) for size in shape.split("x") if size)
    if seed == "-":
        initializer = cls(**arguments)
    elif "#" in seed:
        start, calls = (int(part) for part in seed.split("#"))
        initializer = cls(**arguments, seed=SeedGenerator(start))
        for _ in range(calls):
            initializer((2,))
    else:
        initializer = cls(**arguments, seed=int(seed))
    return initializer(shape, dtype)


@pytest.mark.parametrize("key", sorted(GOLDEN))
def test_golden(key):
    golden = GOLDEN[key]
    with warnings.catch_warnings():
        if key.startswith("Constant") or "axes" in key:
            warnings.simplefilter("ignore")
        values = make(key.removeprefix("sha256 "))
    if key.startswith("sha256"):
        assert hashlib.sha256(values.tobytes()).digest() == golden.tobytes()
        return
    if values.dtype == ml_dtypes.bfloat16:
        values = values.view(np.uint16)
    assert values.dtype == golden.dtype
    assert values.shape == golden.shape
    if key.startswith("Orthogonal"):
        # LAPACKs differ in the order of their sums: some ten roundings of numbers below 1.5.
        error = 1e-5 if golden.dtype == np.float32 else 1e-13
        assert np.max(np.abs(values - golden), initial=0) <= error
    elif key.startswith("STFT"):
        # The angle is rounded as in Keras. On either side, the wave may have one unit in the last
        # place of error, and half a unit comes from each of the window, its sum, the product and
        # the quotient: six units in all. A window's small values are differences of cosines,
        # with the errors of numbers as large as its largest.
        epsilon = np.finfo(golden.dtype).eps
        atol = epsilon * np.abs(golden).max()
        np.testing.assert_allclose(values, golden, rtol=6 * epsilon, atol=atol)
    else:
        assert values.tobytes() == golden.tobytes()
