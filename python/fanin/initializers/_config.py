"""Values inside a config, in the form that Keras writes and reads."""

from typing import Any

import numpy as np

from .._arrays import standardize_dtype
from ..random import SeedGenerator


def encode(value: Any) -> Any:
    """Return `value` made of plain Python objects."""
    if isinstance(value, SeedGenerator):
        return {
            "module": "keras.random",
            "class_name": "SeedGenerator",
            "config": value.get_config(),
            "registered_name": None,
        }
    if isinstance(value, np.ndarray) and value.ndim > 0:
        array = {"value": value.tolist(), "dtype": value.dtype.name}
        return {"class_name": "__numpy__", "config": array}
    if isinstance(value, np.ndarray | np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return type(value)(encode(item) for item in value)
    if isinstance(value, dict):
        return {key: encode(item) for key, item in value.items()}
    return value


def decode_array(value: Any) -> Any:
    """Return the array that `encode`, or Keras, wrote; anything else as it is."""
    if isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__"):
        array = value["config"]
        return np.array(array["value"], standardize_dtype(array["dtype"]))
    return value
