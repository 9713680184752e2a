"""Bilinear interpolation as the kernel of a transposed convolution."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from ..initializers._base import FillingInitializer
from ..initializers._explain import Explanation
from ._drawn import NOTES, check_rank, one_of, register


@register
class Bilinear(FillingInitializer):
    """w(y, x) = (1 - |y / f - c|) (1 - |x / f - c|) for all channels, f = ceil(width / 2).

    Parameters
    ----------
    name : {"caffe.bilinear", "mxnet.Bilinear"}
        Caffe's center c is (width - 1) / (2 f); MXNet's (2 f - 1 - f % 2) / (2 f), which is another
        for the widths 2, 3, 6, 7, 10, 11, ...: only Caffe's kernels are symmetric there.
    """

    def __init__(self, name: str) -> None:
        self.name = one_of("name", name, ("caffe.bilinear", "mxnet.Bilinear"))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's argument."""
        return {"name": self.name}

    def _check(self, shape: tuple[int, ...]) -> None:
        check_rank(self.name, shape, 4)
        if self.name == "caffe.bilinear" and shape[2] != shape[3]:
            raise ValueError(f"{self.name} needs a square kernel. Received: shape={shape}")

    def _write(self, out: npt.NDArray[Any]) -> None:
        self._check(out.shape)
        _arrays.check_floating(out.dtype)
        height, width = out.shape[2:]
        f = max(1, math.ceil(width / 2))
        last = width - 1 if self.name == "caffe.bilinear" else 2 * f - 1 - f % 2
        c = last / (2 * f)
        rows, columns = (1 - np.abs(np.arange(size) / f - c) for size in (height, width))
        out[...] = _arrays.cast(rows[:, None] * columns, out.dtype)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        self._check(shape)
        return Explanation(
            name=self.name,
            shape=shape,
            formula=f"bilinear interpolation by {math.ceil(shape[3] / 2)}, for all channels",
            distribution="bilinear",
            notes=NOTES.get(self.name, ()),
        )
