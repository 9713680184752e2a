"""Maximal update parametrization: what a network of one width takes over from one of another.

With the multiplier m = width / base_width, learning rates that were found at the base width are
right at every other. G. Yang et al., "Tensor Programs V: Tuning large neural networks via zero-shot
hyperparameter transfer", 2022, arXiv:2203.03466, table 3: where a network is as wide as the base,
it is the usual one. "Adam" stands for all optimizers whose step does not grow with the gradient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ._numbers import count
from .optimizers import SGD
from .optimizers import get as _get_optimizer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CoordinateCheck", "Scaling", "apply", "coordinate_check", "scaling"]


@dataclass(frozen=True)
class Scaling:
    """What is multiplied for a network that is `multiplier` times as wide as the base.

    Attributes
    ----------
    multiplier : float
        m = width / base_width.
    hidden_rate, input_rate, output_rate, bias_rate : float
        Factors of the learning rate: of kernels from width to width, from data to width and from
        width to the outputs, and of the hidden layers' biases.
    output_stddev : float
        Factor of the output kernel's standard deviation, where the initializer already divides by
        sqrt(fan_in); those of all other kernels stay as the initializer has them.
    output_multiplier : float
        What the outputs are multiplied by instead, if neither `output_stddev` nor `output_rate`
        is applied but `alternative_output_stddev` and `alternative_output_rate` are: the same
        network, written differently (table 8).
    """

    multiplier: float
    hidden_rate: float
    input_rate: float
    output_rate: float
    bias_rate: float
    output_stddev: float
    output_multiplier: float
    alternative_output_stddev: float
    alternative_output_rate: float


def scaling(width: int, base_width: int, optimizer: Any = "adam") -> Scaling:
    """Return the factors for a width.

    Parameters
    ----------
    width, base_width : int
        Units of the hidden layers.
    optimizer : str or Optimizer
        SGD, or one that divides the gradient by its size.

    Raises
    ------
    TypeError, ValueError
        If a width is not an integer of at least 1, or there is no such optimizer.
    """
    m = count("width", width) / count("base_width", base_width)
    grows = isinstance(_get_optimizer(optimizer), SGD)
    return Scaling(
        multiplier=m,
        hidden_rate=1.0 if grows else 1 / m,
        input_rate=m if grows else 1.0,
        output_rate=1 / m,
        bias_rate=m if grows else 1.0,
        output_stddev=m**-0.5,
        output_multiplier=1 / m,
        alternative_output_stddev=m**0.5,
        alternative_output_rate=m if grows else 1.0,
    )


def apply(model: Any, base_width: int, optimizer: Any = "adam") -> Any:
    """Bring a network of dense layers into the parametrization, before it is compiled.

    The last layer's kernel is scaled, and every kernel and bias gets its factor of the learning
    rate (`rate_factor`), which counts from the next `compile` on. A second call changes nothing
    else than another model would: call it once for each set of initial weights.

    Parameters
    ----------
    model : Model
        Built, not compiled; its dense layers but the last have one width.
    base_width : int
        The width at which the learning rate was found.
    optimizer : str or Optimizer
        What the model is going to be compiled with.

    Returns
    -------
    Model
        The same model.

    Raises
    ------
    ValueError
        If the model has fewer than two dense layers, or hidden ones of different widths.

    Examples
    --------
    >>> model = fanin.mup.apply(build(width=4096), base_width=128)  # doctest: +SKIP
    >>> model.compile("adam", ...)  # with the learning rate that is best at 128  # doctest: +SKIP
    """
    from .layers import Dense

    dense = [layer for layer in model.leaves if isinstance(layer, Dense)]
    widths = sorted({layer.units for layer in dense[:-1]})
    if len(widths) != 1:
        raise ValueError(
            "Argument `model` must have dense layers whose hidden ones have one width. "
            f"Received: dense layers of {[layer.units for layer in dense]} units"
        )
    factors = scaling(widths[0], base_width, optimizer)
    *hidden, output = dense
    output.kernel.assign(output.kernel.numpy() * np.asarray(factors.output_stddev, output.dtype))
    output.kernel.variable.rate_factor = factors.output_rate
    for index, layer in enumerate(hidden):
        rate = factors.hidden_rate if index else factors.input_rate
        layer.kernel.variable.rate_factor = rate
        if layer.bias is not None:
            layer.bias.variable.rate_factor = factors.bias_rate
    return model


class CoordinateCheck:
    """Sizes of activations, before and after some steps, over widths.

    Attributes
    ----------
    widths : list of int
    sizes : dict
        For "standard" and "mup": an array (widths, steps + 1, layers) of the mean magnitude of
        each layer's outputs.
    moves : dict
        The same for the difference of the outputs from those at the start.
    """

    def __init__(
        self,
        widths: list[int],
        sizes: dict[str, "np.ndarray[Any, Any]"],
        moves: dict[str, "np.ndarray[Any, Any]"],
    ) -> None:
        self.widths = widths
        self.sizes = sizes
        self.moves = moves

    def exponents(self, parametrization: str = "mup") -> "np.ndarray[Any, Any]":
        """Return, for each layer, p of moves ~ width ** p after the last step: 0 if constant."""
        moves = np.log(self.moves[parametrization][:, -1])
        logs = np.log(np.asarray(self.widths, float))
        centred = logs - logs.mean()
        slopes: np.ndarray[Any, Any] = centred @ moves / (centred @ centred)
        return slopes

    def __repr__(self) -> str:
        """Return the sizes after the last step as a table."""
        from ._tables import text_table

        layers = self.sizes["mup"].shape[2]
        headings = ["", *(f"layer {i + 1}" for i in range(layers))]
        rows = []
        for name in self.sizes:
            for width, sizes, moves in zip(
                self.widths, self.sizes[name][:, -1], self.moves[name][:, -1], strict=True
            ):
                cells = [f"{a:.3g} ({b:.3g})" for a, b in zip(sizes, moves, strict=True)]
                rows.append([f"{name}, width {width}", *cells])
            rows.append([f"{name}, exponent", *(f"{p:+.2f}" for p in self.exponents(name))])
        return (
            text_table(headings, rows) + "\n\nMean magnitude of the outputs after the last step "
            "(of their change since the start); exponent of the change's growth with the width."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, ready for JSON."""
        from ._tables import jsonable

        result: dict[str, Any] = jsonable(
            {"widths": self.widths, "sizes": self.sizes, "moves": self.moves}
        )
        return result

    def figure(self) -> "Figure":
        """Draw the outputs' change over the width, for both parametrizations.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from ._tables import drawn

        return drawn("_mup_picture", self)


def coordinate_check(
    widths: Sequence[int] = (64, 128, 256, 512, 1024, 2048, 4096),
    *,
    base_width: int = 64,
    depth: int = 2,
    steps: int = 4,
    optimizer: str = "adam",
    learning_rate: float = 1e-3,
    activation: str = "relu",
    seed: int = 0,
) -> CoordinateCheck:
    """Train networks of several widths for a few steps and measure their activations.

    In the usual parametrization the outputs change the more, the wider the network is, so that the
    best learning rate depends on the width; in this one they change alike (Yang et al. 2022,
    appendix D.1). The network: `depth` hidden layers and ten outputs, on digits; the output kernel
    starts at zero, as the paper recommends (appendix D.2), for else its random start, which shrinks
    with the width, is what one sees in narrow networks.

    Parameters
    ----------
    widths : sequence of int
    base_width : int
        Where the two parametrizations are the same.
    depth : int
        Hidden layers, at least 1.
    steps : int
        Of training, with the same batch of 256 digits.
    optimizer : str
    learning_rate : float
    activation : str
    seed : int

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    """
    from .datasets import digits

    widths = [count("widths", width) for width in widths]
    depth = count("depth", depth)
    steps = count("steps", steps)
    if len(widths) < 2:
        raise ValueError(f"Argument `widths` must hold at least two. Received: {widths}")
    (x, y), _ = digits.load_data()
    x, y = x[:256], y[:256]
    sizes: dict[str, np.ndarray[Any, Any]] = {}
    moves: dict[str, np.ndarray[Any, Any]] = {}
    for name in ("standard", "mup"):
        measured = []
        for width in widths:
            model = _network(width, depth, activation, seed, x.shape[1])
            if name == "mup":
                apply(model, base_width, optimizer)
            rule = _get_optimizer(optimizer)
            rule.learning_rate = learning_rate
            model.compile(rule, loss="sparse_categorical_crossentropy")
            outputs = [_outputs(model, x)]
            for _ in range(steps):
                model.train_on_batch(x, y)
                outputs.append(_outputs(model, x))
            measured.append(
                [
                    [
                        (np.abs(z).mean(), np.abs(z - start).mean())
                        for z, start in zip(now, outputs[0], strict=True)
                    ]
                    for now in outputs
                ]
            )
        table = np.array(measured, float)
        sizes[name], moves[name] = table[..., 0], table[..., 1]
    return CoordinateCheck(widths, sizes, moves)


def _network(width: int, depth: int, activation: str, seed: int, inputs: int) -> Any:
    from .initializers import HeNormal
    from .layers import Activation, Dense
    from .models import Sequential

    # the output layer without its softmax: logits are what is measured
    layers: list[Any] = [
        Dense(
            width, activation=activation, kernel_initializer=HeNormal(seed + i), name=f"hidden_{i}"
        )
        for i in range(depth)
    ]
    layers.append(Dense(10, kernel_initializer="zeros", name="logits"))
    model = Sequential([*layers, Activation("softmax", name="probabilities")], name="measured")
    model.build((None, inputs))
    return model


def _outputs(model: Any, x: Any) -> list[Any]:
    outputs = []
    for layer in model.layers[:-1]:
        x = np.asarray(layer(x))
        outputs.append(x)
    return outputs
