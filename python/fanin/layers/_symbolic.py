"""Symbolic tensors: what functional models are written with."""

from typing import TYPE_CHECKING, Any, NamedTuple

from .. import _arrays, _session
from .._shapes import BatchShape, standardize_batch_shape

if TYPE_CHECKING:
    from ._layer import Layer


class KerasTensor:
    """The shape and dtype of a batch that will come, and the layer that will make it.

    Parameters
    ----------
    shape : tuple
        Sizes, the batch's first; None where any size will do.
    dtype : optional
    name : str, optional
        By default keras_tensor, keras_tensor_1, ...
    """

    def __init__(self, shape: Any, dtype: Any = "float32", name: str | None = None) -> None:
        self.shape: BatchShape = standardize_batch_shape(shape)
        self.dtype = _arrays.standardize_dtype(dtype).name
        self.name = name or _session.automatic_name("KerasTensor")
        #: Where it comes from; None if it was made by hand.
        self.origin: Origin | None = None

    def __repr__(self) -> str:
        """Return what Keras says of it."""
        return (
            f"<KerasTensor shape={self.shape}, dtype={self.dtype}, sparse=False, ragged=False, "
            f"name={self.name}>"
        )

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        """Raise ValueError: there are no numbers yet.

        Raises
        ------
        ValueError
            Always.
        """
        raise ValueError(
            "A KerasTensor is symbolic: it's a placeholder for a shape and a dtype. It doesn't "
            "have any actual numerical value. You cannot convert it to a NumPy array."
        )

    def __add__(self, other: Any) -> Any:
        """Raise NotImplementedError: only layers make tensors of tensors.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(
            "Arithmetic with symbolic tensors is not implemented: a model is a single chain of "
            "layers."
        )

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
    __matmul__ = __rmatmul__ = __pow__ = __neg__ = __getitem__ = __add__


class Origin(NamedTuple):
    """The layer that a symbolic tensor comes out of, and what went in (None for an input)."""

    layer: "Layer"
    inputs: KerasTensor | None
