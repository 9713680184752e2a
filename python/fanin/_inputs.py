"""What a comparison is given: initializers and optimizers with their names, counts, data."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import initializers as _initializers
from . import optimizers as _optimizers
from ._numbers import count
from ._session import check_seed, snake_case

Samples = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Initialization:
    """How the weights of a model begin."""

    name: str
    #: Makes a new initializer for each kernel.
    make: Callable[[], Any]
    #: Ready for JSON.
    config: Any
    #: Python that means the same; None for what only the caller has.
    code: str | None
    #: Called with the built model and the training inputs.
    adapt: Callable[[Any, Any], Any] | None = None


def initialization(item: Any) -> Initialization:
    """Return how weights begin with an initializer, or with what has `adapt` and `initializer`."""
    if hasattr(item, "adapt"):
        if not hasattr(item, "initializer"):
            raise TypeError(
                "What adapts weights must have an attribute `initializer`, which draws them first. "
                f"Received: {item!r} in `initializers`"
            )
        base = initialization(item.initializer)
        special = _special(item)
        special.pop("initializer", None)
        name = _called(snake_case(type(item).__name__), special, base.name)
        config = {"adapt": type(item).__name__, **special, "initializer": base.config}
        code = _code("fanin", item, special, f"initializer={base.code}") if base.code else None
        return Initialization(name, base.make, config, code, item.adapt)
    found = _initializers.get(item)
    if found is None:
        raise TypeError("Argument `initializers` must hold initializers. Received: None in it")
    if not isinstance(found, _initializers.Initializer):
        name = getattr(found, "__name__", type(found).__name__)
        return Initialization(name, lambda: found, name, None)
    config = _initializers.serialize(found)
    if isinstance(item, str):
        return Initialization(item, found.clone, config, f'"{item}"')
    special = _special(found)
    name = _called(snake_case(type(found).__name__), special)
    return Initialization(name, found.clone, config, _code("fanin.initializers", found, special))


@dataclass(frozen=True)
class Updates:
    """How the weights of a model are changed."""

    name: str
    #: `optimizers.deserialize` makes the optimizer of it; ready for JSON.
    config: dict[str, Any]
    #: Python that means the same; None for what only the caller has.
    code: str | None


def optimizer(item: Any, learning_rate: float | None) -> Updates:
    """Return how weights are changed by an optimizer, given by its name or itself.

    A learning rate that is not None takes the place of its own.
    """
    if isinstance(item, str):
        # with a name of its own, so that the caller's next optimizer is still called adam
        described: Any = {"class_name": item, "config": {"name": item.lower()}}
    elif isinstance(item, _optimizers.Optimizer):
        described = _optimizers.serialize(item)
    else:
        raise TypeError(f"Argument `optimizer` must be a name or an optimizer. Received: {item!r}")
    if learning_rate is not None:
        described = {**described, "config": {**described["config"], "learning_rate": learning_rate}}
    made = _optimizers.deserialize(described)
    config = _optimizers.serialize(made)
    if isinstance(item, str):
        return Updates(item, config, f'"{item}"')
    special = _special(item, name=item.name)
    if learning_rate is not None:
        special.pop("learning_rate", None)
    name = _called(type(item).__name__.lower(), special)
    return Updates(name, config, _code("fanin.optimizers", item, special))


def _special(thing: Any, **given: Any) -> dict[str, Any]:
    """Return the arguments that are neither the defaults nor `given`."""
    if not hasattr(thing, "get_config"):
        return {}
    try:
        usual = type(thing)(**given).get_config()
    except TypeError:  # a class of the caller's that has no defaults
        usual = {}
    return {
        key: float(f"{value:.7g}") if isinstance(value, float) else value  # float32's digits
        for key, value in thing.get_config().items()
        if key not in usual or repr(value) != repr(usual[key])
    }


def _called(kind: str, special: dict[str, Any], *first: str) -> str:
    """Return a name in Keras's snake case with the arguments that aren't the defaults."""
    arguments = [*first, *(f"{key}={value}" for key, value in special.items())]
    return f"{kind}({', '.join(arguments)})" if arguments else kind


def _code(module: str, thing: Any, special: dict[str, Any], *first: str) -> str | None:
    """Return the call that makes an equal one, if its class is Fanin's and a call can say it."""
    plain = all(isinstance(value, (int, float, str)) for value in special.values())
    if not plain or type(thing).__module__.partition(".")[0] != "fanin":
        return None
    arguments = [*first, *(f"{key}={value!r}" for key, value in special.items())]
    return f"{module}.{type(thing).__name__}({', '.join(arguments)})"


def listed(given: Any) -> list[Any]:
    """Return the values of an argument that takes one or several."""
    if isinstance(given, (str, Mapping)) or callable(given) or not isinstance(given, Iterable):
        return [given]
    return list(given)


def different(name: str, values: list[Any]) -> list[Any]:
    """Return the values if there is at least one and none comes twice."""
    if not values:
        raise ValueError(f"Argument `{name}` must hold at least one. Received: none")
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"Argument `{name}` must not name one twice. Received: {value} twice")
    return values


def seeds(given: Any) -> list[int]:
    """Return the seeds that a count (0, 1, ...) or a list means."""
    if not isinstance(given, Iterable) or isinstance(given, str):
        return list(range(count("seeds", given)))
    try:
        return different("seeds", [check_seed(seed) for seed in given])
    except ValueError as error:
        raise ValueError(f"Argument `seeds`: {error}") from None


def activation(value: Any) -> str:
    """Return the name of an activation."""
    if not isinstance(value, str):
        raise TypeError(f"Argument `activation` must be a name. Received: {value!r}")
    return value


def split(data: Any) -> tuple[Samples, Samples]:
    """Return training and test data, flattened and scaled as `compare` says."""
    try:
        (x_train, y_train), (x_test, y_test) = data
    except (TypeError, ValueError):
        raise ValueError(
            "Argument `data` must be ((x_train, y_train), (x_test, y_test)). "
            f"Received: {type(data).__name__}"
        ) from None
    train = _samples("train", x_train, y_train)
    test = _samples("test", x_test, y_test)
    if train[0].shape[1] != test[0].shape[1]:
        raise ValueError(
            "x_train and x_test must have images of one size. "
            f"Received: {train[0].shape[1]} and {test[0].shape[1]} pixels"
        )
    return train, test


def _samples(part: str, x: Any, y: Any) -> Samples:
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind not in "buif" or x.ndim < 2 or x.size == 0:
        raise ValueError(
            f"x_{part} must be an array of numbers of shape (rows, ...), not empty. "
            f"Received: {x.dtype} of shape {x.shape}"
        )
    if y.dtype.kind not in "ui" or y.shape != x.shape[:1]:
        raise ValueError(
            f"y_{part} must be integers of shape ({len(x)},), a label for each row of x_{part}. "
            f"Received: {y.dtype} of shape {y.shape}"
        )
    if y.min() < 0:
        raise ValueError(f"y_{part} must hold classes from 0. Received: {y.min()}")
    flat = x.reshape(len(x), -1).astype(np.float32)
    if x.dtype.kind in "ui":
        flat *= np.float32(1 / 255)
    if not np.isfinite(flat).all():
        raise ValueError(f"x_{part} must be finite. Received: NaN or infinity")
    return flat, y.astype(np.int64)
