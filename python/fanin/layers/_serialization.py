"""Layers and models as dictionaries, in Keras's format: serialize, deserialize."""

from collections.abc import Mapping
from typing import Any

from .._custom import get_registered_name, own_object
from . import _absent
from ._layer import Layer


def _modules() -> dict[str, type[Layer]]:
    from .. import layers, models

    found: dict[str, type[Layer]] = {
        name: value
        for name, value in vars(layers).items()
        if isinstance(value, type) and issubclass(value, Layer)
    }
    return {
        **found,
        "Sequential": models.Sequential,
        "Functional": models.Functional,
        "Model": models.Functional,
    }


def _is_model(cls: Any) -> bool:
    from .. import models

    return isinstance(cls, type) and issubclass(cls, models.Model)


def _plain(value: Any) -> Any:
    """Return a copy of a configuration."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_plain(each) for each in value)
    return value


def serialize(layer: Layer) -> dict[str, Any]:
    """Return the dictionary that describes a layer or a model; Keras's `deserialize` reads it."""
    cls = type(layer)
    module, registered = "keras.layers", None
    if cls.__name__ == "Sequential":
        module = "keras"
    elif cls.__name__ == "Functional":
        module, registered = "keras.src.models.functional", "Functional"
    config: dict[str, Any] = {
        "module": module,
        "class_name": cls.__name__,
        "config": _plain(layer.get_config()),
        "registered_name": registered,
    }
    if _modules().get(cls.__name__) is not cls:
        config |= {"module": cls.__module__, "registered_name": get_registered_name(cls)}
    build_config = layer.get_build_config()
    if build_config is not None:
        config["build_config"] = build_config
    if _is_model(cls):
        config["compile_config"] = layer.get_compile_config()  # type: ignore[attr-defined]
    return config


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the layer or model that a dictionary of `serialize`, or Keras's, describes.

    Parameters
    ----------
    config : dict
    custom_objects : mapping of str, optional
        Classes by further names.

    Raises
    ------
    TypeError
        If the class does not take the config.
    ValueError
        If there is no such class.
    NotImplementedError
        If Keras has it and Fanin hasn't.
    """
    if not isinstance(config, Mapping) or "class_name" not in config:
        raise ValueError(f"`config` must be a dict with a class_name. Received: {config}")
    name, arguments = config["class_name"], config.get("config") or {}
    if name in _absent.NAMES:
        _absent.absent(name)()
    found: Any = own_object(config, custom_objects) or _modules().get(name)
    if found is None:
        raise ValueError(f"Could not locate class '{name}'. Received: config={config}")
    arguments = _plain(dict(arguments))
    try:
        if _is_model(found):
            layer = found.from_config(arguments, custom_objects=custom_objects)
        else:
            layer = found.from_config(arguments)
    except TypeError as error:
        raise TypeError(
            f"{found} could not be deserialized properly.\n\nconfig={config}.\n\n"
            f"Exception encountered: {error}"
        ) from error
    if config.get("build_config"):
        layer.build_from_config(config["build_config"])
    return layer
