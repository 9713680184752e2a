"""What the arguments `loss` and `metrics` of compile may be, turned into objects."""

from collections.abc import Collection, Mapping
from typing import Any, TypeVar

_T = TypeVar("_T")


def resolve(
    what: str,
    identifier: Any,
    base: type[_T],
    classes: Mapping[str, type[_T]],
    not_yet: Collection[str],
    further: str = "",
) -> _T:
    """Return the object that a name, a class, a dict with class_name and config, or itself means.

    Parameters
    ----------
    what : str
        "loss" or "metric", for the messages.
    identifier
        What the caller gave.
    base : type
        The class of all such objects.
    classes : mapping
        By their names.
    not_yet : collection of str
        Keras's names that Fanin hasn't got.
    further : str
        What else is allowed, for the message.

    Raises
    ------
    NotImplementedError
        If it is a name in `not_yet`, or a function of the caller's.
    ValueError
        If it is none of these.
    """
    if isinstance(identifier, base):
        return identifier
    for known in classes.values():
        if identifier is known:
            return known()
    name, config = identifier, {}
    if isinstance(identifier, dict):
        name, config = identifier.get("class_name"), identifier.get("config", {})
    if isinstance(name, str) and name in classes:
        return classes[name](**config)
    if callable(identifier) or (isinstance(name, str) and name in not_yet):
        raise NotImplementedError(
            f"The {what} must be one of {sorted(classes)}{further}. Received: {identifier}"
        )
    raise ValueError(f"Could not interpret {what} identifier: {identifier}")
