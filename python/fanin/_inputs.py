"""What a comparison is given: initializers with their names, counts, data."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from . import initializers as _initializers
from ._session import snake_case

Samples = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


def maker(item: Any) -> tuple[str, Callable[[], Any]]:
    """Return a name for an initializer, and what makes a new one for each kernel."""
    found = _initializers.get(item)
    if isinstance(found, _initializers.Initializer):
        return (item if isinstance(item, str) else _name(found)), found.clone
    if found is None:
        raise TypeError("Argument `initializers` must hold initializers. Received: None in it")
    return getattr(found, "__name__", type(found).__name__), lambda: found


def _name(initializer: Any) -> str:
    """Return the name in Keras's snake case with the arguments that aren't the defaults."""
    kind = type(initializer)
    name = snake_case(kind.__name__)
    config = initializer.get_config()
    try:
        usual = kind().get_config()
    except TypeError:  # a class of the caller's that has no defaults
        usual = {}
    special = [
        f"{key}={value}"
        for key, value in config.items()
        if key not in usual or repr(value) != repr(usual[key])
    ]
    return f"{name}({', '.join(special)})" if special else name


def listed(initializers: Any) -> list[Any]:
    """Return a list of at least one initializer; a single one may stand alone."""
    if isinstance(initializers, (str, dict)) or callable(initializers):
        return [initializers]
    if not isinstance(initializers, Iterable):
        raise TypeError(
            "Argument `initializers` must be a sequence of initializers. "
            f"Received: {initializers!r}"
        )
    listed = list(initializers)
    if not listed:
        raise ValueError("Argument `initializers` must hold at least one. Received: none")
    return listed


def count(name: str, value: Any) -> int:
    """Return an integer of at least 1, or raise an error that names the argument."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"Argument `{name}` must be an integer. Received: {value!r}")
    if value < 1:
        raise ValueError(f"Argument `{name}` must be at least 1. Received: {value}")
    return int(value)


def split(data: Any) -> tuple[Samples, Samples]:
    """Return training and test data, flattened and scaled as `compare` says."""
    try:
        (x_train, y_train), (x_test, y_test) = data
    except (TypeError, ValueError):
        raise ValueError(
            "Argument `data` must be ((x_train, y_train), (x_test, y_test)). "
            f"Received: {type(data).__name__}"
        ) from None
    train = _samples("train", x_train, y_train)
    test = _samples("test", x_test, y_test)
    if train[0].shape[1] != test[0].shape[1]:
        raise ValueError(
            "x_train and x_test must have images of one size. "
            f"Received: {train[0].shape[1]} and {test[0].shape[1]} pixels"
        )
    return train, test


def _samples(part: str, x: Any, y: Any) -> Samples:
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind not in "buif" or x.ndim < 2 or x.size == 0:
        raise ValueError(
            f"x_{part} must be an array of numbers of shape (rows, ...), not empty. "
            f"Received: {x.dtype} of shape {x.shape}"
        )
    if y.dtype.kind not in "ui" or y.shape != x.shape[:1]:
        raise ValueError(
            f"y_{part} must be integers of shape ({len(x)},), a label for each row of x_{part}. "
            f"Received: {y.dtype} of shape {y.shape}"
        )
    if y.min() < 0:
        raise ValueError(f"y_{part} must hold classes from 0. Received: {y.min()}")
    flat = x.reshape(len(x), -1).astype(np.float32)
    if x.dtype.kind in "ui":
        flat *= np.float32(1 / 255)
    if not np.isfinite(flat).all():
        raise ValueError(f"x_{part} must be finite. Received: NaN or infinity")
    return flat, y.astype(np.int64)
