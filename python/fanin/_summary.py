"""The table that `Model.summary` prints, character for character that of Keras."""

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .layers import Layer
    from .models import Model

_HEADER = ("Layer (type)", "Output Shape", "Param #")
_POSITIONS = (0.45, 0.80, 1.0)


def summary(
    model: "Model",
    line_length: int | None,
    positions: list[float] | None,
    expand_nested: bool,
    show_trainable: bool,
    layer_range: Any,
) -> str:
    """Return the table and the totals; parameters and errors: see `Model.summary`."""
    import shutil

    header, ends, usual = list(_HEADER), list(positions or _POSITIONS), 88
    if show_trainable:
        header.append("Trainable")
        ends = [*(end * 0.9 for end in ends), 1.0]
        usual += 12
    line_length = line_length or min(usual, shutil.get_terminal_size().columns - 4)
    absolute = [int(end * line_length) for end in ends]
    columns = [end - start for start, end in zip([0, *absolute], absolute, strict=False)]
    if min(columns) < 4:
        raise ValueError("Insufficient console width to print summary.")
    widths = _widths(columns, line_length)

    rows = []
    for layer in _chosen(model.layers, layer_range):
        rows += _entries(layer, expand_nested, 0)
    lines = [f'Model: "{model.name}"', _rule("┏━┳┓", widths)]
    lines += _row(tuple(header), widths, "┃", at_bottom=True)
    lines.append(_rule("┡━╇┩", widths))
    for index, row in enumerate(rows):
        if index:
            lines.append(_rule("├─┼┤", widths))
        lines += _row(row[: len(header)], widths, "│", at_bottom=False)
    lines.append(_rule("└─┴┘", widths))
    return "\n".join([*lines, *_totals(model)]) + "\n"


def _widths(columns: list[int], line_length: int) -> list[int]:
    """Return how many characters fit into columns that are as wide as the line, without borders.

    The table that Keras uses takes what is too much off all columns, as evenly as whole numbers go.
    """
    count = len(columns)
    excess = sum(columns) + 3 * count + 1 - line_length
    widths = []
    for index, column in enumerate(columns):
        cut = min(column + 2, round(excess / (count - index)))
        excess -= cut
        widths.append(max(column - cut, 1))
    return widths


def _chosen(layers: "list[Layer]", layer_range: Any) -> "list[Layer]":
    """Return the layers from the first that one name means to the last that another means."""
    if layer_range is None:
        return layers
    if len(layer_range) != 2:
        raise ValueError(
            "layer_range must be a list or tuple of length 2. Received: "
            f"layer_range = {layer_range} of length {len(layer_range)}"
        )
    if not all(isinstance(name, str) for name in layer_range):
        raise ValueError(f"layer_range should contain string type only. Received: {layer_range}")
    found = [
        [index for index, layer in enumerate(layers) if re.match(name, layer.name)]
        for name in layer_range
    ]
    if not all(found):
        raise ValueError(
            f"Passed layer_names do not match the layer names in the model. Received: {layer_range}"
        )
    first, last = min(found[0]), max(found[1])
    if first > last:
        first, last = min(found[1]), max(found[0])
    return layers[first : last + 1]


def _entries(layer: "Layer", expand: bool, level: int) -> list[tuple[str, ...]]:
    """Return the row of a layer, and those of the layers inside."""
    indent = "   " * level + "└ " if level else ""
    rows: list[tuple[str, ...]] = [
        (
            f"{indent}{layer.name} ({type(layer).__name__})",
            _shape(layer),
            f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
            ("Y" if layer.trainable else "N") if layer.weights else "-",
        )
    ]
    if expand:
        for inside in getattr(layer, "layers", []):
            rows += _entries(inside, expand, level + 1)
    return rows


def _shape(layer: "Layer") -> str:
    """Return the shape of what the layer last gave, "?" if it hasn't been called."""
    calls = layer.calls
    shape: Any = None
    if calls:
        shape = calls[-1].shape
    elif (built := layer.get_build_config()) is not None and built["input_shape"] is not None:
        shape = layer.compute_output_shape(built["input_shape"])
    return "?" if shape is None else f"({', '.join(map(str, shape))})"


def _totals(model: "Model") -> list[str]:
    """Return the lines below the table."""
    trained = model.trainable_weights
    frozen = model.non_trainable_weights
    # Keras builds its optimizer in the first step.
    optimizer = model.optimizer
    kept = optimizer.variables if optimizer is not None and optimizer.built else []
    lines = [
        _total("Total params", [*trained, *frozen, *kept]),
        _total("Trainable params", trained),
        _total("Non-trainable params", frozen),
    ]
    if kept:
        lines.append(_total("Optimizer params", kept))
    return lines


def _total(title: str, arrays: Sequence[Any]) -> str:
    count, size = sum(a.size for a in arrays), sum(a.nbytes for a in arrays)
    return f" {title}: {count:,} ({_memory(size)})"


def _rule(characters: str, widths: list[int]) -> str:
    left, line, middle, right = tuple(characters)
    return left + middle.join(line * (width + 2) for width in widths) + right


def _row(cells: tuple[str, ...], widths: list[int], border: str, at_bottom: bool) -> list[str]:
    wrapped = [_wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    if at_bottom:
        height = max(map(len, wrapped))
        wrapped = [[""] * (height - len(lines)) + lines for lines in wrapped]
    rows = []
    for texts in zip_longest(*wrapped, fillvalue=""):
        placed = [text.ljust(width) for text, width in zip(texts[:2], widths, strict=False)]
        placed.append(texts[2].rjust(widths[2]))
        placed += [_centred(text, width) for text, width in zip(texts[3:], widths[3:], strict=True)]
        rows.append(f"{border} " + f" {border} ".join(placed) + f" {border}")
    return rows


def _centred(text: str, width: int) -> str:
    return (" " * ((width - len(text)) // 2) + text).ljust(width)


def _wrap(text: str, width: int) -> list[str]:
    """Break `text` between words, and cut words that are longer than a line."""
    lines: list[str] = []
    # What stands before the first word stays.
    for word in re.findall(r"^\s*\S+|\S+", text):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [line if len(line) <= width else line[: width - 1] + "…" for line in lines]


def _memory(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if size < 1024:
            return f"{size:.2f} {unit}"
        size /= 1024
    return f"{size:.2f} PB"
