"""Weights in .npz files: NumPy's format, in which "dense/kernel" is an array's name."""

import zipfile
from typing import Any

import numpy as np
from numpy.lib import format as npy

from . import _archives
from ._groups import AnyArray, Group, Mismatch, check_array

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
# Of a header, as NumPy's own limit.
_HEADER_SIZE = 10_000


def write(target: str, groups: list[Group]) -> None:
    """Write the variables of groups."""
    arrays: dict[str, Any] = dict(pair for group in groups for pair in group.named())
    with open(target, "wb") as file:
        np.savez(file, **arrays)


def read(archive: zipfile.ZipFile, group: Group) -> list[AnyArray]:
    """Return the arrays of a group.

    Raises
    ------
    ValueError
        If they do not fit it, or are no arrays of numbers.
    """
    return [_array(archive, name, memory) for name, memory in group.named()]


def _array(archive: zipfile.ZipFile, name: str, memory: AnyArray) -> AnyArray:
    member = f"{name}.npy"
    if member not in archive.namelist():
        raise Mismatch(f"There is no array '{name}' in the file.")
    with _archives.open_member(archive, member) as stream:
        try:
            shape, in_columns, dtype = _HEADERS[npy.read_magic(stream)](stream, _HEADER_SIZE)
        except (KeyError, ValueError, TypeError, SyntaxError, EOFError) as error:
            raise ValueError(f"Array '{name}' has no header that can be read: {error}") from error
        check_array(name, memory, shape, dtype)
        content = stream.read(memory.size * dtype.itemsize)
        # Also the end, where the checksum is looked at.
        surplus = stream.read(1)
    if len(content) != memory.size * dtype.itemsize or surplus:
        raise ValueError(f"Array '{name}' is truncated or too long.")
    values: AnyArray = np.frombuffer(content, dtype)
    return values.reshape(shape, order="F" if in_columns else "C")
