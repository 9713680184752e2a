"""Rows of numbers for whole numbers."""

from typing import Any

import numpy as np

from .. import _native, constraints, initializers, regularizers
from .._network import describe
from .._shapes import BatchShape, standardize_batch_shape
from .._variables import Weight
from ..initializers._base import warn
from ._layer import Layer, refuse


class Embedding(Layer):
    """The row of a table that each whole number in the inputs means; only as the first layer.

    Parameters
    ----------
    input_dim : int
        Rows of the table; inputs are in [0, input_dim).
    output_dim : int
        Numbers in a row.
    embeddings_initializer, embeddings_regularizer, embeddings_constraint
        See `Dense`.
    weights : array_like or list of one, optional
        The table.
    mask_zero, lora_rank, lora_alpha, quantization_config
        As in Keras; only the defaults.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a wrong value.
    NotImplementedError
        For what Keras has and Fanin hasn't.
    """

    _builds = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: None = None,
        lora_alpha: None = None,
        quantization_config: None = None,
        **kwargs: Any,
    ) -> None:
        for name, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value <= 0:
                raise ValueError(
                    f"`{name}` must be a positive integer. "
                    f"Received: {name}={value} (of type {type(value).__name__})."
                )
        refuse(
            mask_zero=mask_zero,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
        )
        if kwargs.pop("input_length", None) is not None:
            warn("Argument `input_length` is deprecated. Just remove it.")
        super().__init__(**kwargs)
        self.input_dim = int(input_dim)
        self.output_dim = int(output_dim)
        self.embeddings_initializer = self._initializer(
            "embeddings_initializer", embeddings_initializer
        )
        self.embeddings_regularizer = regularizers.get(embeddings_regularizer)
        self.embeddings_constraint = constraints.get(embeddings_constraint)
        if weights is not None:
            self.build((None,))
            one = isinstance(weights, list) and len(weights) == 1
            self.set_weights(weights if one else [weights])

    @property
    def embeddings(self) -> Weight:
        """The table (input_dim, output_dim), see `Dense.kernel`.

        Raises
        ------
        AttributeError
            If the layer is not built.
        """
        if not self.built:
            raise AttributeError("You must build the layer before accessing `embeddings`.")
        return self._variables[0].value

    def _create(self, shape: BatchShape) -> None:
        self._add(
            "embeddings",
            (self.input_dim, self.output_dim),
            self.embeddings_initializer,
            self.embeddings_regularizer,
            self.embeddings_constraint,
        )

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return `input_shape` with the size of a row at the end."""
        return (*standardize_batch_shape(input_shape), self.output_dim)

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [describe(_native.EMBEDDING, input_dim=self.input_dim, units=self.output_dim)]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, with weights of its own."""
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            "embeddings_regularizer": regularizers.serialize(self.embeddings_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "embeddings_constraint": constraints.serialize(self.embeddings_constraint),
            "mask_zero": False,
            "quantization_config": None,
        }
