"""The pictures of a comparison: curves over the epochs, signal by layer, histograms of weights."""

import math
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    PercentFormatter,
)

from ._student import interval

if TYPE_CHECKING:
    from ._runs import Setting
    from .comparison import Comparison

    Group = Sequence[Setting]

# Okabe and Ito's colours, which the colour-blind can tell apart, but for the pale yellow,
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#111111")
# and a dash pattern each, for paper without colours
_DASHES = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (6, 1.5, 1, 1.5)), (0, (3, 1)), (0, (8, 3)))
GREY = "#555555"
INK = "#222222"
GRID = "#DDDDDD"
#: So many groups of settings, and initializers in each, can be told apart in a picture.
MOST_GROUPS, MOST_LINES = 6, 8
_LAYERS = 4  # histograms in a row; where there are more layers, these are spread evenly
_LABEL_WIDTH = 17  # letters in a line of an initializer's name beside its histograms


def draw(comparison: "Comparison") -> Figure:
    """Return the figure of a comparison that has at least one run."""
    groups = comparison.groups()
    shown = list(groups.items())[:MOST_GROUPS]
    lines = max(min(len(group), MOST_LINES) for _, group in shown)
    curves = 3.2 * len(shown) + 1.1
    rows = 0.8 * lines + 0.9 if len(groups) == 1 else 0.0
    figure = Figure(figsize=(13, curves + rows), layout="constrained")
    ratios = [curves, rows] if rows else [curves]
    parts = figure.subfigures(len(ratios), 1, squeeze=False, height_ratios=ratios)[:, 0]
    grid = parts[0].subplots(len(shown), len(PANELS), squeeze=False)
    for row, (words, group) in zip(grid, shown, strict=True):
        for axes, panel in zip(row, PANELS.values(), strict=True):
            panel(axes, comparison, group)
        if words:
            row[0].set_ylabel(textwrap.fill(words, 26), fontsize=11, fontweight="bold")
    for axes in grid[:-1].flat:
        axes.set_xlabel("")
    for axes in grid[1:].flat:
        axes.set_title("")
    largest = max((group for _, group in shown), key=len)
    _add_legend(parts[0], comparison, largest, _BAND, _HOLLOW, letters=120)
    if len(shown) < len(groups) or lines < len(comparison.names):
        parts[-1].supxlabel(
            f"Drawn: {len(shown)} of {len(groups)} groups of settings, {lines} of "
            f"{len(comparison.names)} initializers. The table has all.",
            fontsize=9,
        )
    if rows:
        _draw_histograms(parts[1], comparison, shown[0][1])
    return figure


def draw_panel(comparison: "Comparison", group: "Group", name: str) -> Figure:
    """Return a figure, as wide as a telephone, of one of the `PANELS` for a group of settings."""
    rows = math.ceil(min(len(group), MOST_LINES) / _columns(group, 52))
    figure = Figure(figsize=(4.6, 3.5 + 0.25 * rows), layout="constrained")
    PANELS[name](figure.subplots(), comparison, group)
    words = _HOLLOW if name in ("outputs", "gradients") else _BAND
    _add_legend(figure, comparison, group, words, letters=52)
    return _inked(figure)


def draw_weights(comparison: "Comparison", group: "Group") -> Figure:
    """Return a figure of the weights' histograms for a group of settings."""
    figure = Figure(figsize=(9.5, 0.8 * min(len(group), MOST_LINES) + 0.9), layout="constrained")
    _draw_histograms(figure, comparison, group)
    return _inked(figure)


def _inked(figure: Figure) -> Figure:
    """Give writing that is black by default the colour of ink, which a dark page replaces."""
    for text in figure.findobj(Text):
        if isinstance(text, Text) and text.get_color() == "black":
            text.set_color(INK)
    return figure


def _draw_loss(axes: Axes, comparison: "Comparison", group: "Group") -> None:
    axes.set_title("Loss on the training data", fontsize=11)
    axes.set_yscale("log")
    _draw_curves(axes, comparison, group, "loss")


def _draw_accuracy(axes: Axes, comparison: "Comparison", group: "Group") -> None:
    axes.set_title("Accuracy on the test data", fontsize=11)
    _draw_curves(axes, comparison, group, "test_accuracy")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def _draw_curves(axes: Axes, comparison: "Comparison", group: "Group", what: str) -> None:
    drawn = group[:MOST_LINES]
    for setting in drawn:
        look = _look(comparison, setting)
        mean, half = interval([getattr(run, what) for run in comparison.of(*setting)])
        epochs = np.arange(len(mean))
        if half is not None:
            axes.fill_between(
                epochs,
                mean - half,
                mean + half,
                color=look["color"],
                alpha=0.18 if len(drawn) < 4 else 0.1,
                linewidth=0,
            )
        axes.plot(epochs, mean, marker="o" if len(epochs) < 3 else None, linewidth=2, **look)
    axes.set_xlabel("epoch (0: before training)")
    # all runs, not the bands, which can be very wide
    curves = [getattr(run, what) for setting in drawn for run in comparison.of(*setting)]
    values = np.array(curves)
    if what == "loss":
        highest = 100 * float(np.median(values[:, 0]))
        if (values > highest).any():
            values = np.minimum(values, highest)
            axes.text(
                0.98,
                0.98,
                "higher losses are not shown",
                transform=axes.transAxes,
                ha="right",
                va="top",
                fontsize=8,
                color=GREY,
            )
    _frame(axes, values)


def _draw_outputs(axes: Axes, comparison: "Comparison", group: "Group") -> None:
    axes.set_title("Variance of the outputs", fontsize=11)
    _draw_signal(axes, comparison, group, "outputs", first=0)
    axes.set_xlabel("hidden layer (0: the inputs)")


def _draw_gradients(axes: Axes, comparison: "Comparison", group: "Group") -> None:
    axes.set_title("Mean square of the gradients", fontsize=11)
    _draw_signal(axes, comparison, group, "gradients", first=1)
    axes.set_xlabel("hidden layer")


def _draw_signal(
    axes: Axes, comparison: "Comparison", group: "Group", what: str, first: int
) -> None:
    values = []
    for setting in group[:MOST_LINES]:
        look = _look(comparison, setting)
        before, after = (getattr(s, what) for s in comparison.of(*setting)[0].signal)
        layers = np.arange(first, first + len(before))
        look["markersize"] = 6 if len(layers) < 12 else 3
        axes.plot(layers, before, marker="o", markerfacecolor="none", alpha=0.6, **look)
        axes.plot(layers, after, marker="o", linewidth=2, **look)
        values += [before, after]
    # zeros have no place on a logarithmic axis
    if (np.array(values) > 0).any():
        axes.set_yscale("log")
    _frame(axes, np.array(values))


#: What is drawn of a group of settings, by name.
PANELS: dict[str, Callable[[Axes, "Comparison", "Group"], None]] = {
    "loss": _draw_loss,
    "accuracy": _draw_accuracy,
    "outputs": _draw_outputs,
    "gradients": _draw_gradients,
}


def _frame(axes: Axes, values: npt.NDArray[np.float64]) -> None:
    """Set what all curves share, with the limits around the values that can be shown."""
    logarithmic = axes.get_yscale() == "log"
    values = values[np.isfinite(values) & ((values > 0) | (not logarithmic))]
    if values.size:
        values = np.log10(values) if logarithmic else values
        low, high = values.min(), values.max()
        room = max(0.05 * (high - low), 0.02)
        limits = np.array([low - room, high + room])
        axes.set_ylim(*(10**limits if logarithmic else limits))
        if logarithmic and high - low < 3:
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
    tidy(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(color=GRID, linewidth=0.6)
    axes.margins(x=0.02)


def _look(comparison: "Comparison", setting: "Setting") -> dict[str, Any]:
    """Return colour and dashes, which are the initializer's in all panels."""
    index = comparison.names.index(setting.initializer)
    return {
        "color": COLOURS[index % len(COLOURS)],
        "linestyle": _DASHES[index % len(_DASHES)],
    }


_BAND = "line: mean, band: its 95 % interval"
_HOLLOW = "hollow circles: before training"


def _add_legend(
    part: Figure | SubFigure, comparison: "Comparison", group: "Group", *words: str, letters: int
) -> None:
    """Add the names above, as many in a row as there is room for letters, and words."""
    part.legend(
        handles=[
            Line2D([], [], label=setting.initializer, linewidth=2, **_look(comparison, setting))
            for setting in group[:MOST_LINES]
        ],
        loc="outside upper center",
        ncols=_columns(group, letters),
        frameon=False,
        fontsize=10,
        handlelength=3.2,
        title="; ".join(word for word in words if word != _BAND or len(comparison.seeds) > 1),
        title_fontproperties={"size": 9},
    )


def _columns(group: "Group", letters: int) -> int:
    """Return into how many columns the names go where there is room for so many letters."""
    names = [setting.initializer for setting in group[:MOST_LINES]]
    # a handle is as wide as eight letters
    most = max(1, min(len(names), letters // (max(map(len, names)) + 8)))
    return math.ceil(len(names) / math.ceil(len(names) / most))


def _draw_histograms(part: Figure | SubFigure, comparison: "Comparison", group: "Group") -> None:
    runs = [comparison.of(*setting)[0] for setting in group[:MOST_LINES]]
    count = len(runs[0].kernels[0])
    layers = sorted({round(i) for i in np.linspace(0, count - 1, min(count, _LAYERS))})
    names = [
        textwrap.fill(run.initializer, _LABEL_WIDTH)
        + ("\n(units alike)" if comparison.units_alike(*run.setting) else "")
        for run in runs
    ]
    # a panel for each layer, in which the initializers lie one below the other, each one high
    for axes, layer in zip(part.subplots(1, len(layers), squeeze=False).flat, layers, strict=True):
        weights = [(_finite(run.kernels[0][layer]), _finite(run.kernels[1][layer])) for run in runs]
        edges = _edges([w for pair in weights for w in pair])
        for row, run in enumerate(runs):
            colour = _look(comparison, run.setting)["color"]
            _draw_histogram(axes, -row, edges, *weights[row], colour)
        inputs, units = runs[0].kernels[0][layer].shape
        kind = "Output layer" if layer == count - 1 else f"Hidden layer {layer + 1}"
        tidy(axes)
        axes.spines["left"].set_visible(False)
        axes.set_title(f"{kind} ({inputs} × {units})", fontsize=10)
        axes.set_ylim(1 - len(runs), 1)
        axes.set_yticks(
            [0.4 - row for row in range(len(runs))], names if layer == layers[0] else []
        )
        axes.tick_params("y", length=0, labelsize=9.5)
        axes.xaxis.set_major_locator(MaxNLocator(5, prune="both"))
    part.supxlabel("weight", fontsize=10)
    part.legend(
        handles=[
            Patch(facecolor="#BBBBBB", label="before training"),
            Line2D([], [], color=INK, linewidth=1.2, label="after training"),
        ],
        title=f"Distribution of the weights (seed {runs[0].seed})",
        title_fontproperties={"size": 11},
        loc="outside upper center",
        ncols=2,
        frameon=False,
        fontsize=9,
    )


def _draw_histogram(
    axes: Axes,
    base: int,
    edges: npt.NDArray[np.float64],
    before: npt.NDArray[np.float64],
    after: npt.NDArray[np.float64],
    colour: str,
) -> None:
    counts = [np.histogram(weights, edges)[0] for weights in (before, after)]
    first, last = (base + 0.9 * count / max(1, *map(np.max, counts)) for count in counts)
    axes.stairs(first, edges, baseline=base, fill=True, facecolor=colour, alpha=0.55)
    axes.stairs(last, edges, baseline=base, edgecolor=INK, linewidth=1.1)
    axes.axhline(base, color=INK, linewidth=0.8)


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
    axes.tick_params(labelsize=9, color=GREY, labelcolor=INK)
