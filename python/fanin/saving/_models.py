"""Whole models in files: architecture, weights, and the optimizer with its state."""

import os
from collections.abc import Mapping
from typing import Any

from .._custom import custom_object_scope
from .._limit import limited
from ._objects import deserialize_keras_object, refuse_code, serialize_keras_object
from ._replacing import may_write, replacing
from ._weights import load_state, state

# As of the Keras whose files these are.
KERAS_VERSION = "3.15.1"


def save_model(
    model: Any,
    filepath: Any,
    overwrite: bool = True,
    zipped: bool | None = None,
    include_optimizer: bool = True,
) -> None:
    """Write a model to a file that `load_model` reads, Keras's too.

    Parameters
    ----------
    model : Model
    filepath : path
        Ends in .keras, or in .h5 for Keras's older format.
    overwrite : bool
        Whether to replace a file that is there without asking, as Keras asks, on the terminal.
    zipped : bool, optional
        As in Keras; a file, not a folder.
    include_optimizer : bool
        Whether an .h5 file has the optimizer and its state.

    Raises
    ------
    ValueError
        For another ending.
    ImportError
        If h5py is not installed.
    OSError
        If the file cannot be written; a file that was there stays as it was.
    """
    path = os.fspath(filepath)
    if zipped is False or path.startswith("hf://"):
        raise NotImplementedError(
            "Models are saved as `.keras` files; folders and the Hugging Face Hub are not "
            f"implemented. Received: filepath={path}, zipped={zipped}"
        )
    if not path.endswith((".keras", ".h5", ".hdf5")):
        raise ValueError(
            "Invalid filepath extension for saving. Please add either a `.keras` extension for the "
            "native Keras format (recommended) or a `.h5` extension. "
            f"Received: filepath={path}."
        )
    if not may_write(path, overwrite):
        return
    if not path.endswith(".keras"):
        from . import _legacy

        with replacing(path) as temporary:
            _legacy.save_model(model, temporary, include_optimizer)
        return
    if not model.built:
        from ..initializers._base import warn

        warn(
            "You are saving a model that has not yet been built. It might not contain any weights "
            "yet. Consider building the model first by calling it on some data."
        )
    _save_keras(model, path)


def _save_keras(model: Any, path: str) -> None:
    import datetime
    import io
    import json
    import zipfile

    from . import _hdf5

    config = json.dumps(serialize_keras_object(model))
    metadata = json.dumps(
        {
            "keras_version": KERAS_VERSION,
            "date_saved": datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S"),
        }
    )
    weights = io.BytesIO()
    _hdf5.write(weights, state(model))
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        archive.writestr("metadata.json", metadata)
        archive.writestr("config.json", config)
        with archive.open("model.weights.h5", "w", force_zip64=True) as member:
            member.write(weights.getbuffer())


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Read a model that `save_model`, or Keras, has written.

    Parameters
    ----------
    filepath : path
        Ends in .keras, or in .h5.
    custom_objects : mapping of str, optional
        Functions and classes of one's own, by the names in the file.
    compile : bool
        Whether the model is compiled as it was, and its optimizer goes on where it was.
    safe_mode : bool
        Accepted for Keras's sake: nothing in a file is ever executed.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        If there is no file, or it is corrupted, or describes no model.
    NotImplementedError
        If it describes what Keras has and Fanin hasn't.
    ImportError
        If h5py is not installed.
    """
    path = os.fspath(filepath)
    if not path.endswith((".keras", ".h5", ".hdf5")):
        raise ValueError(
            f"File format not supported: filepath={path}. Models are read from `.keras` files and "
            "legacy H5 format files (`.h5` extension)."
        )
    if not os.path.isfile(path):
        raise ValueError(
            f"File not found: filepath={path}. Please ensure the file is an accessible `.keras` "
            "zip file."
        )
    with custom_object_scope(custom_objects):
        if not path.endswith(".keras"):
            from . import _legacy

            return _legacy.load_model(path, compile, safe_mode)
        return _load_keras(path, compile, safe_mode)


def _load_keras(path: str, compile: bool, safe_mode: bool) -> Any:
    import io

    from . import _archives, _hdf5

    with _archives.opened(path) as archive:
        config = _archives.read_member(archive, "config.json")
        content = _archives.read_member(archive, "model.weights.h5")
    model = rebuild(parse(config, path), len(content), compile, safe_mode, path)
    with _hdf5.reading(io.BytesIO(content), path) as file:
        load_state(model, file)
    return model


def parse(content: str | bytes, path: str) -> dict[str, Any]:
    """Return the description of a model in a file.

    Raises
    ------
    ValueError
        If it is no JSON, or nested too deeply, or no dictionary.
    """
    import json

    try:
        config = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} has no description of a model: {error}") from error
    if not isinstance(config, dict):
        raise ValueError(f"{path} has no description of a model: it is a {type(config).__name__}.")
    return config


def rebuild(config: dict[str, Any], size: int, compile: bool, safe_mode: bool, path: str) -> Any:
    """Return the model that a description means, with weights of its own.

    Parameters
    ----------
    config : dict
    size : int
        The bytes of weights in the file: a model of more weights is not made.
    compile, safe_mode : bool
        See `load_model`.
    path : str
        For the messages.

    Raises
    ------
    ValueError
        If it describes no model.
    NotImplementedError
        If it describes what Keras has and Fanin hasn't.
    """
    from .. import models

    refuse_code(config, safe_mode)
    compile_config = config.pop("compile_config", None)
    try:
        with limited(size):
            model = deserialize_keras_object(config)
            if not isinstance(model, models.Model):
                raise ValueError(f"it describes a {type(model).__name__}.")
            if compile and compile_config:
                model.compile_from_config(compile_config)
    except NotImplementedError:
        raise
    except Exception as error:
        # The values in a description are whatever its writer wanted.
        raise ValueError(f"{path} describes no model that can be made: {error}") from error
    return model
