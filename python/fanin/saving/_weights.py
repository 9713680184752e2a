"""Weights of a model in files."""

import os
from typing import Any

from ._groups import AnyArray, Group, groups, load, optimizer_group
from ._replacing import may_write, replacing

_SAVED = (".weights.h5", ".safetensors", ".npz")


def save_weights(
    model: Any, filepath: Any, overwrite: bool = True, max_shard_size: float | None = None
) -> None:
    """Write the weights of a model to a file.

    Parameters
    ----------
    model : Model
        That is built.
    filepath : path
        Ends in .weights.h5, which Keras reads too and which has the optimizer's state as well, or
        in .safetensors or .npz, which have weights by the names "dense/kernel".
    overwrite : bool
        Whether to replace a file that is there without asking, as Keras asks, on the terminal.
    max_shard_size : float, optional
        As in Keras; only None.

    Raises
    ------
    ValueError
        For another ending, or if the model is not built.
    ImportError
        If h5py or safetensors is needed and not installed.
    OSError
        If the file cannot be written; a file that was there stays as it was.
    """
    path = os.fspath(filepath)
    if max_shard_size is not None:
        raise NotImplementedError(
            f"`max_shard_size` is not implemented. Received: max_shard_size={max_shard_size}"
        )
    if not path.endswith(_SAVED):
        raise ValueError(
            "The filename must end in `.weights.h5`, or `.safetensors` or `.npz`. "
            f"Received: filepath={path}"
        )
    if not model.built:
        raise ValueError(
            "You are saving a model that has not yet been built. Try building the model first by "
            "calling it on some data or by using `build()`."
        )
    if not may_write(path, overwrite):
        return
    from . import _hdf5, _npz, _safetensors

    with replacing(path) as temporary:
        if path.endswith(".weights.h5"):
            _hdf5.write(temporary, state(model))
        elif path.endswith(".npz"):
            _npz.write(temporary, groups(model))
        else:
            _safetensors.write(temporary, groups(model))


def load_weights(
    model: Any, filepath: Any, skip_mismatch: bool = False, by_name: bool = False
) -> None:
    """Read the weights of a model from a file.

    The optimizer's state is read too where the file has it and the model has been trained, as in
    Keras.

    Parameters
    ----------
    model : Model
        That is built.
    filepath : path
        Ends in .weights.h5, .keras, .h5, .safetensors or .npz.
    skip_mismatch : bool
        Whether layers that the file doesn't fit stay as they are, with a UserWarning.
    by_name : bool
        As in Keras; only False.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If the file is corrupted or does not fit, or the model is not built. The model stays as it
        was, as it does whatever else goes wrong.
    ImportError
        If h5py or safetensors is needed and not installed.
    """
    path = os.fspath(filepath)
    if by_name:
        raise NotImplementedError(f"`by_name` is not implemented. Received: by_name={by_name}")
    if not path.endswith((".keras", ".h5", ".hdf5", *_SAVED)):
        raise ValueError(
            f"File format not supported: filepath={path}. Weights are read from `.weights.h5`, "
            "`.keras`, `.h5`, `.safetensors` and `.npz` files."
        )
    if not model.built:
        raise ValueError(
            "You are loading weights into a model that has not yet been built. Try building the "
            "model first by calling it on some data or by using `build()`."
        )
    import io

    from . import _archives, _hdf5, _npz, _safetensors

    if path.endswith(".keras"):
        with _archives.opened(path) as archive:
            content = _archives.read_member(archive, "model.weights.h5")
        with _hdf5.reading(io.BytesIO(content), path) as file:
            load_state(model, file, skip_mismatch)
    elif path.endswith(".weights.h5"):
        with _hdf5.reading(path, path) as file:
            load_state(model, file, skip_mismatch)
    elif path.endswith(".npz"):
        with _archives.opened(path) as archive:
            load(groups(model), lambda group: _npz.read(archive, group), skip_mismatch)
    elif path.endswith(".safetensors"):
        with _safetensors.reading(path) as tensors:
            load(groups(model), lambda group: _safetensors.read(tensors, group), skip_mismatch)
    else:
        from . import _legacy

        _legacy.load_weights(model, path, skip_mismatch)


def state(model: Any) -> list[Group]:
    """Return the groups of a model, and its optimizer's if it has one."""
    found = groups(model)
    if model.optimizer is not None:
        found.append(optimizer_group(model.optimizer))
    return found


def load_state(model: Any, file: Any, skip_mismatch: bool = False) -> None:
    """Read a model's weights and its optimizer's state from an open HDF5 file."""
    from . import _hdf5

    wanted = groups(model)
    optimizer = model.optimizer
    if optimizer is not None:
        group = optimizer_group(optimizer)
        found = _hdf5.descend(file, "optimizer/vars")
        count = 0 if found is None else len(found)
        if count == len(group.memory):
            wanted.append(group)
        elif count:
            warn_of_state(optimizer, len(group.memory), count)

    def read(group: Group) -> list[AnyArray]:
        arrays = _hdf5.read(file, group)
        check_optimizer(group, arrays)
        return arrays

    load(wanted, read, skip_mismatch)


def check_optimizer(group: Group, arrays: list[AnyArray]) -> None:
    """Raise ValueError if an optimizer's count of steps is none."""
    if group.names[:1] == ["iteration"] and not 0 <= arrays[0] < 1 << 62:
        raise ValueError(f"The optimizer's iteration must not be negative. Received: {arrays[0]}")


def warn_of_state(optimizer: Any, expected: int, received: int) -> None:
    """Say, as Keras does, that an optimizer's state was left out."""
    from ..initializers._base import warn

    warn(
        f"Skipping variable loading for optimizer '{optimizer.name}', because it has {expected} "
        f"variables whereas the saved optimizer has {received} variables."
    )
