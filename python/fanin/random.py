"""Seeds: `SeedGenerator` as in keras.random, and the seed that stands in for None."""

import operator
import random
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ._session import automatic_name

__all__ = ["SeedGenerator"]


def make_default_seed() -> int:
    """Draw a seed as Keras does for seed=None, from Python's global generator."""
    return random.randint(1, int(1e9))


def integer_seed(seed: Any) -> int | None:
    """Return `seed` as an int, or None if it is no integer; booleans are none.

    Raises
    ------
    ValueError
        If it does not fit 64 bits with a sign.
    """
    if isinstance(seed, bool | np.bool_):
        return None
    try:
        number = operator.index(seed)
    except TypeError:
        return None
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"`seed` must be a signed 64-bit integer. Received: seed={seed}")
    return number


class SeedGenerator:
    """A seed with a counter: each call of `next` gives another seed.

    An initializer that holds one gives other values on every call; its first call gives those
    of the plain integer seed.

    Parameters
    ----------
    seed : int, optional
        Any signed 64-bit integer; None draws one with `random.randint(1, 10**9)`.
    name : str, optional
        By default seed_generator, seed_generator_1, ...

    Attributes
    ----------
    state : numpy.ndarray
        Two int64, the seed and the counter.

    Raises
    ------
    ValueError
        If `seed` is not an integer of 64 bits.
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        self._initial_seed = seed
        number = make_default_seed() if seed is None else integer_seed(seed)
        if number is None:
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={seed}")
        self.name = automatic_name("SeedGenerator") if name is None else name
        self.state: npt.NDArray[np.int64] = np.array([number, 0], np.int64)

    def next(self, ordered: bool = True) -> npt.NDArray[np.int64]:
        """Return the state, two int64, and advance it.

        Parameters
        ----------
        ordered : bool
            True counts up. False scrambles both numbers, (state + 1) * 5387 mod 933199, Keras's
            way for operations without a seed.
        """
        state = self.state.copy()
        # In place: a layer's state is that of its native network.
        if ordered:
            self.state[1] += 1
        else:
            self.state[...] = (state + 1) * 5387 % 933199
        return state

    @property
    def is_unseeded(self) -> bool:
        """Whether the seed was drawn because none was given."""
        return self._initial_seed is None

    def reseed(self, seed: int) -> None:
        """Begin again with a seed, a signed 64-bit integer."""
        self.state[...] = (seed, 0)

    def restart(self) -> None:
        """Begin again with the same seed."""
        self.state[1] = 0

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; the counter is not among them, as in Keras."""
        return {"seed": self._initial_seed, "name": self.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make a generator from what `get_config` returned."""
        return cls(**config)
