"""Layers that are random in training, and nothing otherwise."""

from collections.abc import Sequence
from typing import Any, ClassVar

from .. import _native
from .._network import describe
from .._shapes import BatchShape
from . import _pieces
from ._layer import Layer


class _Noise(Layer):
    """A layer with a rate or a standard deviation from 0 to 1, and a seed.

    Where it is 0 nothing is drawn, no seed either, as in Keras.
    """

    call_arguments: ClassVar[dict[str, Any]] = {"training": False}
    # Of the native layer.
    _kind: int
    # Keras's name of the argument.
    _strength = "rate"

    def __init__(self, strength: float, seed: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 <= strength <= 1:
            raise ValueError(
                f"Invalid value received for argument `{self._strength}`. Expected a float value "
                f"between 0 and 1. Received: {self._strength}={strength}"
            )
        self._value = strength
        self.seed = seed
        if strength > 0:
            self._draws(seed)

    def _axes(self, shape: BatchShape) -> Sequence[int]:
        return ()

    def _stages(self, shape: BatchShape) -> list[_native.Layer]:
        if self.seed_generator is None:
            return [_pieces.reshape(shape[1:])]
        return [
            describe(
                self._kind,
                axes=self._axes(shape),
                seed=int(self.seed_generator.state[0]),
                constants=(float(self._value),),
            )
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), self._strength: self._value, "seed": self.seed}


class _MaskingNoise(_Noise):
    """A layer that draws a mask, of which axes may share values."""

    def __init__(self, rate: float, noise_shape: Any, seed: int | None, **kwargs: Any) -> None:
        super().__init__(rate, seed, **kwargs)
        self.rate = rate
        self.noise_shape = _noise_shape(noise_shape)

    def _axes(self, shape: BatchShape) -> Sequence[int]:
        if self.noise_shape is None:
            return ()
        sizes = []
        if len(self.noise_shape) != len(shape):
            raise ValueError(
                f"`noise_shape` must have as many sizes as the inputs have axes, {len(shape)}. "
                f"Received: noise_shape={self.noise_shape}"
            )
        for size, own in zip(self.noise_shape, shape, strict=True):
            if size not in (None, 1, own):
                raise NotImplementedError(
                    "The sizes of `noise_shape` must be 1, None or the inputs' own, "
                    f"{shape}. Received: noise_shape={self.noise_shape}"
                )
            sizes.append(1 if size == 1 else -1)
        return sizes

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        return {**super().get_config(), "noise_shape": self.noise_shape}


class Dropout(_MaskingNoise):
    """In training, zero for a share of the inputs, the others divided by what is kept.

    The mask is TensorFlow's, bit for bit: that of Keras with the same seed.

    Parameters
    ----------
    rate : float
        The share that is dropped, in [0, 1].
    noise_shape : tuple, optional
        The shape of the mask, with the batch's axis: 1 for axes that share it, None for the others.
    seed : int, optional
        None draws one, as in Keras.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a rate that is not in [0, 1].
    """

    _kind = _native.DROPOUT

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, noise_shape, seed, **kwargs)


class AlphaDropout(_MaskingNoise):
    """Dropout that keeps mean and variance of inputs that come from selu; see `Dropout`.

    Dropped inputs become the negative value at which selu saturates.
    (Klambauer et al. 2017, Self-Normalizing Neural Networks.)
    """

    _kind = _native.ALPHA_DROPOUT

    def __init__(
        self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(rate, noise_shape, seed, **kwargs)


class GaussianNoise(_Noise):
    """In training, the inputs plus normals of a standard deviation in [0, 1].

    Parameters
    ----------
    stddev : float
    seed : int, optional
        None draws one, as in Keras.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a standard deviation that is not in [0, 1].
    """

    _kind = _native.GAUSSIAN_NOISE
    _strength = "stddev"

    def __init__(self, stddev: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(stddev, seed, **kwargs)
        self.stddev = stddev


class GaussianDropout(_Noise):
    """In training, the inputs times normals with mean 1 and variance rate / (1 - rate).

    Parameters
    ----------
    rate : float
        In [0, 1].
    seed : int, optional
        None draws one, as in Keras.
    **kwargs
        See `Layer`.

    Raises
    ------
    ValueError
        For a rate that is not in [0, 1].
    """

    _kind = _native.GAUSSIAN_DROPOUT

    def __init__(self, rate: float, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(rate, seed, **kwargs)
        self.rate = rate


def _noise_shape(shape: Any) -> tuple[int | None, ...] | None:
    """Return the noise's shape, checked in Keras's words."""
    if shape is None:
        return None
    start = "Invalid value received for argument `noise_shape`. Expected "
    if isinstance(shape, str):
        raise ValueError(f"{start}a tuple or list of integers. Received: noise_shape={shape}")
    try:
        sizes = tuple(shape)
    except TypeError as error:
        raise ValueError(
            f"{start}an iterable of integers (e.g., a tuple or list). Received: noise_shape={shape}"
        ) from error
    for index, size in enumerate(sizes):
        if size is not None and not isinstance(size, int):
            raise ValueError(
                f"{start}all elements to be integers or None. Received element at index {index}: "
                f"{size} (type: {type(size).__name__})"
            )
        if size is not None and size <= 0:
            raise ValueError(
                f"{start}all dimensions to be positive integers or None. Received negative or zero "
                f"value at index {index}: {size}"
            )
    return sizes
