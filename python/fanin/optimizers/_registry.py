"""Optimizers by name, and their dictionaries: get, serialize, deserialize."""

from collections.abc import Mapping
from typing import Any

from .. import _named
from ._adam import Adam, Adamax, AdamW, Lamb, Nadam
from ._adaptive import Adadelta, Adafactor, Adagrad, RMSprop
from ._ftrl import Ftrl
from ._lion import Lion
from ._muon import Muon
from ._optimizer import Optimizer
from ._sgd import SGD

_CLASSES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        *(Optimizer, SGD, Adam, AdamW, Nadam, Adamax, Lamb, RMSprop, Adagrad, Adadelta, Adafactor),
        *(Ftrl, Lion, Muon),
    )
}

# Keras has no name for Lamb.
_NAMES = {name.lower(): cls for name, cls in _CLASSES.items() if name != "Lamb"}

_ABSENT = frozenset(("lossscaleoptimizer", "multioptimizer", "optimizermap", "schedulefreeadamw"))


def serialize(optimizer: Any) -> Any:
    """Return the dictionary that describes an optimizer; Keras's `deserialize` reads it."""
    return _named.serialize(optimizer, "keras.optimizers", _CLASSES)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the optimizer that a dictionary of `serialize`, or Keras's, describes.

    Parameters
    ----------
    config : dict
        `{"class_name": ..., "config": {...}}`; the names of Fanin's own classes are in any case.
    custom_objects : mapping of str, optional
        Classes by further names.

    Raises
    ------
    NotImplementedError
        If it is another optimizer of Keras.
    TypeError, ValueError
        If there is no such class, or it does not take the config.
    """
    name = config.get("class_name") if isinstance(config, Mapping) else config
    lower = name.lower() if isinstance(name, str) else name
    if lower in _ABSENT:
        raise NotImplementedError(
            f"The optimizer must be one of {sorted(_NAMES)}. Received: {config}"
        )
    if lower in _NAMES:
        arguments = config.get("config") if isinstance(config, Mapping) else {}
        config = {"class_name": _NAMES[lower].__name__, "config": arguments or {}}
    return _named.deserialize("optimizer", config, _CLASSES, custom_objects)


def get(identifier: Any) -> Any:
    """Return the optimizer that a name or a dictionary means, or one itself; None gives None.

    Names may be in any case.

    Raises
    ------
    NotImplementedError
        If it is another optimizer of Keras.
    ValueError
        If it is no optimizer.
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    # Keras knows the class Lamb by its dictionary only.
    if isinstance(identifier, Mapping) or (
        isinstance(identifier, str) and identifier.lower() in (*_NAMES, *_ABSENT)
    ):
        return deserialize(identifier)
    raise ValueError(f"Could not interpret optimizer identifier: {identifier}")
