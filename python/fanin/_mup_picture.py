"""The picture of a coordinate check: how far the outputs move, over the width."""

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ._picture import COLOURS, tidy

if TYPE_CHECKING:
    from .mup import CoordinateCheck

_TITLES = {"standard": "Standard parametrization", "mup": "Maximal update parametrization"}
_MARKERS = "osD^v<>"


def draw(check: "CoordinateCheck") -> Figure:
    """Return the figure, a panel for each parametrization."""
    figure = Figure(figsize=(9.5, 4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (name, title) in zip(panels, _TITLES.items(), strict=True):
        moves = check.moves[name][:, -1]
        for layer in range(moves.shape[1]):
            last = layer == moves.shape[1] - 1
            axes.plot(
                check.widths,
                moves[:, layer],
                color=COLOURS[layer % len(COLOURS)],
                marker=_MARKERS[layer % len(_MARKERS)],
                linewidth=2,
                label="logits" if last else f"hidden layer {layer + 1}",
            )
        tidy(axes)
        axes.set_title(title, fontsize=11)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_major_locator(FixedLocator(check.widths))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_xlabel("width of the hidden layers")
        axes.grid(color="#DDDDDD", linewidth=0.6)
    steps = check.moves["mup"].shape[1] - 1
    panels[0].set_ylabel(f"mean change of an output\nafter {steps} step{'s' * (steps > 1)}")
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside upper center",
        ncols=min(4, len(panels[0].lines)),
        frameon=False,
    )
    return figure
