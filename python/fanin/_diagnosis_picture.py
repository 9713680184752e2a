"""The picture of a diagnosis: variances by layer on a log axis, and histograms of some layers."""

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from ._picture import COLOURS, GREY, tidy

if TYPE_CHECKING:
    from .diagnosis import Diagnosis, LayerDiagnosis, Values

_Numbers = npt.NDArray[np.int64]

_SHOWN = 6  # layers with histograms, spread evenly


def draw(diagnosis: "Diagnosis") -> Figure:
    """Return the figure of a diagnosis."""
    figure = Figure(figsize=(9.5, 7), layout="constrained")
    place = "" if diagnosis.layer is None else f", at {diagnosis.layer}"
    figure.suptitle(f"{diagnosis.verdict.capitalize()}{place}", fontsize=11)
    (upper,), (lower,) = figure.subfigures(2, 1, squeeze=False, height_ratios=[3.4, 3.2])
    _draw_variances(upper, diagnosis.layers)
    _draw_histograms(lower, diagnosis.layers)
    return figure


def _draw_variances(part: SubFigure, layers: "list[LayerDiagnosis]") -> None:
    forward, backward = part.subplots(1, 2)
    numbers = np.arange(1, len(layers) + 1)
    curves = [
        _draw(forward, numbers, 0, "pre-activations", [v.pre_activations.variance for v in layers]),
        _draw(forward, numbers, 1, "activations", [v.activations.variance for v in layers]),
        _draw(backward, numbers, 2, "gradients", [v.gradients.square for v in layers]),
    ]
    _draw_expected(forward, numbers, [v.predicted_pre_variance for v in layers])
    _draw_expected(forward, numbers, [v.predicted_variance for v in layers])
    _draw_expected(backward, numbers, [v.predicted_gradient for v in layers])
    forward.set_title("Variance forward", fontsize=11)
    backward.set_title("Mean square of the gradients backward", fontsize=11)
    for axes in (forward, backward):
        tidy(axes)
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        # what is alike should look so
        if high < 100 * low:
            middle = math.sqrt(low * high)
            axes.set_ylim(middle / 10, middle * 10)
        axes.set_xlabel("layer")
        axes.set_xlim(0.5, len(layers) + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color="#DDDDDD", linewidth=0.6)
    expected = Line2D([], [], color="#222222", linestyle=(0, (2, 2)), label="expected")
    part.legend(
        handles=[*curves, expected], loc="outside upper center", ncols=4, frameon=False, fontsize=10
    )


def _draw(axes: Axes, numbers: _Numbers, index: int, name: str, values: list[float]) -> Line2D:
    # zeros and what is not finite have no place on a log axis
    shown = [value if 0 < value < math.inf else math.nan for value in values]
    if all(map(math.isnan, shown)):
        text = f"{name}: all 0" if not any(values) else f"{name}: infinite"
        place = 0.6 - 0.15 * index
        axes.text(0.5, place, text, ha="center", color=GREY, transform=axes.transAxes)
    (line,) = axes.plot(
        numbers,
        shown,
        color=COLOURS[index],
        marker="os^"[index],
        markersize=4 if len(values) <= 20 else 2.5,
        linewidth=1.8,
        label=name,
    )
    return line


def _draw_expected(axes: Axes, numbers: _Numbers, values: list[float | None]) -> None:
    # what float64 leaves of nothing is nothing
    shown = [value if value and 1e-30 < value < math.inf else math.nan for value in values]
    axes.plot(numbers, shown, color="#222222", linestyle=(0, (2, 2)), linewidth=1.2, zorder=3)


def _draw_histograms(part: SubFigure, layers: "list[LayerDiagnosis]") -> None:
    count = min(len(layers), _SHOWN)
    shown = sorted({round(i) for i in np.linspace(0, len(layers) - 1, count)})
    grid = part.subplots(3, len(shown), squeeze=False)
    for column, number in enumerate(shown):
        layer = layers[number]
        rows = (layer.pre_activations, layer.activations, layer.gradients)
        for row, values in enumerate(rows):
            _draw_histogram(grid[row, column], values, COLOURS[row])
        grid[0, column].set_title(f"{number + 1}: {layer.layer}", fontsize=9)
    for row, name in enumerate(("pre-activations", "activations", "gradients")):
        grid[row, 0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=9.5)


def _draw_histogram(axes: Axes, values: "Values", colour: str) -> None:
    tidy(axes)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    width = values.maximum - values.minimum
    if not 0 < width < math.inf:
        text = f"all {values.minimum:.3g}" if width == 0 else "not finite"
        axes.text(0.5, 0.4, text, ha="center", fontsize=9, color=GREY, transform=axes.transAxes)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        return
    edges = np.linspace(values.minimum, values.maximum, len(values.histogram) + 1)
    axes.stairs(values.histogram, edges, fill=True, facecolor=colour, alpha=0.75)
    # a peak, such as a ReLU's zeros, would hide the rest
    heights = np.sort(values.histogram)
    if heights[-1] > 3 * heights[-2] > 0:
        axes.set_ylim(0, 1.5 * heights[-2])
    axes.xaxis.set_major_locator(MaxNLocator(2))
    axes.tick_params(labelsize=7.5)
    formatter = ScalarFormatter(useOffset=False, useMathText=True)
    formatter.set_powerlimits((-2, 3))
    axes.xaxis.set_major_formatter(formatter)
    axes.xaxis.get_offset_text().set_fontsize(7)
