"""The picture of a benchmark: speed against size and against threads, and the time of an epoch."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from .._picture import COLOURS, GREY, tidy
from . import fills
from .report import duration

_MEMORY = "ndarray.fill"
_COLUMNS = 3
_Cell = dict[str, Any]

# A library has one colour; what it does in two ways differs by the dashes.
_BLUE, _RED, _GREEN, _PINK, _ORANGE, _SKY, _ = COLOURS
_STYLES = {
    "Fanin": (_BLUE, "-", "o"),
    "Fanin, new array": (_BLUE, ":", ""),
    "NumPy PCG64": (_GREEN, "-", "s"),
    "NumPy SFC64": (_GREEN, ":", ""),
    "PyTorch": (_RED, "-", "v"),
    "JAX": (_PINK, "-", "D"),
    "TensorFlow": (_ORANGE, "-", "^"),
    "mkl_random (float64)": (_SKY, "-", "P"),
    _MEMORY: (GREY, "--", ""),
}
_TRAINERS = {
    "Fanin": _BLUE,
    "Keras (TensorFlow)": _ORANGE,
    "Keras (JAX)": _PINK,
    "Keras (PyTorch)": _RED,
    "PyTorch": _RED,
    "JAX": _PINK,
    "scikit-learn": _GREEN,
}


def draw(results: _Cell) -> Figure | None:
    """Return the figure of what stands in the JSON file; None if there is nothing to draw."""
    threads = results["settings"]["threads"]
    single = [cell for cell in results["fill"] if cell["dtype"] == fills.DTYPE]
    panels: list[Callable[[Axes], None]] = []
    for kind in fills.KINDS:
        sizes = [c for c in single if c["kind"] == kind and c["threads"] == max(threads)]
        if sizes:
            title = f"{kind.capitalize()}, {fills.DTYPE}, threads: {max(threads)}"
            panels.append(partial(_draw_speeds, title, "count", sizes))
    growing = [c for c in single if c["kind"] == "normal" and c["threads"] < max(threads)]
    if growing:
        count = growing[0]["count"]
        growing = [c for c in single if c["kind"] == "normal" and c["count"] == count]
        title = f"Normal, {fills.DTYPE}, {fills.size(count)} numbers"
        panels.append(partial(_draw_speeds, title, "threads", growing))
    if results["train"]:
        panels.append(partial(_draw_training, results["train"]))
    if not panels:
        return None
    columns = min(_COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = Figure(figsize=(4.7 * columns, 4.1 * rows + 0.6), layout="constrained")
    for index, panel in enumerate(panels):
        axes = figure.add_subplot(rows, columns, index + 1)
        tidy(axes)
        panel(axes)
    speeds = [axes for axes in figure.axes if axes.get_ylabel()]
    if speeds:
        # the same for all, and every line once
        low = min(axes.get_ylim()[0] for axes in speeds)
        high = max(axes.get_ylim()[1] for axes in speeds)
        for axes in speeds:
            axes.set_ylim(low, high)
        lines = {str(line.get_label()): line for axes in speeds for line in axes.get_lines()}
        drawn = [name for name in _STYLES if name in lines]
        figure.legend(
            handles=[lines[name] for name in drawn],
            labels=[f"{name}: memory's own speed" if name == _MEMORY else name for name in drawn],
            loc="outside upper center",
            ncols=5,
            frameon=False,
            fontsize=10,
            handlelength=3.2,
        )
    return figure


def _draw_speeds(title: str, key: str, cells: Sequence[_Cell], axes: Axes) -> None:
    """Draw numbers a second against the size or the threads, both in powers of two or ten."""
    cells = sorted(cells, key=lambda cell: int(cell[key]))
    for name, (colour, dash, marker) in _STYLES.items():
        points = [
            (cell[key], cell["count"] / cell["seconds"][name]["median"])
            for cell in cells
            if name in cell["seconds"]
        ]
        if points:
            axes.plot(
                *zip(*points, strict=True),
                color=colour,
                linestyle=dash,
                marker=marker,
                markersize=4,
                linewidth=2.2 if name == "Fanin" else 1.4,
                label=name,
                zorder=3 if name == "Fanin" else 2,
            )
    axes.set_title(title, fontsize=10.5)
    axes.set_ylabel("numbers a second", fontsize=9.5)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    ticks = sorted({int(cell[key]) for cell in cells})
    if key == "count":
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: fills.size(int(value))))
        axes.set_xlabel("numbers", fontsize=9.5)
        ticks = ticks[:: math.ceil(len(ticks) / 6)]
    else:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_xlabel("threads", fontsize=9.5)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(_large))
    axes.grid(color="#DDDDDD", linewidth=0.6)


def _large(value: float, _: object) -> str:
    for scale, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= scale:
            return f"{value / scale:g}{letter}"
    return f"{value:g}"


def _draw_training(cells: Sequence[_Cell], axes: Axes) -> None:
    """Draw the time of an epoch, one setting below the other."""
    labels: dict[float, str] = {}
    row = 0.0
    for cell in cells:
        median = {name: times["median"] for name, times in cell["seconds"].items()}
        heading = f"{cell['setting']}, batch {cell['batch']}"
        axes.text(0, row, heading, transform=axes.get_yaxis_transform(), fontsize=9, va="center")
        for name in (name for name in _TRAINERS if name in median):
            row += 1
            labels[row] = name
            text = f" {duration(median[name])}"
            if name != "Fanin" and "Fanin" in median:
                text += f", {median[name] / median['Fanin']:.3g} ×"
            axes.barh(row, median[name] * 1e3, height=0.8, color=_TRAINERS[name])
            axes.text(median[name] * 1e3, row, text, fontsize=8, va="center")
        row += 1.5
    axes.set_title("Training: time of an epoch", fontsize=10.5)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.set_xlim(low / 2, high * 30)  # the times beside the bars
    axes.set_xlabel("ms", fontsize=9.5)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_yticks(list(labels), list(labels.values()), fontsize=8)
    axes.set_ylim(row - 0.8, -0.8)
