"""The digits that the package carries."""

import hashlib
import re
from importlib import resources

import numpy as np
import pytest

from fanin.datasets import digits


def test_every_pixel_and_label_is_that_of_the_source() -> None:
    """The hash was taken from scikit-learn's load_digits; digits.txt names it."""
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    x = np.concatenate([x_train, x_test]) * 16
    y = np.concatenate([y_train, y_test])
    packed = x.astype(np.uint8).tobytes() + y.astype(np.uint8).tobytes()
    text = resources.files("fanin.datasets").joinpath("digits.txt").read_text(encoding="utf-8")
    assert re.findall(r"\b[0-9a-f]{64}\b", text) == [hashlib.sha256(packed).hexdigest()]
    assert np.array_equal(x, np.rint(x))  # dividing by 16 loses nothing


def test_split_and_types() -> None:
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert (x_train.shape, y_train.shape) == ((1437, 64), (1437,))
    assert (x_test.shape, y_test.shape) == ((360, 64), (360,))
    for x, y in ((x_train, y_train), (x_test, y_test)):
        assert x.dtype == np.float32
        assert x.flags.c_contiguous
        assert (x.min(), x.max()) == (0.0, 1.0)
        assert y.dtype == np.int64
        assert set(y.tolist()) == set(range(10))
    # scikit-learn's counts of each digit in all rows
    assert np.bincount(np.concatenate([y_train, y_test])).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]  # fmt: skip


def test_arrays_are_the_callers_own() -> None:
    first = digits.load_data()
    first[0][0][:] = 7
    first[0][1][:] = 7
    again = digits.load_data()
    assert again[0][0].max() == 1.0
    assert again[0][1][0] == 0


@pytest.mark.parametrize("word", ["Alpaydin", "Kaynak", "10.24432/C50P49", "CC BY 4.0"])
def test_source_and_licence_are_named(word: str) -> None:
    text = resources.files("fanin.datasets").joinpath("digits.txt").read_text(encoding="utf-8")
    assert word in text
