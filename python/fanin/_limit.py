"""How many weights may be made: as a file describes a model, so many must be in the file."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

# What layers have that files have not, such as a mean that is given as a number.
_SLACK = 1 << 20

_left: ContextVar[int | None] = ContextVar("_left", default=None)


@contextmanager
def limited(count: int) -> Iterator[None]:
    """Within the context, let layers make about `count` weights at most."""
    token = _left.set(count + _SLACK)
    try:
        yield
    finally:
        _left.reset(token)


def take(shape: Sequence[int]) -> None:
    """Count an array that is about to be made.

    Raises
    ------
    ValueError
        If there are too many.
    """
    left = _left.get()
    if left is None:
        return
    left -= math.prod(shape)
    if left < 0:
        raise ValueError(f"more weights are described than the file has: {tuple(shape)}")
    _left.set(left)
