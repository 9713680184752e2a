"""The input of a model."""

import operator
from typing import Any

from .. import _arrays, _native
from .._shapes import BatchShape, standardize_batch_shape
from ._layer import Layer
from ._symbolic import KerasTensor, Origin


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
        input_tensor: KerasTensor | None = None,
        optional: bool = False,
        name: str | None = None,
    ) -> None:
        for argument, value in (
            ("sparse", sparse),
            ("ragged", ragged),
            ("input_tensor", input_tensor),
            ("optional", optional),
        ):
            if value is not None and value is not False:
                raise NotImplementedError(
                    f"`{argument}` is not implemented. Received: {argument}={value}"
                )
        if shape is not None and batch_shape is not None:
            raise ValueError("You cannot pass both `shape` and `batch_shape` at the same time.")
        if batch_size is not None and batch_shape is not None:
            raise ValueError(
                "You cannot pass both `batch_size` and `batch_shape` at the same time."
            )
        if shape is None and batch_shape is None:
            raise ValueError("You must pass a `shape` argument.")
        if batch_shape is None:
            size = None if batch_size is None else operator.index(batch_size)
            batch_shape = (size, *standardize_batch_shape(shape))
        self.batch_shape: BatchShape = standardize_batch_shape(batch_shape)
        super().__init__(name=name)
        self._input_dtype = _arrays.standardize_dtype(dtype).name
        tensor = KerasTensor(self.batch_shape, self._input_dtype, name)
        tensor.origin = Origin(self, None)
        self._tensor = tensor

    @property
    def dtype(self) -> str:
        """The name of the dtype; data is cast to that of the layers in any case."""
        return self._input_dtype

    @property
    def leaves(self) -> list[Layer]:
        """An empty list: an input computes nothing."""
        return []

    @property
    def calls(self) -> list[KerasTensor]:
        """The symbolic tensor that stands for the input."""
        return [self._tensor]

    def _call_symbolic(self, inputs: KerasTensor) -> KerasTensor:
        raise ValueError(f"An input can't be called. Received: {inputs}")

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return []

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal input."""
        return {
            "batch_shape": self.batch_shape,
            "dtype": self.dtype,
            "sparse": False,
            "ragged": False,
            "name": self.name,
            "optional": False,
        }


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
) -> KerasTensor:
    """Return the symbolic tensor that a model begins with.

    It is the first entry of a `Sequential`, whose weights are then made at once and not with the
    first data, or what the first layer of a functional `Model` is called with.

    Parameters
    ----------
    shape : tuple
        (features,), without the batch's axis.
    batch_size : int, optional
        Is shown in summaries; batches of other sizes are taken all the same.
    batch_shape : tuple
        (None, features), instead of `shape`.
    name : str, optional
    dtype : optional
        Data is cast to the dtype of the layers in any case.
    sparse, ragged, tensor, optional
        As in Keras; only the defaults.

    Raises
    ------
    ValueError
        For a wrong shape.
    NotImplementedError
        For other values of the last four.
    """
    layer = InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name
    )
    return layer._tensor
