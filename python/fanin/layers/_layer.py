"""What all layers have in common."""

import itertools
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from .. import _arrays, _native, _session, initializers, regularizers
from .._shapes import BatchShape, known, standardize_batch_shape
from .._variables import Tensor, Variable, initial
from .._weights import Weighted
from ..initializers._base import warn
from ..random import SeedGenerator
from . import _pieces
from ._symbolic import KerasTensor, Origin

AnyArray = npt.NDArray[Any]

#: Which of all layers is made next, counted.
_serial_numbers = itertools.count()

# The names of the models that are being built, which begin the paths of variables.
_scope: ContextVar[tuple[str, ...]] = ContextVar("_scope", default=())


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Put `name` before the paths of the variables that are made."""
    token = _scope.set((*_scope.get(), name))
    try:
        yield
    finally:
        _scope.reset(token)


def layer_dtype(dtype: Any) -> np.dtype[Any]:
    """Return the dtype of a layer; None is `config.floatx()`.

    Raises
    ------
    ValueError
        If it is not floating.
    NotImplementedError
        If it is one that Keras has and Fanin hasn't.
    """
    if isinstance(dtype, dict):
        dtype = dtype.get("config", {}).get("name")
    if str(dtype) in ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16"):
        raise NotImplementedError(f"`dtype` must be float32 or float64. Received: dtype={dtype}")
    result = _arrays.standardize_dtype(dtype)
    if result.kind != "f":
        raise ValueError(f"`dtype` must be float32 or float64. Received: dtype={dtype}")
    return result


def _has_own_call(cls: type) -> bool:
    ours = __name__.partition(".")[0]
    return any("call" in vars(c) and c.__module__.partition(".")[0] != ours for c in cls.__mro__)


class Layer(Weighted):
    """The base of all layers.

    Parameters
    ----------
    activity_regularizer : optional
        Whatever `regularizers.get` takes, of L1, L2 and L1L2: what the outputs cost, divided by the
        batch's size.
    trainable : bool
    dtype : optional
        float32 or float64, one for all layers of a model; by default `config.floatx()`.
    autocast : bool
        Accepted for Keras's sake; it changes nothing.
    name : str, optional
        Without "/". By default the class's: dense, dense_1, ...
    input_shape, input_dim : optional
        For the first layer, instead of an `Input` (with a UserWarning, as in Keras).

    Raises
    ------
    ValueError
        For a wrong value or an unknown argument.
    NotImplementedError
        For what Keras has and Fanin hasn't, such as a class with a `call` of its own.
    """

    # Whether the first shape builds it; a layer without state is built at once, as in Keras.
    _builds = False
    # The smallest number of axes of a batch.
    _min_ndim = 1
    #: What Keras notes, in descriptions of functional models, that the layer is called with.
    call_arguments: ClassVar[dict[str, Any]] = {}
    #: Whether `Model.reinitialize` draws the variables anew.
    is_drawn = True

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        if _has_own_call(type(self)):
            raise NotImplementedError(
                f"{type(self).__name__} has a `call` of its own, which needs automatic "
                "differentiation: Fanin trains chains of the layers in fanin.layers."
            )
        if name is None:
            name = _session.automatic_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`. "
                f"Received: name={name} (of type {type(name)})"
            )
        self.name = name
        self._dtype = layer_dtype(dtype)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        # Checked here, where the caller sees it.
        if self.activity_regularizer is not None:
            _pieces.activity_regularization(self.activity_regularizer)
        input_dim, input_shape = kwargs.pop("input_dim", None), kwargs.pop("input_shape", None)
        #: (features,) where `input_shape` or `input_dim` was given.
        self.given_input_shape = input_shape if input_dim is None else (input_dim,)
        if self.given_input_shape is not None:
            warn(
                "Do not pass an `input_shape`/`input_dim` argument to a layer. When using "
                "Sequential models, prefer using an `Input(shape)` object as the first layer in "
                "the model instead."
            )
        if kwargs:
            raise ValueError(
                f"Unrecognized keyword arguments passed to {type(self).__name__}: {kwargs}"
            )
        if not isinstance(trainable, bool):
            raise ValueError(
                "Expected `trainable` to be a boolean. "
                f"Received: trainable={trainable} (of type {type(trainable)})"
            )
        self._trainable = trainable
        self._autocast = autocast
        #: Which of all layers this is, in the order in which they were made.
        self.serial_number = next(_serial_numbers)
        #: The model in whose native memory the variables lie.
        self.home: weakref.ref[Any] | None = None
        #: Initializers and seed generators in the order in which they draw their seeds.
        self.random: list[Any] = []
        self.seed_generator: SeedGenerator | None = None
        #: The native parameters in order; some are no weights for Keras.
        self.parameters: list[Variable] = []
        self._variables: list[Variable] = []
        self._path = name
        self._build_shape: BatchShape | None = None
        self._built = not self._builds
        # Weak, because tensors know their layers.
        self._calls: list[weakref.ref[KerasTensor]] = []

    def __repr__(self) -> str:
        """Return the name, and whether the layer is built."""
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"

    # -- What a layer is ---------------------------------------------------------------------------

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return self._dtype.name

    @property
    def path(self) -> str:
        """The names of the model it was built in and of the layer, with "/" between them."""
        return self._path

    @property
    def built(self) -> bool:
        """Whether the variables have been made."""
        return self._built

    @property
    def trainable(self) -> bool:
        """Whether training changes the layer; set before `compile`."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for variable in self._variables:
            variable.trainable = self._trainable and variable.can_train

    @property
    def variables(self) -> list[Variable]:
        """All variables, in Keras's order; an empty list if there are none yet."""
        return list(self._variables)

    @property
    def losses(self) -> list[Any]:
        """What the regularizers of the weights cost."""
        return [
            variable.regularizer(variable.value)
            for variable in self.trainable_variables
            if variable.regularizer is not None
        ]

    @property
    def leaves(self) -> list["Layer"]:
        """The layers that this one is made of: itself, or a model's layers, without inputs."""
        return [self]

    # -- What a kind of layer defines --------------------------------------------------------------

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return the shape of the outputs for batches of a shape.

        Raises
        ------
        ValueError
            If they do not fit the layer.
        """
        return standardize_batch_shape(input_shape)

    def _create(self, shape: BatchShape) -> None:
        """Make the variables for batches of `shape`, by `_add`."""

    def _check(self, shape: BatchShape) -> None:
        """Raise ValueError if batches of `shape` do not fit the variables."""

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        """Return the native layers that compute it; all parameters are the first one's."""
        name = type(self).__name__
        raise NotImplementedError(f"Layer {name} does not have a `call` method implemented.")

    # -- Building ----------------------------------------------------------------------------------

    def build(self, input_shape: Any = None) -> None:
        """Make the variables, if they have not been made.

        Parameters
        ----------
        input_shape : tuple
            Of a batch: (None, features).

        Raises
        ------
        ValueError
            If the layer is built for another shape, or the shape doesn't tell enough.
        """
        shape = standardize_batch_shape(input_shape)
        self.check_input_shape(shape)
        if self._built:
            return
        self._path = "/".join((*_scope.get(), self.name))
        try:
            self._create(shape)
        except BaseException:
            self.parameters, self._variables = [], []
            raise
        self._built = True
        self._build_shape = shape

    def check_input_shape(self, shape: BatchShape) -> None:
        """Check that batches of `shape` fit the layer.

        Raises
        ------
        ValueError
            If they do not.
        """
        if len(shape) < self._min_ndim:
            raise ValueError(
                f"{self._incompatible()}min_ndim={self._min_ndim}, found ndim={len(shape)}. "
                f"Full shape received: {shape}"
            )
        if self._built:
            self._check(shape)

    def _check_axes(self, shape: BatchShape, sizes: dict[int, int | None]) -> None:
        """Raise ValueError if axes of a batch do not have these sizes."""
        for axis, size in sizes.items():
            if size is not None and shape[axis] not in (size, None):
                raise ValueError(
                    f"{self._incompatible()}axis {axis} of input shape to have value {size}, but "
                    f"received input with shape {shape}"
                )

    def _check_ndim(self, shape: BatchShape, ndim: int) -> None:
        """Raise ValueError if a batch does not have as many axes."""
        if len(shape) != ndim:
            raise ValueError(
                f"{self._incompatible()}ndim={ndim}, found ndim={len(shape)}. "
                f"Full shape received: {shape}"
            )

    def _incompatible(self) -> str:
        return (
            f"Input 0 with name 'None' of layer '{self.name}' is incompatible with the layer: "
            "expected "
        )

    def _add(
        self,
        name: str,
        shape: Sequence[int | None],
        initializer: Any,
        regularizer: Any = None,
        constraint: Any = None,
        can_train: bool = True,
        hidden: bool = False,
    ) -> Variable:
        """Make the next native parameter; a hidden one is no weight for Keras."""
        path = f"{self._path}/{name}"
        sizes = known(tuple(shape), path)
        values = initial(initializer, name, sizes, self._dtype)
        variable = Variable(name, path, values, initializer, can_train, regularizer, constraint)
        variable.trainable = can_train and self._trainable
        self.parameters.append(variable)
        if not hidden:
            self._variables.append(variable)
        return variable

    def _initializer(self, argument: str, identifier: Any) -> Any:
        """Return the initializer that an argument means, which draws its seed if it has none."""
        found = initializers.get(identifier)
        if found is None:
            raise NotImplementedError(f"`{argument}` must be an initializer. Received: None")
        self.random.append(found)
        return found

    def _draws(self, seed: int | None) -> None:
        """Let the layer have random numbers in training."""
        self.seed_generator = SeedGenerator(seed)
        self.random.append(self.seed_generator)

    def native(self, input_shape: BatchShape) -> list[_native.Layer]:
        """Return the native layers that compute it; all parameters are the first one's."""
        layers = self._stages(input_shape)
        if self.activity_regularizer is not None:
            layers.append(_pieces.activity_regularization(self.activity_regularizer))
        return layers

    # -- Calling -----------------------------------------------------------------------------------

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the outputs for a batch, or the symbolic tensor that stands for them.

        The first call makes the weights.

        Parameters
        ----------
        inputs : array_like or KerasTensor
        training : bool, optional
            Whether the layer behaves as in training: it drops, uses the batch's statistics. Of
            arrays only; models are trained with True, everything else is computed with False.

        Raises
        ------
        ValueError
            If the inputs do not fit the layer.
        NotImplementedError
            For several symbolic tensors at once.
        """
        if isinstance(inputs, KerasTensor):
            if training:
                raise NotImplementedError(
                    "`training` of a layer in a functional model must be None or False: what a "
                    f"layer does follows `fit` and `predict`. Received: training={training}"
                )
            return self._call_symbolic(inputs)
        if isinstance(inputs, list | tuple | dict):
            values = inputs.values() if isinstance(inputs, dict) else inputs
            if any(isinstance(value, KerasTensor) for value in values):
                raise single_chain(f"{self} of {len(inputs)} tensors")
        data = self._conform(_arrays.matrix("inputs", inputs, np.dtype(self.dtype)))
        self._prepare(data.shape)
        return self._compute(data, bool(training)).view(Tensor)

    def _call_symbolic(self, inputs: KerasTensor) -> KerasTensor:
        self._prepare(inputs.shape)
        outputs = KerasTensor(self.compute_output_shape(inputs.shape), self._dtype)
        outputs.origin = Origin(self, inputs)
        self._calls = [call for call in self._calls if call() is not None]
        self._calls.append(weakref.ref(outputs))
        return outputs

    def _conform(self, data: AnyArray) -> AnyArray:
        """Return data with as many axes as the inputs have, where one can come or go."""
        return data

    def _prepare(self, shape: BatchShape) -> None:
        """Build the layer for batches of `shape`, or check that they fit."""
        self.build(shape)

    def _compute(self, data: AnyArray, training: bool) -> AnyArray:
        from .._chain import Chain

        chain = Chain([self], data.shape)
        with chain.borrowed(writes=training):
            return chain.predict(data, training)

    @property
    def calls(self) -> list[KerasTensor]:
        """The symbolic tensors that came out of the layer and are still in use."""
        return [tensor for call in self._calls if (tensor := call()) is not None]

    @property
    def input(self) -> Any:
        """The symbolic tensor that the layer was first called with.

        Raises
        ------
        AttributeError
            If it wasn't.
        """
        origin = self._first_call("input").origin
        return origin.inputs if origin is not None else None

    @property
    def output(self) -> Any:
        """The symbolic tensor that the layer first gave.

        Raises
        ------
        AttributeError
            If it wasn't called.
        """
        return self._first_call("output")

    def _first_call(self, attribute: str) -> KerasTensor:
        calls = self.calls
        if not calls:
            raise AttributeError(
                f"The layer {self.name} has never been called and thus has no defined {attribute}."
            )
        return calls[0]

    # -- Descriptions ------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, with weights of its own."""
        config = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": dtype_config(self._dtype.name),
        }
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the layer that `get_config` describes."""
        return cls(**config)

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` needs: the shape that the layer was built for."""
        return None if self._build_shape is None else {"input_shape": self._build_shape}

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Make the weights for the shape in what `get_build_config` returned."""
        if config and config.get("input_shape") is not None:
            self.build(config["input_shape"])


def dtype_config(name: str) -> dict[str, Any]:
    """Return Keras's description of a dtype."""
    return {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": name},
        "registered_name": None,
    }


def single_chain(received: str) -> NotImplementedError:
    """Return the error that says what Fanin is for."""
    return NotImplementedError(
        "Fanin is for dense networks that are a single chain of layers: one input, one output, "
        f"each layer once. Branching models are not implemented. Received: {received}"
    )


def refuse(**arguments: Any) -> None:
    """Raise NotImplementedError for arguments of Keras that are given and are not here."""
    for name, value in arguments.items():
        if value is not None and value is not False:
            raise NotImplementedError(f"`{name}` is not implemented. Received: {name}={value}")
