"""Handwritten digits: 1797 images of 8 x 8 pixels, ten classes.

The test part of "Optical Recognition of Handwritten Digits" (Alpaydin & Kaynak 1998, UCI,
https://doi.org/10.24432/C50P49, CC BY 4.0), in the order of scikit-learn's ``load_digits``;
``digits.txt`` beside this file says how it was made.
"""

import io

import numpy as np
import numpy.typing as npt

_TRAIN = 1437

Samples = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


def load_data() -> tuple[Samples, Samples]:
    """Return the digits as ``(x_train, y_train), (x_test, y_test)``.

    The split is fixed: the first 1437 rows train, the last 360 test.

    Returns
    -------
    tuple of two tuples of two arrays
        x: float32 of shape (rows, 64), pixel / 16, within [0, 1], each image row by row;
        y: int64 of shape (rows,), the digits 0 ... 9. The arrays are the caller's own.
    """
    from importlib import resources

    packed = resources.files("fanin.datasets").joinpath("digits.npz").read_bytes()
    with np.load(io.BytesIO(packed), allow_pickle=False) as file:
        x = file["images"].astype(np.float32) / np.float32(16)
        y = file["labels"].astype(np.int64)
    return (x[:_TRAIN].copy(), y[:_TRAIN].copy()), (x[_TRAIN:].copy(), y[_TRAIN:].copy())
