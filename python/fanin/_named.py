"""Objects by name and by the dictionaries that Keras writes: {"class_name": ..., "config": ...}."""

from collections.abc import Callable, Mapping
from typing import Any

from ._custom import get_registered_name, own_object


def by_name(*classes: type) -> dict[str, type]:
    """Return the classes by their names, and by these in snake case."""
    from ._session import snake_case

    return {
        **{cls.__name__: cls for cls in classes},
        **{snake_case(cls.__name__): cls for cls in classes},
    }


def serialize(value: Any, module: str, classes: Mapping[str, type]) -> Any:
    """Return the dictionary that describes an object; Keras's `deserialize` reads it.

    Parameters
    ----------
    value
        None and strings are returned as they are.
    module : str
        Keras's module of the classes.
    classes : mapping
        Fanin's, by name.

    Raises
    ------
    TypeError
        If it has no `get_config`.
    """
    if value is None or isinstance(value, str):
        return value
    cls = type(value)
    if not hasattr(value, "get_config") or isinstance(value, type):
        raise TypeError(f"Expected an instance with a get_config(). Received: {value!r}")
    ours = cls in classes.values()
    return {
        "module": module if ours else cls.__module__,
        "class_name": cls.__name__,
        "config": value.get_config(),
        "registered_name": None if ours else get_registered_name(cls),
    }


def deserialize(
    what: str,
    config: Any,
    classes: Mapping[str, Callable[..., Any]],
    custom_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return the object that a name or a dictionary of `serialize`, or Keras's, describes.

    Parameters
    ----------
    what : str
        "optimizer", for the messages.
    config : dict or str
        Only "class_name" and "config" are read.
    classes : mapping
        By their names.
    custom_objects : mapping, optional
        Further ones.

    Raises
    ------
    TypeError
        If the class does not take the config.
    ValueError
        If there is no such name.
    """
    described = config if isinstance(config, Mapping) else {"class_name": config}
    found: Any = None
    if isinstance(described.get("class_name"), str):
        found = own_object(described, custom_objects) or classes.get(described["class_name"])
    if found is None:
        raise ValueError(f"Could not interpret {what} identifier: {config}")
    try:
        return found.from_config(dict(described.get("config") or {}))
    except TypeError as error:
        raise TypeError(
            f"{found} could not be deserialized properly.\n\nconfig={config}.\n\n"
            f"Exception encountered: {error}"
        ) from error


def get(what: str, identifier: Any, classes: Mapping[str, type]) -> Any:
    """Return the object that a name, a dictionary, a class, or itself means; None gives None.

    Raises
    ------
    ValueError
        If it is none of these.
    """
    if identifier is None:
        return None
    found = identifier
    if isinstance(identifier, str | Mapping):
        found = deserialize(what, identifier, classes)
    elif isinstance(identifier, type):
        found = identifier()
    if not callable(found):
        raise ValueError(f"Could not interpret {what} identifier: {identifier}")
    return found
