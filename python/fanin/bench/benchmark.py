"""A run of the benchmark: what is measured, in which order, and the files that come of it."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from .._threads import get_num_threads
from . import bar, fills, instructions, machine, small, training
from .report import markdown
from .rounds import Effort
from .workers import Log

SECTIONS = ("fill", "small", "train")
_SMALLEST = 10

_Cell = dict[str, Any]


class Benchmark:
    """What is measured, kept cell by cell: an interrupt loses no more than one.

    Parameters
    ----------
    only : str, optional
        One of `SECTIONS`; None: all of them.
    quick : bool
        Fewer sizes and rounds, and no count of instructions.
    largest : int
        At most ``2 ** largest`` numbers are made at once.
    threads : sequence of int, optional
        Everything is measured with the largest of these, fills of 16 Mi numbers with each. None:
        1, 2, 4, ... and as many as Fanin uses by itself.

    Raises
    ------
    ValueError
        If a number is out of range.
    """

    def __init__(
        self,
        only: str | None = None,
        quick: bool = False,
        largest: int = 28,
        threads: Sequence[int] | None = None,
    ) -> None:
        if not _SMALLEST <= largest <= 40:
            raise ValueError(f"`largest` must be in [{_SMALLEST}, 40]. Received: {largest}")
        processors = machine.processors()
        counts = sorted(set(_doubling(get_num_threads()) if threads is None else threads))
        for count in counts:
            if not 1 <= count <= processors:
                raise ValueError(f"`threads` must be in [1, {processors}]. Received: {count}")
        self._sections = SECTIONS if only is None else (only,)
        self._quick = quick
        self._threads = counts
        exponents = (10, 16, 20, 24) if quick else range(_SMALLEST, largest + 1, 2)
        self._fills = fills.plan(
            [exponent for exponent in exponents if exponent <= largest],
            counts,
            typed=min(20 if quick else 22, largest),
        )
        self._settings = {"only": only, "quick": quick, "largest": largest, "threads": counts}
        # now, when its load is that of others
        self._machine = machine.describe()
        self._log = Log()
        self._cells: dict[str, list[_Cell]] = {s: [] for s in (*SECTIONS, "instructions")}
        self._complete = False
        self._seconds = 0.0

    def run(self) -> None:
        """Measure everything, showing a progress bar."""
        counts = {"fill": len(self._fills) + (not self._quick)}
        counts |= {"small": len(small.CALLS), "train": len(training.SETTINGS)}
        start = time.monotonic()
        try:
            with tqdm(total=sum(counts[s] for s in self._sections), leave=False) as progress:
                self._log.tick = progress.set_description
                for section, cell in self._measure():
                    if cell is not None:
                        self._cells[section].append(cell)
                    progress.update()
            self._complete = True
        finally:
            self._seconds = time.monotonic() - start

    def _measure(self) -> Iterator[tuple[str, _Cell | None]]:
        log, quick, most = self._log, self._quick, max(self._threads)
        if "fill" in self._sections:
            # the bar's size deserves more rounds
            bench = fills.Fills(
                Effort(25, 0.5 if quick else 2.0), Effort(25, 2.0 if quick else 12.0), 3.0, log
            )
            for cell in bench.measure(self._fills):
                yield "fill", cell
        if "small" in self._sections:
            for cell in small.measure(most, Effort(15, 1.0 if quick else 5.0), log):
                yield "small", cell
        if "train" in self._sections:
            effort = Effort(3, 0.0) if quick else Effort(9, 30.0)
            for cell in training.measure(training.SETTINGS, most, effort, log):
                yield "train", cell
        if "fill" in self._sections and not quick:
            yield "instructions", instructions.measure(log)

    @property
    def measured(self) -> bool:
        """Whether there is anything to write."""
        return any(self._cells.values())

    @property
    def fanin_is_right(self) -> bool:
        """Whether none of Fanin's own answers was wrong."""
        return not any(each["contender"].startswith("Fanin") for each in self._log.wrong)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON.

        Times are seconds: of a fill, a call or an import, an epoch.
        """
        results: dict[str, Any] = {
            "settings": self._settings,
            "machine": self._machine,
            "versions": machine.versions(),
            "complete": self._complete,
            "seconds": self._seconds,
            "notes": self._log.notes,
            "wrong": self._log.wrong,
            **self._cells,
        }
        return {"bar": bar.rows(results), **results}

    def save(self, directory: Path) -> tuple[Path, ...]:
        """Write ``benchmark.json``, ``.md`` and ``.png`` and return their paths.

        There is no picture of small calls alone.
        """
        from .chart import draw  # matplotlib takes a second to import

        written = self.save_tables(directory)
        figure = draw(self.to_dict())
        if figure is None:
            return written
        picture = directory / "benchmark.png"
        figure.savefig(picture, dpi=150)
        return (*written, picture)

    def save_tables(self, directory: Path) -> tuple[Path, Path]:
        """Write ``benchmark.json`` and ``benchmark.md`` alone; see `save`."""
        results = self.to_dict()
        table, report = directory / "benchmark.json", directory / "benchmark.md"
        text = json.dumps(results, indent=1, ensure_ascii=False)
        table.write_text(text + "\n", encoding="utf-8")
        report.write_text(markdown(results), encoding="utf-8")
        return table, report


def _doubling(most: int) -> list[int]:
    """Return 1, 2, 4, ... and `most`."""
    return [*(2**power for power in range(most.bit_length()) if 2**power < most), most]
