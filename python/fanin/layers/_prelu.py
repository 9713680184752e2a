"""The activation layer that learns its slopes."""

from typing import Any

from .. import _native, constraints, initializers, regularizers
from .._network import describe
from .._shapes import BatchShape, sample_axes
from .._variables import Weight
from ._layer import Layer


class PReLU(Layer):
    """x where it is positive, alpha x elsewhere, with a slope alpha for each value of a sample.

    (He et al. 2015, Delving Deep into Rectifiers.)

    Parameters
    ----------
    alpha_initializer, alpha_regularizer, alpha_constraint
        See `Dense`.
    shared_axes : int or list of int, optional
        Axes of the batch along which the slopes are the same.
    **kwargs
        See `Layer`.
    """

    _builds = True
    _min_ndim = 2

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.alpha_initializer = self._initializer("alpha_initializer", alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        self.shared_axes: list[int] | None = None
        if shared_axes is not None:
            several = isinstance(shared_axes, list | tuple)
            self.shared_axes = list(shared_axes) if several else [shared_axes]

    @property
    def alpha(self) -> Weight:
        """The slopes, see `Dense.kernel`.

        Raises
        ------
        AttributeError
            If the layer is not built.
        """
        if not self.built:
            raise AttributeError("'PReLU' object has no attribute 'alpha'")
        return self._variables[0].value

    def _shared(self, shape: BatchShape) -> list[int]:
        return sample_axes(self.shared_axes or [], shape)

    def _create(self, shape: BatchShape) -> None:
        shared = self._shared(shape)
        sizes = [1 if axis in shared else size for axis, size in enumerate(shape[1:])]
        self._add(
            "alpha",
            sizes,
            self.alpha_initializer,
            self.alpha_regularizer,
            self.alpha_constraint,
        )

    def _check(self, shape: BatchShape) -> None:
        slopes = self._variables[0].shape
        self._check_ndim(shape, len(slopes) + 1)
        shared = self._shared(shape)
        self._check_axes(
            shape, {axis + 1: n for axis, n in enumerate(slopes) if axis not in shared}
        )

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [describe(_native.PRELU, axes=self._shared(shape))]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, with weights of its own."""
        return {
            **super().get_config(),
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "alpha_regularizer": regularizers.serialize(self.alpha_regularizer),
            "alpha_constraint": constraints.serialize(self.alpha_constraint),
            "shared_axes": self.shared_axes,
        }
