"""What a process remembers between calls: the seed of its shuffles and the names it has given."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

#: The seed of the last `utils.set_random_seed`, which shuffles use; None before the first.
seed: int | None = None

#: The dtype of layers and initializers that are given none.
floatx = "float32"

_named: Counter[str] = Counter()


@contextmanager
def random_state_kept() -> Iterator[None]:
    """Leave the global random states of Python and NumPy, and the shuffles' seed, as they were."""
    global seed
    python, numpy, shuffles = random.getstate(), np.random.get_state(), seed
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        seed = shuffles


def check_seed(seed: Any) -> int:
    """Return `seed` as an int in [0, 2**32).

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise ValueError(
            "Expected `seed` argument to be an integer. "
            f"Received: seed={seed} (of type {type(seed)})"
        )
    if not 0 <= seed < 2**32:
        raise ValueError(f"Seed must be between 0 and 2**32 - 1. Received: seed={seed}")
    return int(seed)


def snake_case(class_name: str) -> str:
    """Return a class's name as Keras writes it in lower case: glorot_uniform, rm_sprop."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def automatic_name(class_name: str) -> str:
    """Return the name that Keras gives the next object of a class: dense, dense_1, ..."""
    name = snake_case(class_name)
    count = _named[name]
    _named[name] += 1
    return f"{name}_{count}" if count else name


def forget_names() -> None:
    """Let automatic names start from the beginning again."""
    _named.clear()
