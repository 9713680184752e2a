"""What `fit`, `evaluate` and `predict` take: arrays of many kinds, and how they are read."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _arrays
from ._network import Samples

AnyArray = npt.NDArray[Any]


def is_array(value: Any) -> bool:
    """Return whether something is data as such, or nothing; not what yields batches of it."""
    if value is None or isinstance(value, list | tuple | dict | np.ndarray | int | float):
        return True
    return any(hasattr(value, method) for method in ("__array__", "toarray"))


def is_pandas(value: Any) -> bool:
    """Return whether it is a frame or series of pandas."""
    return hasattr(value, "iloc") and hasattr(value, "to_numpy")


def as_array(name: str, value: Any, dtype: npt.DTypeLike) -> AnyArray:
    """Return data (arrays, tensors, frames, sparse matrices, lists) as an array of `dtype`.

    A pandas series becomes a column, as in Keras; of a list, tuple or dict with one array it is
    that array.

    Raises
    ------
    TypeError, ValueError
        See `_arrays.matrix`.
    """
    if isinstance(value, dict):
        if len(value) != 1:
            raise NotImplementedError(
                f"`{name}` must be one array: models with several inputs or outputs are not "
                f"implemented. Received: a dict with the keys {list(value)}"
            )
        (value,) = value.values()
    if isinstance(value, list | tuple) and len(value) == 1 and np.ndim(value[0]) >= 2:
        (value,) = value
    if hasattr(value, "detach"):  # a tensor of torch
        value = value.detach().cpu()
    if hasattr(value, "toarray"):  # a sparse matrix of scipy
        value = value.toarray()
    if is_pandas(value):
        # Columns of several types would be objects.
        value = value.to_numpy(dtype if value.to_numpy().dtype == object else None)
        value = value[:, np.newaxis] if value.ndim == 1 else value
    return _arrays.matrix(name, value, dtype)


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """Return x, y and weights, where given, of a tuple or list; of anything else, it is x.

    Raises
    ------
    ValueError
        If there are more.
    """
    if not isinstance(data, tuple | list):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, "
            f"found: {type(data).__name__} of length {len(data)}"
        )
    x, y, weights = (*data, None, None)[:3]
    return x, y, weights


def weights_of_classes(y: Any, class_weight: Any) -> AnyArray:
    """Return each sample's weight by its class: the number y, or where y is largest.

    Raises
    ------
    ValueError
        If `class_weight` is no dict.
    """
    if not hasattr(class_weight, "get"):
        raise ValueError(
            "`class_weight` must be a dict of class numbers and weights. "
            f"Received: class_weight={class_weight}"
        )
    classes = as_array("y", y, np.float64)
    if classes.ndim > 1:
        classes = classes[..., 0] if classes.shape[-1] == 1 else classes.argmax(-1)
    numbers, where = np.unique(np.round(classes), return_inverse=True)
    weights = np.array([float(class_weight.get(int(number), 1.0)) for number in numbers])
    return weights[where].reshape(classes.shape)


def check_cardinality(x: AnyArray, y: Any, weights: Any) -> None:
    """Check that there is a y, and a weight, for each sample.

    Raises
    ------
    ValueError
        If not.
    """
    sizes = {"x": len(x)}
    for name, value in (("y", y), ("sample_weight", weights)):
        if value is not None:
            shape = value.shape if hasattr(value, "shape") else np.shape(value)
            sizes[name] = shape[0] if shape else 0
    if len(set(sizes.values())) > 1:
        raise ValueError(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of "
            "samples." + "".join(f"'{name}' sizes: {size}\n" for name, size in sizes.items())
        )


def labels(y: Any, shape: tuple[int, ...], ignored: int | None) -> AnyArray:
    """Return class numbers (rows, *positions) for outputs of shape (rows, *positions, classes).

    Raises
    ------
    ValueError
        If their shape is another, or one is not in [0, classes) and not the ignored one.
    """
    numbers = as_array("y", y, np.int64)
    if numbers.ndim == len(shape) and numbers.shape[-1] == 1:
        numbers = numbers[..., 0].copy()
    if numbers.shape != shape[:-1]:
        raise ValueError(
            f"`y` must hold one class number a sample, shape {('n', *shape[1:-1])} or "
            f"{('n', *shape[1:-1], 1)}; for one-hot rows use the categorical loss and metrics, as "
            f'in loss="categorical_crossentropy". Received: y.shape={numbers.shape}'.replace(
                "'n'", "n"
            )
        )
    wrong = numbers[(numbers < 0) | (numbers >= shape[-1])]
    if ignored is not None:
        wrong = wrong[wrong != ignored]
    if wrong.size:
        raise ValueError(
            f"Received a label value of {wrong[0]} which is outside the valid range of "
            f"[0, {shape[-1]})."
        )
    return numbers


def targets(y: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> AnyArray:
    """Return targets in the shape of the outputs; one axis of size 1 may be missing or too many.

    Raises
    ------
    ValueError
        If the shape is another.
    """
    values = as_array("y", y, dtype)
    given = values.shape
    if values.ndim == len(shape) - 1 and shape[-1] == 1:
        values = values[..., np.newaxis]
    elif values.ndim == len(shape) + 1 and values.shape[-1] == 1:
        values = values[..., 0].copy()
    if values.shape != shape:
        raise ValueError(
            "Arguments `target` and `output` must have the same shape. Received: "
            f"target.shape={(None, *given[1:])}, output.shape={(None, *shape[1:])}. For class "
            "numbers use the sparse loss and metrics, or utils.to_categorical(y)."
        )
    return values


def weights(value: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> AnyArray:
    """Return weights (rows, *positions) of a number a sample or position.

    Raises
    ------
    ValueError
        If the shape is another.
    """
    numbers = as_array("sample_weight", value, dtype)
    given = numbers.shape
    if numbers.ndim == len(shape) and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    while 1 <= numbers.ndim < len(shape) - 1:
        numbers = numbers[..., np.newaxis]
    try:
        return np.ascontiguousarray(np.broadcast_to(numbers, shape[:-1]))
    except ValueError as error:
        raise ValueError(
            "`sample_weight` must hold a number for each sample, or each position of its output. "
            f"Received: sample_weight.shape={given}, output.shape={(None, *shape[1:])}"
        ) from error


def split(samples: Samples, share: float) -> tuple[Samples, Samples]:
    """Return the first samples, and the last ones, which are `share` of all.

    Raises
    ------
    ValueError
        If one part would be empty.
    """
    rows = len(samples.x)
    start = math.floor(rows * (1.0 - share))
    if start in (0, rows):
        raise ValueError(
            f"Training data contains {rows} samples, which is not sufficient to split it into a "
            f"validation and training set as specified by `validation_split={share}`. Either "
            "provide more data, or a different value for the `validation_split` argument."
        )
    return samples[:start], samples[start:]
