"""Weights of residual branches that get smaller as there are more of them."""

from dataclasses import replace
from typing import Any

import numpy.typing as npt

from .. import _arrays
from .._numbers import count
from ._explain import Explanation, constant
from ._nested import NestedInitializer, multiply
from ._variance_scaling import VarianceScaling

_FIXUP = (
    "H. Zhang, Y. N. Dauphin, T. Ma, Fixup initialization: residual learning without "
    "normalization, ICLR 2019, arXiv:1901.09321"
)
_T_FIXUP = (
    "X. S. Huang, F. Pérez, J. Ba, M. Volkovs, Improving transformer optimization through better "
    "initialization, ICML 2020"
)


def _times(said: Explanation, factor: float) -> dict[str, Any]:
    """Return what becomes of the numbers of an explanation."""
    names = ("mean", "bound", "stddev_before", "stddev")
    values = {name: getattr(said, name) for name in names}
    scaled: dict[str, Any] = {
        name: None if value is None else value * factor for name, value in values.items()
    }
    scaled["range"] = None if said.range is None else tuple(x * factor for x in said.range)
    return scaled


class Fixup(NestedInitializer):
    """An initializer times L**(-1 / (2 m - 2)), for L residual branches of m layers.

    For networks without normalization. The last layer of each branch, and the classifier, must be
    0: give them ``last=True`` or ``"zeros"``; then the branches are 0 at the start, and a step of
    gradient descent changes the outputs by as much as the learning rate says, at any depth.
    Beside it, the paper gives each branch a scalar multiplier of 1 and each layer scalar biases of
    0. H. Zhang, Y. N. Dauphin, T. Ma, "Fixup initialization: residual learning without
    normalization", ICLR 2019.

    Parameters
    ----------
    num_blocks : int
        L, the network's residual branches.
    layers_per_block : int
        m, the layers with weights in each of them.
    last : bool
        Whether it is for the last layer of a branch.
    initializer : str, dict or Initializer
        What is multiplied; the seed is its own.

    Raises
    ------
    TypeError
        If the numbers are not integers, `last` no bool, or `initializer` a function.
    ValueError
        If the numbers are below 1, m is 1 and `last` is not set, or there is no such initializer.
    """

    def __init__(
        self,
        num_blocks: int,
        layers_per_block: int = 2,
        last: bool = False,
        initializer: Any = "he_normal",
    ) -> None:
        self.num_blocks = count("num_blocks", num_blocks)
        self.layers_per_block = count("layers_per_block", layers_per_block)
        if not isinstance(last, bool):
            raise TypeError(f"Argument `last` must be True or False. Received: last={last!r}")
        if layers_per_block == 1 and not last:
            raise ValueError(
                "Argument `last` must be True if a branch has one layer only. "
                "Received: layers_per_block=1, last=False"
            )
        self.last = last
        super().__init__(initializer)

    @property
    def factor(self) -> float:
        """What the initializer's values are multiplied by."""
        if self.last:
            return 0.0
        return float(self.num_blocks ** (-1 / (2 * self.layers_per_block - 2)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the inner initializer as a dictionary."""
        return {
            "num_blocks": self.num_blocks,
            "layers_per_block": self.layers_per_block,
            "last": self.last,
            **super().get_config(),
        }

    def _write(self, out: npt.NDArray[Any]) -> None:
        if self.last:
            _arrays.check_floating(out.dtype)
            out[...] = 0
            return
        self.initializer.fill(out)
        multiply(out, self.factor)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        name, sources = type(self).__name__, (_FIXUP,)
        if self.last:
            note = "The last layer of a residual branch: the branch is 0 at the start."
            return replace(constant(name, shape, 0.0), sources=sources, notes=(note,))
        said = self.initializer._explain(shape)
        power = 2 * self.layers_per_block - 2
        return replace(
            said,
            name=name,
            formula=f"{said.formula}; times L^(-1/{power}) = {self.factor:.6g}, "
            f"L = {self.num_blocks}",
            **_times(said, self.factor),
            sources=(*sources, *said.sources),
            notes=(
                "Only together with zeros in the last layer of each branch and in the classifier.",
                "The authors' code for ResNets counts the outputs: "
                'VarianceScaling(2, "fan_out", "untruncated_normal").',
                *said.notes,
            ),
        )


# By part: a and b of the factor a (b N)^(-1/4).
_PARTS = {"encoder": (0.67, 1), "decoder": (1.0, 9), "embedding": (1.0, 9)}


class TFixup(NestedInitializer):
    """An initializer times N**(-1/4), for a transformer of N layers without normalization.

    For the matrices of values and outputs of each attention and for both of each MLP: times
    0.67 N**(-1/4) in the encoder, (9 N)**(-1/4) in the decoder; times the latter for the embeddings
    of both. Those of queries and keys stay as Xavier has them: ``"glorot_uniform"``. No warm-up of
    the learning rate is needed then, nor layer normalization. X. S. Huang, F. Pérez, J. Ba, M.
    Volkovs, "Improving transformer optimization through better initialization", ICML 2020.

    Parameters
    ----------
    num_layers : int
        N, of the encoder or the decoder.
    part : {"encoder", "decoder", "embedding"}
        Where the matrix is.
    initializer : str, dict or Initializer, optional
        What is multiplied; the seed is its own. By default Xavier's ``"glorot_uniform"``, for
        embeddings of shape (n, d) the normal distribution of variance 1 / d.

    Raises
    ------
    TypeError
        If `num_layers` is not an integer, or `initializer` a function.
    ValueError
        If `num_layers` is below 1, there is no such part, or no such initializer.
    """

    def __init__(self, num_layers: int, part: str = "encoder", initializer: Any = None) -> None:
        self.num_layers = count("num_layers", num_layers)
        if part not in _PARTS:
            raise ValueError(
                f"Argument `part` must be one of {list(_PARTS)}. Received: part={part!r}"
            )
        self.part = part
        if initializer is None:
            embedding = VarianceScaling(1.0, "fan_out", "untruncated_normal")
            initializer = embedding if part == "embedding" else "glorot_uniform"
        super().__init__(initializer)

    @property
    def factor(self) -> float:
        """What the initializer's values are multiplied by."""
        scale, times = _PARTS[self.part]
        return float(scale * (times * self.num_layers) ** -0.25)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, the inner initializer as a dictionary."""
        own = {"num_layers": self.num_layers, "part": self.part}
        return {**own, **super().get_config()}

    def _write(self, out: npt.NDArray[Any]) -> None:
        self.initializer.fill(out)
        multiply(out, self.factor)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        said = self.initializer._explain(shape)
        rule = "0.67 N^(-1/4)" if self.part == "encoder" else "(9 N)^(-1/4)"
        return replace(
            said,
            name=type(self).__name__,
            formula=f"{said.formula}; times {rule} = {self.factor:.6g}, N = {self.num_layers}",
            **_times(said, self.factor),
            sources=(_T_FIXUP, *said.sources),
            notes=(
                "For values, outputs and MLPs; queries and keys are not multiplied, embeddings "
                "are.",
                "The authors' code multiplies the values' matrix by √2 as well, which takes back "
                "the gain 1/√2 of fairseq's attention.",
                *said.notes,
            ),
        )
