"""What a model is: a layer made of layers, which can be trained."""

import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, ClassVar, NoReturn

import numpy as np
import numpy.typing as npt

from .. import _native, _session
from .._chain import Chain
from .._network import Network
from .._shapes import BatchShape, standardize_batch_shape
from .._summary import summary
from .._trainer import Trainer
from .._variables import Variable
from ..layers._layer import Layer, single_chain
from ..layers._symbolic import KerasTensor
from ..random import SeedGenerator

AnyArray = npt.NDArray[Any]


class Model(Trainer, Layer):
    """A chain of layers: ``Model(inputs, outputs)`` of symbolic tensors, or a `Sequential`.

    Parameters
    ----------
    inputs : KerasTensor
        Of `Input`, or one that a layer gave.
    outputs : KerasTensor
        What a chain of layers gave for it.
    name : str, optional
    trainable : bool, optional

    Attributes
    ----------
    optimizer, loss, history
        Of `compile`, and the `History` of the last `fit`.

    Raises
    ------
    ValueError
        For what is no symbolic tensor, and for outputs that do not come from the inputs.
    NotImplementedError
        For several inputs or outputs, branches, and classes of one's own.
    """

    call_arguments: ClassVar[dict[str, Any]] = {"mask": None}

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Return a `Functional` for Model(inputs, outputs), as in Keras."""
        from ._functional import Functional

        return super().__new__(Functional if cls is Model else cls)

    def __init__(
        self, *tensors: Any, name: str | None = None, trainable: bool = True, **kwargs: Any
    ) -> None:
        if tensors or "inputs" in kwargs or "outputs" in kwargs:
            raise NotImplementedError(
                f"A class of one's own derived from Model is not implemented; use Model(inputs, "
                f"outputs) or Sequential. Received: {type(self).__name__}"
            )
        Layer.__init__(self, name=name, trainable=trainable, **kwargs)
        self._lock = threading.RLock()
        self._chain: Chain | None = None
        self._built = False
        # Kept, because layers know the tensors of their calls weakly.
        self._tensors: list[KerasTensor] = []

    def __reduce__(self) -> NoReturn:
        """Raise NotImplementedError: the memory is native."""
        raise NotImplementedError(
            "Copying or pickling a model is not implemented. Use `clone_model(model)` and "
            "`set_weights(model.get_weights())`."
        )

    # -- Layers ------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers."""
        raise NotImplementedError

    @layers.setter
    def layers(self, _: Any) -> None:
        raise AttributeError(
            "`Model.layers` attribute is reserved and should not be used. Please use another name."
        )

    @property
    def leaves(self) -> list[Layer]:
        """The layers that compute something, those of models inside among them."""
        return [leaf for layer in self.layers for leaf in layer.leaves]

    @property
    def _layers(self) -> list[Layer]:
        return self.leaves

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its number.

        Raises
        ------
        ValueError
            If there is no such layer, or not one of both is given.
        """
        layers = self.layers
        if index is not None and name is not None:
            raise ValueError(
                f"Provide only a layer name or a layer index. Received: index={index}, name={name}."
            )
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has "
                    f"{len(layers)} layers."
                )
            return layers[index]
        if name is None:
            raise ValueError("Provide either a layer name or layer index at `get_layer`.")
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ValueError(f"No such layer: {name}. Existing layers are: {names}.")

    @property
    def trainable(self) -> bool:
        """Whether training changes the layers; setting it sets it for all of them.

        It counts from the next `compile` on.
        """
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self.layers:
            layer.trainable = self._trainable

    @property
    def dtype(self) -> str:
        """The name of the layers' dtype."""
        leaves = self.leaves
        return leaves[0].dtype if leaves else self._dtype.name

    # -- Shapes ------------------------------------------------------------------------------------

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbolic input, in a list.

        Raises
        ------
        AttributeError
            If the model is not built.
        """
        return [self._end(0, "inputs")]

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbolic output, in a list.

        Raises
        ------
        AttributeError
            If the model is not built.
        """
        return [self._end(-1, "outputs")]

    @property
    def input(self) -> Any:
        """The symbolic input; see `inputs`."""
        return self._end(0, "input")

    @property
    def output(self) -> Any:
        """The symbolic output; see `outputs`."""
        return self._end(-1, "output")

    @property
    def input_shape(self) -> BatchShape:
        """Of a batch, (None, features).

        Raises
        ------
        AttributeError
            If the model is not built.
        """
        return self._end(0, "input shape").shape

    @property
    def output_shape(self) -> BatchShape:
        """Of the outputs, (None, units of the last layer).

        Raises
        ------
        AttributeError
            If the model is not built.
        """
        return self._end(-1, "output shape").shape

    def _end(self, index: int, what: str) -> KerasTensor:
        if not self._tensors:
            raise AttributeError(
                f"{type(self).__name__} model '{self.name}' has no defined {what} yet."
            )
        return self._tensors[index]

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return the shape of the outputs for batches of a shape.

        Raises
        ------
        ValueError
            If they do not fit.
        """
        shape = standardize_batch_shape(input_shape)
        for leaf in self.leaves:
            leaf.check_input_shape(shape)
            shape = leaf.compute_output_shape(shape)
        return shape

    # -- Weights -----------------------------------------------------------------------------------

    @property
    def variables(self) -> list[Variable]:
        """Those of all layers, one after the other."""
        return [variable for layer in self.layers for variable in layer.variables]

    @property
    def losses(self) -> list[Any]:
        """What the regularizers of the weights cost."""
        return [loss for layer in self.layers for loss in layer.losses]

    @property
    def _network(self) -> Network | None:
        return None if self._chain is None else self._chain.network

    def _parameters(self) -> list[tuple[Variable, int, int]]:
        """Return the variables that gradients may change, with their places in the network."""
        if self._chain is None or not self.trainable:
            return []
        return [place for place in self._chain.places if place[0].can_train]

    def _borrow(self, writes: bool = False) -> AbstractContextManager[None]:
        """Return what surrounds each use of the network; `writes`: whether it changes weights."""
        if self._chain is None:
            raise ValueError(f"Model '{self.name}' is not built.")
        return self._chain.borrowed(writes)

    def _apply_trainable(self) -> None:
        """Tell the network which layers are frozen now."""
        if self._chain is not None:
            self._chain.apply_trainable(self.trainable)

    def _check_input(self, shape: BatchShape) -> BatchShape:
        """Return the outputs' shape for batches of `shape`; ValueError if they do not fit."""
        own = self._tensors[0].shape
        if len(shape) != len(own):
            raise ValueError(
                f"Invalid input shape for input '{self._tensors[0].name}'. Expected shape {own}, "
                f"but input has incompatible shape {shape}"
            )
        return self.compute_output_shape(shape)

    def _build_network(self, batch_shape: BatchShape) -> Network:
        """Return the network for samples as in batches of this shape, built if it is not there."""
        if not self._tensors:
            self.build((None, *batch_shape[1:]))
        if self._chain is None or self._chain.sample_shape != tuple(batch_shape[1:]):
            self._check_input(batch_shape)
            self._assemble(self.layers, batch_shape)
        if self._chain is None:
            raise ValueError(f"Model '{self.name}' has no layers.")
        return self._chain.network

    def _assemble(self, layers: list[Layer], batch_shape: BatchShape) -> None:
        """Make the network of some layers, if the shape tells enough."""
        leaves = [leaf for layer in layers for leaf in layer.leaves]
        sizes = [size for size in batch_shape[1:] if size is not None]
        whole = len(sizes) == len(batch_shape) - 1
        self._chain = Chain(leaves, (1, *sizes), self) if whole else None
        self._unlink()

    def _check_leaves(self, layers: list[Layer]) -> None:
        """Raise NotImplementedError for what can't be in one native network."""
        leaves = [leaf for layer in layers for leaf in layer.leaves]
        seen: set[int] = set()
        for leaf in leaves:
            if id(leaf) in seen:
                raise single_chain(f"{leaf} in two places of one model")
            seen.add(id(leaf))
            if leaf.dtype != leaves[0].dtype:
                raise NotImplementedError(
                    "All layers of a model must have one dtype. "
                    f"Received: {leaves[0].dtype} and {leaf.dtype}"
                )

    def reinitialize(self, seed: int | None = None) -> None:
        """Draw all weights anew and clear the optimizer's state and the history.

        Initializers and layers with a seed of their own give the same values again, initializers
        with a `SeedGenerator` its next ones; all others get new seeds, in the order in which the
        layers were made. What a `Normalization` has learned of the data stays.

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
            leaves = sorted(self.leaves, key=lambda layer: layer.serial_number)
            sources = {id(source): source for layer in leaves for source in layer.random}
            for source in sources.values():
                if getattr(source, "is_unseeded", False):
                    source.reseed(generator.randint(1, 10**9))
                elif isinstance(source, SeedGenerator):
                    source.restart()
            # Drawn into other memory first: an initializer of the caller's may fail.
            drawn = [
                (variable, variable.drawn())
                for layer in self.leaves
                if layer.is_drawn
                for variable in layer.parameters
            ]
            for variable, values in drawn:
                variable.memory[...] = values
            if self.optimizer is not None:
                self.optimizer.iterations = 0
            if self._network is not None and self._bound is not None:
                self._network.reset_optimizer()
            self.reset_metrics()
            self.__dict__.pop("history", None)

    # -- Calling -----------------------------------------------------------------------------------

    def _conform(self, data: AnyArray) -> AnyArray:
        own = self._tensors[0].shape if self._tensors else ()
        if own and data.ndim == len(own) - 1 and own[-1] == 1:
            return data[..., np.newaxis]
        if own and data.ndim == len(own) + 1 and data.shape[-1] == 1:
            return data[..., 0].copy()
        return data

    def _prepare(self, shape: BatchShape) -> None:
        if not self._tensors:
            self.build((None, *shape[1:]))
        self._check_input(shape)

    def _compute(self, data: AnyArray, training: bool) -> AnyArray:
        self._build_network(data.shape)
        chain = self._chain
        if chain is None:
            raise ValueError(f"Model '{self.name}' has no layers.")
        if training:
            self._apply_trainable()
        with chain.borrowed(writes=training):
            return chain.predict(data, training)

    def call(self, inputs: Any, training: bool | None = None, mask: None = None) -> Any:
        """Return the outputs for `inputs`, see `Layer.__call__`."""
        return self(inputs, training=training)

    def native(self, input_shape: BatchShape) -> list[_native.Layer]:
        """Return the native layers of the layers."""
        pieces = []
        for layer in self.leaves:
            pieces += layer.native(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        return pieces

    # -- Showing and keeping -----------------------------------------------------------------------

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Any = None,
    ) -> None:
        """Print the layers, their output shapes and their numbers of weights.

        Parameters
        ----------
        line_length : int, optional
            By default 88 (100 with `show_trainable`) or what the terminal has.
        positions : list of float, optional
            The ends of the columns, by default 0.45, 0.8 and 1.
        print_fn : callable, optional
            Called once with the text, by default `print`.
        expand_nested : bool
            Whether the layers of models inside are shown.
        show_trainable : bool
            Whether there is a column that tells which layers are trained.
        layer_range : pair of str, optional
            Names, or regular expressions for them, of the first and the last layer.

        Raises
        ------
        ValueError
            If the line is too short, or no layer has such a name.
        """
        text = summary(self, line_length, positions, expand_nested, show_trainable, layer_range)
        if print_fn is None:
            print(text, end="")
        else:
            print_fn(text)

    def to_json(self, **kwargs: Any) -> str:
        """Return the model's description, without its weights; `kwargs` go to `json.dumps`."""
        import json

        from ..layers import serialize

        return json.dumps(serialize(self), **kwargs)

    def save(self, filepath: Any, overwrite: bool = True, zipped: None = None) -> None:
        """Write the model to a file; see `saving.save_model`."""
        from .. import saving

        if zipped is False:
            raise NotImplementedError("`zipped` must be True. Received: zipped=False")
        saving.save_model(self, filepath, overwrite=overwrite)

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write the weights to a file; see `saving.save_weights`."""
        from .. import saving

        saving.save_weights(self, filepath, overwrite=overwrite)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False) -> None:
        """Read the weights from a file; see `saving.load_weights`."""
        from .. import saving

        saving.load_weights(self, filepath, skip_mismatch=skip_mismatch)

    def get_compile_config(self) -> dict[str, Any]:
        """Return what describes the arguments of `compile`; see `saving`."""
        from ..saving._compilation import get_compile_config

        return get_compile_config(self)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile with what `get_compile_config`, or Keras's, returned."""
        from ..saving._compilation import compile_from_config

        compile_from_config(self, config)

    def export(self, filepath: Any, **kwargs: Any) -> NoReturn:
        """Raise NotImplementedError.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError("`export` is not implemented; use `save` or `save_weights`.")

    def quantize(self, mode: Any = None, **kwargs: Any) -> NoReturn:
        """Raise NotImplementedError.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError("`quantize` is not implemented.")
