"""Layers, as in keras.layers: the input and the dense layer."""

import itertools
import operator
import warnings
import weakref
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from . import _arrays, _session, activations, initializers
from ._weights import Weighted

__all__ = ["Dense", "Input", "InputLayer", "Layer"]

AnyArray = npt.NDArray[Any]
BatchShape = tuple[int | None, ...]
InitializerLike = str | dict[str, Any] | Callable[..., Any] | AnyArray

_created = itertools.count()


def standardize_batch_shape(shape: Any) -> BatchShape:
    """Return `shape` as a tuple of sizes, each an integer >= 0 or None.

    Raises
    ------
    ValueError
        If it is none.
    """
    if not isinstance(shape, tuple | list):
        raise ValueError(f"Cannot convert '{shape}' to a shape.")
    try:
        sizes = tuple(None if size is None else operator.index(size) for size in shape)
    except TypeError as error:
        raise ValueError(f"Cannot convert '{shape}' to a shape. {error}") from error
    if any(size is not None and size < 0 for size in sizes):
        raise ValueError(
            f"Cannot convert '{shape}' to a shape. Negative dimensions are not allowed."
        )
    return sizes


def _standardize_dtype(dtype: Any) -> np.dtype[Any]:
    if isinstance(dtype, dict):
        dtype = dtype.get("config", {}).get("name")
    if str(dtype) in ("mixed_float16", "mixed_bfloat16", "float16", "bfloat16"):
        raise NotImplementedError(f"`dtype` must be float32 or float64. Received: dtype={dtype}")
    result = _arrays.standardize_dtype(dtype)
    if result.kind != "f":
        raise ValueError(f"`dtype` must be float32 or float64. Received: dtype={dtype}")
    return result


class Layer:
    """What layers have in common: a name and a dtype.

    Parameters
    ----------
    name : str, optional
        Without "/". By default the class's: dense, dense_1, ...
    dtype : optional
        float32 (the default) or float64.

    Raises
    ------
    ValueError
        For a wrong name or dtype.
    NotImplementedError
        For a dtype that Keras has and Fanin hasn't.
    """

    def __init__(self, name: str | None, dtype: Any) -> None:
        if name is None:
            name = _session.automatic_name(type(self).__name__)
        if not isinstance(name, str) or "/" in name:
            raise ValueError(
                "Argument `name` must be a string and cannot contain character `/`. "
                f"Received: name={name} (of type {type(name)})"
            )
        self.name = name
        self._dtype = _standardize_dtype(dtype)

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return self._dtype.name


class InputLayer(Layer):
    """The shape of a model's input; see `Input`."""

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
    ) -> None:
        for argument, value in (
            ("batch_size", batch_size),
            ("sparse", sparse),
            ("ragged", ragged),
            ("input_tensor", input_tensor),
            ("optional", optional),
        ):
            if value:
                raise NotImplementedError(
                    f"`{argument}` is not implemented. Received: {argument}={value}"
                )
        if shape is not None and batch_shape is not None:
            raise ValueError("You cannot pass both `shape` and `batch_shape` at the same time.")
        if shape is None and batch_shape is None:
            raise ValueError("You must pass a `shape` argument.")
        if batch_shape is None:
            self.batch_shape: BatchShape = (None, *standardize_batch_shape(shape))
        else:
            self.batch_shape = standardize_batch_shape(batch_shape)
        super().__init__(name, dtype)

    @property
    def shape(self) -> BatchShape:
        """The shape of a batch, (None, features)."""
        return self.batch_shape


def Input(  # noqa: N802 - Keras's name
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> InputLayer:
    """Return the first entry of a `Sequential`, which tells the number of features.

    With it the weights are made at once, without it when the first data arrives.

    Parameters
    ----------
    shape : tuple
        (features,), without the batch's axis.
    batch_shape : tuple
        (None, features), instead of `shape`.
    name : str, optional
    dtype : optional
        Data is cast to the dtype of the layers in any case.
    batch_size, sparse, ragged, tensor, optional
        As in Keras; only the defaults.

    Raises
    ------
    ValueError
        For a wrong shape.
    NotImplementedError
        For other values of the last five.
    """
    return InputLayer(shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name)


# Arguments of Keras's Dense that are not there yet, with the value that leaves them off.
_NOT_YET_ARGUMENTS: dict[str, Any] = {"trainable": True, "autocast": True}


class Dense(Weighted, Layer):
    """activation(x @ kernel + bias): x (rows, inputs), kernel (inputs, units), bias (units).

    Parameters
    ----------
    units : int
        > 0.
    activation : str or function of `fanin.activations`, optional
        linear (the default), relu, sigmoid, softmax or tanh.
    use_bias : bool
    kernel_initializer, bias_initializer
        Whatever `initializers.get` takes, or a function f(shape, dtype=...). One without a seed
        draws its seed here, when it is made from a name, as in Keras.
    kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint
    lora_rank, lora_alpha, quantization_config, trainable, autocast
        As in Keras; only the defaults.
    name : str, optional
    dtype : optional
        float32 or float64, one for all layers of a model.
    input_shape, input_dim : optional
        For the first layer, instead of an `Input` (with a UserWarning, as in Keras).

    Raises
    ------
    ValueError
        For a wrong value or an unknown argument.
    NotImplementedError
        For what Keras has and Fanin hasn't.
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: InitializerLike = "glorot_uniform",
        bias_initializer: InitializerLike = "zeros",
        kernel_regularizer: None = None,
        bias_regularizer: None = None,
        activity_regularizer: None = None,
        kernel_constraint: None = None,
        bias_constraint: None = None,
        lora_rank: None = None,
        lora_alpha: None = None,
        quantization_config: None = None,
        **kwargs: Any,
    ) -> None:
        if isinstance(units, bool) or not isinstance(units, int | np.integer) or units <= 0:
            raise ValueError(
                "Received an invalid value for `units`, expected a positive integer. "
                f"Received: units={units}"
            )
        unset = {
            "kernel_regularizer": kernel_regularizer,
            "bias_regularizer": bias_regularizer,
            "activity_regularizer": activity_regularizer,
            "kernel_constraint": kernel_constraint,
            "bias_constraint": bias_constraint,
            "lora_rank": lora_rank,
            "lora_alpha": lora_alpha,
            "quantization_config": quantization_config,
        }
        for argument, value in unset.items():
            if value is not None:
                raise NotImplementedError(
                    f"`{argument}` is not implemented. Received: {argument}={value}"
                )
        for argument, default in _NOT_YET_ARGUMENTS.items():
            value = kwargs.pop(argument, default)
            if value != default:
                raise NotImplementedError(
                    f"`{argument}` must be {default}. Received: {argument}={value}"
                )
        name, dtype = kwargs.pop("name", None), kwargs.pop("dtype", None)
        input_dim, input_shape = kwargs.pop("input_dim", None), kwargs.pop("input_shape", None)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to Dense: {kwargs}")
        super().__init__(name, dtype)
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = _initializer("kernel_initializer", kernel_initializer)
        self.bias_initializer = _initializer("bias_initializer", bias_initializer)
        #: (features,) where `input_shape` or `input_dim` was given.
        self.given_input_shape = input_shape if input_dim is None else (input_dim,)
        if self.given_input_shape is not None:
            warnings.warn(
                "Do not pass an `input_shape`/`input_dim` argument to a layer. When using "
                "Sequential models, prefer using an `Input(shape)` object as the first layer in "
                "the model instead.",
                stacklevel=2,
            )
        #: Which of all layers this is, in the order in which they were made.
        self.serial_number = next(_created)
        #: The model that the layer belongs to.
        self.model: weakref.ref[Any] | None = None
        self._weights: list[AnyArray] = []

    def __repr__(self) -> str:
        """Return the name, and whether the layer is built."""
        return f"<Dense name={self.name}, built={self.built}>"

    def __call__(self, inputs: Any) -> Any:
        """Raise NotImplementedError: layers are stacked in a `Sequential`.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(
            "A layer can't be called; stack layers with fanin.Sequential([...])."
        )

    @property
    def built(self) -> bool:
        """Whether the weights have been made."""
        return bool(self._weights)

    @property
    def kernel(self) -> AnyArray:
        """The kernel (inputs, units): in a model that is built, a view of the native memory.

        Raises
        ------
        AttributeError
            If the layer is not built.
        """
        if not self._weights:
            raise AttributeError("You must build the layer before accessing `kernel`.")
        return self._weights[0]

    @property
    def bias(self) -> AnyArray | None:
        """The bias (units), see `kernel`; None if the layer has none.

        Raises
        ------
        AttributeError
            If the layer is not built.
        """
        if not self._weights:
            raise AttributeError("You must build the layer before accessing `bias`.")
        return self._weights[1] if self.use_bias else None

    @property
    def weights(self) -> list[AnyArray]:
        """Kernel and bias, see `kernel`; an empty list if the layer is not built."""
        return list(self._weights)

    def build(self, input_shape: Any) -> None:
        """Make the weights, of a layer that belongs to no model yet.

        Parameters
        ----------
        input_shape : tuple
            (None, inputs).

        Raises
        ------
        ValueError
            If the layer is built for another shape, or the shape doesn't tell the inputs.
        """
        inputs = self.check_input_shape(standardize_batch_shape(input_shape))
        if not self._weights:
            kernel = np.zeros((inputs, self.units), self._dtype)
            bias = np.zeros(self.units, self._dtype) if self.use_bias else None
            self.draw(kernel, bias)
            self.adopt(kernel, bias)

    def check_input_shape(self, shape: BatchShape) -> int:
        """Return the number of inputs for batches of `shape`.

        Raises
        ------
        ValueError
            If they do not fit the layer.
        NotImplementedError
            If there are more than two axes.
        """
        start = f"Input 0 of layer '{self.name}' is incompatible with the layer: expected "
        if len(shape) < 2:
            raise ValueError(
                f"{start}min_ndim=2, found ndim={len(shape)}. Full shape received: {shape}"
            )
        if len(shape) > 2:
            raise NotImplementedError(
                f"{start}rows of features, shape (rows, features); reshape the data with "
                f"x.reshape(len(x), -1). Full shape received: {shape}"
            )
        inputs = shape[1]
        if inputs is None:
            raise ValueError(
                "Shapes used to initialize variables must be fully-defined (no `None` "
                f"dimensions). Received: shape=(None, {self.units}) for variable "
                f"path='{self.name}/kernel'"
            )
        if self._weights and inputs != len(self.kernel):
            raise ValueError(
                f"{start}axis -1 of input shape to have value {len(self.kernel)}, but received "
                f"input with shape {shape}"
            )
        return inputs

    def draw(self, kernel: AnyArray, bias: AnyArray | None) -> None:
        """Fill `kernel` and `bias` by the layer's initializers.

        Raises
        ------
        ValueError
            If a function of one's own returns something of another shape.
        """
        _initialize("kernel_initializer", self.kernel_initializer, kernel)
        if bias is not None:
            _initialize("bias_initializer", self.bias_initializer, bias)

    def adopt(self, kernel: AnyArray, bias: AnyArray | None) -> None:
        """Take these arrays as the layer's weights."""
        self._weights = [kernel] if bias is None else [kernel, bias]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, with weights of its own."""
        return {
            "name": self.name,
            "trainable": True,
            "dtype": {
                "module": "keras",
                "class_name": "DTypePolicy",
                "config": {"name": self.dtype},
                "registered_name": None,
            },
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": None,
            "bias_regularizer": None,
            "kernel_constraint": None,
            "bias_constraint": None,
            "quantization_config": None,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the layer that `get_config` describes."""
        return cls(**config)


def _initializer(argument: str, identifier: InitializerLike) -> Any:
    if identifier is None:
        raise NotImplementedError(f"`{argument}` must be an initializer. Received: None")
    return initializers.get(identifier)


def _initialize(argument: str, initializer: Any, out: AnyArray) -> None:
    if isinstance(initializer, initializers.Initializer):
        initializer.fill(out)
        return
    values = _arrays.matrix(argument, initializer(out.shape, dtype=out.dtype.name), out.dtype)
    if values.shape != out.shape:
        raise ValueError(
            f"`{argument}` must return an array of shape {out.shape}. Received: {values.shape}"
        )
    out[...] = values
