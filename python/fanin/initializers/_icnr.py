"""Kernels before a pixel shuffle, without a checkerboard."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from .._numbers import count
from ._explain import Explanation
from ._nested import NestedInitializer

_ORDERS = ("depth_to_space", "pixel_shuffle")


class ICNR(NestedInitializer):
    """A kernel for each scale**2 outputs, which repeat it: what a pixel shuffle enlarges is smooth.

    A convolution with C scale**2 outputs and a pixel shuffle after it then are one with C
    outputs and its enlargement by nearest neighbours; independent kernels would draw a
    checkerboard. The kernel is (..., inputs, outputs) with k axes before them, and the outputs are
    scale**k times as many as the initializer makes kernels: for images, k = 2. A. Aitken et al.,
    "Checkerboard artifact free sub-pixel convolution", 2017, arXiv:1707.02937.

    Parameters
    ----------
    scale : int
        The enlargement along each axis.
    initializer : str, dict or Initializer
        Of the kernels that are repeated, whose fan_out is theirs; the seed is its own.
    order : {"depth_to_space", "pixel_shuffle"}
        Which outputs one pixel becomes: those with all channels C apart, as
        ``tf.nn.depth_to_space`` has them, or scale**k beside each other, as PyTorch's
        ``PixelShuffle``.

    Raises
    ------
    TypeError
        If `scale` is not an integer, or `initializer` a function.
    ValueError
        If `scale` is below 1, or there is no such order or initializer; on a call, if the rank is
        below 3, or the outputs are no multiple of scale**k.
    """

    def __init__(
        self, scale: int = 2, initializer: Any = "he_normal", order: str = "depth_to_space"
    ) -> None:
        self.scale = count("scale", scale)
        if order not in _ORDERS:
            raise ValueError(
                f"Argument `order` must be one of {list(_ORDERS)}. Received: order={order!r}"
            )
        self.order = order
        super().__init__(initializer)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the inner initializer as a dictionary."""
        return {"scale": self.scale, **super().get_config(), "order": self.order}

    def _repeats(self, shape: tuple[int, ...]) -> int:
        repeats = int(self.scale ** max(0, len(shape) - 2))
        if len(shape) < 3 or shape[-1] % repeats:
            raise ValueError(
                "The shape must be (..., inputs, outputs) of rank 3 or more, with outputs that "
                f"are a multiple of scale**(rank - 2). Received: shape={shape}, scale={self.scale}"
            )
        return repeats

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        repeats = self._repeats(out.shape)
        channels = out.shape[-1] // repeats
        kernel = np.asarray(self.initializer((*out.shape[:-1], channels), out.dtype))
        for k in range(repeats):
            beside = self.order == "pixel_shuffle"
            some = slice(k, None, repeats) if beside else slice(k * channels, (k + 1) * channels)
            out[..., some] = kernel

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        repeats = self._repeats(shape)
        said = self.initializer._explain((*shape[:-1], shape[-1] // repeats))
        return replace(
            said,
            name=type(self).__name__,
            shape=shape,
            formula=f"{shape[-1] // repeats} kernels, each {repeats} times: {said.formula}",
            distribution=f"{said.distribution}, repeated",
            sources=(
                "A. Aitken, C. Ledig, L. Theis, J. Caballero, Z. Wang, W. Shi, Checkerboard "
                "artifact free sub-pixel convolution, 2017, arXiv:1707.02937",
                *said.sources,
            ),
            notes=(
                "In the order of tf.nn.depth_to_space; PyTorch's PixelShuffle has the other, "
                'order="pixel_shuffle".'
                if self.order == "depth_to_space"
                else "In the order of PyTorch's PixelShuffle; tf.nn.depth_to_space has the other, "
                'order="depth_to_space".',
                *said.notes,
            ),
        )
