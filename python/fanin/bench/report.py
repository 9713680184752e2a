"""The report in Markdown, made of nothing but what the JSON file holds."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from . import fills

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))

_FILLS = """\
Median nanoseconds a number of Fanin's `fill(out)` into an existing array, and the others' median
times divided by Fanin's: above 1, Fanin is faster. NumPy, PyTorch and `ndarray.fill` fill existing
memory too, the same pages; JAX, TensorFlow, mkl_random and "Fanin, new array" make new arrays.
mkl_random makes float64 alone. NumPy, mkl_random and `ndarray.fill`, which stores one number
everywhere, use one thread, however many there are."""
_CHECKED = """\
Checked in this run: Fanin's bits are the same in both ways and for every number of threads, and
TensorFlow's where that is measured; all others have the range, mean and variance that they must."""
_SMALL = """\
Median times, lower and upper quartile. A call returns a new array. Checked in this run: range and
mean square of the Glorot kernels, orthonormal columns of the others; Keras's are Fanin's (every
bit; orthogonal ones within 1e-5). The import is that of a new Python, from its first line on."""
_TRAINING = """\
Median times of an epoch, and how many times Fanin's that is. Adam, sparse cross-entropy, shuffled.
Checked in this run: all start from the same weights and agree on the loss of a first epoch without
shuffling within 0.5 % (scikit-learn draws its own weights); all losses fall."""


def markdown(results: dict[str, Any]) -> str:
    """Return the whole report."""
    threads = max(results["settings"]["threads"])
    parts = ["# Fanin, measured", _machine(results)]
    if not results["complete"]:
        parts.append("**Interrupted: this is what was measured until then.**")
    parts += ["## The bar", bar(results["bar"])]
    if results["fill"]:
        parts += [f"## Filling arrays with {_threads(threads)}", _FILLS, _CHECKED]
        parts += _fill_tables(results["fill"], threads)
    if results["small"]:
        parts += ["## Small calls", _SMALL, _small_table(results["small"])]
    if results["train"]:
        parts += [f"## Training with {_threads(threads)}", _TRAINING]
        parts.append(_training_table(results["train"]))
    for counted in results["instructions"]:
        by = counted["tool"] + (", without AVX-512" if counted["tool"] == "valgrind" else "")
        lines = [[kind, f"{number:.1f}"] for kind, number in counted["per_number"].items()]
        parts += [f"## Instructions a number, {counted['dtype']}, counted by {by}"]
        parts.append(_table(["kind", "Fanin"], lines))
    if results["wrong"]:
        parts += ["## Wrong answers", "Their times do not count."]
        parts.append(
            _list(f"{w['contender']}, {w['what']}: {w['problem']}." for w in results["wrong"])
        )
    if results["notes"]:
        parts += ["## Left out", _list(results["notes"])]
    return "\n\n".join(parts) + "\n"


def bar(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table that says what is reached."""
    lines = []
    for row in rows:
        times = row["unit"] == "×"
        lines.append(
            [
                row["what"],
                duration(row["ours"]),
                f"{row['against']} {duration(row['theirs'])}".strip(),
                "" if row["measured"] is None else f"{row['measured']:.3g} {row['unit']}",
                f"{'≥' if times else '≤'} {row['bar']:g} {row['unit']}",
                {True: "yes", False: "**no**", None: "not measured"}[row["reached"]],
            ]
        )
    return _table(["what", "Fanin", "rival", "measured", "bar", "reached"], lines)


def duration(seconds: float | None) -> str:
    """Return a time with three digits and the unit that suits it; "" for None."""
    if seconds is None:
        return ""
    scale, unit = next((u for u in _UNITS if seconds >= u[0]), _UNITS[-1])
    return f"{seconds / scale:.3g} {unit}"


def _machine(results: dict[str, Any]) -> str:
    machine, versions = results["machine"], results["versions"]
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"{machine['processor']}, {machine['may_use']} of {machine['cores']} processors, "
        f"{machine['memory_bytes'] / 2**30:.0f} GiB, {', '.join(machine['caches'])}; "
        f"{machine['system']}, Python {machine['python']}; {packages}. "
        f"Fanin's kernels: {machine['fanin_instruction_set']}. "
        f"Load of others before: {machine['load_before']:.1f}."
    )


def _threads(count: int) -> str:
    return "one thread" if count == 1 else f"{count} threads"


def _fill_tables(cells: list[dict[str, Any]], threads: int) -> list[str]:
    """Return the tables of sizes, of types and of numbers of threads, with a line before each."""
    main = [c for c in cells if (c["dtype"], c["threads"]) == (fills.DTYPE, threads)]
    typed = [c for c in cells if c["dtype"] != fills.DTYPE]
    fewer = [c for c in cells if c["threads"] != threads]
    parts: list[str] = []
    if main:
        main.sort(key=lambda cell: cell["count"])
        parts += [f"{fills.DTYPE}:", _fill_table("numbers", lambda c: fills.size(c["count"]), main)]
    if typed:
        parts += [f"Other types, {fills.size(typed[0]['count'])} numbers:"]
        parts.append(_fill_table("type", lambda c: str(c["dtype"]), typed))
    if fewer:
        grown = [c for c in main if c["count"] == fewer[0]["count"]]
        parts += [f"From one thread to all, {fills.size(fewer[0]['count'])} {fills.DTYPE}:"]
        parts.append(_fill_table("threads", lambda c: str(c["threads"]), fewer + grown))
    return parts


def _fill_table(
    key: str, value: Callable[[dict[str, Any]], str], cells: Sequence[dict[str, Any]]
) -> str:
    names = list(dict.fromkeys(name for cell in cells for name in cell["seconds"]))
    rivals = [name for name in names if name != "Fanin"]
    lines = []
    for cell in cells:
        median = {name: times["median"] for name, times in cell["seconds"].items()}
        own = median.get("Fanin")
        lines.append(
            [
                value(cell),
                cell["kind"],
                f"{own / cell['count'] * 1e9:.3g} ns" if own else "",
                *(f"{median[n] / own:.3g} ×" if own and n in median else "–" for n in rivals),
            ]
        )
    return _table([key, "kind", "Fanin", *rivals], lines)


def _small_table(cells: Sequence[dict[str, Any]]) -> str:
    lines = []
    for cell in cells:
        for name, times in cell["seconds"].items():
            spread = " – ".join(map(duration, times["quartiles"]))
            lines.append([cell["call"], name, duration(times["median"]), spread])
    return _table(["call", "of", "median", "quartiles"], lines)


def _training_table(cells: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for cell in cells for name in cell["seconds"]))
    lines = []
    for cell in cells:
        median = {name: times["median"] for name, times in cell["seconds"].items()}
        own = median.get("Fanin")
        line = [cell["setting"], str(cell["batch"])]
        for name in names:
            ratio = f", {median[name] / own:.3g} ×" if own and name in median else ""
            line.append((duration(median.get(name)) or "–") + (ratio if name != "Fanin" else ""))
        lines.append(line)
    return _table(["hidden units on data", "batch", *names], lines)


def _table(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [heading, ["---", *["---:"] * (len(heading) - 1)], *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
