"""A chain of layers in one native network: who owns which memory."""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _native
from ._network import Network
from ._variables import Variable
from .layers import Layer
from .layers._pieces import dense_apart, reshape
from .random import SeedGenerator

AnyArray = npt.NDArray[Any]


class Chain:
    """Layers one after the other, computed by a native network.

    Where `home` is given, the variables of layers that lie in no other living model's network move
    into this one. The others are borrowed: `borrowed` copies them in and out.

    Parameters
    ----------
    layers : sequence of Layer
        Built, of one dtype.
    batch_shape : tuple
        Of the inputs; all sizes but the first are known.
    home : object, optional
        The model that asks.
    apart : bool
        Whether activations of dense layers are native layers of their own.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        batch_shape: Sequence[int],
        home: object | None = None,
        apart: bool = False,
    ) -> None:
        shape: Any = tuple(batch_shape)
        pieces: list[_native.Layer] = []
        #: The first of each layer's native layers, and how many there are.
        self.spans: list[tuple[Layer, range]] = []
        for layer in layers:
            native = layer.native(shape)
            if apart:
                native = [part for whole in native for part in dense_apart(whole)]
            self.spans.append((layer, range(len(pieces), len(pieces) + len(native))))
            pieces += native
            shape = layer.compute_output_shape(shape)
        dtype = layers[0]._dtype if layers else np.dtype(np.float32)
        self.sample_shape = tuple(batch_shape[1:])
        # A model may be nothing but its input.
        pieces = pieces or [reshape(self.sample_shape)]
        network = Network(dtype, self.sample_shape, shape[1:], pieces)
        self.network = network
        #: Each variable with the numbers of its native layer and parameter.
        self.places: list[tuple[Variable, int, int]] = []
        self._borrowed: list[tuple[Layer, Variable, AnyArray]] = []
        self._borrowed_states: list[tuple[Layer, SeedGenerator, AnyArray]] = []
        for layer, span in self.spans:
            self._place(layer, span.start)
        self.apply_trainable()
        if home is not None:
            self._adopt(home)

    def _place(self, layer: Layer, start: int) -> None:
        """Copy a layer's values into the network."""
        for index, variable in enumerate(layer.parameters):
            view = self.network.parameter(start, index, variable.shape)
            view[...] = variable.memory
            self._borrowed.append((layer, variable, view))
            self.places.append((variable, start, index))
            if variable.regularizer is not None:
                self.network.regularize(start, index, variable.regularizer.native())
            if variable.constraint is not None:
                self.network.constrain(start, index, variable.constraint.native())
        if layer.seed_generator is not None:
            state = self.network.state(start)
            state[...] = layer.seed_generator.state
            self._borrowed_states.append((layer, layer.seed_generator, state))

    def _adopt(self, home: object) -> None:
        """Make the network the place of the layers that have no other; no error comes from here."""
        moving = set()
        for layer, _ in self.spans:
            owner = None if layer.home is None else layer.home()
            if owner is None or owner is home:
                moving.add(layer)
                layer.home = weakref.ref(home)
        for layer, variable, view in self._borrowed:
            if layer in moving:
                variable.memory = view
        for layer, generator, state in self._borrowed_states:
            if layer in moving:
                generator.state = state
        self._borrowed = [link for link in self._borrowed if link[0] not in moving]
        self._borrowed_states = [link for link in self._borrowed_states if link[0] not in moving]

    def apply_trainable(self, everything: bool = True) -> None:
        """Tell the network which layers are frozen; all are, unless `everything`."""
        for layer, span in self.spans:
            for number in span:
                self.network.set_trainable(number, everything and layer.trainable)

    @contextmanager
    def borrowed(self, writes: bool) -> Iterator[None]:
        """Have what is borrowed copied in before, and out after, if it is changed."""
        for _, variable, view in self._borrowed:
            view[...] = variable.memory
        for _, generator, state in self._borrowed_states:
            state[...] = generator.state
        try:
            yield
        finally:
            if writes:
                for _, variable, view in self._borrowed:
                    variable.memory[...] = view
                for _, generator, state in self._borrowed_states:
                    generator.state[...] = state

    def predict(self, x: AnyArray, training: bool) -> AnyArray:
        """Return the outputs for one batch."""
        return self.network.predict(x, max(len(x), 1), lambda steps: None, training=training)
