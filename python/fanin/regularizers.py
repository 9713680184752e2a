"""Regularizers, as in keras.regularizers: what parameters or outputs cost, in addition to the loss.

Called on an array, a regularizer returns what it costs.
"""

import math
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from . import _named, _native

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]


def _factor(name: str, value: Any) -> float:
    if not isinstance(value, int | float | np.number) or not 0 <= value < math.inf:
        raise ValueError(
            f"Invalid value for argument {name}: expected a non-negative float."
            f"Received: {name}={value}"
        )
    return float(value)


def _rounded(value: float) -> float:
    """Return a factor that Keras keeps in float32."""
    return float(np.float32(value))


def _array(x: Any) -> npt.NDArray[Any]:
    array = np.asarray(x)
    return array if array.dtype.kind == "f" else array.astype(np.float32)


class Regularizer:
    """What regularizers have in common."""

    def __call__(self, x: Any) -> Any:
        """Return what `x` costs."""
        return 0.0

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        raise NotImplementedError(f"{self} does not implement get_config()")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the regularizer that `get_config` describes."""
        return cls(**config)

    def native(self) -> _native.Regularizer:
        """Return the native library's description.

        Raises
        ------
        NotImplementedError
            If it is a class of the caller's.
        """
        raise _not_implemented(self)


class L1L2(Regularizer):
    """l1 sum|x| + l2 sum x².

    Parameters
    ----------
    l1, l2 : float
        Not negative.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _factor("l1", 0.0 if l1 is None else l1)
        self.l2 = _factor("l2", 0.0 if l2 is None else l2)

    def __call__(self, x: Any) -> Any:
        """Return what `x` costs, in its dtype."""
        x = _array(x)
        cost = x.dtype.type(0)
        if self.l1:
            cost += x.dtype.type(self.l1) * np.abs(x).sum()
        if self.l2:
            cost += x.dtype.type(self.l2) * np.square(x).sum()
        return cost

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {"l1": self.l1, "l2": self.l2}

    def native(self) -> _native.Regularizer:
        """Return the native library's description."""
        return _native.Regularizer(_native.NORMS, 0, (self.l1, self.l2))


class L1(L1L2):
    """l1 sum|x|.

    Parameters
    ----------
    l1 : float
        Not negative; rounded to float32, as in Keras.
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=_rounded(_factor("l1", 0.01 if l1 is None else l1)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {"l1": self.l1}


class L2(L1L2):
    """l2 sum x².

    Parameters
    ----------
    l2 : float
        Not negative.
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=0.01 if l2 is None else l2)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {"l2": self.l2}


class OrthogonalRegularizer(Regularizer):
    """factor times the mean of |cos| of the angles between a matrix's rows, or its columns.

    Parameters
    ----------
    factor : float
        Not negative; rounded to float32, as in Keras.
    mode : {"rows", "columns"}
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _rounded(_factor("factor", factor))
        if mode not in ("rows", "columns"):
            raise ValueError(
                "Invalid value for argument `mode`. Expected one of "
                f'{{"rows", "columns"}}. Received: mode={mode}'
            )
        self.mode = mode

    def __call__(self, x: Any) -> Any:
        """Return what the matrix `x` costs, in its dtype.

        Raises
        ------
        ValueError
            If it is no matrix.
        """
        x = _array(x)
        if x.ndim != 2:
            raise ValueError(
                "Inputs to OrthogonalRegularizer must have rank 2. Received: "
                f"inputs.shape={x.shape}"
            )
        vectors = x if self.mode == "rows" else x.T
        norms = np.sqrt(np.square(vectors).sum(axis=1, keepdims=True))
        # Keras divides by no less than its epsilon.
        vectors = vectors / np.maximum(norms, x.dtype.type(1e-7))
        products = np.abs(vectors @ vectors.T)
        np.fill_diagonal(products, 0)
        pairs = len(vectors) * (len(vectors) - 1) / 2
        return x.dtype.type(self.factor * 0.5) * products.sum() / x.dtype.type(pairs)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {"factor": self.factor, "mode": self.mode}

    def native(self) -> _native.Regularizer:
        """Return the native library's description."""
        return _native.Regularizer(_native.ORTHOGONAL, self.mode == "columns", (self.factor, 0.0))


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

_CLASSES = _named.by_name(Regularizer, L1, L2, L1L2, OrthogonalRegularizer)


def _not_implemented(regularizer: Any) -> NotImplementedError:
    return NotImplementedError(
        "A custom regularizer needs automatic differentiation, which Fanin hasn't got. Use L1, L2, "
        f"L1L2 or OrthogonalRegularizer. Received: {regularizer}"
    )


def serialize(regularizer: Any) -> Any:
    """Return the dictionary that describes a regularizer; Keras's `deserialize` reads it."""
    return _named.serialize(regularizer, "keras.regularizers", _CLASSES)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the regularizer that a name or a dictionary of `serialize`, or Keras's, describes."""
    return _named.deserialize("regularizer", config, _CLASSES, custom_objects)


def get(identifier: Any) -> Any:
    """Return the regularizer that a name, a dictionary, a class, or itself means.

    Raises
    ------
    NotImplementedError
        If it is a function of the caller's.
    ValueError
        If it is none of these.
    """
    found = _named.get("regularizer", identifier, _CLASSES)
    if found is not None and not isinstance(found, Regularizer):
        raise _not_implemented(found)
    return found
