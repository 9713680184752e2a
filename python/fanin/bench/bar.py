"""The bar: how many times faster than whom, and whether that is reached."""

from collections.abc import Iterator, Mapping
from typing import Any

from . import fills, small

# Rival's time divided by Fanin's, at least. A rival is all contenders whose names begin so, of
# whom the fastest counts; "" is whoever there is.
_FILLS = {
    "uniform": {"TensorFlow": 8.0, "PyTorch": 6.0, "NumPy": 3.5, "ndarray.fill": 0.4},
    "normal": {"TensorFlow": 8.0, "PyTorch": 3.0, "NumPy": 8.0},
    "truncated normal": {"TensorFlow": 8.0, "PyTorch": 25.0},
}
_TRAINING = {
    "64-64 on 1797×64": {"": 3.0},
    "64-64 on 20000×784": {"": 1.3},
    "1024-1024 on 8192×1024": {"": 1.1},
}
_CALLS = {
    small.GLOROT: {"PyTorch": 2.0, "Keras": 30.0},
    small.ORTHOGONAL: {"PyTorch": 1.0},
}
# Milliseconds, at most: of the whole call, and of the import beyond NumPy's
_CALL_MS = 0.012
_IMPORT_MS = 60.0


def rows(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of the bar for results as they stand in the JSON file.

    Each has `what` is done, the rival's name (`against`), the medians in seconds (`ours`,
    `theirs`), what was `measured` in `unit`, the `bar`, and whether it is `reached`. None stands
    for what was not measured.
    """
    return list(_rows(results))


def _rows(results: dict[str, Any]) -> Iterator[dict[str, Any]]:
    threads = max(results["settings"]["threads"])
    for kind, rivals in _FILLS.items():
        seconds = _medians(
            results["fill"], kind=kind, dtype=fills.DTYPE, count=fills.BAR, threads=threads
        )
        what = f"{kind}, {fills.size(fills.BAR)} {fills.DTYPE}"
        yield from (_faster(what, seconds, *rival) for rival in rivals.items())
    for setting, rivals in _TRAINING.items():
        seconds = _medians(results["train"], setting=setting)
        yield from (_faster(f"training, {setting}", seconds, *rival) for rival in rivals.items())
    for call, rivals in _CALLS.items():
        seconds = _medians(results["small"], call=call)
        yield from (_faster(call, seconds, *rival) for rival in rivals.items())
    own = _medians(results["small"], call=small.GLOROT).get("Fanin")
    yield _within(small.GLOROT, own, _CALL_MS)
    seconds = _medians(results["small"], call=small.IMPORT)
    own, numpy = seconds.get("fanin"), seconds.get("numpy")
    more = own - numpy if own is not None and numpy is not None else None
    yield _within("import, beyond NumPy's", more, _IMPORT_MS)


def _medians(cells: list[dict[str, Any]], **wanted: Any) -> dict[str, float]:
    """Return by contender the median seconds of the cell that is `wanted`; {} if there is none."""
    for cell in cells:
        if all(cell[key] == value for key, value in wanted.items()):
            return {name: times["median"] for name, times in cell["seconds"].items()}
    return {}


def _faster(what: str, seconds: Mapping[str, float], rival: str, least: float) -> dict[str, Any]:
    ours = seconds.get("Fanin")
    rivals = {
        name: time
        for name, time in seconds.items()
        if name.startswith(rival) and not name.startswith("Fanin")
    }
    best = min(rivals, key=lambda name: rivals[name], default=None)
    ratio = rivals[best] / ours if best and ours else None
    return {
        "what": what,
        "against": best or rival or "all",
        "ours": ours,
        "theirs": rivals[best] if best else None,
        "measured": ratio,
        "bar": least,
        "unit": "×",
        "reached": None if ratio is None else ratio >= least,
    }


def _within(what: str, seconds: float | None, most: float) -> dict[str, Any]:
    measured = None if seconds is None else seconds * 1e3
    return {
        "what": what,
        "against": "",
        "ours": seconds,
        "theirs": None,
        "measured": measured,
        "bar": most,
        "unit": "ms",
        "reached": None if measured is None else measured <= most,
    }
