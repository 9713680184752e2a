"""Normal distributions for transformers: small ones, and smaller ones with more layers."""

import math
from typing import Any

import numpy.typing as npt

from .._numbers import count, finite
from ._base import RandomInitializer
from ._config import encode
from ._explain import Explanation, describe
from ._variance_scaling import compute_fans, counted


class SmallInit(RandomInitializer):
    """Normal with variance 2 / (5 d), d the width of a transformer.

    Xavier's variance for the matrices d x 4 d of the feed-forward layers, 2 / (d + 4 d), for all
    others as well: attentions then add less to the residual stream. T. Q. Nguyen, J. Salazar,
    "Transformers without tears: improving the normalization of self-attention", IWSLT 2019.

    Parameters
    ----------
    width : int, optional
        d. By default the smaller one of fan_in and fan_out, which it is for all matrices of a
        transformer.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError
        If `width` is not an integer.
    ValueError
        If `width` is below 1, or on a bad seed.
    """

    def __init__(self, width: int | None = None, seed: Any = None) -> None:
        self.width = None if width is None else count("width", width)
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "width": self.width}

    def _stddev(self, shape: tuple[int, ...]) -> float:
        width = self.width or max(1, min(compute_fans(shape)))
        return math.sqrt(2 / (5 * width))

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        return "fill_normal", 0.0, self._stddev(out.shape)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        return describe(
            type(self).__name__, shape, "normal", 0.0, self._stddev(shape),
            formula="N(0, 2 / (5 d)), d = "
            + ("min(fan_in, fan_out)" if self.width is None else str(self.width)),
            fans=compute_fans(shape),
            counted=counted(shape),
            sources=(
                "T. Q. Nguyen, J. Salazar, Transformers without tears: improving the normalization "
                "of self-attention, IWSLT 2019, arXiv:1910.05895",
            ),
            notes=(
                "GPT-NeoX's small_init has the model's width for d in all layers, and so has this "
                "for matrices of which no side is shorter.",
            ),
        )  # fmt: skip


class DepthScaled(RandomInitializer):
    """Normal with standard deviation stddev / sqrt(2 num_layers): GPT-2's residual projections.

    Each layer of a transformer adds two branches to the residual stream; with this in the last
    matrix of each, all together add as much as one would. All other matrices have
    ``RandomNormal(stddev=stddev)``. A. Radford, J. Wu, R. Child, D. Luan, D. Amodei, I. Sutskever,
    "Language models are unsupervised multitask learners", 2019.

    Parameters
    ----------
    num_layers : int
        Of the transformer; each has two residual branches.
    stddev : float
        That of the other matrices; positive.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError
        If `num_layers` is not an integer or `stddev` not a number.
    ValueError
        If `num_layers` is below 1, `stddev` not positive and finite, or on a bad seed.
    """

    def __init__(self, num_layers: int, stddev: float = 0.02, seed: Any = None) -> None:
        self.num_layers = count("num_layers", num_layers)
        if finite("stddev", stddev) <= 0:
            raise ValueError(f"Argument `stddev` must be positive. Received: stddev={stddev}")
        self.stddev = stddev
        super().__init__(seed)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"num_layers": self.num_layers, "stddev": encode(self.stddev)}
        return {**super().get_config(), **own}

    def _scaled(self) -> float:
        return float(self.stddev) / math.sqrt(2 * self.num_layers)

    def _operation(self, out: npt.NDArray[Any]) -> tuple[Any, ...]:
        return "fill_normal", 0.0, self._scaled()

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        return describe(
            type(self).__name__, shape, "normal", 0.0, self._scaled(),
            formula=f"N(0, s²), s = {float(self.stddev):g} / √(2 · {self.num_layers}), whatever "
            "the shape",
            sources=(
                "A. Radford, J. Wu, R. Child, D. Luan, D. Amodei, I. Sutskever, Language models "
                "are unsupervised multitask learners, 2019",
            ),
            notes=(
                "The paper says 1/√N for N residual layers, of which a transformer's layer has "
                "two: the attention and the MLP.",
                "Does not depend on the width: GPT-2's 0.02 is about √(0.3 / 768).",
            ),
        )  # fmt: skip
