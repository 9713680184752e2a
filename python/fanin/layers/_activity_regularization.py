"""A cost of activity."""

from typing import Any

from .. import _native, regularizers
from .._shapes import BatchShape
from ._layer import Layer


class ActivityRegularization(Layer):
    """The inputs, which add (l1 sum|x| + l2 sum x^2) / rows to the loss.

    Parameters
    ----------
    l1, l2 : float
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If one is negative or not finite.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        # The regularizer's own is all there is to do.
        return []

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        config = {**super().get_config(), "l1": self.l1, "l2": self.l2}
        del config["activity_regularizer"]
        return config
