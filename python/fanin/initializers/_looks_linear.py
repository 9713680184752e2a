"""Mirrored kernels, with which a network of rectifiers is linear at the start."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from ._explain import Explanation
from ._nested import NestedInitializer

# Which axes of the kernel, inputs and outputs, are halves that are each other's negative.
_MIRRORS = {"inputs": (-2,), "outputs": (-1,), "both": (-2, -1)}


class LooksLinear(NestedInitializer):
    """[W, -W] along the inputs: with CReLU before it, the layer computes W x.

    CReLU is x -> [relu(x), relu(-x)], along the last axis; as relu(x) - relu(-x) = x, a network
    of such layers is the product of its W at the start, whose gradients do not shatter. The
    kernel is (..., 2 n, outputs), W the initializer's of shape (..., n, outputs). D. Balduzzi et
    al., "The shattered gradients problem: if resnets are the answer, then what is the question?",
    ICML 2017.

    Without CReLU, relu layers do the same whose units are mirrored: ``mirror="outputs"`` in the
    first, ``"both"`` in those between, ``"inputs"`` in the last. R. Burkholz, A. Dubatovka,
    "Initialization of ReLUs for dynamical isometry", NeurIPS 2019.

    Parameters
    ----------
    initializer : str, dict or Initializer
        Of W; the seed is its own.
    mirror : {"inputs", "outputs", "both"}
        Along which axes the halves are each other's negative.

    Raises
    ------
    TypeError
        If `initializer` is a function.
    ValueError
        If there is no such initializer or mirror; on a call, if the rank is below 2, or a mirrored
        axis odd.
    """

    def __init__(self, initializer: Any = "orthogonal", mirror: str = "inputs") -> None:
        if mirror not in _MIRRORS:
            raise ValueError(
                f"Argument `mirror` must be one of {list(_MIRRORS)}. Received: mirror={mirror!r}"
            )
        self.mirror = mirror
        super().__init__(initializer)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the inner initializer as a dictionary."""
        return {**super().get_config(), "mirror": self.mirror}

    def _half(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return W's shape."""
        axes = _MIRRORS[self.mirror]
        if len(shape) < 2 or any(shape[axis] % 2 for axis in axes):
            raise ValueError(
                f"The shape must be (..., inputs, outputs), with an even number of {self.mirror} "
                f"of them mirrored. Received: shape={shape}"
            )
        rank = len(shape)
        return tuple(size // 2 if axis - rank in axes else size for axis, size in enumerate(shape))

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        rows, columns = self._half(out.shape)[-2:]
        self.initializer.fill(out[..., :rows, :columns])
        if rows < out.shape[-2]:
            np.negative(out[..., :rows, :columns], out=out[..., rows:, :columns])
        if columns < out.shape[-1]:
            np.negative(out[..., :columns], out=out[..., columns:])

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        said = self.initializer._explain(self._half(shape))
        halves = {
            "inputs": "[W, -W] along the inputs",
            "outputs": "[W, -W] along the outputs",
            "both": "[[W, -W], [-W, W]]",
        }[self.mirror]
        return replace(
            said,
            name=type(self).__name__,
            shape=shape,
            formula=f"{halves}, W: {said.formula}",
            distribution=f"{said.distribution}, mirrored",
            mean=0.0,
            sources=(
                "D. Balduzzi, M. Frean, L. Leary, J. P. Lewis, K. W.-D. Ma, B. McWilliams, The "
                "shattered gradients problem: if resnets are the answer, then what is the "
                "question?, ICML 2017, arXiv:1702.08591",
                "R. Burkholz, A. Dubatovka, Initialization of ReLUs for dynamical isometry, "
                "NeurIPS 2019: mirrored units",
                *said.sources,
            ),
            notes=(
                "Fans and spread are those of W: of [relu(x), relu(-x)], half is 0, and W x "
                "has the variance that W gives it.",
                *said.notes,
            ),
        )
