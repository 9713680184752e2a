"""Models made again: clone_model, model_from_json, load_model, save_model."""

from collections.abc import Callable, Mapping
from typing import Any

from ..layers import InputLayer, Layer, deserialize
from ._functional import Functional
from ._model import Model
from ._sequential import Sequential


def _copied(layer: Layer) -> Layer:
    return type(layer).from_config(layer.get_config())


def clone_model(
    model: Model,
    input_tensors: None = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: None = None,
    recursive: bool = False,
) -> Model:
    """Return a model of the same layers with new weights.

    Layers without a seed draw new ones, in the order of the layers. A compiled model's clone is
    compiled too.

    Parameters
    ----------
    model : Model
    clone_function : callable, optional
        Returns the layer that stands for one of the model's.
    recursive : bool
        Whether the layers of models inside are cloned by `clone_function` too.
    input_tensors, call_function
        As in Keras; only None.

    Raises
    ------
    ValueError
        If `model` is no model.
    NotImplementedError
        For what Keras has and Fanin hasn't.
    """
    if not isinstance(model, Model):
        raise ValueError(f"Expected `model` argument to be a model. Received: model={model}")
    for name, value in (("input_tensors", input_tensors), ("call_function", call_function)):
        if value is not None:
            raise NotImplementedError(f"`{name}` is not implemented. Received: {name}={value}")
    function = clone_function or _copied

    def clone(layer: Layer) -> Layer:
        if recursive and isinstance(layer, Model):
            return clone_model(layer, clone_function=function, recursive=True)
        return function(layer)

    if isinstance(model, Sequential):
        given = [] if model._input is None else [_copied(model._input)]
        copy: Model = Sequential(
            [*given, *map(clone, model.layers)], trainable=model.trainable, name=model.name
        )
    else:
        tensor = InputLayer(
            batch_shape=model.input_shape, dtype=model.input.dtype, name=model.input.name
        ).output
        first = tensor
        for layer in model.layers[1:]:
            tensor = clone(layer)(tensor)
        copy = Functional(first, tensor, name=model.name)
    if model.compiled:
        copy.compile_from_config(model.get_compile_config())
    return copy


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the model that `Model.to_json`, or Keras's, describes, with weights of its own."""
    import json

    return deserialize(json.loads(json_string), custom_objects)


def load_model(
    filepath: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Return the model in a file; see `saving.load_model`."""
    from .. import saving

    return saving.load_model(filepath, custom_objects, compile=compile, safe_mode=safe_mode)


def save_model(model: Model, filepath: Any, overwrite: bool = True) -> None:
    """Write a model to a file; see `saving.save_model`."""
    from .. import saving

    saving.save_model(model, filepath, overwrite=overwrite)
