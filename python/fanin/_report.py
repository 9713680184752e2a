"""The report of a comparison: one HTML file with everything in it."""

import base64
import html
import io
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from ._picture import COLOURS, GREY, GRID, INK, MOST_LINES, PANELS, draw_panel, draw_weights
from ._tables import html_table, jsonable

if TYPE_CHECKING:
    from ._runs import Setting
    from .comparison import Comparison

#: So many groups of settings are drawn.
MOST_GROUPS = 12
# What the colours of a picture become on a dark page: brighter.
_ON_DARK = {
    INK: "#e4e4e7",
    GREY: "#a1a1aa",
    GRID: "#3f3f46",
    COLOURS[0]: "#3d9be9",
    COLOURS[1]: "#ff8a47",
    COLOURS[2]: "#2cc796",
    COLOURS[5]: "#a5dcff",
    COLOURS[6]: "#ffffff",
    "#000000": "#ffffff",
}
_STYLE = """
:root { color-scheme: light dark; --ink: #222; --dim: #555; --line: #ddd; --soft: #f5f5f4;
  --page: #fff; --mark: #d55e00 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e4e7; --dim: #a1a1aa; --line: #3f3f46; --soft: #27272a; --page: #18181b;
    --mark: #ff8a47 }
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 80rem;
  background: var(--page); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
h1 { font-size: clamp(1.5rem, 1.1rem + 1.8vw, 2.25rem); line-height: 1.2; margin: 0 0 .5rem;
  overflow-wrap: anywhere }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: 1rem;
  border-top: 1px solid var(--line); overflow-wrap: anywhere }
p, ul { max-width: 46rem }
.lead { font-size: 1.1rem }
.dim, figcaption { color: var(--dim); font-size: .9rem }
.notes { margin: 1.5rem 0; padding: .75rem 1rem .75rem 2rem; border-left: 4px solid var(--mark);
  background: var(--soft) }
.wide { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .4rem 1rem .4rem 0; text-align: left; border-bottom: 1px solid var(--line) }
th { font-weight: 600; color: var(--dim) }
:is(th, td):nth-last-child(-n + 4) { text-align: right; white-space: nowrap }
.panels { display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)) }
figure { margin: 1rem 0 }
img { display: block; width: 100%; height: auto }
.weights { min-width: 40rem; max-width: 60rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; margin: 1rem 0 }
dt { color: var(--dim) }
dd { margin: 0; overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: 1rem; border-radius: .4rem;
  background: var(--soft); font: .85rem/1.5 ui-monospace, monospace }
summary { cursor: pointer }
@media print { body { max-width: none; padding: 0 } .panels { break-inside: avoid } }
"""


def report(comparison: "Comparison") -> str:
    """Return the HTML of a comparison that can be drawn."""
    from .comparison import versions

    settings = comparison.settings
    title = f"{_listed(comparison.names)}, compared by training"
    groups = comparison.groups()
    parts = [
        f"<h1>{html.escape(title)}</h1>",
        f'<p class="lead">{html.escape(_lead(comparison))}</p>',
        f'<div class="wide">{html_table(*comparison.table())}</div>',
        f'<p class="dim">{html.escape(comparison.caption)}</p>',
    ]
    if comparison.notes:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in comparison.notes)
        parts.append(f'<ul class="notes">{notes}</ul>')
    for words, group in list(groups.items())[:MOST_GROUPS]:
        parts += [f"<h2>{html.escape(words or 'Training')}</h2>", *_pictures(comparison, group)]
    if len(groups) > MOST_GROUPS:
        parts.append(
            f'<p class="dim">Drawn are the first {MOST_GROUPS} of {len(groups)} groups of '
            "settings; the table has all.</p>"
        )
    parts += ["<h2>Repeat it</h2>", _code(comparison.code())]
    command = comparison.command()
    if command is not None:
        parts += ["<p>Or from the shell:</p>", _code(command)]
    simple = {k: v for k, v in settings.items() if not isinstance(v, dict)}
    parts += [
        "<h2>Settings</h2>",
        _pairs((key.replace("_", " "), _words(value)) for key, value in simple.items()),
    ]
    for what in ("initializers", "optimizers"):
        text = json.dumps(jsonable(settings[what]), indent=1, ensure_ascii=False)
        parts.append(
            f"<details><summary>{what.capitalize()} in full</summary>{_code(text)}</details>"
        )
    parts += ["<h2>Versions</h2>", _pairs(versions().items())]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _listed(names: list[str]) -> str:
    if len(names) > 4:
        return f"{len(names)} initializers"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _lead(comparison: "Comparison") -> str:
    """Return in a sentence what was trained."""
    s = comparison.settings
    data = "the handwritten digits" if s["data"] == "digits" else "data of your own"
    return (
        f"{len(comparison.runs)} networks on {data} ({s['training_rows']} rows to "
        f"train with, {s['test_rows']} to test): {s['inputs']} inputs, "
        f"{_or(s['depths'])} hidden layer{'s' * (s['depths'] != [1])} of {s['units']} "
        f"{_or(s['activations'])} units, {s['classes']} classes. Each was trained with "
        f"{_or(list(s['optimizers']))}, {s['epochs']} epoch{'s' * (s['epochs'] > 1)} in batches of "
        f"{s['batch_size']}, once for each of {len(s['seeds'])} seed{'s' * (len(s['seeds']) > 1)}."
    )


def _or(values: list[Any]) -> str:
    return " or ".join(map(str, values))


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _pictures(comparison: "Comparison", group: list["Setting"]) -> list[str]:
    """Return the figures of a group of settings."""
    shown = group[:MOST_LINES]
    panels = []
    for name in PANELS:
        describe = _curve if name in ("loss", "accuracy") else _signal
        alt = "; ".join(describe(comparison, setting, name) for setting in shown)
        image = _image(draw_panel(comparison, group, name), f"{_SUBJECTS[name]}. {alt}.")
        panels.append(f"<figure>{image}</figure>")
    names = _listed([setting.initializer for setting in shown])
    weights = _image(
        draw_weights(comparison, group),
        f"Histograms of the weights of {names}, layer by layer, before and after training.",
    )
    few = ""
    if len(shown) < len(group):
        few = f'<p class="dim">Drawn are the first {len(shown)} of {len(group)} initializers.</p>'
    return [
        f'<div class="panels">{"".join(panels)}</div>{few}',
        f'<figure><div class="wide"><div class="weights">{weights}</div></div></figure>',
    ]


_SUBJECTS = {
    "loss": "Curves of the loss on the training data over the epochs",
    "accuracy": "Curves of the accuracy on the test data over the epochs",
    "outputs": "Variance of the outputs by layer, on a logarithmic axis, before and after training",
    "gradients": "Mean square of the gradients by layer, on a logarithmic axis, before and after "
    "training",
}


def _curve(comparison: "Comparison", setting: "Setting", name: str) -> str:
    what = {"loss": "loss", "accuracy": "test_accuracy"}[name]
    curves = np.array([getattr(run, what) for run in comparison.of(*setting)])
    first, last = curves[:, 0].mean(), curves[:, -1].mean()
    return f"{setting.initializer}: from {first:.3g} to {last:.3g}"


def _signal(comparison: "Comparison", setting: "Setting", name: str) -> str:
    before, after = (getattr(signal, name) for signal in comparison.of(*setting)[0].signal)
    place, index = ("last", -1) if name == "outputs" else ("first", 0)
    return (
        f"{setting.initializer}: in the {place} hidden layer {before[index]:.3g} before and "
        f"{after[index]:.3g} after"
    )


def _image(figure: Figure, description: str) -> str:
    """Return a picture element with the figure for light and for dark pages."""
    written = io.StringIO()
    # without chance and clock, the same comparison has the same report
    with matplotlib.rc_context({"svg.hashsalt": "fanin"}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    light = dark = written.getvalue()
    for colour, brighter in _ON_DARK.items():
        dark = dark.replace(colour.lower(), brighter)
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    return (
        f'<picture><source media="(prefers-color-scheme: dark)" srcset="{_data(dark)}">'
        f'<img alt="{html.escape(description)}" width="{width}" height="{height}" '
        f'src="{_data(light)}"></picture>'
    )


def _data(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _code(text: str) -> str:
    return f"<pre><code>{html.escape(text)}</code></pre>"


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    rows = (f"<dt>{html.escape(key)}</dt><dd>{html.escape(value)}</dd>" for key, value in pairs)
    return f"<dl>{''.join(rows)}</dl>"
