"""Layers that leave the values as they are."""

import math
import operator
from typing import Any

from .. import _native
from .._shapes import BatchShape, standardize_batch_shape
from . import _pieces
from ._layer import Layer


class Identity(Layer):
    """The inputs.

    Parameters
    ----------
    **kwargs
        See `Layer`.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [_pieces.reshape(shape[1:])]


class Flatten(Layer):
    """The values of a sample in one row.

    Parameters
    ----------
    data_format : str, optional
        "channels_last", the default, or "channels_first" where samples have one axis.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For another data format.
    NotImplementedError
        For channels_first with samples of several axes.
    """

    _builds = True

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_format = "channels_last" if data_format is None else str(data_format).lower()
        if self.data_format not in ("channels_first", "channels_last"):
            raise ValueError(
                "The `data_format` argument must be one of {'channels_first', 'channels_last'}. "
                f"Received: data_format={data_format}"
            )

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return (rows, values of a sample)."""
        shape = standardize_batch_shape(input_shape)
        if self.data_format == "channels_first" and len(shape) > 2:
            raise NotImplementedError(
                'data_format="channels_first" is not implemented. '
                f"Received: data_format={self.data_format}"
            )
        sizes = [size for size in shape[1:] if size is not None]
        return (shape[0], math.prod(sizes) if len(sizes) == len(shape) - 1 else None)

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [_pieces.reshape(self.compute_output_shape(shape)[1:])]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "data_format": self.data_format}


class Reshape(Layer):
    """The values of a sample in another shape.

    Parameters
    ----------
    target_shape : tuple
        Of a sample; one size may be -1.
    **kwargs
        See `Layer`.

    Raises
    ------
    TypeError
        If it is no sequence of integers.
    ValueError
        If there are two -1, or a size is negative.
    """

    def __init__(self, target_shape: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        sizes = tuple(map(operator.index, target_shape))
        if sizes.count(-1) > 1:
            raise ValueError(
                "There must be at most one unknown dimension (-1) in `target_shape`. "
                f"Received: target_shape={sizes}."
            )
        if any(size < -1 for size in sizes):
            raise ValueError(
                f"The sizes in `target_shape` must be -1 or more. Received: target_shape={sizes}"
            )
        self.target_shape = sizes

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return the batch's size and the target shape.

        Raises
        ------
        ValueError
            If the numbers of values differ.
        """
        rows, *own = standardize_batch_shape(input_shape)
        sizes = [size for size in own if size is not None]
        if len(sizes) < len(own):
            return (rows, *(None if size == -1 else size for size in self.target_shape))
        count, rest = math.prod(sizes), math.prod(s for s in self.target_shape if s != -1)
        fits = (count % rest == 0 if rest else False) if -1 in self.target_shape else count == rest
        if not fits:
            raise ValueError(
                "The total size of the tensor must be unchanged. "
                f"Received: input_shape={tuple(own)}, target_shape={self.target_shape}"
            )
        return (rows, *(count // rest if size == -1 else size for size in self.target_shape))

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [_pieces.reshape(self.compute_output_shape(shape)[1:])]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "target_shape": self.target_shape}
