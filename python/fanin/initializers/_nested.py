"""Initializers that change what another one makes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from ._base import FillingInitializer, Initializer


class NestedInitializer(FillingInitializer):
    """An initializer that holds another, whose seed is its own.

    Parameters
    ----------
    initializer : str, dict or Initializer
        As `get` takes it.

    Raises
    ------
    TypeError
        If it is a function or None.
    ValueError
        If there is none of this name.
    """

    initializer: Initializer

    def __init__(self, initializer: Any) -> None:
        from ._registry import get  # which knows the subclasses

        found = get(initializer)
        if not isinstance(found, Initializer):
            raise TypeError(
                "Argument `initializer` must be one of fanin.initializers. "
                f"Received: initializer={initializer!r}"
            )
        self.initializer = found

    @property
    def is_unseeded(self) -> bool:
        """Whether the inner initializer drew its seed because none was given."""
        return bool(getattr(self.initializer, "is_unseeded", False))

    def reseed(self, seed: int) -> None:
        """Replace the inner initializer's seed if it was drawn because none was given."""
        if self.is_unseeded:
            self.initializer.reseed(seed)  # type: ignore[attr-defined]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the inner initializer as a dictionary."""
        from ._registry import serialize

        return {"initializer": serialize(self.initializer)}


def multiply(out: npt.NDArray[Any], factor: float) -> None:
    """Multiply in place; each product is rounded once to the dtype, 16 bits by way of float32."""
    _arrays.check_floating(out.dtype)
    wide = np.float64 if out.dtype == np.float64 else np.float32
    np.multiply(out, factor, out=out, dtype=wide, casting="unsafe")
