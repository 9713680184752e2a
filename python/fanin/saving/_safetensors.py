"""Weights in .safetensors files, in which "dense/kernel" is a tensor's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ._groups import AnyArray, Group, Mismatch, check_array

_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    **{
        f"{kind}{bits}": f"{name}{bits}"
        for kind, name in (("I", "int"), ("U", "uint"))
        for bits in (8, 16, 32, 64)
    },
    "BOOL": "bool",
}


def _library() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            "Files in .safetensors need the safetensors package: pip install 'fanin[safetensors]'. "
            "Without it, weights can be saved as .npz."
        ) from error
    return safetensors


def write(target: str, groups: list[Group]) -> None:
    """Write the variables of groups."""
    arrays = dict(pair for group in groups for pair in group.named())
    # Of views the package writes whatever lies in their memory.
    contiguous = {name: np.array(memory, order="C") for name, memory in arrays.items()}
    _library().numpy.save_file(contiguous, target)


@contextmanager
def reading(path: str) -> Iterator[Any]:
    """Open a file.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is corrupted.
    """
    safetensors = _library()
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            yield file
    except safetensors.SafetensorError as error:
        raise ValueError(
            f"Not a safetensors file, or a truncated or corrupted one: {path} ({error})"
        ) from error


def read(file: Any, group: Group) -> list[AnyArray]:
    """Return the arrays of a group.

    Raises
    ------
    ValueError
        If they do not fit it.
    """
    return [_array(file, name, memory) for name, memory in group.named()]


def _array(file: Any, name: str, memory: AnyArray) -> AnyArray:
    if name not in file.keys():
        raise Mismatch(f"There is no tensor '{name}' in the file.")
    part = file.get_slice(name)
    dtype = _DTYPES.get(part.get_dtype())
    if dtype is None:
        raise ValueError(f"Expected numbers in {name}. Received: dtype={part.get_dtype()}")
    check_array(name, memory, tuple(part.get_shape()), np.dtype(dtype))
    values: AnyArray = file.get_tensor(name)
    return values
