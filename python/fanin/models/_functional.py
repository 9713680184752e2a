"""A model of what symbolic tensors have gone through."""

from collections.abc import Mapping
from typing import Any, Self

from .._session import automatic_name
from ..layers import InputLayer, KerasTensor, Layer, deserialize, serialize
from ..layers._layer import single_chain
from ._model import Model


class Functional(Model):
    """A chain of layers between two symbolic tensors; see `Model`."""

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        name: str | None = None,
        trainable: bool | None = None,
        **kwargs: Any,
    ) -> None:
        first, last = _one("inputs", inputs), _one("outputs", outputs)
        tensors = _path(first, last)
        if first.origin is None or not isinstance(first.origin.layer, InputLayer):
            given = InputLayer(
                batch_shape=first.shape, dtype=first.dtype, name=f"{first.name}CLONE"
            )
            tensors = [given.output, *tensors[1:]]
            for index, tensor in enumerate(tensors[1:], 1):
                tensors[index] = _layer(tensor)(tensors[index - 1])
        operations = [_layer(tensor) for tensor in tensors]
        self._check_leaves(operations)
        names = [operation.name for operation in operations]
        for each in names:
            if names.count(each) > 1:
                raise ValueError(
                    f'The name "{each}" is used {names.count(each)} times in the model. All '
                    "operation names should be unique."
                )
        self._operations = operations
        super().__init__(name=name or automatic_name("Functional"), **kwargs)
        self._tensors = tensors
        # How the caller wrote them: alone, in a list or in a dict.
        self._structures = (inputs, outputs)
        if trainable is not None:
            # Of the model alone, as in Keras: its layers keep theirs.
            self._trainable = bool(trainable)
        self._assemble(operations, first.shape)

    @property
    def built(self) -> bool:
        """True."""
        return True

    @property
    def layers(self) -> list[Layer]:
        """The layers, the input first."""
        return list(self._operations)

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError(
            "`Model.layers` attribute is reserved and should not be used. Please use another name."
        )

    def build(self, input_shape: Any = None) -> None:
        """Do nothing: the model is built."""

    def get_build_config(self) -> dict[str, Any]:
        """Return what Keras notes of a functional model."""
        return {"input_shape": None}

    def get_config(self) -> dict[str, Any]:
        """Return the name and the layers' descriptions, each with what it is called with."""
        entries = []
        for index, layer in enumerate(self._operations):
            entry = serialize(layer) | {"name": layer.name, "inbound_nodes": []}
            if index:
                below = self._tensors[index - 1]
                tensor = {
                    "class_name": "__keras_tensor__",
                    "config": {
                        "shape": below.shape,
                        "dtype": below.dtype,
                        "keras_history": [_layer(below).name, 0, 0],
                    },
                }
                arguments = dict(layer.call_arguments)
                entry["inbound_nodes"] = [{"args": (tensor,), "kwargs": arguments}]
            entries.append(entry)
        # Keras counts a functional model's own construction as a call.
        called = 1 if isinstance(self._operations[-1], Functional) else 0
        return {
            "name": self.name,
            "trainable": self.trainable,
            "layers": entries,
            "input_layers": _like(self._structures[0], [self._operations[0].name, 0, 0]),
            "output_layers": _like(self._structures[1], [self._operations[-1].name, called, 0]),
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self:
        """Return the model that `get_config` describes, with weights of its own.

        Raises
        ------
        ValueError
            If it describes no model.
        NotImplementedError
            If the model is not a single chain.
        """
        missing = {"layers", "input_layers", "output_layers"} - config.keys()
        if missing:
            raise ValueError(f"A functional model's config needs {sorted(missing)}.")
        tensors: dict[str, KerasTensor] = {}
        pending = list(config["layers"])
        while pending:
            later = []
            for entry in pending:
                name, below = entry["name"], _below(entry)
                if below is not None and below not in tensors:
                    later.append(entry)
                    continue
                layer = deserialize(entry, custom_objects)
                tensors[name] = layer.output if below is None else layer(tensors[below])
            if len(later) == len(pending):
                raise ValueError(
                    "Invalid Functional model configuration. The graph of the Functional model "
                    "either has loops or disconnected nodes. The following nodes failed to be "
                    f"resolved: {[entry['name'] for entry in later]}"
                )
            pending = later
        return cls(
            _revived(config["input_layers"], tensors),
            _revived(config["output_layers"], tensors),
            name=config.get("name"),
            trainable=config.get("trainable"),
        )


def _one(argument: str, value: Any) -> KerasTensor:
    """Return the one tensor that an argument holds."""
    values = value
    if isinstance(value, dict):
        values = list(value.values())
    elif not isinstance(value, list | tuple):
        values = [value]
    for each in values:
        if isinstance(each, list | tuple | dict):
            raise single_chain(f"{argument}={value}")
        if not isinstance(each, KerasTensor):
            raise ValueError(
                f"All `{argument}` values must be KerasTensors. Received: {argument}={value} "
                f"including invalid value {each} of type {type(each)}"
            )
    if len(values) != 1:
        raise single_chain(f"{len(values)} {argument}")
    tensor: KerasTensor = values[0]
    return tensor


def _layer(tensor: KerasTensor) -> Layer:
    if tensor.origin is None:
        raise ValueError(f"{tensor} comes from no layer.")
    return tensor.origin.layer


def _path(first: KerasTensor, last: KerasTensor) -> list[KerasTensor]:
    """Return the tensors from `first` to `last`."""
    path = [last]
    while path[-1] is not first:
        below = path[-1].origin and path[-1].origin.inputs
        if below is None:
            raise ValueError("Output with path `` is not connected to `inputs`")
        path.append(below)
    return path[::-1]


def _like(structure: Any, value: list[Any]) -> Any:
    """Return `value` alone, in a list or in a dict, as `structure` has its tensor."""
    if isinstance(structure, dict):
        return dict.fromkeys(structure, value)
    if isinstance(structure, list | tuple):
        return type(structure)([value])
    return value


def _below(entry: Mapping[str, Any]) -> str | None:
    """Return the name of the layer below, None for an input."""
    nodes = entry.get("inbound_nodes", [])
    if not nodes:
        return None
    if len(nodes) > 1 or not isinstance(nodes[0], Mapping):
        raise single_chain(f"a config in which {entry['name']} is called {len(nodes)} times")
    args = nodes[0].get("args", [])
    if len(args) != 1 or not isinstance(args[0], Mapping):
        raise single_chain(f"a config in which {entry['name']} has several inputs")
    name: str = args[0]["config"]["keras_history"][0]
    return name


def _revived(value: Any, tensors: Mapping[str, KerasTensor]) -> Any:
    """Return the tensors that [layer, node, index] mean, in the structure around them."""
    if isinstance(value, list | tuple) and len(value) == 3 and isinstance(value[0], str):
        return tensors[value[0]]
    if isinstance(value, dict):
        return {key: _revived(each, tensors) for key, each in value.items()}
    return [_revived(each, tensors) for each in value]
