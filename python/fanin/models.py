"""Models, as in keras.models: a stack of dense layers."""

import random
import threading
import weakref
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from . import _session, activations
from ._network import Network
from ._summary import summary
from ._trainer import Trainer
from ._weights import Weighted
from .layers import (
    BatchShape,
    Dense,
    InputLayer,
    Layer,
    standardize_batch_shape,
)

__all__ = ["Sequential"]

AnyArray = npt.NDArray[Any]


class Sequential(Weighted, Trainer):
    """A stack of dense layers in native memory.

    With an `Input` first the weights are made at once, otherwise when the first data arrives or
    by `build`. Adding and removing layers keeps the weights of the others, in new memory.

    Parameters
    ----------
    layers : iterable of Dense, optional
        An `Input` may be the first.
    trainable : bool
        Only True.
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
        if not trainable:
            raise NotImplementedError(f"`trainable` must be True. Received: trainable={trainable}")
        self.name = name or _session.automatic_name("Sequential")
        self._input: InputLayer | None = None
        self._layers: list[Dense] = []
        self._network = None
        self._metric_identifiers = []
        self._lock = threading.Lock()
        try:
            for layer in layers or []:
                self.add(layer, rebuild=False)
            self._maybe_build()
        except BaseException:
            for layer in self._layers:
                layer.model = None
            raise

    def __repr__(self) -> str:
        """Return the name, and whether the model is built."""
        return f"<Sequential name={self.name}, built={self.built}>"

    def __reduce__(self) -> NoReturn:
        """Raise NotImplementedError: the memory is native."""
        raise NotImplementedError(
            "Copying or pickling a model is not implemented. Make the model again and call "
            "`set_weights(model.get_weights())`."
        )

    def __call__(self, inputs: Any, training: bool | None = None) -> AnyArray:
        """Return the outputs for `inputs`; see `predict`. `training` changes nothing."""
        return self.predict_on_batch(inputs)

    # -- Layers ------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Dense]:
        """The layers, without the input."""
        return list(self._layers)

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
        layer : Dense or InputLayer
        rebuild : bool
            Whether the layer's weights are made now, if the number of features is known.

        Raises
        ------
        ValueError, NotImplementedError
            See `Sequential`; the model stays as it was.
        """
        self._check_new(layer)
        if isinstance(layer, InputLayer):
            self._input = layer
            return
        given = self._input
        if not self._layers and layer.given_input_shape is not None and given is None:
            given = InputLayer(layer.given_input_shape)
        self._change([*self._layers, layer], given, rebuild)
        layer.model = weakref.ref(self)

    def pop(self, rebuild: bool = True) -> Dense:
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
        layer = self._layers[-1]
        self._change(self._layers[:-1], self._input, rebuild)
        layer.model = None
        return layer

    def get_layer(self, name: str | None = None, index: int | None = None) -> Dense:
        """Return a layer by its name or its number.

        Raises
        ------
        ValueError
            If there is no such layer, or not one of both is given.
        """
        if index is not None and name is not None:
            raise ValueError(
                f"Provide only a layer name or a layer index. Received: index={index}, name={name}."
            )
        if index is not None:
            if not -len(self._layers) <= index < len(self._layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(self._layers)} layers."
                )
            return self._layers[index]
        if name is None:
            raise ValueError("Provide either a layer name or layer index at `get_layer`.")
        for layer in self._layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self._layers]
        raise ValueError(f"No such layer: {name}. Existing layers are: {names}.")

    def _check_new(self, layer: Any) -> None:
        if isinstance(layer, Sequential):
            raise NotImplementedError("A model inside of a model is not implemented.")
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
            if self._layers:
                raise ValueError("An Input must be the first entry of a Sequential model.")
        if isinstance(layer, Dense):
            if layer.model is not None and layer.model() is not None:
                raise NotImplementedError(
                    "One layer in two places, which would share its weights, is not implemented. "
                    f"Received: {layer}"
                )
            if self._layers and layer.dtype != self._layers[0].dtype:
                raise NotImplementedError(
                    "All layers of a model must have one dtype. "
                    f"Received: {self._layers[0].dtype} and {layer.dtype}"
                )
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(
                "All layers added to a Sequential model should have unique names. Name "
                f"'{layer.name}' is already the name of a layer in this model. Update the `name` "
                "argument to pass a unique name."
            )

    # -- Weights -----------------------------------------------------------------------------------

    @property
    def built(self) -> bool:
        """Whether the weights have been made."""
        return self._network is not None

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
        if not self._layers:
            raise ValueError(
                f"Sequential model {self.name} cannot be built because it has no layers. Call "
                "`model.add(layer)`."
            )
        if self._input is not None and self._input.batch_shape != shape:
            raise ValueError(
                f"Sequential model '{self.name}' has already been configured to use input shape "
                f"{self._input.batch_shape}. You cannot build it with input_shape {shape}"
            )
        if self._network is None:
            self._build_network(shape)

    @property
    def input_shape(self) -> BatchShape:
        """(None, features).

        Raises
        ------
        AttributeError
            If the model is not built.
        """
        if self._network is None:
            raise AttributeError(f"Sequential model '{self.name}' has no defined input shape yet.")
        return (None, self._network.sizes[0])

    @property
    def output_shape(self) -> BatchShape:
        """(None, units of the last layer).

        Raises
        ------
        AttributeError
            If the model is not built.
        """
        if self._network is None:
            raise AttributeError(f"Sequential model '{self.name}' has no defined output shape yet.")
        return (None, self._network.sizes[-1])

    @property
    def weights(self) -> list[AnyArray]:
        """The kernels and biases of all layers: views of the native memory."""
        return [weight for layer in self._layers for weight in layer.weights]

    @property
    def non_trainable_weights(self) -> list[AnyArray]:
        """An empty list."""
        return []

    def reinitialize(self, seed: int | None = None) -> None:
        """Draw all weights anew and clear the optimizer's state and the history.

        Initializers with a seed of their own give the same values again, those with a
        `SeedGenerator` its next ones; all others get new seeds, in the order in which the layers
        were made.

        Parameters
        ----------
        seed : int, optional
            In [0, 2**32): the weights are those of the same model made after
            ``set_random_seed(seed)``, while Python's `random` stays as it is. By default the new
            seeds come from Python's `random`.

        Raises
        ------
        ValueError
            If the seed is not such an integer.
        RuntimeError
            If another thread is training the model.
        """
        generator: Any = random if seed is None else random.Random(_session.check_seed(seed))
        with self._exclusive():
            seen = set()
            for layer in sorted(self._layers, key=lambda layer: layer.serial_number):
                for initializer in (layer.kernel_initializer, layer.bias_initializer):
                    if getattr(initializer, "is_unseeded", False) and id(initializer) not in seen:
                        seen.add(id(initializer))
                        initializer.reseed(generator.randint(1, 10**9))
            # Drawn into other memory first: an initializer of the caller's may fail.
            drawn = []
            for layer in self._layers:
                arrays = [np.empty_like(weight) for weight in layer.weights]
                if arrays:
                    layer.draw(arrays[0], arrays[1] if layer.use_bias else None)
                drawn += arrays
            for weight, values in zip(self.weights, drawn, strict=True):
                weight[...] = values
            if self.optimizer is not None:
                self.optimizer.iterations = 0
            if self._network is not None and self._linked:
                self._network.reset_optimizer()
            self.reset_metrics()
            self.__dict__.pop("history", None)

    def _change(self, layers: list[Dense], given: InputLayer | None, rebuild: bool) -> None:
        """Set the stack, with new memory for it where the number of features is known."""
        network = None
        if given is not None and layers and rebuild:
            network = self._assemble(layers, given.batch_shape)
        self._layers, self._input, self._network = layers, given, network
        self._unlink()

    def _maybe_build(self) -> None:
        if self._input is not None and self._layers:
            self._build_network(self._input.batch_shape)

    def _build_network(self, batch_shape: BatchShape) -> Network:
        network = self._assemble(self._layers, batch_shape)
        if self._input is None:
            self._input = InputLayer(batch_shape=(None, network.sizes[0]))
        self._network = network
        self._unlink()
        return network

    def _assemble(self, layers: list[Dense], batch_shape: BatchShape) -> Network:
        """Return a network with the layers' weights, which become views of it."""
        features = layers[0].check_input_shape(batch_shape)
        for below, layer in pairwise(layers):
            layer.check_input_shape((None, below.units))
        network = Network(
            np.dtype(layers[0].dtype),
            features,
            [
                (layer.units, activations.NATIVE[layer.activation], layer.use_bias)
                for layer in layers
            ],
        )
        views = [network.parameters(index) for index in range(len(layers))]
        for layer, (kernel, bias) in zip(layers, views, strict=True):
            if layer.built:
                kernel[...] = layer.kernel
                if bias is not None:
                    bias[...] = layer.bias
            else:
                layer.draw(kernel, bias)
        for layer, (kernel, bias) in zip(layers, views, strict=True):
            layer.adopt(kernel, bias)
        return network

    # -- Summary -----------------------------------------------------------------------------------

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: None = None,
    ) -> None:
        """Print the layers, their output shapes and their numbers of weights.

        Parameters
        ----------
        line_length : int, optional
            By default 88 or what the terminal has.
        positions : list of float, optional
            The ends of the three columns, by default 0.45, 0.8 and 1.
        print_fn : callable, optional
            Called once with the text, by default `print`.
        expand_nested : bool
            Accepted for Keras's sake; there are no nested models.
        show_trainable, layer_range
            As in Keras; only the defaults.

        Raises
        ------
        ValueError
            If the line is too short.
        NotImplementedError
            For other values of the last two.
        """
        if show_trainable or layer_range is not None:
            raise NotImplementedError("`show_trainable` and `layer_range` are not implemented.")
        rows = [
            (
                f"{layer.name} (Dense)",
                f"(None, {layer.units})" if layer.built else "?",
                f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
            )
            for layer in self._layers
        ]
        # Keras builds its optimizer in the first step.
        optimizer = self.optimizer
        slots = optimizer.slots if optimizer is not None and optimizer.iterations else None
        text = summary(self.name, rows, self.weights, slots, line_length, positions)
        if print_fn is None:
            print(text, end="")
        else:
            print_fn(text)
