"""Arguments that must be numbers."""

import math
from numbers import Real
from typing import Any

import numpy as np


def finite(name: str, value: Any) -> float:
    """Return the argument `value` as a float.

    Raises
    ------
    TypeError
        If it is not a real number.
    ValueError
        If it is infinite or not a number.
    """
    if not isinstance(value, Real):
        raise TypeError(f"Argument `{name}` must be a number. Received: {name}={value!r}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"Argument `{name}` must be finite. Received: {name}={value}")
    return number


def count(name: str, value: Any) -> int:
    """Return an integer of at least 1, or raise an error that names the argument."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"Argument `{name}` must be an integer. Received: {value!r}")
    if value < 1:
        raise ValueError(f"Argument `{name}` must be at least 1. Received: {value}")
    return int(value)
