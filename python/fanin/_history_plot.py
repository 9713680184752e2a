"""The picture of a training: a panel a quantity, over the epochs."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ._picture import COLOURS, tidy


def draw(
    history: dict[str, list[float]],
    epochs: Sequence[int],
    quantities: Sequence[str] | None,
    title: str | None,
) -> Figure:
    """Return the figure of `utils.plot_history`."""
    names = [name for name in history if not name.startswith("val_")]
    names += [name for name in history if name.startswith("val_") and name[4:] not in names]
    # The loss is what one looks at first, the learning rate last.
    names.sort(key=lambda name: {"loss": 0, "learning_rate": 2}.get(name, 1))
    if quantities is not None:
        unknown = [name for name in quantities if name not in history]
        if unknown:
            raise ValueError(
                f"`quantities` must be among {list(history)}. Received: {', '.join(unknown)}"
            )
        names = list(quantities)
    if not names:
        raise ValueError("`history` must hold at least one epoch. Received: none")
    columns = min(len(names), 3)
    rows = math.ceil(len(names) / columns)
    figure = Figure(figsize=(1.0 + 3.6 * columns, 3.2 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, name in zip(panels, names, strict=False):
        _draw_panel(panel, name, history, epochs)
    for panel in panels[len(names) :]:
        panel.set_axis_off()
    if title is not None:
        figure.suptitle(title)
    return figure


def _draw_panel(
    panel: Axes, name: str, history: dict[str, list[float]], epochs: Sequence[int]
) -> None:
    tidy(panel)
    for key, label, style, colour in (
        (name, "training", "-", COLOURS[0]),
        (f"val_{name}", "validation", "--", COLOURS[1]),
    ):
        values = history.get(key)
        if values is None:
            continue
        marker = "o" if len(values) < 12 else None
        numbers = _numbers(len(values), epochs)
        panel.plot(numbers, values, style, color=colour, label=label, marker=marker, markersize=3.5)
    panel.set_title(name.replace("_", " "), fontsize=11)
    panel.set_xlabel("epoch")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    panel.grid(color="#DDDDDD", linewidth=0.6)
    if f"val_{name}" in history:
        panel.legend(frameon=False, fontsize=9)


def _numbers(count: int, epochs: Sequence[int]) -> list[int]:
    """Return the epochs, 1 first, that `count` values belong to.

    The record does not tell: with `validation_freq=n` it is every n-th.
    """
    numbers = [epoch + 1 for epoch in epochs]
    for frequency in range(1, len(numbers) + 1):
        due = [number for number in numbers if number % frequency == 0]
        if len(due) == count:
            return due
    return list(range(1, count + 1))
