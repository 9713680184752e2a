"""Normalization of each sample by itself."""

from typing import Any

from .. import _native, constraints, initializers, regularizers
from .._network import describe
from .._shapes import BatchShape, sample_axes, standardize_batch_shape
from .._variables import Weight
from ._layer import Layer, refuse


class _SampleNormalization(Layer):
    """A layer that normalizes along axes of a sample that lie next to each other."""

    _min_ndim = 2
    axis: Any

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return `input_shape`.

        Raises
        ------
        ValueError
            If it hasn't got the axes.
        """
        shape = standardize_batch_shape(input_shape)
        sample_axes(self.axis, shape)
        return shape

    def _sizes(self, shape: BatchShape) -> list[int | None]:
        """Return the sizes of the axes, and keep these as Keras does: sorted, as a list."""
        sample_axes(self.axis, shape)
        self.axis = sorted(self.axis) if isinstance(self.axis, list | tuple) else [self.axis]
        return [shape[axis] for axis in self.axis]

    def _check(self, shape: BatchShape) -> None:
        if self._variables:
            sample_axes(self.axis, shape)
            self._check_axes(shape, dict(zip(self.axis, self._variables[0].shape, strict=True)))


def _axis(axis: Any) -> Any:
    if isinstance(axis, list | tuple):
        return list(axis)
    if not isinstance(axis, int):
        raise TypeError(
            "Invalid value for `axis` argument: expected an int or a list/tuple of ints. "
            f"Received: axis={axis}"
        )
    return axis


class LayerNormalization(_SampleNormalization):
    """gamma (x - mean) / sqrt(variance + epsilon) + beta, with each sample's mean and variance.

    (Ba et al. 2016.)

    Parameters
    ----------
    axis : int or list of int
        Those that are normalized, next to each other.
    epsilon : float
    center, scale : bool
        Whether there are beta and gamma.
    beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer
    beta_constraint, gamma_constraint
        See `Dense`.
    **kwargs
        See `Layer`.

    Raises
    ------
    TypeError
        If `axis` is no integer and no list.
    ValueError
        For a wrong value or an axis that the inputs haven't got.
    NotImplementedError
        For ``rms_scaling=True``, which Keras deprecates, too.
    """

    _builds = True

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        refuse(rms_scaling=kwargs.pop("rms_scaling", None))
        super().__init__(**kwargs)
        self.axis = _axis(axis)
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = self._initializer("beta_initializer", beta_initializer)
        self.gamma_initializer = self._initializer("gamma_initializer", gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    @property
    def gamma(self) -> Weight | None:
        """The factors, see `Dense.kernel`; None if there are none (yet)."""
        return self._variables[0].value if self._variables and self.scale else None

    @property
    def beta(self) -> Weight | None:
        """What is added, see `Dense.kernel`; None if there is nothing (yet)."""
        return self._variables[-1].value if self._variables and self.center else None

    def _create(self, shape: BatchShape) -> None:
        sizes = self._sizes(shape)
        if self.scale:
            self._add(
                "gamma",
                sizes,
                self.gamma_initializer,
                self.gamma_regularizer,
                self.gamma_constraint,
            )
        if self.center:
            self._add(
                "beta", sizes, self.beta_initializer, self.beta_regularizer, self.beta_constraint
            )

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        flags = (_native.FIRST if self.scale else 0) | (_native.SECOND if self.center else 0)
        return [
            describe(
                _native.LAYER_NORMALIZATION,
                flags=flags,
                axes=sample_axes(self.axis, shape),
                constants=(float(self.epsilon),),
            )
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, with weights of its own."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "rms_scaling": False,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
        }


class RMSNormalization(_SampleNormalization):
    """scale x / sqrt(mean(x^2) + epsilon), for each sample.

    (Zhang and Sennrich 2019.)

    Parameters
    ----------
    axis : int or list of int
        Those that are normalized, next to each other.
    epsilon : float
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For an axis that the inputs haven't got.
    """

    _builds = True

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _axis(axis)
        self.epsilon = epsilon

    @property
    def scale(self) -> Weight:
        """The factors, see `Dense.kernel`.

        Raises
        ------
        AttributeError
            If the layer is not built.
        """
        if not self.built:
            raise AttributeError("'RMSNormalization' object has no attribute 'scale'")
        return self._variables[0].value

    def _create(self, shape: BatchShape) -> None:
        self._add("scale", self._sizes(shape), initializers.Ones())

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [
            describe(
                _native.RMS_NORMALIZATION,
                flags=_native.FIRST,
                axes=sample_axes(self.axis, shape),
                constants=(float(self.epsilon),),
            )
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, with weights of its own."""
        return {**super().get_config(), "axis": self.axis, "epsilon": self.epsilon}


class UnitNormalization(_SampleNormalization):
    """x / sqrt(sum(x^2)), for each sample.

    Parameters
    ----------
    axis : int or list of int
        Those that are normalized, next to each other.
    **kwargs
        See `Layer`.

    Raises
    ------
    TypeError
        If `axis` is no integer and no list.
    ValueError
        For an axis that the inputs haven't got.
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = _axis(axis)

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [describe(_native.UNIT_NORMALIZATION, axes=sample_axes(self.axis, shape))]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}
