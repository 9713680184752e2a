"""What all initializers share: calling, filling, seeding, checking."""

import os
import sys
import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from .. import _arrays, _native
from ..random import SeedGenerator, integer_seed, make_default_seed
from ._config import decode_array, encode
from ._explain import Explanation

_Out = TypeVar("_Out", bound=npt.NDArray[Any])

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")


def warn(message: str) -> None:
    """Warn at the line outside this package that led here."""
    frame, level = sys._getframe(1), 2
    while frame.f_back and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)


def gain_in(dtype: np.dtype[Any], gain: float) -> npt.NDArray[Any]:
    """Return the gain as a scalar of `dtype`.

    Raises
    ------
    ValueError
        If it is infinite there.
    """
    with np.errstate(over="ignore"):
        value = _arrays.cast(np.asarray(gain), dtype)
    if not np.isfinite(value):
        raise ValueError(f"Argument `gain` must be finite in {dtype}. Received: gain={gain}")
    return value


class Initializer:
    """Base class of all initializers.

    A subclass implements `__call__`, and `get_config` if its constructor has arguments.
    """

    def __call__(self, shape: Any, dtype: Any = None) -> npt.NDArray[Any]:
        """Return a new array.

        Parameters
        ----------
        shape : int or iterable of int
            Its shape; the kernel of a dense layer is (inputs, units), that of a convolution
            (..., input channels, output channels).
        dtype : dtype or str, optional
            Its dtype; None is float32.

        Raises
        ------
        TypeError
            If a size is not an integer, or the initializer can't make the dtype.
        ValueError
            If a size is negative or the dtype unknown.
        MemoryError
            If the memory can't be had.
        ImportError
            If dtype is "bfloat16" and the package ml_dtypes is not installed.
        """
        raise NotImplementedError("Initializer subclasses must implement the `__call__()` method.")

    def fill(self, out: _Out) -> _Out:
        """Write the values into `out` and return it.

        They are those of a call with its shape and dtype, by logical, row-major index: strides
        and memory order change nothing.

        Parameters
        ----------
        out : numpy.ndarray
            Any writeable array: C or Fortran order, strided, reversed, of rank 0, empty.

        Raises
        ------
        TypeError
            If `out` is not an array, or the initializer can't make its dtype.
        ValueError
            If `out` is read-only, not in native byte order, unaligned or overlaps itself.
        """
        _arrays.check_output(out)
        self._write(out)
        return out

    def _write(self, out: npt.NDArray[Any]) -> None:
        values = np.asarray(self(out.shape, out.dtype))
        if values.shape != out.shape:
            raise ValueError(
                f"{type(self).__name__} must return an array of shape {out.shape}. "
                f"Received: shape={values.shape}"
            )
        out[...] = values

    def explain(self, shape: Any) -> Explanation:
        """Return what the initializer makes of a shape: formula, fans, spread, sources, notes.

        It shows itself as text, in a notebook as a table; `to_dict` gives it for JSON.

        Parameters
        ----------
        shape : int or iterable of int
            As for a call.

        Raises
        ------
        TypeError, ValueError
            If there is no such shape, or the initializer does not take it.
        """
        return self._explain(_arrays.standardize_shape(shape))

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        first = (type(self).__doc__ or "").strip().partition("\n")[0]
        return Explanation(name=type(self).__name__, shape=shape, formula=first or "not stated")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as a dictionary."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make an initializer from what `get_config` or `serialize` returned."""
        return cls(**{name: decode_array(value) for name, value in config.items()})

    def clone(self) -> Self:
        """Return a new initializer with the same arguments; unseeded ones draw a new seed."""
        return self.from_config(self.get_config())


def draw(name: str, out: npt.NDArray[Any], seed: _native.Seed, first: int, *arguments: Any) -> None:
    """Fill `out` with the native fill's values number first, first + 1, ... of a seed's stream."""
    for part, index in _arrays.pieces(out, first):
        _native.call(name, _arrays.native_array(part), seed, index, *arguments)


class FillingInitializer(Initializer):
    """An initializer that is defined by `_write(out)`, out having passed `check_output`."""

    def __call__(self, shape: Any, dtype: Any = None) -> npt.NDArray[Any]:  # noqa: D102
        out = np.empty(_arrays.standardize_shape(shape), _arrays.standardize_dtype(dtype))
        self._write(out)
        return out


@lru_cache(maxsize=256, typed=True)
def _native_seed(seed: int, call: int) -> _native.Seed:
    native_seed: _native.Seed = _native.function("integer_seed")(seed, call)
    return native_seed


class RandomInitializer(FillingInitializer):
    """An initializer with a seed.

    Parameters
    ----------
    seed : int, SeedGenerator, dict or None
        An integer of 64 bits: every call with one shape gives the same values. A SeedGenerator:
        every call gives others. A dict: a serialized SeedGenerator. None: as an integer, drawn with
        `random.randint(1, 10**9)` now, as Keras does.

    Attributes
    ----------
    seed : int or SeedGenerator
        The seed in use.

    Raises
    ------
    ValueError
        If `seed` is none of these.
    """

    seed: int | SeedGenerator

    def __init__(self, seed: Any = None) -> None:
        self._called = False
        if isinstance(seed, dict):
            if seed.get("class_name") != "SeedGenerator":
                raise ValueError(f"`seed` must describe a SeedGenerator. Received: seed={seed}")
            self.seed = SeedGenerator.from_config(seed["config"])
        elif isinstance(seed, SeedGenerator):
            self.seed = seed
        else:
            number = make_default_seed() if seed is None else integer_seed(seed)
            if number is None:
                raise ValueError(
                    "`seed` argument should be an instance of "
                    "`keras.random.SeedGenerator()` or an integer. "
                    f"Received: seed={seed}"
                )
            self.seed = number
        self._init_seed = seed

    @property
    def is_unseeded(self) -> bool:
        """Whether the seed was drawn because none was given."""
        return self._init_seed is None

    def reseed(self, seed: int) -> None:
        """Replace a seed that was drawn because none was given; keep any other.

        Parameters
        ----------
        seed : int
            The new seed, a signed 64-bit integer.
        """
        if self.is_unseeded:
            self.seed = seed
            self._called = False

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments; a seed that was drawn stays None."""
        return {"seed": encode(self._init_seed)}

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        name, *arguments = self._operation(out)
        draw(name, out, self._next_seed(), 0, *arguments)

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        """Return the native fill's name and its arguments after `first`, checked."""
        raise NotImplementedError

    def _next_seed(self) -> _native.Seed:
        """Return the seed of this call."""
        seed, call = self.seed, 0
        if isinstance(seed, SeedGenerator):
            seed, call = map(int, seed.next())
        elif self.is_unseeded and self._called:
            warn(
                f"The initializer {type(self).__name__} is unseeded and is called again: like "
                "Keras's, it returns the same values each time. Give each place an initializer "
                "of its own, or a SeedGenerator as seed."
            )
        self._called = True
        return _native_seed(seed, call)
