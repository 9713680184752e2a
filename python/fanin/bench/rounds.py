"""Contenders take turns, and all times are kept."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_FEWEST = 3  # rounds, however slow
_PAUSE = 0.005  # seconds: the threads of the one before spin for a while before they sleep
_SHORTEST = 0.02  # seconds; quicker jobs are repeated within a turn


@dataclass(frozen=True)
class Job:
    """One contender's work."""

    #: does it
    run: Callable[[], Any]
    #: returns what `run` returned, or filled, as a NumPy array
    values: Callable[[Any], npt.NDArray[Any]]


@dataclass(frozen=True)
class Effort:
    """How long one comparison may take."""

    #: rounds at most
    rounds: int
    #: after so many seconds no new round starts, once there were three
    seconds: float


def alternate(
    contenders: Mapping[str, Callable[[], float]], effort: Effort
) -> dict[str, list[float]]:
    """Return what each contender's function, a time in seconds, gave in each round.

    Every contender comes first once in a while, and the direction alternates.
    """
    times: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    start = time.monotonic()
    for turn in range(effort.rounds if order else 0):
        if turn >= _FEWEST and time.monotonic() - start > effort.seconds:
            break
        first = turn % len(order)
        turned = order[first:] + order[:first]
        for name in turned if turn % 2 == 0 else reversed(turned):
            time.sleep(_PAUSE)
            times[name].append(contenders[name]())
    return times


def seconds(job: Job, times: int) -> float:
    """Return how long the work takes, done so many times in a row; in the worker."""
    run = job.run
    start = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - start) / times


def repeats(once: float) -> int:
    """Return how many times a job that takes `once` seconds is repeated within a turn."""
    return max(1, math.ceil(_SHORTEST / max(once, 1e-9)))


def summary(times: list[float]) -> dict[str, Any]:
    """Return median, minimum, quartiles and the times themselves."""
    low, middle, high = np.percentile(times, (25, 50, 75))
    return {
        "median": float(middle),
        "min": min(times),
        "quartiles": [float(low), float(high)],
        "times": times,
    }
