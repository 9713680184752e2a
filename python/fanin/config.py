"""The dtype of what is given none, as in keras.config."""

from typing import Any

from . import _session

__all__ = ["floatx", "set_floatx"]


def floatx() -> str:
    """Return the dtype of layers and initializers that are given none: float32 at first."""
    return _session.floatx


def set_floatx(value: Any) -> None:
    """Set the dtype of layers and initializers that are given none.

    Parameters
    ----------
    value : str
        "float32" or "float64".

    Raises
    ------
    ValueError
        If it is no floating dtype.
    NotImplementedError
        If it is one that Keras has and Fanin hasn't.
    """
    accepted = ("bfloat16", "float16", "float32", "float64")
    if value not in accepted:
        raise ValueError(f"Unknown `floatx` value: {value}. Expected one of {accepted}")
    if value not in ("float32", "float64"):
        raise NotImplementedError(f"`floatx` must be float32 or float64. Received: {value}")
    _session.floatx = value
