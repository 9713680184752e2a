"""Shapes of batches and axes of samples, in Keras's words."""

import operator
from typing import Any

BatchShape = tuple[int | None, ...]


def standardize_batch_shape(shape: Any) -> BatchShape:
    """Return `shape` as a tuple of sizes, each an integer >= 0 or None.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(shape, tuple | list):
        raise ValueError(f"Cannot convert '{shape}' to a shape.")
    try:
        sizes = tuple(None if size is None else operator.index(size) for size in shape)
    except TypeError as error:
        raise ValueError(f"Cannot convert '{shape}' to a shape. {error}") from error
    if any(size is not None and size < 0 for size in sizes):
        raise ValueError(
            f"Cannot convert '{shape}' to a shape. Negative dimensions are not allowed."
        )
    return sizes


def sample_axes(axis: Any, shape: BatchShape) -> list[int]:
    """Return axes of a batch as axes of a sample, from 0, in ascending order.

    Parameters
    ----------
    axis : int or sequence of int
        Axes of the batch; negative ones count from the end.
    shape : tuple
        Of the batch.

    Raises
    ------
    ValueError
        If there is no such axis.
    NotImplementedError
        If it is the batch's axis.
    """
    axes = list(axis) if isinstance(axis, list | tuple) else [axis]
    found = set()
    for each in axes:
        number = operator.index(each)
        if not -len(shape) <= number < len(shape):
            raise ValueError(
                f"Axis {each} is out of bounds for input shape {shape}. Received: axis={axis}"
            )
        if number % len(shape) == 0:
            raise NotImplementedError(
                f"The batch's axis can't be one of the axes. Received: axis={axis}"
            )
        found.add(number % len(shape) - 1)
    return sorted(found)


def known(sizes: BatchShape, path: str) -> tuple[int, ...]:
    """Return the sizes of a variable.

    Raises
    ------
    ValueError
        If one is None.
    """
    if any(size is None for size in sizes):
        raise ValueError(
            "Shapes used to initialize variables must be fully-defined (no `None` dimensions). "
            f"Received: shape={sizes} for variable path='{path}'"
        )
    return sizes  # type: ignore[return-value]
