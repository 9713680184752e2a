"""Where the batches of an epoch come from: arrays, or Python."""

import itertools
import os
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _arrays, _native, _session
from ._network import Samples

AnyArray = npt.NDArray[Any]
Shuffle = bool | Literal["batch", "epoch"]

#: Samples, the order in which they are taken, and how many make a batch.
Piece = tuple[Samples, AnyArray | None, int]


def order(
    shuffle: Shuffle, epoch: int, rows: int, batch_size: int, seed: int | None = None
) -> AnyArray | None:
    """Return the order in which an epoch takes the samples; None for their own."""
    if not shuffle:
        return None
    seed = _session.seed if seed is None else seed
    if seed is None:
        # Not from Python's `random`, whose draws are those of Keras.
        seed, op = np.frombuffer(os.urandom(16), np.int64).tolist()
    else:
        op = epoch if shuffle == "epoch" else 0
    numbers = np.empty(rows, np.int64)
    within = batch_size if shuffle == "batch" else 0
    _native.call("shuffle", seed, op, rows, within, _arrays.address(numbers))
    return numbers


def _warn_of_the_end() -> None:
    warnings.warn(
        "Your input ran out of data; interrupting training. Make sure that your dataset or "
        "generator can generate at least `steps_per_epoch * epochs` batches.",
        stacklevel=5,
    )


class ArrayFeed:
    """Batches of arrays, many in a piece.

    Parameters
    ----------
    samples : Samples
    batch_size : int
    limit : int, optional
        Batches in an epoch; the next goes on behind them. By default all.
    shuffle : bool, "batch" or "epoch"
    seed : int, optional
        Of the shuffles; by default that of the last `utils.set_random_seed`.

    Attributes
    ----------
    steps : int
        Batches in an epoch.
    """

    def __init__(
        self,
        samples: Samples,
        batch_size: int,
        limit: int | None,
        shuffle: Shuffle = False,
        seed: int | None = None,
    ) -> None:
        self._samples = samples
        self._batch_size = batch_size
        self._limit = limit
        self._shuffle = shuffle
        self._seed = seed
        self._rows = len(samples.x)
        self._batches = -(-self._rows // batch_size)
        self._order: AnyArray | None = None
        self._first = 0
        self.steps = limit or self._batches

    def reset(self) -> None:
        """Begin again with the first batch."""
        self._first = 0

    def epoch(self, number: int, begin: Callable[[], None]) -> Iterator[Piece]:
        """Yield the epoch's batches, after calling `begin`."""
        if self._first == 0 and self._shuffle:
            seeded = self._seed is not None or _session.seed is not None
            # With a seed one order serves all epochs.
            if self._order is None or not seeded or self._shuffle == "epoch":
                self._order = order(self._shuffle, number, self._rows, self._batch_size, self._seed)
        first, steps = self._first, min(self.steps, self._batches - self._first)
        self._first = 0 if first + steps == self._batches else first + steps
        begin()
        if steps == self._batches:
            yield self._samples, self._order, self._batch_size
        else:
            rows = slice(first * self._batch_size, (first + steps) * self._batch_size)
            if self._order is None:
                yield self._samples[rows], None, self._batch_size
            else:
                yield self._samples[self._order[rows]], None, self._batch_size
        if steps < self.steps:
            _warn_of_the_end()


class BatchFeed:
    """Batches that Python makes, one in a piece.

    Parameters
    ----------
    source : iterator, iterable, or object with __getitem__
        Of the last the batches are source[0] to source[len(source) - 1], and all that are wanted
        if it has the attribute `num_batches` with the value None.
    read : callable
        Makes `Samples` of a batch.
    limit : int, optional
        Batches in an epoch; the next goes on behind them. By default all.
    shuffle : bool
        Whether the batches of an object with __getitem__ are taken in the order of `random`.

    Attributes
    ----------
    steps : int or None
        Batches in an epoch, if known.

    Raises
    ------
    ValueError
        If it is nothing of this, or an empty iterator.
    """

    def __init__(
        self,
        source: Any,
        read: Callable[[Any], Samples],
        limit: int | None,
        shuffle: Shuffle = False,
    ) -> None:
        self._source = source
        self._read = read
        self._limit = limit
        self._shuffle = shuffle
        self._batches = _count(source)
        self._iterator: Iterator[Any] | None = None
        self._seen = 0
        self._longest = 0
        self._begin: Callable[[], Iterator[Any]]
        if is_indexed(source):
            self._begin = self._indexed
        elif is_iterator(source):
            # Keras looks at two batches first and, when the iterator is at its end, gives them
            # again.
            head = list(itertools.islice(source, 2))
            if not head:
                raise ValueError(
                    "When passing a Python generator to a Keras model, the generator must yield "
                    "at least one batch. Received an empty generator."
                )
            self._begin = lambda: itertools.chain(head, source)
        elif hasattr(source, "__iter__"):
            self._begin = lambda: iter(source)
        else:
            raise ValueError(f"Unrecognized data type: x={source} (of type {type(source)})")
        self.steps = limit or self._batches

    def reset(self) -> None:
        """Begin again with the first batch."""
        self._iterator = None
        self._tell("on_epoch_end")

    def epoch(self, number: int, begin: Callable[[], None]) -> Iterator[Piece]:
        """Yield the epoch's batches, each after calling `begin`."""
        self._tell("on_epoch_begin")
        if self._iterator is None or self._limit is None:
            self._iterator, self._seen = self._begin(), 0
        count = 0
        while self.steps is None or count < self.steps:
            if self._batches is not None and self._seen >= self._batches:
                break
            begin()
            try:
                batch = next(self._iterator)
            except StopIteration:
                self._iterator = None
                break
            samples = self._read(batch)
            self._seen += 1
            count += 1
            yield samples, None, len(samples.x)
        self._longest = max(self._longest, count)
        if count < (self._limit or self._longest):
            _warn_of_the_end()
        if self._batches is not None and self._seen >= self._batches:
            self._iterator = None
        self._tell("on_epoch_end")

    def _tell(self, hook: str) -> None:
        if is_indexed(self._source) and hasattr(self._source, hook):
            getattr(self._source, hook)()

    def _indexed(self) -> Iterator[Any]:
        if self._batches is None:
            numbers: Any = itertools.count()
        else:
            numbers = list(range(self._batches))
            if self._shuffle:
                random.shuffle(numbers)
        for number in numbers:
            yield self._source[number]


def is_indexed(source: Any) -> bool:
    """Return whether batches are taken by their number."""
    return hasattr(source, "__getitem__") and (
        hasattr(source, "num_batches") or hasattr(source, "__len__")
    )


def is_iterator(source: Any) -> bool:
    """Return whether it is at its end some time, as a generator is."""
    return hasattr(source, "__next__")


def _count(source: Any) -> int | None:
    """Return the number of batches, None if not known."""
    if hasattr(source, "num_batches"):
        count: int | None = source.num_batches
        return count
    try:
        return len(source)
    except TypeError:
        return None
