"""Layers that apply an activation function."""

from typing import Any, ClassVar

from .. import _native, activations
from .._network import describe
from .._shapes import BatchShape, sample_axes, standardize_batch_shape
from ..initializers._base import warn
from . import _pieces
from ._layer import Layer


class Activation(Layer):
    """A function of the inputs.

    Parameters
    ----------
    activation : str or function of `fanin.activations`
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        If there is no such function.
    """

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return `input_shape`, with half the last size for glu."""
        shape = standardize_batch_shape(input_shape)
        if self.activation is activations.glu and shape[-1] is not None:
            if shape[-1] % 2:
                raise ValueError(f"glu needs an even last axis. Received: input_shape={shape}")
            return (*shape[:-1], shape[-1] // 2)
        return shape

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [_pieces.activation(self.activation)]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class ReLU(Layer):
    """max_value above, x between, negative_slope (x - threshold) below the threshold.

    Parameters
    ----------
    max_value : float, optional
        None for no limit.
    negative_slope : float
    threshold : float
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a negative number.
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if max_value is not None and max_value < 0:
            raise ValueError(
                "max_value of a ReLU layer cannot be a negative value. "
                f"Received: max_value={max_value}"
            )
        for name, value in (("negative_slope", negative_slope), ("threshold", threshold)):
            if value is None or value < 0:
                raise ValueError(
                    f"{name} of a ReLU layer cannot be None or a negative value. "
                    f"Received: {name}={value}"
                )
        self.max_value = max_value
        self.negative_slope = negative_slope
        self.threshold = threshold

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [_pieces.relu(self.negative_slope, self.max_value, self.threshold)]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {
            **super().get_config(),
            "max_value": self.max_value,
            "negative_slope": self.negative_slope,
            "threshold": self.threshold,
        }


class LeakyReLU(Layer):
    """x where it is positive, negative_slope x elsewhere.

    Parameters
    ----------
    negative_slope : float
        0.3; the function of `fanin.activations` has 0.2, as in Keras.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a negative slope.
    """

    def __init__(self, negative_slope: float = 0.3, **kwargs: Any) -> None:
        if "alpha" in kwargs:
            negative_slope = kwargs.pop("alpha")
            warn("Argument `alpha` is deprecated. Use `negative_slope` instead.")
        super().__init__(**kwargs)
        if negative_slope is None or negative_slope < 0:
            raise ValueError(
                "The negative_slope value of a Leaky ReLU layer cannot be None or negative value. "
                f"Expected a float. Received: negative_slope={negative_slope}"
            )
        self.negative_slope = negative_slope

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [
            describe(
                _native.ACTIVATION,
                activation=_native.LEAKY_RELU,
                constants=(self.negative_slope,),
            )
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "negative_slope": self.negative_slope}


class ELU(Layer):
    """x where it is positive, alpha (exp(x) - 1) elsewhere.

    Parameters
    ----------
    alpha : float
    **kwargs
        See `Layer`.
    """

    def __init__(self, alpha: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = alpha

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [
            describe(_native.ACTIVATION, activation=_native.ELU, constants=(float(self.alpha),))
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "alpha": self.alpha}


class Softmax(Layer):
    """exp(x) / sum(exp(x)) along an axis.

    Parameters
    ----------
    axis : int or list of one int
    **kwargs
        See `Layer`.

    Raises
    ------
    NotImplementedError
        For several axes.
    """

    call_arguments: ClassVar[dict[str, Any]] = {"mask": None}

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, list | tuple) and len(axis) != 1:
            raise NotImplementedError(
                f"A softmax along several axes is not implemented. Received: axis={axis}"
            )
        self.axis = axis

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        return [_pieces.activation(activations.softmax, sample_axes(self.axis, shape))]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "axis": self.axis}
