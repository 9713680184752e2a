"""What goes through a network: measured layer by layer, forward and backward, and judged."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _native
from ._background import in_background
from ._chain import Chain
from ._network import Samples
from ._signal import propagate
from .initializers import RandomNormal
from .layers import Dense
from .models import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Diagnosis", "LayerDiagnosis", "Values", "diagnose"]

#: A variance that changes by more than this factor through the hidden layers is not healthy.
FACTOR = 100.0
#: So large a share of values where the activation is flat and not zero is not, ...
FLAT = 0.5
#: ... nor of dead units: of ReLUs, half are so in deep layers, where samples become alike.
DEAD = 0.9


@dataclass(frozen=True)
class Values:
    """What many values are like: a layer's for a batch, or their gradients.

    Attributes
    ----------
    mean, variance, minimum, maximum : float
        Of the finite ones.
    kurtosis : float
        E (v - mean)⁴ / variance², 3 if they are normal; NaN if the variance is 0.
    zeros : float
        The share of zeros.
    dead : float
        The share of units that are the same for all samples.
    saturated : float
        The share of values where the activation is less than 1/20 as steep as where it is steepest;
        NaN for what is no activation of single values. Of a ReLU it is the share of zeros.
    not_finite : int
        How many are NaN or infinite.
    histogram : ndarray of int64, shape (64,)
        Values in equal bins from minimum to maximum.
    """

    mean: float
    variance: float
    kurtosis: float
    minimum: float
    maximum: float
    zeros: float
    dead: float
    saturated: float
    not_finite: int
    histogram: npt.NDArray[np.int64]

    @property
    def square(self) -> float:
        """The mean square."""
        return self.variance + self.mean**2


@dataclass(frozen=True)
class LayerDiagnosis:
    """What goes through one layer.

    Attributes
    ----------
    layer, kind : str
        Its name and its class.
    pre_activations : Values
        Of a dense layer x @ kernel + bias; of others the outputs.
    activations : Values
        The outputs.
    gradients : Values
        Of the loss by the outputs; in the last layer by the pre-activations, if the loss is
        computed from these (cross-entropies after softmax and sigmoid).
    predicted_pre_variance, predicted_variance : float or None
        What mean-field theory expects of pre-activations and activations, for weights with these
        means and variances.
    predicted_gradient : float or None
        The mean square that it expects of the gradients, if those of the last layer but one are as
        measured.
    units_alike : bool
        Whether a dense layer's units all have the same weights.
    """

    layer: str
    kind: str
    pre_activations: Values
    activations: Values
    gradients: Values
    predicted_pre_variance: float | None
    predicted_variance: float | None
    predicted_gradient: float | None
    units_alike: bool


class Diagnosis:
    """What `diagnose` found.

    Attributes
    ----------
    layers : list of LayerDiagnosis
        Those that compute something, in order.
    verdict : str
        "healthy", or the worst of what was found: "not finite", "symmetric" (units that are all the
        same), "exploding", "vanishing", "saturated", "dead".
    layer : str or None
        The layer that causes it.
    sentences : list of str
        Everything that was found, the verdict's first.
    input_square : float
        The mean square of the inputs.
    """

    def __init__(self, layers: list[LayerDiagnosis], input_square: float, with_loss: bool) -> None:
        self.layers = layers
        self.input_square = input_square
        self._with_loss = with_loss
        found = list(_findings(layers, input_square)) or [("healthy", None, _health(layers))]
        self.verdict, self.layer, _ = found[0]
        self.sentences = [sentence for _, _, sentence in found]
        hidden = _hidden([layer.kind == "Dense" for layer in layers])
        if hidden < len(layers) and layers[hidden].pre_activations.variance == 0:
            self.sentences.append(
                f"{layers[hidden].layer} gives the same for all samples. If its weights are 0, no "
                "gradient reaches the layers below in the first step, but in the next ones."
            )

    @property
    def _caption(self) -> str:
        source = "of the loss" if self._with_loss else "for outputs' gradients drawn from N(0, 1)"
        return (
            f"Gradients: mean squares {source}. In brackets: what mean-field theory expects. Dead: "
            "units that are the same for all samples; flat: where the activation's slope is below "
            "1/20 of its largest."
        )

    def __repr__(self) -> str:
        """Return the verdict and a table."""
        from ._tables import text_table

        words = "\n".join([f"Verdict: {self.verdict}.", *self.sentences])
        return f"{words}\n\n{text_table(_HEADINGS, map(_row, self.layers))}\n\n{self._caption}"

    def _repr_html_(self) -> str:
        import html

        from ._tables import html_picture, html_table

        words = "<br>".join(map(html.escape, self.sentences))
        shown = html_picture(self, "variances and histograms by layer")
        return (
            f"<p><b>Verdict: {self.verdict}.</b> {words}</p>"
            f"{html_table(_HEADINGS, map(_row, self.layers))}<p>{self._caption}</p>{shown}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON; numbers that are not finite are None."""
        from ._tables import jsonable

        layers = [
            {
                key: vars(value) if isinstance(value, Values) else value
                for key, value in vars(layer).items()
            }
            for layer in self.layers
        ]
        result: dict[str, Any] = jsonable(
            {
                "verdict": self.verdict,
                "layer": self.layer,
                "sentences": self.sentences,
                "input_square": self.input_square,
                "gradients": "loss" if self._with_loss else "normal",
                "layers": layers,
            }
        )
        return result

    def figure(self) -> "Figure":
        """Draw the variances by layer, on a log axis, and histograms.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        from ._tables import drawn

        return drawn("_diagnosis_picture", self)


def diagnose(model: Any, x: Any, y: Any = None) -> Diagnosis:
    """Measure what goes through a model in one forward and one backward pass, and judge it.

    The pass is as in training (layers drop, and use the batch's statistics), on a copy: the model
    stays as it is. Healthy is a network in which the variance forward, from the inputs to the last
    hidden layer, and the gradients backward change by less than a factor of 100 (X. Glorot, Y.
    Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS
    2010, section 4.2; S. S. Schoenholz et al., "Deep information propagation", ICLR 2017).

    Parameters
    ----------
    model : Model
        Built now for `x`, if it is not.
    x : array_like
        One batch of inputs, shape (rows, ...).
    y : array_like, optional
        Its targets, as for `fit`; the model must then be compiled. By default the outputs'
        gradients are drawn from N(0, 1), so that their way back is seen without a loss.

    Returns
    -------
    Diagnosis
        Shows itself as a table, in a notebook with its picture.

    Raises
    ------
    TypeError, ValueError
        If it is no model, it has no layers that compute something, the data does not fit, or there
        is a `y` and no loss.

    Examples
    --------
    >>> fanin.diagnose(model, x_train[:256], y_train[:256])  # doctest: +SKIP
    """
    if not isinstance(model, Model):
        raise TypeError(f"Argument `model` must be a Model. Received: {type(model).__name__}")
    passed, data = observe(model, x, y)
    mean, variance = float(data.mean(dtype=np.float64)), float(data.var(dtype=np.float64))
    known = math.isfinite(mean) and math.isfinite(variance)
    signals = propagate(model, mean, variance, measured=True) if known else None
    expected = [None if signals is None else signals[p.number] for p in passed]
    # The last gradients may be by what goes into the last activation, which theory does not follow.
    hidden = _hidden([isinstance(p.layer, Dense) for p in passed])
    reference, scale = expected[hidden - 1], math.nan
    if reference is not None and reference.gradient_variance > 0:
        scale = passed[hidden - 1].gradients.square / reference.gradient_variance
    layers = []
    for index, (p, signal) in enumerate(zip(passed, expected, strict=True)):
        gradient = None if signal is None else signal.gradient_variance * scale
        layers.append(
            LayerDiagnosis(
                layer=p.layer.name,
                kind=type(p.layer).__name__,
                pre_activations=p.pre_activations,
                activations=p.activations,
                gradients=p.gradients,
                predicted_pre_variance=_known(signal and signal.pre_variance),
                predicted_variance=_known(signal and signal.variance),
                predicted_gradient=_known(gradient) if index < hidden else None,
                units_alike=isinstance(p.layer, Dense) and units_alike(p.layer.kernel),
            )
        )
    return Diagnosis(layers, variance + mean**2, y is not None)


class Passed(NamedTuple):
    """What went through one layer, the `number`-th of the model's; see `LayerDiagnosis`."""

    number: int
    layer: Any
    pre_activations: Values
    activations: Values
    gradients: Values


def observe(model: Model, x: Any, y: Any = None) -> tuple[list[Passed], npt.NDArray[Any]]:
    """Return what goes through the layers that compute something, and the inputs as they go in.

    The arguments and errors are those of `diagnose`.
    """
    loss: _native.Loss | None = None
    if y is None:
        data, output_shape = model._features(x)
        gradients = RandomNormal(stddev=1.0, seed=0)((len(data), *output_shape[1:]), data.dtype)
        samples = Samples(data, targets=gradients)
    else:
        samples = model._samples(x, y, None)
        loss = model._compiled().native()[0]
    model._build_network(samples.x.shape)
    chain = Chain(model.leaves, samples.x.shape, apart=True)
    outputs, backward = in_background(lambda: chain.network.observe(samples, loss))
    passed = []
    for number, (layer, whole) in enumerate(chain.spans):
        # What only gives another shape has no values of its own.
        span = [i for i in whole if outputs[i].count]
        if span:
            before = span[0] if isinstance(layer, Dense) else span[-1]
            values = outputs[before], outputs[span[-1]], backward[span[-1]]
            passed.append(Passed(number, layer, *map(_values, values)))
    if not passed:
        raise ValueError("Argument `model` must have layers that compute something. Received: none")
    return passed, samples.x


def _hidden(dense: Sequence[bool]) -> int:
    """Return how many layers lie before the last dense one, at least 1."""
    last = max((i for i, is_dense in enumerate(dense) if is_dense), default=len(dense) - 1)
    return max(1, last)


def _known(number: Any) -> float | None:
    return None if number is None or math.isnan(number) else float(number)


def units_alike(kernel: npt.NDArray[Any]) -> bool:
    """Return whether all of several units have the same weights, in a kernel (inputs, units)."""
    return kernel.shape[1] > 1 and bool((kernel == kernel[:, :1]).all())


def _values(statistics: _native.Statistics) -> Values:
    return Values(
        mean=statistics.mean,
        variance=statistics.variance,
        kurtosis=statistics.kurtosis,
        minimum=statistics.minimum,
        maximum=statistics.maximum,
        zeros=statistics.zeros,
        dead=statistics.constant,
        saturated=statistics.saturated,
        not_finite=statistics.not_finite,
        histogram=np.array(statistics.histogram, np.int64),
    )


_Finding = tuple[str, str | None, str]


def _findings(layers: Sequence[LayerDiagnosis], input_square: float) -> Iterator[_Finding]:
    """Yield what is not healthy, the worst first."""
    hidden = layers[: _hidden([layer.kind == "Dense" for layer in layers])]
    output = layers[len(hidden)] if len(hidden) < len(layers) else None
    for layer in layers:
        broken = layer.pre_activations.not_finite or layer.activations.not_finite
        if broken:
            yield (
                "not finite",
                layer.layer,
                f"{broken} values of {layer.layer} are NaN or infinite.",
            )
            break
    for layer in hidden:
        # one that gives the outputs becomes different by what it should give
        if layer.units_alike and output is not None:
            yield (
                "symmetric",
                layer.layer,
                f"All units of {layer.layer} have the same weights: they give the same, get the "
                "same gradient and stay the same, so the layer is as good as one unit.",
            )
            break
    forward = [("the inputs", input_square)]
    forward += [(layer.layer, layer.pre_activations.variance) for layer in hidden]
    backward = [(layer.layer, layer.gradients.square) for layer in reversed(hidden)]
    drifts = [
        _drift(forward, "variance of the pre-activations"),
        _drift(backward, "mean square of the gradients"),
    ]
    for verdict in ("exploding", "vanishing"):
        yield from (drift for drift in drifts if drift is not None and drift[0] == verdict)
    for layer in layers:
        flat = layer.activations.saturated - layer.activations.zeros
        if flat > FLAT:
            yield (
                "saturated",
                layer.layer,
                f"{flat:.0%} of the values of {layer.layer} lie where the activation is flat.",
            )
            break
    for layer in hidden:
        if layer.activations.dead > DEAD and layer.activations.variance > 0:
            yield (
                "dead",
                layer.layer,
                f"{layer.activations.dead:.0%} of the units of {layer.layer} are the same for all "
                "samples.",
            )
            break


def _drift(way: list[tuple[str, float]], what: str) -> _Finding | None:
    """Return whether something grows or shrinks too much on its way, and where."""
    (start, first), (end, last) = way[0], way[-1]
    if not first > 0 or 1 / FACTOR <= last / first <= FACTOR:
        return None
    # A zero, or an overflow, counts as the end of what a double holds.
    logs = [math.log(min(max(value, 1e-300), 1e300)) for _, value in way]
    steps = [after - before for before, after in zip(logs, logs[1:], strict=False)]
    grows = logs[-1] > logs[0]
    total = logs[-1] - logs[0]
    worst = max(range(len(steps)), key=lambda i: steps[i] * (1 if grows else -1))
    verb = "grows" if grows else "falls"
    sentence = f"The {what} {verb} from {first:.3g} at {start} to {last:.3g} at {end}"
    if steps[worst] / total > 0.5:
        cause = way[worst + 1][0]
        factor = way[worst + 1][1] / way[worst][1] if way[worst][1] else math.inf
        sentence += f"; {cause} alone multiplies it by {factor:.3g}."
    else:
        cause = next(
            name
            for (name, _), log in zip(way, logs, strict=True)
            if abs(log - logs[0]) > math.log(FACTOR) and (log > logs[0]) == grows
        )
        sentence += (
            f": a factor of {math.exp(total / len(steps)):.3g} in each layer, and of "
            f"{FACTOR:g} in all by {cause}."
        )
    return ("exploding" if grows else "vanishing"), cause, sentence


def _health(layers: Sequence[LayerDiagnosis]) -> str:
    hidden = layers[: _hidden([layer.kind == "Dense" for layer in layers])]
    spread = [
        max(numbers) / min(numbers) if min(numbers) > 0 else math.inf
        for numbers in (
            [layer.pre_activations.variance for layer in hidden],
            [layer.gradients.square for layer in hidden],
        )
    ]
    return (
        f"Over the hidden layers the variance of the pre-activations stays within a factor of "
        f"{spread[0]:.3g}, the mean square of the gradients within one of {spread[1]:.3g}."
    )


_HEADINGS = (
    *("layer", "pre-activations: variance", "activations: mean", "variance", "kurtosis"),
    *("zeros", "dead", "flat", "gradients"),
)


def _row(layer: LayerDiagnosis) -> tuple[str, ...]:
    values = layer.activations

    def beside(measured: float, predicted: float | None) -> str:
        return f"{measured:.3g}" + ("" if predicted is None else f" ({predicted:.3g})")

    return (
        layer.layer,
        beside(layer.pre_activations.variance, layer.predicted_pre_variance),
        f"{values.mean:.3g}",
        beside(values.variance, layer.predicted_variance),
        "-" if math.isnan(values.kurtosis) else f"{values.kurtosis:.3g}",
        f"{values.zeros:.0%}",
        f"{values.dead:.0%}",
        "-" if math.isnan(values.saturated) else f"{values.saturated:.0%}",
        beside(layer.gradients.square, layer.predicted_gradient),
    )
