"""Results as text, as HTML and as what strict JSON can hold."""

import base64
import html
import io
import math
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def text_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return aligned columns: the first to the left, the others to the right."""
    table = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def html_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table element; the cells are text, which is escaped."""
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in headings)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def drawn(module: str, result: Any) -> "Figure":
    """Return what a module of this package draws of a result.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        figure: Figure = import_module(f".{module}", __package__).draw(result)
    except ModuleNotFoundError as error:
        raise ImportError(
            "The picture needs matplotlib. Install it with `pip install fanin[plot]`."
        ) from error
    return figure


def html_picture(result: Any, description: str) -> str:
    """Return an img element that carries a result's figure, or why there is none."""
    picture = io.BytesIO()
    try:
        result.figure().savefig(picture, format="png", dpi=100)
    except ImportError as error:
        return f"<p>{html.escape(str(error))}</p>"
    code = base64.b64encode(picture.getvalue()).decode("ascii")
    return f'<img alt="{html.escape(description)}" src="data:image/png;base64,{code}">'


def jsonable(value: Any) -> Any:
    """Return what strict JSON can hold: Python's types, None for NaN and infinity."""
    if isinstance(value, dict):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return jsonable(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
