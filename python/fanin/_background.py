"""Long native calls, of which Ctrl-C need not wait for the end."""

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

_Result = TypeVar("_Result")


def in_background(work: Callable[[], _Result]) -> _Result:
    """Return what `work` returns, or raise what it raises; a thread does it.

    After an interrupt it goes on until its end: it must write to memory of its own only.
    """
    results: list[_Result] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as failure:
            failures.append(failure)

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]
