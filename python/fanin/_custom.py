"""Classes and functions of one's own, by the names that files know them by."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

_T = TypeVar("_T")

_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}
_scope: ContextVar[Mapping[str, Any]] = ContextVar("_scope")


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[_T], _T]:
    """Return a decorator that makes a class or function known to files as "package>name".

    Parameters
    ----------
    package : str
    name : str, optional
        By default the object's own.

    Raises
    ------
    ValueError
        If a class without a `get_config` is decorated.
    """

    def register(found: _T) -> _T:
        if isinstance(found, type) and not hasattr(found, "get_config"):
            raise ValueError("Cannot register a class that does not have a get_config() method.")
        own: Any = found
        registered_name = f"{package}>{own.__name__ if name is None else name}"
        _registered[registered_name] = found
        _names[found] = registered_name
        return found

    return register


def get_custom_objects() -> dict[str, Any]:
    """Return the dictionary of what is registered, which may be changed."""
    return _registered


def get_registered_name(obj: Any) -> str:
    """Return the name that an object is registered by, or else its own."""
    name: str = _names.get(obj) or obj.__name__
    return name


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return what a name means, or None.

    The scope counts first, then what is registered, then `custom_objects` and `module_objects`.
    """
    for known in (_scope.get({}), _registered, custom_objects or {}, module_objects or {}):
        if name in known:
            return known[name]
    return None


@contextmanager
def custom_object_scope(custom_objects: Mapping[str, Any] | None) -> Iterator[None]:
    """Within the context, names in files mean these objects."""
    token = _scope.set({**_scope.get({}), **(custom_objects or {})})
    try:
        yield
    finally:
        _scope.reset(token)


CustomObjectScope = custom_object_scope


def own_object(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return what a description in a file means besides Fanin's own classes, or None.

    Parameters
    ----------
    config : dict
        With a "class_name", perhaps a "registered_name", and for a function its name as "config".
    custom_objects : mapping of str, optional
        Objects that count before those of `custom_object_scope` and the registered ones.
    """
    names = [config.get("registered_name"), config["class_name"]]
    if config["class_name"] == "function":
        names = [config.get("config")]
    for known in (custom_objects or {}, _scope.get({}), _registered):
        for name in names:
            if isinstance(name, str) and name in known:
                return known[name]
    return None
