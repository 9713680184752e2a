"""Constraints, as in keras.constraints: what parameters are brought to after each step.

Called on an array, a constraint returns what it is brought to. Below, n is the norm over `axis`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from . import _named, _native

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

_EPSILON = 1e-7

Axis = int | Sequence[int] | None


def _array(w: Any) -> npt.NDArray[Any]:
    array = np.asarray(w)
    return array if array.dtype.kind == "f" else array.astype(np.float32)


def _norms(w: npt.NDArray[Any], axis: Axis) -> npt.NDArray[Any]:
    axes = tuple(axis) if isinstance(axis, Sequence) else axis
    norms: npt.NDArray[Any] = np.sqrt(np.square(w).sum(axis=axes, keepdims=True))
    return norms


def _number(name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(f"`{name}` must be a number. Received: {name}={value}")
    return value


def _axis(axis: Any) -> Any:
    axes = [axis] if isinstance(axis, int | np.integer) else axis
    if axes is not None and not (
        isinstance(axes, Sequence) and all(isinstance(a, int | np.integer) for a in axes)
    ):
        raise ValueError(f"`axis` must be an integer, a list of these or None. Received: {axis}")
    return axis


class Constraint:
    """What constraints have in common; it changes nothing."""

    def __call__(self, w: Any) -> Any:
        """Return what `w` is brought to."""
        return w

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the constraint that `get_config` describes."""
        return cls(**config)

    def native(self) -> _native.Constraint | None:
        """Return the native library's description; None for nothing.

        Raises
        ------
        NotImplementedError
            If it is a class of the caller's.
        """
        if type(self) is Constraint:
            return None
        raise _not_implemented(self)


def _native_constraint(
    kind: int, axis: Any = None, constants: Sequence[float] = (0.0, 0.0, 0.0)
) -> _native.Constraint:
    if axis is None:
        return _native.Constraint(kind, -1, None, tuple(constants))
    axes = [int(a) for a in ([axis] if isinstance(axis, int | np.integer) else axis)]
    values = (_native.c_int64 * len(axes))(*axes)
    return _native.Constraint(kind, len(axes), values, tuple(constants))


class MinMaxNorm(Constraint):
    """w (rate clip(n, min_value, max_value) + (1 - rate) n) / (1e-7 + n).

    Parameters
    ----------
    min_value, max_value, rate : float
    axis : int, sequence of int or None
        None for all axes.
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: Axis = 0,
    ) -> None:
        self.min_value = _number("min_value", min_value)
        self.max_value = _number("max_value", max_value)
        self.rate = _number("rate", rate)
        self.axis = _axis(axis)

    def __call__(self, w: Any) -> Any:
        """Return what `w` is brought to."""
        w = _array(w)
        norms = _norms(w, self.axis)
        clipped = np.clip(norms, self.min_value, self.max_value)
        return w * ((self.rate * clipped + (1 - self.rate) * norms) / (_EPSILON + norms))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {
            "min_value": self.min_value,
            "max_value": self.max_value,
            "rate": self.rate,
            "axis": self.axis,
        }

    def native(self) -> _native.Constraint | None:
        """Return the native library's description."""
        return _native_constraint(
            _native.NORM, self.axis, (self.min_value, self.max_value, self.rate)
        )


class MaxNorm(MinMaxNorm):
    """w min(n, max_value) / (1e-7 + n).

    Parameters
    ----------
    max_value : float
    axis : int, sequence of int or None
        None for all axes.
    """

    def __init__(self, max_value: float = 2, axis: Axis = 0) -> None:
        super().__init__(0.0, max_value, 1.0, axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {"max_value": self.max_value, "axis": self.axis}


class NonNeg(Constraint):
    """max(w, 0)."""

    def __call__(self, w: Any) -> Any:
        """Return what `w` is brought to."""
        w = _array(w)
        return w * (w >= 0)

    def native(self) -> _native.Constraint | None:
        """Return the native library's description."""
        return _native_constraint(_native.NON_NEGATIVE)


class UnitNorm(Constraint):
    """w / (1e-7 + n).

    Parameters
    ----------
    axis : int, sequence of int or None
        None for all axes.
    """

    def __init__(self, axis: Axis = 0) -> None:
        self.axis = _axis(axis)

    def __call__(self, w: Any) -> Any:
        """Return what `w` is brought to."""
        w = _array(w)
        return w / (_EPSILON + _norms(w, self.axis))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {"axis": self.axis}

    def native(self) -> _native.Constraint | None:
        """Return the native library's description."""
        return _native_constraint(_native.UNIT_NORM, self.axis)


max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm

_CLASSES = _named.by_name(Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm)


def _not_implemented(constraint: Any) -> NotImplementedError:
    return NotImplementedError(
        "A custom constraint would run Python after each step, which Fanin leaves out. Use "
        f"MaxNorm, MinMaxNorm, NonNeg or UnitNorm. Received: {constraint}"
    )


def serialize(constraint: Any) -> Any:
    """Return the dictionary that describes a constraint; Keras's `deserialize` reads it."""
    return _named.serialize(constraint, "keras.constraints", _CLASSES)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the constraint that a name or a dictionary of `serialize`, or Keras's, describes."""
    return _named.deserialize("constraint", config, _CLASSES, custom_objects)


def get(identifier: Any) -> Any:
    """Return the constraint that a name, a dictionary, a class, or itself means.

    Raises
    ------
    NotImplementedError
        If it is a function of the caller's.
    ValueError
        If it is none of these.
    """
    found = _named.get("constraint", identifier, _CLASSES)
    if found is not None and not isinstance(found, Constraint):
        raise _not_implemented(found)
    return found
