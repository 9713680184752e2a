"""The dense layer."""

from typing import Any

import numpy as np

from .. import _native, activations, constraints, initializers, regularizers
from .._network import describe
from .._shapes import BatchShape, standardize_batch_shape
from .._variables import Weight
from . import _pieces
from ._layer import Layer, refuse


class Dense(Layer):
    """activation(x @ kernel + bias): x (..., inputs), kernel (inputs, units), bias (units).

    Parameters
    ----------
    units : int
        > 0.
    activation : str or function of `fanin.activations`, optional
        By default linear.
    use_bias : bool
    kernel_initializer, bias_initializer
        Whatever `initializers.get` takes, or a function f(shape, dtype=...). One without a seed
        draws its seed here, when it is made from a name, as in Keras.
    kernel_regularizer, bias_regularizer, activity_regularizer : optional
        Whatever `regularizers.get` takes; `activity_regularizer` see `Layer`.
    kernel_constraint, bias_constraint : optional
        Whatever `constraints.get` takes.
    lora_rank, lora_alpha, quantization_config
        As in Keras; only None.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a wrong value or an unknown argument.
    NotImplementedError
        For what Keras has and Fanin hasn't.
    """

    _builds = True
    _min_ndim = 2

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
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
        refuse(lora_rank=lora_rank, lora_alpha=lora_alpha, quantization_config=quantization_config)
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self.units = int(units)
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = self._initializer("kernel_initializer", kernel_initializer)
        self.bias_initializer = self._initializer("bias_initializer", bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    @property
    def kernel(self) -> Weight:
        """The kernel (inputs, units): in a model that is built, a view of the native memory.

        Raises
        ------
        AttributeError
            If the layer is not built.
        """
        if not self.built:
            raise AttributeError("You must build the layer before accessing `kernel`.")
        return self._variables[0].value

    @property
    def bias(self) -> Weight | None:
        """The bias (units), see `kernel`; None if the layer has none.

        Raises
        ------
        AttributeError
            If the layer is not built.
        """
        if not self.built:
            raise AttributeError("You must build the layer before accessing `bias`.")
        return self._variables[1].value if self.use_bias else None

    def _create(self, shape: BatchShape) -> None:
        self._add(
            "kernel",
            (shape[-1], self.units),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        if self.use_bias:
            self._add(
                "bias",
                (self.units,),
                self.bias_initializer,
                self.bias_regularizer,
                self.bias_constraint,
            )

    def _check(self, shape: BatchShape) -> None:
        self._check_axes(shape, {-1: self._variables[0].shape[0]})

    @property
    def _halves(self) -> bool:
        return self.activation is activations.glu

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return `input_shape` with the units as the last size.

        Raises
        ------
        ValueError
            If the units can't be halved, for glu.
        """
        units = self.units
        if self._halves:
            if units % 2:
                raise ValueError(f"glu needs an even number of units. Received: units={units}")
            units //= 2
        return (*standardize_batch_shape(input_shape)[:-1], units)

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        # What glu halves is no activation of a dense layer's own.
        inside = activations.linear if self._halves else self.activation
        kind, constants = activations.native(inside)
        flags = _native.FIRST if self.use_bias else 0
        dense = describe(
            _native.DENSE, activation=kind, constants=constants, flags=flags, units=self.units
        )
        return [dense, _pieces.activation(self.activation)] if self._halves else [dense]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, with weights of its own."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            "quantization_config": None,
        }
