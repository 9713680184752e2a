"""Seeds, one-hot labels and names, as in keras.utils."""

import random
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _arrays, _session

__all__ = [
    "clear_session",
    "set_random_seed",
    "to_categorical",
]


def set_random_seed(seed: int) -> None:
    """Seed Python's `random` and NumPy's global generator, and fix the shuffles of `fit`.

    Every initializer without a seed of its own draws one from `random`, so that the same model
    code after the same `set_random_seed` has the same weights, which are those of Keras.

    Parameters
    ----------
    seed : int
        In [0, 2**32).

    Raises
    ------
    ValueError
        If it is not an integer in that range; nothing has been seeded then.
    """
    seed = _session.check_seed(seed)
    _session.seed = seed
    random.seed(seed)
    np.random.seed(seed)


def to_categorical(x: Any, num_classes: int | None = None) -> npt.NDArray[np.float64]:
    """Return class numbers as one-hot rows.

    Parameters
    ----------
    x : array_like
        Whole numbers in [0, num_classes). A last axis of size 1 is dropped.
    num_classes : int, optional
        By default the largest class number plus one.

    Returns
    -------
    ndarray of float64
        Shape of `x` followed by ``num_classes``.

    Raises
    ------
    TypeError
        If `x` does not hold numbers.
    ValueError
        If a class is not whole or out of range (Keras rounds the first towards zero and counts
        negative classes from the end), or `x` is empty and `num_classes` is not given.
    """
    classes = _arrays.matrix("x", x, np.int64)
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    if not num_classes:
        if not classes.size:
            raise ValueError("`num_classes` must be given for an empty `x`.")
        num_classes = int(classes.max()) + 1
    wrong = classes[(classes < 0) | (classes >= num_classes)]
    if wrong.size:
        raise ValueError(
            f"The classes in `x` must be in [0, num_classes). Received: {wrong.flat[0]} with "
            f"num_classes={num_classes}"
        )
    one_hot = np.zeros((classes.size, num_classes))
    one_hot[np.arange(classes.size), classes.ravel()] = 1
    return one_hot.reshape(*classes.shape, num_classes)


def clear_session() -> None:
    """Start automatic names (dense, dense_1, ...) from the beginning again."""
    _session.forget_names()
