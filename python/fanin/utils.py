"""Seeds, one-hot labels, names, batches and pictures, as in keras.utils."""

import random
from collections.abc import Sequence as _Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _arrays, _session
from ._progress import Progbar
from ._py_dataset import PyDataset
from .saving import (
    CustomObjectScope,
    custom_object_scope,
    deserialize_keras_object,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "CustomObjectScope",
    "Progbar",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "normalize",
    "plot_history",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
]

#: The older name of `PyDataset`.
Sequence = PyDataset


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


def normalize(x: Any, axis: int = -1, order: float = 2) -> npt.NDArray[Any]:
    """Return `x` divided by its norms along an axis; where a norm is 0, as it is.

    Parameters
    ----------
    x : array_like
    axis : int
    order : float
        2 for the Euclidean norm; see `numpy.linalg.norm`.
    """
    values = np.asarray(x)
    norms = np.linalg.norm(values, order, axis, keepdims=True)
    return np.asarray(values / np.where(norms == 0, 1, norms))


def plot_history(
    history: Any, quantities: _Sequence[str] | None = None, title: str | None = None
) -> "Figure":
    """Return a picture of a training: a panel a quantity, over the epochs.

    Needs matplotlib. In a notebook the figure shows itself; ``figure.savefig(path)`` saves it.

    Parameters
    ----------
    history : History or dict
        What `fit` returned, or its attribute `history`.
    quantities : sequence of str, optional
        Names without val_, as "loss"; by default all: the loss first, then the metrics.
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        In each panel the curve of the training data and, if there is one, of the validation data.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If there is no epoch, or a quantity is not in the record.
    """
    try:
        from ._history_plot import draw
    except ImportError as error:
        raise ImportError("plot_history needs matplotlib: pip install 'fanin[plot]'") from error
    record = getattr(history, "history", history)
    longest = max((len(values) for values in record.values()), default=0)
    epochs = getattr(history, "epoch", range(longest))
    return draw(record, epochs, quantities, title)
