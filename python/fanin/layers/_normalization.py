"""Normalization by the data's mean and variance, which are known before the training."""

import itertools
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _native, initializers
from .._network import describe
from .._shapes import BatchShape, sample_axes
from .._variables import Variable
from ._layer import Layer

AnyArray = npt.NDArray[Any]


class Normalization(Layer):
    """(x - mean) / max(sqrt(variance), 1e-7).

    Parameters
    ----------
    axis : int, tuple of int or None
        Axes of the batch that have means of their own; None for one mean of everything.
    mean, variance : float or array_like, optional
        Both or none; without them, `adapt` computes them.
    invert : bool
        The other way round: mean + x max(sqrt(variance), 1e-7).
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If only one of `mean` and `variance` is given, or their shapes don't fit.
    NotImplementedError
        If the batch's axis has means of its own.
    """

    _builds = True
    is_drawn = False

    def __init__(
        self,
        axis: Any = -1,
        mean: Any = None,
        variance: Any = None,
        invert: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if axis is None:
            axis = ()
        self.axis = tuple(axis) if isinstance(axis, list | tuple) else (axis,)
        self.input_mean = mean
        self.input_variance = variance
        self.invert = invert
        # Of the data that `adapt` has seen: no native parameter.
        self._count: Variable | None = None
        if (mean is not None) != (variance is not None):
            raise ValueError(
                "When setting values directly, both `mean` and `variance` must be set. "
                f"Received: mean={mean} and variance={variance}"
            )
        if mean is not None:
            if np.shape(mean) != np.shape(variance):
                raise ValueError(
                    "When setting values directly, `mean` and `variance` must have the same shape. "
                    f"Received: mean shape {np.shape(mean)} and variance shape {np.shape(variance)}"
                )
            if len(np.shape(mean)) > len(self.axis):
                raise ValueError(
                    "The rank of `mean` must be less than or equal to the number of axes "
                    f"({len(self.axis)}). Received: mean shape {np.shape(mean)} for axis "
                    f"{self.axis}"
                )

    def _kept(self, shape: BatchShape) -> list[int]:
        """Return the axes of a batch that have means of their own."""
        if any(not -len(shape) <= axis < len(shape) for axis in self.axis):
            raise ValueError(
                "All `axis` values must be in the range [-ndim, ndim). Received inputs with "
                f"ndim={len(shape)}, while axis={self.axis}"
            )
        return [axis + 1 for axis in sample_axes(self.axis, shape)]

    def _create(self, shape: BatchShape) -> None:
        sizes: list[int] = []
        for axis in self._kept(shape):
            size = shape[axis]
            if size is None:
                raise ValueError(
                    "All `axis` values to be kept must have a known shape. Received "
                    f"axis={self.axis}, inputs.shape={shape}, with unknown axis at index {axis}"
                )
            sizes.append(size)
        given = self.input_mean is not None
        values = (self.input_mean, self.input_variance) if given else (0.0, 1.0)
        for name, value in zip(("mean", "variance"), values, strict=True):
            array = np.broadcast_to(np.asarray(value, float), sizes)
            self._add(name, sizes, initializers.Constant(array), can_train=False, hidden=given)
        if not given:
            count = np.zeros((), np.int64)
            self._count = Variable(
                "count", f"{self.path}/count", count, initializers.Zeros(), False
            )
            self._variables.append(self._count)

    def _check(self, shape: BatchShape) -> None:
        kept = self._kept(shape)
        if self._build_shape is not None:
            self._check_ndim(shape, len(self._build_shape))
        self._check_axes(shape, dict(zip(kept, self.parameters[0].shape, strict=True)))

    @property
    def mean(self) -> AnyArray | None:
        """The mean, with as many axes as the inputs; None before the layer is built."""
        return self._broadcast(0)

    @property
    def variance(self) -> AnyArray | None:
        """The variance, with as many axes as the inputs; None before the layer is built."""
        return self._broadcast(1)

    def _broadcast(self, index: int) -> AnyArray | None:
        shape = self._build_shape
        if shape is None:
            return None
        kept = self._kept(shape)
        sizes = [size if axis in kept else 1 for axis, size in enumerate(shape)]
        return self.parameters[index].numpy().reshape(sizes)  # type: ignore[arg-type]

    def adapt(self, data: Any) -> None:
        """Set the mean and the (population) variance to those of `data`.

        Parameters
        ----------
        data : ndarray or iterable of ndarray
            A whole data set, or its batches, or tuples that begin with them.

        Raises
        ------
        ValueError
            If the data does not fit the layer, or is empty.
        TypeError
            If it is neither.
        """
        if hasattr(data, "to_numpy"):
            data = data.to_numpy()
        batches = self._batches(data)
        first = next(batches)
        if self._built and self._build_shape is not None:
            own = self._build_shape
            if len(own) != first.ndim or any(first.shape[d] != own[d] for d in self._kept(own)):
                raise ValueError(
                    f"The layer was built with input_shape={own}, but adapt() is being called with "
                    f"data with an incompatible shape, data.shape={first.shape}"
                )
        self.build(first.shape)
        kept = self._kept(first.shape)
        reduced = tuple(axis for axis in range(first.ndim) if axis not in kept)
        if isinstance(data, np.ndarray):
            mean, variance = np.mean(first, axis=reduced), np.var(first, axis=reduced)
        else:
            mean, variance = self._merged(itertools.chain([first], batches), kept, reduced)
        if self.input_mean is None:
            self.parameters[0].memory[...] = mean
            self.parameters[1].memory[...] = variance

    def _batches(self, data: Any) -> Any:
        if isinstance(data, np.ndarray):
            return iter([data])
        if not hasattr(data, "__iter__"):
            raise TypeError(
                f"Unsupported data type: {type(data)}. `adapt` supports `np.ndarray` and iterables "
                "of batches (e.g. list, generator)."
            )
        batches = (batch[0] if isinstance(batch, tuple) else batch for batch in data)
        first = next(batches, None)
        if first is None:
            raise ValueError(
                "adapt() received an empty iterable (no batches). Expected at least one batch. "
                "Pass a non-empty iterable of arrays or tensors, e.g. layer.adapt([x]) or "
                "layer.adapt(list_of_batches)."
            )
        if not hasattr(first, "shape"):
            raise TypeError(
                "adapt() expects an iterable that yields arrays or tensors with a `.shape` "
                "attribute (e.g. numpy arrays or backend tensors). Got an element of type "
                f"{type(first).__name__}. Ensure each yielded element is array-like with a "
                "`.shape` attribute."
            )
        return (np.asarray(batch) for batch in itertools.chain([first], batches))

    def _merged(
        self, batches: Any, kept: list[int], reduced: tuple[int, ...]
    ) -> tuple[AnyArray, AnyArray]:
        """Return mean and variance of batches, merged one by one in the layer's dtype, as Keras."""
        sizes = self.parameters[0].shape
        mean, variance = np.zeros(sizes, self._dtype), np.zeros(sizes, self._dtype)
        seen = 0
        for raw in batches:
            batch = raw.astype(self._dtype)
            if [batch.shape[axis] for axis in kept] != list(sizes):
                raise ValueError(
                    "adapt() yielded a batch with incompatible shape. Expected "
                    f"{self._build_shape}, got {batch.shape}."
                )
            count = math.prod(batch.shape[axis] for axis in reduced)
            seen += count
            new = count / seen
            batch_mean, batch_variance = batch.mean(axis=reduced), batch.var(axis=reduced)
            total = mean * (1 - new) + batch_mean * new
            variance = (variance + (mean - total) ** 2) * (1 - new) + (
                batch_variance + (batch_mean - total) ** 2
            ) * new
            mean = total
        return mean, variance

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        axes = [axis - 1 for axis in self._kept(shape)]
        flags = _native.FIRST if self.invert else 0
        return [describe(_native.NORMALIZATION, flags=flags, axes=axes)]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer; what `adapt` saw is in the weights."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "invert": self.invert,
            "mean": np.array(self.input_mean).tolist(),
            "variance": np.array(self.input_variance).tolist(),
        }
