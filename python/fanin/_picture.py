"""The picture of a comparison: curves over the epochs and histograms of the weights."""

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    PercentFormatter,
)

if TYPE_CHECKING:
    from .compare import Comparison

# Okabe and Ito's colours, which the colour-blind can tell apart, but for the pale yellow,
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# and a dash pattern each, for paper without colours
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1.5, 1, 1.5)), (0, (3, 1)), (0, (8, 3)))
GREY = "#555555"
_INK = "#222222"
_LAYERS = 4  # histograms in a row; where there are more layers, these are spread evenly
_LABEL_WIDTH = 17  # letters in a line of an initializer's name beside its histograms


def draw(comparison: "Comparison") -> Figure:
    """Return the figure of a comparison that has at least one run."""
    names = [name for name in comparison.names if comparison.of(name)]
    rows = 0.8 * len(names) + 0.9
    figure = Figure(figsize=(9.5, 4.3 + rows), layout="constrained")
    (upper,), (lower,) = figure.subfigures(2, 1, squeeze=False, height_ratios=[4.3, rows])
    _draw_curves(upper, comparison, names)
    _draw_histograms(lower, comparison, names)
    return figure


def _draw_curves(part: SubFigure, comparison: "Comparison", names: list[str]) -> None:
    loss, accuracy = part.subplots(1, 2)
    lines = []
    for index, name in enumerate(names):
        runs = comparison.of(name)
        lines.append(_draw_band(loss, index, name, [run.loss for run in runs]))
        _draw_band(accuracy, index, name, [run.test_accuracy for run in runs])
    seeds = max(len(comparison.of(name)) for name in names)
    band = f", band: lowest to highest of {seeds} seeds" if seeds > 1 else ""
    loss.set_title("Loss on the training data", fontsize=11)
    accuracy.set_title("Accuracy on the test data", fontsize=11)
    loss.set_yscale("log")
    loss.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    loss.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    loss.yaxis.set_minor_formatter(NullFormatter())
    accuracy.yaxis.set_major_formatter(PercentFormatter(1.0))
    for axes in (loss, accuracy):
        tidy(axes)
        axes.set_xlabel("epoch (0: before training)")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(color="#DDDDDD", linewidth=0.6)
        axes.margins(x=0.02)
    part.legend(
        handles=lines,
        loc="outside upper center",
        ncols=len(names) if len(names) < 4 else math.ceil(len(names) / 2),
        frameon=False,
        fontsize=10,
        handlelength=3.2,
        title=f"Line: mean{band}" if band else None,
        title_fontproperties={"size": 9},
    )


def _draw_band(axes: Axes, index: int, name: str, curves: list[list[float]]) -> Line2D:
    colour = COLOURS[index % len(COLOURS)]
    values = np.array(curves)
    epochs = np.arange(values.shape[1])
    axes.fill_between(
        epochs, values.min(axis=0), values.max(axis=0), color=colour, alpha=0.18, linewidth=0
    )
    (line,) = axes.plot(
        epochs,
        values.mean(axis=0),
        color=colour,
        linestyle=_DASHES[index % len(_DASHES)],
        linewidth=2,
        label=name,
        marker="o" if len(epochs) < 3 else None,
    )
    return line


def _draw_histograms(part: SubFigure, comparison: "Comparison", names: list[str]) -> None:
    kernels = {name: comparison.of(name)[0].kernels for name in names}
    count = len(kernels[names[0]][0])
    layers = sorted({round(i) for i in np.linspace(0, count - 1, min(count, _LAYERS))})
    grid = part.subplots(len(names), len(layers), squeeze=False, sharex="col")
    for column, layer in enumerate(layers):
        weights = {
            name: (_finite(before[layer]), _finite(after[layer]))
            for name, (before, after) in kernels.items()
        }
        edges = _edges([w for pair in weights.values() for w in pair])
        for row, name in enumerate(names):
            _draw_histogram(grid[row, column], edges, *weights[name], COLOURS[row % len(COLOURS)])
        inputs, units = kernels[names[0]][0][layer].shape
        kind = "Output layer" if layer == count - 1 else f"Hidden layer {layer + 1}"
        grid[0, column].set_title(f"{kind} ({inputs} × {units})", fontsize=10)
        grid[-1, column].xaxis.set_major_locator(MaxNLocator(5, prune="both"))
    for row, name in enumerate(names):
        alike = "\n(units alike)" if comparison.units_alike(name) else ""
        grid[row, 0].set_ylabel(
            textwrap.fill(name, _LABEL_WIDTH) + alike,
            rotation=0,
            ha="right",
            va="center",
            color=_INK,
            fontsize=9.5,
        )
    part.supxlabel("weight", fontsize=10)
    part.legend(
        handles=[
            Patch(facecolor="#BBBBBB", label="before training"),
            Line2D([], [], color=_INK, linewidth=1.2, label="after training"),
        ],
        title="Distribution of the weights (seed 0)",
        title_fontproperties={"size": 11},
        loc="outside upper center",
        ncols=2,
        frameon=False,
        fontsize=9,
    )


def _draw_histogram(
    axes: Axes,
    edges: npt.NDArray[np.float64],
    before: npt.NDArray[np.float64],
    after: npt.NDArray[np.float64],
    colour: str,
) -> None:
    tidy(axes)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.stairs(np.histogram(before, edges)[0], edges, fill=True, facecolor=colour, alpha=0.55)
    axes.stairs(np.histogram(after, edges)[0], edges, edgecolor=_INK, linewidth=1.1)
    axes.set_ylim(bottom=0)


def _finite(kernel: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    weights = kernel.astype(np.float64).ravel()
    return weights[np.isfinite(weights)]


def _edges(arrays: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Return the edges of bins around all values, an empty one at either end, one amid zero."""
    values = np.concatenate(arrays)
    low, high = (values.min(), values.max()) if values.size else (0.0, 0.0)
    # Rice's rule, 2 n^(1/3) bins, within what the eye can tell apart
    bins = 2 * np.clip(max(map(len, arrays)) ** (1 / 3), 6, 25)
    width = max(high - low, abs(low) * 1e-3, 1e-6) / bins
    middles = np.arange(round(low / width) - 1, round(high / width) + 3, dtype=np.float64)
    return np.asarray((middles - 0.5) * width, np.float64)


def tidy(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9, color=GREY)
