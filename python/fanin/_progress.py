"""What `fit`, `evaluate` and `predict` print while they work: Keras's progress lines."""

import sys
import time
from types import TracebackType
from typing import Any, Self

_BAR = 20


def verbosity(verbose: Any) -> int:
    """Return 0 (silent), 1 (a bar) or 2 (a line) for the argument `verbose`.

    Raises
    ------
    ValueError
        If it is none of them and not "auto", which is 1.
    """
    if isinstance(verbose, str) and verbose == "auto":
        return 1
    if isinstance(verbose, int) and verbose in (0, 1, 2):
        return int(verbose)
    raise ValueError(f'`verbose` must be "auto", 0, 1 or 2. Received: verbose={verbose}')


class Progress:
    """The progress line of one pass over the data.

    With verbose 1 and the package tqdm a bar moves while the work goes on; the line that stays is
    the same without it.

    Parameters
    ----------
    verbose : int
        0, 1 or 2, see `verbosity`.
    steps : int
        Batches in the pass.
    """

    def __init__(self, verbose: int, steps: int) -> None:
        self._verbose = verbose
        self._steps = steps
        self._start = time.perf_counter()
        self._bar: Any = None
        if verbose == 1:
            try:
                from tqdm import tqdm
            except ImportError:
                self._verbose = 2
                return
            self._bar = tqdm(
                total=steps,
                file=sys.stdout,
                leave=False,
                ascii=" ━",
                bar_format=f"{{n_fmt}}/{{total_fmt}} {{bar:{_BAR}}} {{desc}}",
            )

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take the bar away, also after an interrupt."""
        if self._bar is not None:
            self._bar.close()

    def update(self, step: int, logs: dict[str, float]) -> None:
        """Show that `step` steps are done, with the means so far."""
        if self._bar is not None and step:
            left = self._elapsed() / step * (self._steps - step)
            self._bar.set_description_str(
                f"{left:.0f}s {self._step_time(step)}{_values(logs)}", refresh=False
            )
            self._bar.update(step - self._bar.n)

    def finish(self, logs: dict[str, float]) -> None:
        """Print the line that stays."""
        if not self._verbose:
            return
        steps, seconds = self._steps, f"{self._elapsed():.0f}s"
        if self._bar is None:
            line = f"{steps}/{steps} - {seconds} - "
        else:
            self._bar.close()
            line = f"{steps}/{steps} {'━' * _BAR} {seconds} "
        print(line + self._step_time(steps) + _values(logs), flush=True)

    def _elapsed(self) -> float:
        return time.perf_counter() - self._start

    def _step_time(self, step: int) -> str:
        seconds = self._elapsed() / step
        if seconds >= 1:
            return f"{seconds:.0f}s/step"
        if seconds >= 1e-3:
            return f"{seconds * 1e3:.0f}ms/step"
        return f"{seconds * 1e6:.0f}us/step"


def _values(logs: dict[str, float]) -> str:
    return "".join(
        f" - {name}: {value:.4f}" if abs(value) > 1e-3 else f" - {name}: {value:.4e}"
        for name, value in logs.items()
    )
