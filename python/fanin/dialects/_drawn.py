"""What the dialects share: Fanin's initializers with another framework's name and layout."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays, initializers
from .._custom import register_keras_serializable
from .._numbers import finite
from ..initializers._base import RandomInitializer, draw
from ..initializers._explain import Explanation
from ..initializers._variance_scaling import _GLOROT, _HE, _LECUN, _scaling

register = register_keras_serializable("fanin.dialects")


def positive(name: str, value: Any) -> float:
    """Return the argument `value` as a float, or raise an error that names it."""
    number = finite(name, value)
    if number <= 0:
        raise ValueError(f"Argument `{name}` must be positive. Received: {name}={value}")
    return number


def not_negative(name: str, value: Any) -> float:
    """Return the argument `value` as a float, or raise an error that names it."""
    number = finite(name, value)
    if number < 0:
        raise ValueError(f"Argument `{name}` must be >= 0. Received: {name}={value}")
    return number


def one_of(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """Return the argument `value`, or raise an error that names it and what is allowed."""
    if value not in allowed:
        raise ValueError(f"Argument `{name}` must be one of {allowed}. Received: {name}={value!r}")
    return str(value)


def check_rank(name: str, shape: tuple[int, ...], *ranks: int) -> None:
    """Check that a shape has one of the ranks."""
    if len(shape) not in ranks:
        allowed = " or ".join(map(str, ranks))
        raise ValueError(f"{name} needs a shape of rank {allowed}. Received: shape={shape}")


def wide(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype that values of `dtype` are drawn in, before they are rounded once."""
    return np.dtype(np.float32) if dtype.itemsize == 2 else dtype


def open_uniforms(shape: tuple[int, ...], seed: Any, first: int) -> npt.NDArray[np.float64]:
    """Return uniform float64 values in (0, 1), number first, first + 1, ... of a stream."""
    u = np.empty(shape)
    draw("fill_uniform", u, seed, first, 0.0, 1.0)
    u += 2.0**-53  # Half the distance between two of them.
    return u


def renamed(said: Explanation, name: str, shape: tuple[int, ...]) -> Explanation:
    """Return an explanation with another framework's name, shape and notes."""
    return replace(said, name=name, shape=shape, notes=NOTES.get(name, ()))


class Drawn(RandomInitializer):
    """A random initializer that has another framework's name.

    float16 and bfloat16 are drawn in float32 and rounded once.

    Parameters
    ----------
    name : str
        What `explain` says, such as "torch.xavier_uniform".
    arguments
        Those of the class that is derived from this one and another.
    """

    def __init__(self, name: str, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.name = name

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"name": self.name, **super().get_config()}

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        if wide(out.dtype) == out.dtype:
            super()._write(out)
            return
        values = np.empty(out.shape, wide(out.dtype))
        super()._write(values)
        out[...] = values.astype(out.dtype)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        said = super()._explain(shape)
        return replace(said, name=self.name, notes=said.notes + NOTES.get(self.name, ()))


@register
class Uniform(Drawn, initializers.RandomUniform):
    """Uniform on [minval, maxval)."""


@register
class Normal(Drawn, initializers.RandomNormal):
    """Normal."""


_PAPERS = {"glorot": _GLOROT, "he": _HE, "kaiming": _HE, "lecun": _LECUN, "msra": _HE}
_PAPERS["xavier"] = _GLOROT


class Scaled(Drawn, initializers.VarianceScaling):
    """A variance scaling with the fans that another framework counts; a subclass counts them.

    Parameters
    ----------
    name : str
        What `explain` says.
    scale, mode, distribution
        As `fanin.initializers.VarianceScaling` has them, but "normal" must not be said.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.
    """

    def __init__(
        self, name: str, scale: float, mode: str, distribution: str, seed: Any = None
    ) -> None:
        super().__init__(name, scale, mode, distribution, seed)
        word = name.partition(".")[2].lower().removesuffix("prelu").partition("_")[0]
        self._paper = _PAPERS.get(word)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        return {key: config[key] for key in ("name", "scale", "mode", "distribution", "seed")}

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        # The native library takes the fans from a shape: that of a matrix has them as its sizes.
        fans = self._fans_of(out.shape)
        scaling = _scaling(fans, None, None, float(self.scale), self.mode, self.distribution)
        return "fill_variance_scaling", scaling

    def _notes(self, n: float) -> Iterator[str]:
        return iter(())

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        said = super()._explain(shape)
        return replace(said, sources=(self._paper,) if self._paper else ())

    def _fans_of(self, shape: tuple[int, ...]) -> tuple[int, int]:
        raise NotImplementedError

    def _counted(self, shape: tuple[int, ...]) -> str:
        raise NotImplementedError


@register
class OutputsFirst(Scaled):
    """A variance scaling for weights (outputs, inputs, *receptive field)."""

    def _fans_of(self, shape: tuple[int, ...]) -> tuple[int, int]:
        if len(shape) < 2:
            raise ValueError(f"{self.name} needs a shape of rank 2 or more. Received: {shape}")
        field = math.prod(shape[2:])
        return shape[1] * field, shape[0] * field

    def _counted(self, shape: tuple[int, ...]) -> str:
        field = "" if len(shape) == 2 else f", each times the receptive field {shape[2:]}"
        return f"inputs {shape[1]} and outputs {shape[0]}{field}"


@register
class Orthogonal(Drawn, initializers.Orthogonal):
    """`fanin.initializers.Orthogonal` with the matrix's columns along any axis.

    Parameters
    ----------
    name : str
        What `explain` says.
    gain : float
        The factor.
    axis : int
        That of the columns, all others together being the rows.
    rank : int or None
        The only rank that shapes may have.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.
    """

    def __init__(
        self,
        name: str,
        gain: float = 1.0,
        axis: int = -1,
        rank: int | None = None,
        seed: Any = None,
    ) -> None:
        super().__init__(name, gain, seed)
        self.axis = axis
        self.rank = rank

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "axis": self.axis, "rank": self.rank}

    def _write(self, out: npt.NDArray[Any]) -> None:
        self._check(out.shape)
        super()._write(np.moveaxis(out, self.axis, -1))

    def _check(self, shape: tuple[int, ...]) -> None:
        if self.rank is not None:
            check_rank(self.name, shape, self.rank)
        elif len(shape) < 2:
            raise ValueError(f"{self.name} needs a shape of rank 2 or more. Received: {shape}")
        if not -len(shape) <= self.axis < len(shape):
            raise ValueError(
                f"The shape must have the axis {self.axis} of {self.name}. Received: shape={shape}"
            )

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        self._check(shape)
        axis = self.axis % len(shape)
        moved = (*shape[:axis], *shape[axis + 1 :], shape[axis])
        return replace(
            super()._explain(moved), shape=shape, notes=(f"The columns are along axis {axis}.",)
        )


@register
class Sparse(Drawn, initializers.Sparse):
    """`fanin.initializers.Sparse` of matrices only, in columns or rows.

    Parameters
    ----------
    name : str
        What `explain` says.
    axis : int
        0: so many zeros in each column; 1: in each row.
    arguments
        sparsity, stddev, seed and mean, by name.
    """

    def __init__(self, name: str, axis: int = 0, **arguments: Any) -> None:
        super().__init__(name, **arguments)
        self.axis = axis

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "axis": self.axis}

    def _write(self, out: npt.NDArray[Any]) -> None:
        check_rank(self.name, out.shape, 2)
        super()._write(out if self.axis == 0 else out.T)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        check_rank(self.name, shape, 2)
        said = super()._explain(shape if self.axis == 0 else shape[::-1])
        formula = said.formula if self.axis == 0 else said.formula.replace("columns", "rows")
        return replace(renamed(said, self.name, shape), formula=formula)


_UNTRUNCATED = (
    "Keras and JAX truncate this normal distribution at two standard deviations and correct for "
    "it; here it is not truncated."
)
_COLUMNS = (
    "In this layout (outputs, inputs) a column holds the weights of one input: so many outputs do "
    "not hear it. In the paper, and in fanin.initializers.Sparse, each output has so many zeros."
)
_LECUN_GAIN = "The default gain 1 gives LeCun's variance 1 / fan_in; He's, 2 / fan_in, is gain=√2."
# What differs where, by name: the same name means different things.
NOTES: dict[str, tuple[str, ...]] = {
    "torch.xavier_normal": (_UNTRUNCATED,),
    "torch.kaiming_normal": (_UNTRUNCATED,),
    "torch.linear_weight": (
        "kaiming_uniform_(a=√5), which is uniform on ±1 / √fan_in: a variance of 1 / (3 fan_in), a "
        "sixth of He's.",
    ),
    "torch.dirac": (
        "The tap is size // 2; padding 'same' gives the identity for (size - 1) // 2, another one "
        "where a size is even.",
    ),
    "torch.sparse": (_COLUMNS,),
    "flux.sparse_init": (_COLUMNS,),
    "jax.uniform": ("Not symmetric: on [0, scale).",),
    "mlx.he_normal": (_UNTRUNCATED, _LECUN_GAIN),
    "mlx.he_uniform": (_LECUN_GAIN,),
    "mlx.glorot_normal": (_UNTRUNCATED,),
    "flux.glorot_normal": (_UNTRUNCATED,),
    "flux.kaiming_normal": (_UNTRUNCATED,),
    "flux.lecun_normal": (
        "The bounds are ±2, not ±2 standard deviations: for a fan_in of 16 and more nothing that "
        "matters is cut off, and nothing is corrected.",
    ),
    "mxnet.Xavier": (
        "MXNet's default magnitude 3 makes the uniform bound Glorot's; a gaussian one of magnitude "
        "3 has the standard deviation √3 times Glorot's.",
    ),
    "mxnet.MSRAPrelu": (
        _UNTRUNCATED,
        "He's is factor_type='in' with slope=0; MXNet's defaults are 'avg' and 0.25.",
    ),
    "caffe.xavier": ("By default n is fan_in alone; Glorot's average is variance_norm='AVERAGE'.",),
    "caffe.msra": (_UNTRUNCATED,),
    "mxnet.Bilinear": (
        "Not symmetric for the widths 2, 3, 6, 7, 10, 11, ...; caffe.bilinear is, for all.",
    ),
}
