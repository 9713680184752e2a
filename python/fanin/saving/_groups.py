"""What of a model goes into files: groups of arrays, each at its place in Keras's layout."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._session import snake_case

AnyArray = npt.NDArray[Any]


@dataclass(frozen=True)
class Group:
    """The variables of a layer, of a model itself (it has none) or of an optimizer.

    Attributes
    ----------
    path : str
        Where Keras's files have it: "layers/dense_1", by class and number, not by name.
    key : str
        Where other files have it: the layer's name, after those of models around it. Automatic
        names count from the beginning, so that the same model made again has the same.
    names : list of str
        Of the variables.
    memory : list of ndarray
        The variables: views, to be read and written.
    """

    path: str
    key: str
    owner: Any
    names: list[str]
    memory: list[AnyArray]

    @property
    def size(self) -> int:
        """The number of bytes of all variables."""
        return sum(memory.nbytes for memory in self.memory)

    def named(self) -> list[tuple[str, AnyArray]]:
        """Return the variables by names that are unique in the model: "dense/kernel"."""
        return [
            (f"{self.key}/{name}", memory)
            for name, memory in zip(self.names, self.memory, strict=True)
        ]


def groups(model: Any) -> list[Group]:
    """Return a model's groups: its own first, then those of its layers."""
    return [Group("", "", model, [], []), *_inside(model, "layers", "", set())]


def _inside(model: Any, path: str, key: str, seen: set[int]) -> Iterator[Group]:
    used: Counter[str] = Counter()
    automatic: Counter[str] = Counter()
    keys: set[str] = set()
    for layer in model.layers:
        name = snake_case(type(layer).__name__)
        place = f"{path}/{name}_{used[name]}" if used[name] else f"{path}/{name}"
        used[name] += 1
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        # Of no other layer here, whatever names the caller has given.
        own_key = f"{key}{_own_name(layer, name, automatic)}"
        while own_key in keys:
            own_key += "_"
        keys.add(own_key)
        if hasattr(layer, "layers"):
            yield Group(place, own_key, layer, [], [])
            yield from _inside(layer, f"{place}/layers", f"{own_key}/", seen)
        else:
            # As Keras orders them in files: what can be trained first.
            variables = sorted(layer.variables, key=lambda variable: not variable.can_train)
            names = [variable.name for variable in variables]
            memory = [np.asarray(variable.memory) for variable in variables]
            yield Group(place, own_key, layer, names, memory)


def _own_name(layer: Any, name: str, automatic: Counter[str]) -> str:
    """Return a layer's name, or what an automatic one would be in a new process."""
    if not re.fullmatch(rf"{name}(_\d+)?", layer.name):
        return str(layer.name)
    count = automatic[name]
    automatic[name] += 1
    return f"{name}_{count}" if count else name


def optimizer_group(optimizer: Any) -> Group:
    """Return the group of an optimizer: iteration, learning rate, and what it keeps, if built."""
    variables = optimizer.variables
    return Group(
        "optimizer",
        "optimizer",
        optimizer,
        [variable.name for variable in variables],
        [np.asarray(variable) for variable in variables],
    )


class Mismatch(ValueError):
    """What a file has does not fit a group; other groups may fit."""


#: Returns the arrays of a file for a group, of the same shapes and dtypes that can be cast.
Read = Callable[[Group], Sequence[AnyArray]]


def load(wanted: list[Group], read: Read, skip_mismatch: bool = False) -> None:
    """Copy what `read` returns into the groups, after all of it has been read.

    Raises
    ------
    ValueError
        If something does not fit and `skip_mismatch` is False; nothing has been changed then.
    """
    found: list[tuple[Group, Sequence[AnyArray]]] = []
    failures: list[tuple[Group, Mismatch]] = []
    for group in wanted:
        try:
            found.append((group, read(group)))
        except Mismatch as error:
            failures.append((group, error))
    if failures:
        first, reason = failures[0]
        message = (
            f"A total of {len(failures)} objects could not be loaded. Example error message for "
            f"object {first.owner}:\n\n{reason}\n\nList of objects that could not be loaded:\n"
            f"{[group.owner for group, _ in failures]}"
        )
        if not skip_mismatch:
            raise ValueError(message)
        from ..initializers._base import warn

        warn(message)
    for group, arrays in found:
        for memory, array in zip(group.memory, arrays, strict=True):
            # A number too large for float32 becomes infinite, as in Keras.
            with np.errstate(over="ignore", invalid="ignore"):
                memory[...] = array


def check_count(group: Group, count: int) -> None:
    """Raise Mismatch if a file does not have as many arrays for a group."""
    if count != len(group.memory):
        raise Mismatch(
            f"Layer '{group.owner.name}' expected {len(group.memory)} variables, but received "
            f"{count} variables during loading. Expected: {group.names}"
        )


def check_array(where: str, memory: AnyArray, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Check an array of a file before it is read.

    Raises
    ------
    Mismatch
        If its shape is not that of the variable.
    ValueError
        If it does not hold real numbers.
    """
    if not _is_number(dtype):
        raise ValueError(f"Expected numbers in {where}. Received: dtype={dtype}")
    if tuple(shape) != memory.shape:
        raise Mismatch(
            "The shape of the target variable and the shape of the target value in "
            f"`variable.assign(value)` must match. variable.shape={memory.shape}, "
            f"Received: value.shape={tuple(shape)}. Target variable: {where}"
        )


def _is_number(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "fiub" or dtype.name == "bfloat16"
