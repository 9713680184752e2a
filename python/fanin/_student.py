"""Means over few samples, and how far to believe them: intervals from Student's t."""

import math
from functools import cache

import numpy as np
import numpy.typing as npt


@cache
def quantile(freedom: int) -> float:
    """Return the t that |T| exceeds with probability 5 %, for that many degrees of freedom.

    P(|T| < t) is a finite sum for whole degrees of freedom (Abramowitz and Stegun, Handbook of
    Mathematical Functions, 26.7.3 and 26.7.4), in the angle whose tangent is t / sqrt(freedom).
    """
    low, high = 0.0, math.pi / 2
    while low < (middle := (low + high) / 2) < high:
        if _within(middle, freedom) < 0.95:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan(low)


def _within(angle: float, freedom: int) -> float:
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    # even: 1 + cos^2 / 2 + cos^4 (1 3) / (2 4) + ...; odd: cos + cos^3 2 / 3 + cos^5 (2 4) / (3 5)
    term = cosine if odd else 1.0
    total = 0.0
    for k in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cosine * cosine * (k - 1) / k
    return 2 / math.pi * (angle + sine * total) if odd else sine * total


def interval(
    samples: npt.ArrayLike,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
    """Return the mean over the first axis, and half the width of its 95 % confidence interval.

    The half is quantile(n - 1) s / sqrt(n), with s² = sum (x - mean)² / (n - 1); None of a single
    sample.
    """
    values = np.asarray(samples, np.float64)
    count = len(values)
    # what has left the finite numbers has no mean either, which is no reason to warn
    with np.errstate(invalid="ignore", over="ignore"):
        mean = values.mean(axis=0)
        if count < 2:
            return mean, None
        return mean, quantile(count - 1) * values.std(axis=0, ddof=1) / math.sqrt(count)
