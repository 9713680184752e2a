"""Results as text, as HTML and as what strict JSON can hold."""

import base64
import html
import io
import math
from collections.abc import Iterable, Sequence
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


def html_picture(figure: "Figure", description: str, dpi: int = 100) -> str:
    """Return an img element that carries the figure."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=dpi)
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
