"""The report of a comparison: opened in a browser, and what it says."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from browser import Browser

import fanin
from fanin import _picture, _report
from fanin.comparison import Comparison, compare

FAST: dict[str, Any] = {"epochs": 2, "seeds": 2, "units": 8, "progress": False}


def halves(shape: tuple[int, ...], dtype: Any = None) -> npt.NDArray[Any]:
    return np.full(shape, 0.5, dtype)


@pytest.fixture(scope="module")
def grid() -> Comparison:
    kinds = ["he_normal", "zeros", fanin.initializers.HeNormal(seed=3)]
    optimizers = ["adam", fanin.optimizers.SGD(0.1, momentum=0.9)]
    return compare(kinds, depth=[1, 3], optimizer=optimizers, learning_rate=0.02, **FAST)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser() as page:
        yield page


IMAGES = "[...document.images].map(image => image.complete ? image.naturalWidth : -1)"


def test_browser_shows_every_figure_and_logs_no_error(
    grid: Comparison, browser: Browser, tmp_path: Path
) -> None:
    page = tmp_path / "comparison.html"
    page.write_text(grid.report(), encoding="utf-8")
    sources = []
    for width in (1200, 400):
        for dark in (False, True):
            browser.open(page, width, dark, scripts=False)
            widths = browser.evaluate(IMAGES)
            # of each group: four panels, and the weights
            assert len(widths) == 4 * 5
            assert min(widths) > 400
            assert browser.errors == []
            assert browser.requests == [page.as_uri()]
            # what is too wide scrolls by itself, not the page
            shown = browser.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert shown[0] <= shown[1] == width
            sources.append(browser.evaluate("document.images[0].currentSrc"))
    assert sources[0] == sources[2] != sources[1] == sources[3]
    title = browser.evaluate("document.title")
    assert title == "he_normal, zeros and he_normal(seed=3), compared by training"
    cells = "[...document.querySelectorAll('td')].map(cell => cell.textContent)"
    assert browser.evaluate(cells) == [cell for row in grid.table()[1] for cell in row]


def test_browser_would_tell_of_a_broken_figure_and_an_error(
    browser: Browser, tmp_path: Path
) -> None:
    page = tmp_path / "broken.html"
    page.write_text(
        '<img src="data:image/svg+xml;base64,AAAA"><img src="missing.png">'
        "<script>console.error('no'); throw new Error('nor this')</script>"
    )
    browser.open(page)
    assert browser.evaluate(IMAGES) == [0, 0]
    assert "missing.png" in browser.requests[1]
    said = str(browser.errors)
    assert all(words in said for words in ("'no'", "nor this", "missing.png"))


class Elements(HTMLParser):
    """Collects the attributes of each kind of element, and fails on what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: dict[str, list[dict[str, str | None]]] = {}
        self._open: list[str] = []
        self.feed(text)
        assert not self._open

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.setdefault(tag, []).append(dict(attributes))
        if tag not in ("meta", "img", "source"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


def test_report_is_well_formed_needs_nothing_else_and_says_what_the_figures_show(
    grid: Comparison,
) -> None:
    text = grid.report()
    found = Elements(text).found
    assert not {"script", "link", "iframe", "object", "a"} & set(found)
    assert "url(" not in text and "@import" not in text
    for image in found["img"] + found["source"]:
        address = image.get("src") or image.get("srcset") or ""
        assert address.startswith("data:image/svg+xml;base64,")
    alt = found["img"][0]["alt"] or ""
    first = grid.of("he_normal", depth=1, optimizer="adam")
    assert f"he_normal: from {np.mean([run.loss[0] for run in first]):.3g} to " in alt
    assert grid.report() == text
    assert "zeros: all units of a hidden layer start alike" in text
    assert all(html.escape(value) in text for value in grid.to_dict()["versions"].values())


def test_code_in_the_report_repeats_the_comparison(
    grid: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = grid.code()
    assert html.escape(code) in grid.report()
    saved = []
    monkeypatch.setattr(Comparison, "save", lambda self, folder: saved.append((self, folder)))
    exec(code, {})
    ((again, folder),) = saved
    assert folder == "results"
    for one in (again, grid):
        for optimizer in one.settings["optimizers"].values():
            optimizer["config"].pop("name")
    assert again.settings == grid.settings
    assert [run.digest for run in again.runs] == [run.digest for run in grid.runs]
    assert grid.command() is None  # of what has no name
    plain = Comparison(["zeros"], seeds=[0, 1], learning_rate=0.5)
    assert plain.command() == (
        "python -m fanin compare --initializers zeros --depth 2 --units 64 --activation relu "
        "--optimizer adam --learning-rate 0.5 --epochs 10 --seeds 2 --batch-size 32 --out results"
    )
    assert Comparison(["zeros"], seeds=[1, 0]).command() is None


def test_what_only_the_caller_has_goes_by_its_name() -> None:
    x, y = np.zeros((4, 2), np.float32), np.arange(4) % 2
    own = compare([halves], data=((x, y), (x, y)), **FAST)
    code = own.code()
    assert "# halves: your own\n" in code and "    [halves],\n" in code
    assert "    data=((x_train, y_train), (x_test, y_test)),  # your own\n" in code
    assert own.command() is None
    named = Comparison(["zeros"], data=((x, y), (x, y)))
    assert "--data FILE.npz" in (named.command() or "")


def test_names_are_escaped() -> None:
    def strange(shape: tuple[int, ...], dtype: Any = None) -> npt.NDArray[Any]:
        return np.ones(shape, dtype)

    strange.__name__ = "<b title='\"'>&amp;"
    text = compare([strange, "ones"], **FAST).report()
    assert "<b " not in text and "&lt;b title=" in text
    Elements(text)


def test_of_many_settings_the_first_are_drawn_and_the_rest_are_in_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_report, "MOST_GROUPS", 2)
    for module in (_report, _picture):
        monkeypatch.setattr(module, "MOST_LINES", 3)
    scales = [fanin.initializers.Constant(n / 8) for n in range(1, 5)]
    many = compare(scales, depth=[1, 2, 3], epochs=1, seeds=1, units=2, progress=False)
    text = many.report()
    images = Elements(text).found["img"]
    assert len(images) == 2 * 5
    assert [str(image["alt"]).count("constant(") for image in images] == [3] * 10
    assert "Drawn are the first 2 of 3 groups of settings" in text
    assert text.count("Drawn are the first 3 of 4 initializers.") == 2
    assert len(re.findall("<tr><td>", text)) == 4 * 3
    monkeypatch.setattr(_picture, "MOST_GROUPS", 2)
    figure = many.figure()
    assert len(figure.subfigs[0].axes) == 2 * 4
    assert len(figure.subfigs[0].axes[0].lines) == 3
    note = "Drawn: 2 of 3 groups of settings, 3 of 4 initializers. The table has all."
    assert [text.get_text() for text in figure.subfigs[0].texts] == [note]


def test_interrupted_comparisons_have_a_report_of_what_is_done(grid: Comparison) -> None:
    part = Comparison(["he_normal", "zeros"], depth=[1, 3], epochs=2, seeds=2, units=8)
    with pytest.raises(ValueError, match="nothing to draw"):
        part.report()
    done = [run for run in grid.runs if run.optimizer == "adam" and run.depth == 3][:1]
    part._done = {(run.setting, run.seed): run for run in done}
    text = part.report()
    assert len(Elements(text).found["img"]) == 5
    assert "(1 of 8 runs)" in text and ">-</td>" in text
