"""What `compile` was given, in files."""

from typing import Any

from ._objects import deserialize_keras_object, serialize_keras_object

# What metrics keep grows with them, or with their squares; real ones are far below.
_LARGEST = {"num_thresholds": 1 << 20, "num_classes": 1 << 12}


def get_compile_config(model: Any) -> dict[str, Any]:
    """Return what describes the arguments of the last `compile`, {} without one."""
    if not model.compiled:
        return {}
    config: dict[str, Any] = serialize_keras_object(model._compile_arguments)
    return config


def compile_from_config(model: Any, config: dict[str, Any]) -> None:
    """Compile a model with what `get_compile_config`, or Keras's, returned.

    Raises
    ------
    ValueError
        If something in it is unknown, or larger than is ever used.
    NotImplementedError
        If Keras has it and Fanin hasn't.
    """
    _check_sizes(config)
    model.compile(**deserialize_keras_object(config))
    if model.built:
        _build_optimizer(model)


def _build_optimizer(model: Any) -> None:
    """Make what the optimizer keeps, as Keras does here; else the first training step does it."""
    from ..losses import MeanSquaredError

    network = model._build_network(model.input_shape)
    model._apply_trainable()
    # Any loss will do: the first step tells the network the right one.
    model._bind(network, MeanSquaredError().native(), [])


def _check_sizes(config: Any) -> None:
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            for name, limit in _LARGEST.items():
                if isinstance(part.get(name), int | float) and not part[name] <= limit:
                    raise ValueError(f"`{name}` is larger than {limit}: {part[name]}")
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
