"""The table that `Sequential.summary` prints, character for character that of Keras."""

from itertools import zip_longest
from typing import Any

import numpy.typing as npt

_HEADER = ("Layer (type)", "Output Shape", "Param #")
_POSITIONS = (0.45, 0.80, 1.0)
# Keras asks for columns as wide as the line, without their borders; the table takes this off.
_BORDERS = (3, 4, 3)


def summary(
    name: str,
    rows: list[tuple[str, str, str]],
    weights: list[npt.NDArray[Any]],
    slots: int | None,
    line_length: int | None,
    positions: list[float] | None,
) -> str:
    """Return the table and the totals.

    Parameters
    ----------
    name : str
        Of the model.
    rows : list of (layer, output shape, parameters)
    weights : list of ndarray
    slots : int or None
        Arrays of each weight's size that the optimizer keeps; None if it has not been built.
    line_length : int, optional
        By default 88 or what the terminal has.
    positions : list of float, optional
        The ends of the three columns, in parts of the line.

    Raises
    ------
    ValueError
        If a column is narrower than four characters.
    """
    import shutil

    line_length = line_length or min(88, shutil.get_terminal_size().columns - 4)
    ends = [int(position * line_length) for position in positions or _POSITIONS]
    columns = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    if min(columns) < 4:
        raise ValueError("Insufficient console width to print summary.")
    widths = [max(c - b, 1) for c, b in zip(columns, _BORDERS, strict=True)]

    lines = [f'Model: "{name}"', _rule("┏━┳┓", widths)]
    lines += _row(_HEADER, widths, "┃", at_bottom=True)
    lines.append(_rule("┡━╇┩", widths))
    for index, row in enumerate(rows):
        if index:
            lines.append(_rule("├─┼┤", widths))
        lines += _row(row, widths, "│", at_bottom=False)
    lines.append(_rule("└─┴┘", widths))

    count, size = sum(w.size for w in weights), sum(w.nbytes for w in weights)
    # The step count (int64) and the learning rate (float32) are the optimizer's other variables.
    kept, kept_size = (0, 0) if slots is None else (slots * count + 2, slots * size + 12)
    lines += [
        f" Total params: {count + kept:,} ({_memory(size + kept_size)})",
        f" Trainable params: {count:,} ({_memory(size)})",
        " Non-trainable params: 0 (0.00 B)",
    ]
    if slots is not None:
        lines.append(f" Optimizer params: {kept:,} ({_memory(kept_size)})")
    return "\n".join(lines) + "\n"


def _rule(characters: str, widths: list[int]) -> str:
    left, line, middle, right = tuple(characters)
    return left + middle.join(line * (width + 2) for width in widths) + right


def _row(cells: tuple[str, ...], widths: list[int], border: str, at_bottom: bool) -> list[str]:
    wrapped = [_wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    if at_bottom:
        height = max(map(len, wrapped))
        wrapped = [[""] * (height - len(lines)) + lines for lines in wrapped]
    rows = []
    for layer, shape, count in zip_longest(*wrapped, fillvalue=""):
        texts = (layer.ljust(widths[0]), shape.ljust(widths[1]), count.rjust(widths[2]))
        rows.append(f"{border} " + f" {border} ".join(texts) + f" {border}")
    return rows


def _wrap(text: str, width: int) -> list[str]:
    """Break `text` between words, and cut words that are longer than a line."""
    lines: list[str] = []
    for word in text.split():
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
