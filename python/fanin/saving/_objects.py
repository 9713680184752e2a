"""Objects as the dictionaries that Keras writes into files, and back."""

from collections.abc import Mapping
from types import FunctionType
from typing import Any

import numpy as np

from .._custom import get_registered_name, own_object

# Keras's modules, and where their classes are in Fanin.
_MODULES = (
    "layers",
    "models",
    "optimizers.schedules",
    "optimizers",
    "losses",
    "metrics",
    "initializers",
    "regularizers",
    "constraints",
)


def _module(path: str) -> Any:
    import importlib

    return importlib.import_module(f"..{path}", __package__)


def _home(cls: type) -> str | None:
    """Return which of `_MODULES` has a class, None if it is not Fanin's."""
    for path in _MODULES:
        if getattr(_module(path), cls.__name__, None) is cls:
            return path
    return None


def serialize_keras_object(obj: Any) -> Any:
    """Return what describes an object in a file: plain values, lists and dictionaries.

    Raises
    ------
    TypeError
        If there is nothing that describes it, such as a `get_config`.
    """
    if obj is None or isinstance(obj, str | int | float):
        return obj
    if isinstance(obj, list | tuple):
        return [serialize_keras_object(item) for item in obj]
    if isinstance(obj, Mapping):
        return {key: serialize_keras_object(item) for key, item in obj.items()}
    if isinstance(obj, np.ndarray) and obj.ndim:
        content = {"value": obj.tolist(), "dtype": obj.dtype.name}
        return {"class_name": "__numpy__", "config": content}
    if isinstance(obj, np.ndarray | np.generic):
        return obj.item()
    if isinstance(obj, type) or not (isinstance(obj, FunctionType) or hasattr(obj, "get_config")):
        raise TypeError(
            f"Cannot serialize object {obj} of type {type(obj)}. To be serializable, a class must "
            "implement the `get_config()` method."
        )
    if isinstance(obj, FunctionType):
        name = get_registered_name(obj)
        if name == "<lambda>":
            raise NotImplementedError(
                "A lambda can't be saved, for loading it would execute code from a file. Use a "
                "named function."
            )
        return {
            "module": "builtins",
            "class_name": "function",
            "config": name,
            "registered_name": "function",
        }
    cls = type(obj)
    home = _home(cls)
    if home in ("layers", "models"):
        from ..layers import serialize

        return serialize_keras_object(serialize(obj))
    return {
        "module": f"keras.{home}" if home else cls.__module__,
        "class_name": cls.__name__,
        "config": serialize_keras_object(obj.get_config()),
        "registered_name": None if home else get_registered_name(cls),
    }


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """Return what `serialize_keras_object`, or Keras's, describes.

    Only Fanin's own classes, what is registered and `custom_objects` are ever found: nothing is
    imported because a description names it, and nothing in one is executed.

    Parameters
    ----------
    config
        What describes the object. A function of Keras's becomes its name.
    custom_objects : mapping of str, optional
        Classes and functions by further names.
    safe_mode : bool
        Accepted for Keras's sake: Fanin is always safe, and refuses what is not.

    Raises
    ------
    TypeError
        If a class does not take its config.
    ValueError
        If there is no such class, or a lambda is described.
    NotImplementedError
        If Keras has it and Fanin hasn't.
    """
    if config is None or isinstance(config, str | int | float):
        return config
    if isinstance(config, list | tuple):
        return [deserialize_keras_object(item, custom_objects, safe_mode) for item in config]
    if not isinstance(config, Mapping):
        raise TypeError(f"Could not parse config: {config}")
    if "class_name" not in config or "config" not in config:
        return {
            key: deserialize_keras_object(item, custom_objects, safe_mode)
            for key, item in config.items()
        }
    name, content = config["class_name"], config["config"]
    refuse_code(config, safe_mode)
    if name in ("__numpy__", "__tensor__"):
        from ..initializers._config import decode_array

        return decode_array(config)
    found = own_object(config, custom_objects)
    if name == "function":
        return found or content
    if found is not None:
        return found.from_config(dict(content or {})) if hasattr(found, "from_config") else found
    path = str(config.get("module") or "").removeprefix("keras").removeprefix(".")
    if path in ("", "layers", "models") or path.startswith("src.models"):
        from ..layers import deserialize

        return deserialize(config, custom_objects)
    if path not in _MODULES:
        raise ValueError(f"Could not locate class '{name}'. Full object config: {config}")
    return _module(path).deserialize(config, custom_objects)


def refuse_code(config: Any, safe_mode: bool = True) -> None:
    """Raise if a description, or what it consists of, would have to be executed.

    Raises
    ------
    ValueError, NotImplementedError
        The first in safe mode, as in Keras.
    """
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Mapping):
            if part.get("class_name") in ("__lambda__", "Lambda"):
                if safe_mode:
                    raise ValueError(
                        "Requested the deserialization of a Python lambda. This carries a "
                        "potential risk of arbitrary code execution and thus it is disallowed."
                    )
                raise NotImplementedError(
                    "Lambda layers are not implemented: Fanin executes no code from files, also "
                    "with `safe_mode=False`."
                )
            waiting.extend(part.values())
        elif isinstance(part, list | tuple):
            waiting.extend(part)
