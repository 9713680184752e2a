"""Scaling by given numbers."""

from typing import Any

import numpy as np

from .. import _native, initializers
from .._network import describe
from .._shapes import BatchShape
from ._layer import Layer


class Rescaling(Layer):
    """x scale + offset.

    Parameters
    ----------
    scale, offset : float or sequence of float
        One number, or one for each entry of the inputs' last axis.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If their number is not that of the inputs' last axis.
    NotImplementedError
        If they have several axes.
    """

    _builds = True

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = _value(scale)
        self.offset = _value(offset)
        for name, value in (("scale", self.scale), ("offset", self.offset)):
            if np.ndim(value) > 1:
                raise NotImplementedError(
                    f"`{name}` must be a number or a row of numbers. "
                    f"Received: shape={np.shape(value)}"
                )

    @property
    def _units(self) -> int:
        return int(max(np.size(self.scale), np.size(self.offset)))

    def _create(self, shape: BatchShape) -> None:
        self._check(shape)
        for name, value in (("scale", self.scale), ("offset", self.offset)):
            values = np.broadcast_to(np.asarray(value, float), (self._units,))
            constant = initializers.Constant(values)
            self._add(name, (self._units,), constant, can_train=False, hidden=True)

    def _check(self, shape: BatchShape) -> None:
        if self._units > 1:
            self._check_axes(shape, {-1: self._units})

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [describe(_native.RESCALING, units=self._units)]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {
            **super().get_config(),
            "scale": _serialized(self.scale),
            "offset": _serialized(self.offset),
        }


def _value(value: Any) -> Any:
    """Return an argument, decoded from a configuration."""
    if isinstance(value, dict) and value.get("class_name") == "__numpy__":
        config = value["config"]
        return np.array(config["value"], config["dtype"])
    return value


def _serialized(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim:
        return {
            "class_name": "__numpy__",
            "config": {"value": value.tolist(), "dtype": value.dtype.name},
        }
    return value.item() if isinstance(value, np.ndarray | np.generic) else value
