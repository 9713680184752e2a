"""Normalization by the batch's statistics."""

from typing import Any, ClassVar

from .. import _native, constraints, initializers, regularizers
from .._network import describe
from .._shapes import BatchShape, sample_axes
from .._variables import Weight
from ._layer import Layer, refuse


class BatchNormalization(Layer):
    """gamma (x - mean) / sqrt(variance + epsilon) + beta, one mean and variance a feature.

    In training they are the batch's (the variance is the biased one), and the moving ones, which
    are used otherwise, become momentum moving + (1 - momentum) batch's. A layer with
    ``trainable=False`` uses and keeps the moving ones in training too, as in Keras.
    (Ioffe and Szegedy 2015.)

    Parameters
    ----------
    axis : int
        Of the features.
    momentum, epsilon : float
    center, scale : bool
        Whether there are beta and gamma.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint
        See `Dense`.
    renorm, renorm_clipping, renorm_momentum, synchronized
        As in Keras; only the defaults.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a wrong value or an axis that the inputs haven't got.
    NotImplementedError
        For what Keras has and Fanin hasn't.
    """

    _builds = True
    _min_ndim = 2
    call_arguments: ClassVar[dict[str, Any]] = {"mask": None}

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        refuse(renorm=renorm, renorm_clipping=renorm_clipping, synchronized=synchronized)
        super().__init__(**kwargs)
        self.axis = int(axis)
        self.momentum = float(momentum)
        self.epsilon = float(epsilon)
        self.center = center
        self.scale = scale
        self.renorm_momentum = renorm_momentum
        self.beta_initializer = self._initializer("beta_initializer", beta_initializer)
        self.gamma_initializer = self._initializer("gamma_initializer", gamma_initializer)
        self.moving_mean_initializer = self._initializer(
            "moving_mean_initializer", moving_mean_initializer
        )
        self.moving_variance_initializer = self._initializer(
            "moving_variance_initializer", moving_variance_initializer
        )
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def _values(self, name: str) -> Weight | None:
        return next((v.value for v in self._variables if v.name == name), None)

    @property
    def gamma(self) -> Weight | None:
        """The factors, see `Dense.kernel`; None if there are none (yet)."""
        return self._values("gamma")

    @property
    def beta(self) -> Weight | None:
        """What is added, see `Dense.kernel`; None if there is nothing (yet)."""
        return self._values("beta")

    @property
    def moving_mean(self) -> Weight | None:
        """The means of batches so far; None before the layer is built."""
        return self._values("moving_mean")

    @property
    def moving_variance(self) -> Weight | None:
        """The variances of batches so far; None before the layer is built."""
        return self._values("moving_variance")

    def _create(self, shape: BatchShape) -> None:
        size = (shape[sample_axes(self.axis, shape)[0] + 1],)
        if self.scale:
            self._add(
                "gamma", size, self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint
            )
        if self.center:
            self._add(
                "beta", size, self.beta_initializer, self.beta_regularizer, self.beta_constraint
            )
        self._add("moving_mean", size, self.moving_mean_initializer, can_train=False)
        self._add("moving_variance", size, self.moving_variance_initializer, can_train=False)

    def _check(self, shape: BatchShape) -> None:
        if self._build_shape is not None:
            self._check_ndim(shape, len(self._build_shape))
        self._check_axes(shape, {self.axis: self._variables[0].shape[0]})

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        flags = (_native.FIRST if self.scale else 0) | (_native.SECOND if self.center else 0)
        return [
            describe(
                _native.BATCH_NORMALIZATION,
                flags=flags,
                axes=sample_axes(self.axis, shape),
                constants=(self.momentum, self.epsilon),
            )
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer, with weights of its own."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            "beta_regularizer": regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": constraints.serialize(self.beta_constraint),
            "gamma_constraint": constraints.serialize(self.gamma_constraint),
            "synchronized": False,
            "renorm": False,
            "renorm_clipping": None,
            "renorm_momentum": self.renorm_momentum,
        }
