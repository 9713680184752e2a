"""HDF5 files as Keras lays them out: <path>/vars/0, 1, ... for each group."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from ._groups import Group, Mismatch, check_array, check_count

AnyArray = npt.NDArray[Any]

# deflate, shuffle and fletcher32: what HDF5 itself can do. Others may be plug-ins, which are code.
_FILTERS = frozenset((1, 2, 3))
# A compressed array is unpacked chunk by chunk: a chunk may be this much larger than the array.
_CHUNK_SLACK = 1 << 20
# Names of layers or weights; a description of a model is one value.
_ATTRIBUTE_VALUES = 1 << 16
_ATTRIBUTE_SIZE = 1 << 24


def library() -> Any:
    """Return h5py.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError(
            "HDF5 files (.weights.h5, .keras, .h5) need h5py: pip install 'fanin[h5]'. Without it, "
            "weights can be saved as .npz."
        ) from error
    return h5py


@contextmanager
def reading(source: Any, name: str) -> Iterator[Any]:
    """Open a file, or a binary stream, of HDF5.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is corrupted, also where that is found out within the context.
    """
    h5py = library()
    try:
        with h5py.File(source, "r") as file:
            yield file
    except (OSError, UnicodeError, RuntimeError, KeyError, TypeError, MemoryError) as error:
        if isinstance(error, FileNotFoundError | IsADirectoryError | PermissionError):
            raise
        # What h5py raises for damaged files, whatever it is that it stumbles over.
        raise ValueError(
            f"Not an HDF5 file, or a truncated or corrupted one: {name} ({error})"
        ) from error


def child(parent: Any, name: str, kind: str) -> Any:
    """Return a group or dataset of a group, or None if there is none.

    Raises
    ------
    ValueError
        If it is a link to elsewhere, or of another kind ("Group" or "Dataset").
    """
    h5py = library()
    link = parent.get(name, getlink=True)
    if link is None:
        return None
    if not isinstance(link, h5py.HardLink):
        raise ValueError(f"Not allowed: H5 file with {type(link).__name__}: {name}")
    found = parent[name]
    if not isinstance(found, getattr(h5py, kind)):
        raise ValueError(f"Invalid H5 file, expected {kind} but received {type(found)}: {name}")
    return found


def descend(file: Any, path: str) -> Any:
    """Return the group at a path, or None; see `child`."""
    found = file
    for name in path.split("/"):
        found = child(found, name, "Group")
        if found is None:
            return None
    return found


def array(parent: Any, name: str, where: str, memory: AnyArray) -> AnyArray:
    """Return a dataset's values, read only if they fit a variable.

    Raises
    ------
    ValueError
        If they do not, or are stored in a way that Keras's files never are.
    """
    dataset = child(parent, name, "Dataset")
    if dataset is None:
        raise Mismatch(f"{where}: there is no array '{name}'.")
    if dataset.shape is None:
        raise ValueError(f"{where}: the array has no values.")
    check_array(where, memory, dataset.shape, dataset.dtype)
    if dataset.is_virtual or dataset.external:
        raise ValueError(f"Not allowed: H5 file with virtual or external Dataset: {where}")
    plan = dataset.id.get_create_plist()
    filters = {plan.get_filter(index)[0] for index in range(plan.get_nfilters())}
    if not filters <= _FILTERS:
        raise ValueError(f"Not allowed: H5 file with filters {sorted(filters)}: {where}")
    if dataset.chunks is not None:
        # Python's integers: a product of NumPy's might overflow.
        size = dataset.dtype.itemsize * math.prod(int(length) for length in dataset.chunks)
        if size > memory.nbytes + _CHUNK_SLACK:
            raise ValueError(f"Not allowed: H5 file with chunks of {size} bytes: {where}")
    values: AnyArray = np.asarray(dataset[()])
    if not filters and dataset.id.get_storage_size() < values.nbytes:
        raise ValueError(f"Not allowed: H5 file whose values are not stored: {where}")
    return values


def texts(entry: Any, name: str) -> list[str] | None:
    """Return an attribute of a group, the texts in it; None if there is none.

    Raises
    ------
    ValueError
        If it has other values, or more or longer ones than Keras ever writes.
    """
    if name not in entry.attrs:
        return None
    stored = entry.attrs.get_id(name)
    count = math.prod(int(length) for length in stored.shape or ())
    if not count:
        return []
    kind = stored.dtype
    # The HDF5 library may crash over other values of no fixed size.
    if library().check_string_dtype(kind) is None:
        raise ValueError(f"Attribute '{name}' must be a list of names. Received: dtype={kind}")
    if count > _ATTRIBUTE_VALUES or kind.itemsize > _ATTRIBUTE_SIZE:
        raise ValueError(
            f"Not allowed: H5 file whose attribute '{name}' has {count} values of "
            f"{kind.itemsize} bytes"
        )
    values = np.ravel(np.asarray(entry.attrs[name], object)).tolist()
    return [value.decode("utf-8") if isinstance(value, bytes) else str(value) for value in values]


def read(file: Any, group: Group) -> list[AnyArray]:
    """Return the arrays of a group.

    Raises
    ------
    ValueError
        If they do not fit it.
    """
    found = descend(file, f"{group.path}/vars" if group.path else "vars")
    check_count(group, 0 if found is None else len(found))
    return [
        array(found, str(index), f"{group.path}/vars/{index}", memory)
        for index, memory in enumerate(group.memory)
    ]


def write(target: Any, groups: list[Group]) -> None:
    """Write groups into a new file, or a binary stream."""
    with library().File(target, "w") as file:
        for group in groups:
            entry = file.create_group(f"{group.path}/vars" if group.path else "vars")
            entry.attrs["name"] = group.owner.name
            for index, memory in enumerate(group.memory):
                entry[str(index)] = memory
