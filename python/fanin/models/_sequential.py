"""A stack of layers."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

from .._session import automatic_name
from .._shapes import BatchShape, standardize_batch_shape
from ..layers import InputLayer, KerasTensor, Layer, deserialize, serialize
from ..layers._layer import scope, single_chain
from ._model import Model


class Sequential(Model):
    """A stack of layers in native memory.

    With an `Input` first the weights are made at once, otherwise when the first data arrives or
    by `build`. Adding and removing layers keeps the weights of the others, in new memory.

    Parameters
    ----------
    layers : iterable of Layer, optional
        An `Input` may be the first.
    trainable : bool
    name : str, optional
        By default sequential, sequential_1, ...

    Attributes
    ----------
    optimizer, loss, history
        Of `compile`, and the `History` of the last `fit`.

    Raises
    ------
    ValueError
        For what is no layer, for equal names, and sizes that do not fit.
    NotImplementedError
        For what Keras has and Fanin hasn't, such as one layer in two places.
    """

    def __init__(
        self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self._input: InputLayer | None = None
        self._stack: list[Layer] = []
        for layer in layers or []:
            self.add(layer, rebuild=False)
        self._rebuild()

    # -- Layers ------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return list(self._stack)

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError(
            "`Sequential.layers` attribute is reserved and should not be used. Use `add()` and "
            "`pop()` to change the layers in this model."
        )

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Put a layer on top of the stack.

        Parameters
        ----------
        layer : Layer, or KerasTensor of `Input`
        rebuild : bool
            Whether the layer's weights are made now, if the shape of the inputs is known.

        Raises
        ------
        ValueError, NotImplementedError
            See `Sequential`; the model stays as it was.
        """
        if isinstance(layer, KerasTensor) and layer.origin is not None:
            layer = layer.origin.layer if isinstance(layer.origin.layer, InputLayer) else layer
        self._check_new(layer)
        if isinstance(layer, InputLayer):
            self._input = layer
            return
        given = self._input
        if not self._stack and given is None:
            if layer.given_input_shape is not None:
                given = InputLayer(layer.given_input_shape)
        self._change([*self._stack, layer], given, rebuild)

    def pop(self, rebuild: bool = True) -> Layer:
        """Take the last layer off the stack and return it, with its weights.

        Parameters
        ----------
        rebuild : bool
            Whether the remaining layers move to new memory now or when they are next used.

        Raises
        ------
        IndexError
            If there is none.
        """
        layer = self._stack[-1]
        self._change(self._stack[:-1], self._input, rebuild)
        for leaf in layer.leaves:
            if leaf.home is not None and leaf.home() is self:
                leaf.home = None
        return layer

    def _check_new(self, layer: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                "Only instances of `keras.Layer` can be added to a Sequential model. "
                f"Received: {layer} (of type {type(layer)})"
            )
        if isinstance(layer, InputLayer):
            if self._input is not None:
                raise ValueError(
                    f"Sequential model '{self.name}' has already been configured to use input "
                    f"shape {self._input.batch_shape}. You cannot add a different Input layer to "
                    "it."
                )
            if self._stack:
                raise ValueError("An Input must be the first entry of a Sequential model.")
        if any(layer is other for other in self._stack):
            raise single_chain(f"{layer} in two places of one model")
        if any(layer.name == other.name for other in self._stack):
            raise ValueError(
                "All layers added to a Sequential model should have unique names. Name "
                f"'{layer.name}' is already the name of a layer in this model. Update the `name` "
                "argument to pass a unique name."
            )

    # -- Building ----------------------------------------------------------------------------------

    @property
    def built(self) -> bool:
        """Whether the weights have been made."""
        return bool(self._tensors)

    def build(self, input_shape: Any = None) -> None:
        """Make the weights.

        Parameters
        ----------
        input_shape : tuple, optional
            (None, features), needed where the model has no `Input`.

        Raises
        ------
        ValueError
            If the model is built for another shape, has no layers, or no shape is known.
        """
        if input_shape is None and self._input is not None:
            input_shape = self._input.batch_shape
        shape = standardize_batch_shape(input_shape)
        if not self._stack:
            raise ValueError(
                f"Sequential model {self.name} cannot be built because it has no layers. Call "
                "`model.add(layer)`."
            )
        if self._input is not None and self._input.batch_shape != shape:
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._input.batch_shape}. You cannot build it with input_shape {shape}"
            )
        if not self._tensors:
            given = self._input or InputLayer(batch_shape=shape, dtype=self._stack[0].dtype)
            self._change(self._stack, given)

    def _change(self, layers: list[Layer], given: InputLayer | None, rebuild: bool = True) -> None:
        """Set the stack, with new memory for it where the shape of the inputs is known."""
        self._check_leaves(layers)
        if given is None and layers and isinstance(layers[0], Model) and layers[0]._tensors:
            given = InputLayer(batch_shape=layers[0].input_shape, dtype=layers[0].dtype)
        tensors: list[KerasTensor] = []
        if given is not None and layers and rebuild:
            tensors = [given.output]
            with scope(self.name):
                for layer in layers:
                    tensors.append(layer(tensors[-1]))
            # Keras makes a functional model here, whose name counts.
            automatic_name("Functional")
        if tensors:
            self._assemble(layers, tensors[0].shape)
        else:
            self._chain = None
            self._unlink()
        self._stack, self._input, self._tensors = layers, given, tensors

    def _rebuild(self) -> None:
        if self._input is not None and self._stack:
            self._change(self._stack, self._input)

    def _build_network(self, batch_shape: BatchShape) -> Any:
        if not self._tensors and self._input is None:
            self.build((None, *batch_shape[1:]))
        elif not self._tensors:
            self.build()
        return super()._build_network(batch_shape)

    def _check_input(self, shape: BatchShape) -> BatchShape:
        # Each layer says itself what does not fit it, as in Keras.
        return self.compute_output_shape(shape)

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shape that the model is built for."""
        return {"input_shape": self._tensors[0].shape} if self._tensors else None

    # -- Descriptions ------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the name and the layers' descriptions."""
        entries = [*([] if self._input is None else [self._input]), *self._stack]
        config = {**super().get_config(), "layers": [serialize(entry) for entry in entries]}
        if self._tensors:
            config["build_input_shape"] = self._tensors[0].shape
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self:
        """Return the model that `get_config` describes, with weights of its own.

        Raises
        ------
        ValueError
            If it describes no model.
        """
        if "name" not in config or "layers" not in config:
            raise ValueError(
                "A Sequential model configuration must be a dictionary containing the 'name' and "
                f"'layers' keys. Received: config={config}"
            )
        entries = [deserialize(entry, custom_objects) for entry in config["layers"]]
        model = cls(entries, name=config["name"])
        shape = config.get("build_input_shape")
        if not model.built and isinstance(shape, tuple | list) and entries:
            model.build(tuple(shape))
        return model
