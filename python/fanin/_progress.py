"""Keras's progress lines: a bar that moves, or a line at the end."""

import math
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np


def verbosity(verbose: Any) -> int | str:
    """Return the argument `verbose`: 0 (silent), 1 (a bar), 2 (a line) or "auto", which means 1.

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if isinstance(verbose, str) and verbose == "auto":
        return verbose
    if isinstance(verbose, int) and verbose in (0, 1, 2):
        return int(verbose)
    raise ValueError(f'`verbose` must be "auto", 0, 1 or 2. Received: verbose={verbose}')


def print_message(message: str) -> None:
    """Write to standard output at once, whatever its encoding."""
    try:
        sys.stdout.write(message)
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        plain = message.replace("━", "=").encode(encoding, "replace").decode(encoding)
        sys.stdout.write(plain)
    sys.stdout.flush()


class Progbar:
    """A progress bar of Keras.

    Parameters
    ----------
    target : int or None
        Steps in all, None if not known.
    width : int
        Letters of the bar.
    verbose : int
        0 silent, 1 a bar, 2 a line at the end.
    interval : float
        Seconds that pass at least between two pictures of the bar.
    stateful_metrics, stateless_metrics : iterable of str, optional
        Names of values that are shown as they are; or those that are not, but as their means over
        the steps. By default all are means.
    unit_name : str

    Raises
    ------
    ValueError
        If both are given.
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Only one of `stateful_metrics` or `stateless_metrics` can be provided."
            )
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self._stateful = set(stateful_metrics or ())
        self._stateless = None if stateless_metrics is None else set(stateless_metrics)
        self._seen = 0
        # Of each value its sum and over how many steps.
        self._values: dict[str, tuple[Any, int]] = {}
        self._start = time.time()
        self._last = 0.0
        self._after_first: float | None = None
        self._previous_width = 0

    def update(
        self,
        current: int,
        values: Iterable[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:
        """Show that `current` steps are done.

        Parameters
        ----------
        current : int
        values : iterable of (name, value), optional
            Of the last step.
        finalize : bool, optional
            Whether this is the last call; by default whether the target is reached.
        """
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        self._note(current, values or (), finalize)
        now = time.time()
        step_time = self._step_time(current, now)
        if self.verbose == 1:
            if now - self._last < self.interval and not finalize:
                return
            self._show_bar(current, now, step_time, finalize)
        elif self.verbose == 2 and finalize and self.target:
            count = f"{current:{_digits(self.target)}}/{self.target}"
            seconds = f"{now - self._start:.0f}s"
            step = self._format_step_time(step_time)
            # Keras writes all negative values as powers of ten here, not in the bar.
            print_message(f"{count} - {seconds} -{step}{self._format_values(0.001)}\n")
        self._last = now

    def add(self, n: int, values: Iterable[tuple[str, Any]] | None = None) -> None:
        """Show that `n` more steps are done."""
        self.update(self._seen + n, values)

    def _note(self, current: int, values: Iterable[tuple[str, Any]], finalize: bool) -> None:
        for name, value in values:
            if self._stateless is None:
                is_mean = name not in self._stateful
            else:
                is_mean = name in self._stateless
            total, count = 0.0, 0
            steps = 1
            if is_mean and not finalize:
                total, count = self._values.get(name, (0.0, 0))
                steps = max(current - self._seen, 1)
            self._values[name] = (total + value * steps, count + steps)
        self._seen = current

    def _show_bar(self, current: int, now: float, step_time: float, finalize: bool) -> None:
        if self.target:
            count = f"{current:{_digits(self.target)}}/{self.target}"
            done = int(self.width * current / self.target)
            full = f"\x1b[32m{'━' * done}\x1b[0m" if done > 0 else ""
            rest = "━" * (self.width - done)
            bar = f"\x1b[1m{count}\x1b[0m {full}\x1b[37m{rest}\x1b[0m"
            colours = 8 + 9 * bool(full) + 9
        else:
            bar, colours = f"{current:7d}/Unknown", 0
        if self.target and not finalize:
            seconds = _format_left(step_time * (self.target - current))
        else:
            seconds = f"{now - self._start:.0f}s"
        info = f" \x1b[1m{seconds}\x1b[0m{self._format_step_time(step_time)}"
        info += self._format_values(None)
        width = len(bar) + len(info) - colours - 8
        blanks = " " * max(self._previous_width - width, 0)
        back = "\b" * self._previous_width + "\r"
        print_message(back + bar + info + blanks + ("\n" if finalize else ""))
        self._previous_width = width

    def _format_values(self, smallest: float | None) -> str:
        text = ""
        for name, (total, count) in self._values.items():
            value = (total if isinstance(total, float) else float(np.mean(total))) / max(1, count)
            is_usual = abs(value) > 1e-3 if smallest is None else value > smallest
            text += f" - {name}: {value:.4f}" if is_usual else f" - {name}: {value:.4e}"
        return text

    def _format_step_time(self, seconds: float) -> str:
        if seconds >= 1 or seconds == 0:
            return f" {seconds:.0f}s/{self.unit_name}"
        if seconds >= 1e-3:
            return f" {seconds * 1e3:.0f}ms/{self.unit_name}"
        return f" {seconds * 1e6:.0f}us/{self.unit_name}"

    def _step_time(self, current: int, now: float) -> float:
        """Return the seconds a step takes, without the first where more are done."""
        if not current:
            return 0.0
        if self._after_first is not None and current > 1:
            return (now - self._after_first) / (current - 1)
        if current == 1:
            self._after_first = now
        return (now - self._start) / current


def _digits(number: int) -> int:
    return int(math.log10(number)) + 1


def _format_left(seconds: float) -> str:
    if seconds > 3600:
        return f"{seconds // 3600:.0f}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"
    if seconds > 60:
        return f"{seconds // 60:.0f}:{int(seconds % 60):02d}"
    return f"{int(seconds)}s"
