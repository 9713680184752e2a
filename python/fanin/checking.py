"""Whether an array is what an initializer gives."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from . import initializers
from ._session import random_state_kept
from .initializers._base import RandomInitializer
from .initializers._explain import TRUNCATED_STDDEV, Explanation
from .initializers._nested import NestedInitializer
from .models import Model

__all__ = ["Check", "ModelCheck", "check"]

_Values = npt.NDArray[np.float64]

#: How improbable a statistic of right values must be before it counts against them.
P_VALUE = 1e-4
# |z| of a normal variable that is exceeded with that probability.
_Z = 3.8906
# So many values are sorted at most.
_SORTED = 1_000_000
_KNOWN = (
    *("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform"),
    *("lecun_normal", "random_uniform", "random_normal", "truncated_normal"),
)


class Check:
    """What was found about an array.

    Attributes
    ----------
    name : str
        Of the array.
    expected : Explanation
        What the initializer gives.
    measured : dict
        Mean, standard deviation, smallest and largest value, p-values.
    faults : list of str
        What does not fit; empty if all does.
    hints : list of str
        What would fit instead.
    """

    def __init__(
        self,
        name: str,
        expected: Explanation,
        measured: dict[str, float],
        faults: list[str],
        hints: list[str],
    ) -> None:
        self.name = name
        self.expected = expected
        self.measured = measured
        self.faults = faults
        self.hints = hints

    @property
    def ok(self) -> bool:
        """Whether nothing was found against it."""
        return not self.faults

    def __bool__(self) -> bool:
        """Return `ok`."""
        return self.ok

    def _sentences(self) -> list[str]:
        kind = self.expected.name
        if self.ok:
            return [f"{self.name}: these can be values of {kind}."]
        return [f"{self.name}: not what {kind} gives.", *self.faults, *self.hints]

    def _rows(self) -> list[tuple[str, str, str]]:
        expected = {
            "mean": self.expected.mean,
            "standard deviation": self.expected.stddev,
            "smallest": self.expected.range and self.expected.range[0],
            "largest": self.expected.range and self.expected.range[1],
        }
        return [
            (key, f"{value:.6g}", "-" if (e := expected.get(key)) is None else f"{e:.6g}")
            for key, value in self.measured.items()
        ]

    def __repr__(self) -> str:
        """Return the verdict and the numbers."""
        from ._tables import text_table

        lines = self._sentences()
        if self.measured:
            lines += ["", text_table(_HEADINGS, self._rows())]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        import html

        from ._tables import html_table

        words = "<br>".join(map(html.escape, self._sentences()))
        return f"<p>{words}</p>{html_table(_HEADINGS, self._rows())}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        from ._tables import jsonable

        result: dict[str, Any] = jsonable(
            {
                "name": self.name,
                "ok": self.ok,
                "faults": self.faults,
                "hints": self.hints,
                "measured": self.measured,
                "expected": self.expected.to_dict(),
            }
        )
        return result


_HEADINGS = ("", "measured", "expected")


class ModelCheck:
    """What was found about the kernels of a model.

    Attributes
    ----------
    checks : list of Check
        One for each kernel, in order.
    """

    def __init__(self, checks: list[Check]) -> None:
        self.checks = checks

    @property
    def ok(self) -> bool:
        """Whether nothing was found against any of them."""
        return all(self.checks)

    def __bool__(self) -> bool:
        """Return `ok`."""
        return self.ok

    def __repr__(self) -> str:
        """Return the verdicts and the numbers of all."""
        return "\n\n".join(map(repr, self.checks))

    def _repr_html_(self) -> str:
        return "".join(check._repr_html_() for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        return {"ok": self.ok, "kernels": [check.to_dict() for check in self.checks]}


def check(target: Any, initializer: Any = None, *, shape: Any = None) -> Check | ModelCheck:
    """Say whether an array is what an initializer gives, and if not, what it looks like.

    Looked for: values that are not finite, constant ones, repeated rows, columns and halves; mean
    and standard deviation, by their standard errors; values beyond the bound; and the distribution,
    by the test of Kolmogorov and Smirnov (of arrays of more than a million values, every k-th is
    taken). Each of the statistics condemns right values with a probability of 1e-4.

    Parameters
    ----------
    target : array_like, Model or callable
        Weights; or a built model, whose kernels are checked; or a function f(shape) of any
        library, which is called.
    initializer : str, dict or Initializer
        As `fanin.initializers.get` takes it; the seed does not matter. Of a model's kernels each
        is checked against its own initializer if none is given.
    shape : tuple of int, optional
        For a function.

    Raises
    ------
    TypeError
        If the array does not hold real numbers, or a shape is missing or given without need.
    ValueError
        If there is no such initializer, or it does not take the shape.

    Examples
    --------
    >>> fanin.check(weights, "he_normal").ok  # doctest: +SKIP
    """
    model = isinstance(target, Model)
    if shape is not None and (model or not callable(target)):
        raise TypeError(f"Argument `shape` is for functions only. Received: shape={shape!r}")
    if model:
        kernels = [
            variable
            for layer in target.leaves
            for variable in layer.parameters
            if variable.name in ("kernel", "embeddings")
        ]
        if not kernels:
            raise ValueError("Argument `target` must have kernels. Received: a model without any")
        return ModelCheck(
            [
                _check(kernel.path, kernel.numpy(), initializer or kernel.initializer)
                for kernel in kernels
            ]
        )
    if not callable(target):
        return _check("array", target, initializer)
    if shape is None:
        raise TypeError("Argument `shape` must be given for a function. Received: shape=None")
    return _check(getattr(target, "__name__", type(target).__name__), target(shape), initializer)


# initializers without a seed draw one, which is nothing that a question should change
@random_state_kept()
def _check(name: str, array: npt.ArrayLike, initializer: Any) -> Check:
    values = np.asarray(array)
    if values.dtype.kind not in "fiu" and values.dtype.name != "bfloat16":
        raise TypeError(f"Argument `target` must hold real numbers. Received: {values.dtype}")
    found = initializers.get(initializer)
    if not isinstance(found, initializers.Initializer):
        raise ValueError(
            "Argument `initializer` must be one of fanin.initializers. "
            f"Received: initializer={initializer!r}"
        )
    expected = found.explain(values.shape)
    exact = values.astype(np.float64)
    # a rounding to the dtype moves a value by so much at most, of its size
    rounding = 0.0 if values.dtype.kind in "iu" else _epsilon(values.dtype)
    faults: list[str] = []
    measured: dict[str, float] = {}
    hints: list[str] = []
    bad = int(values.size - np.isfinite(exact).sum())
    if bad:
        faults.append(f"{bad} of {values.size} values are NaN or infinite.")
    elif values.size:
        with np.errstate(over="ignore"):
            mean, stddev = float(exact.mean()), float(exact.std())
        measured = {
            "mean": mean,
            "standard deviation": stddev,
            "smallest": float(exact.min()),
            "largest": float(exact.max()),
        }
        if expected.distribution in _LAWS:
            faults += _structure(exact)
            faults += _moments(expected, measured, exact.size, rounding)
            faults += _bounds(expected, measured, rounding)
            p = _kolmogorov(expected, exact.ravel(), rounding)
            measured["p-value (Kolmogorov-Smirnov)"] = p
            if p < P_VALUE:
                faults.append(
                    f"The distribution is another than {expected.distribution} (p = {p:.2g})."
                )
            if faults:
                hints = _alternatives(found, expected, measured, exact, rounding)
        elif expected.distribution == "orthogonal":
            # the columns' axis, which is the last one of all but other dialects
            columns = np.moveaxis(exact, getattr(found, "axis", -1), -1)
            faults += _orthonormal(expected, columns, rounding)
        elif _is_random(found):
            faults += _bounds(expected, measured, rounding)
            faults += _variety(found, expected, measured, values, rounding)
        else:
            right = np.asarray(found(values.shape, values.dtype), np.float64)
            different = int((right != exact).sum())
            if different:
                faults.append(f"{different} of {values.size} values differ from those it gives.")
    return Check(name, expected, measured, faults, hints)


_LAWS = ("uniform", "normal", "truncated normal")


def _is_random(found: initializers.Initializer) -> bool:
    if isinstance(found, NestedInitializer):
        return _is_random(found.initializer)
    return isinstance(found, RandomInitializer)


def _variety(
    found: initializers.Initializer,
    expected: Explanation,
    measured: dict[str, float],
    values: npt.NDArray[Any],
    rounding: float,
) -> list[str]:
    """Return what is wrong with values that repeat each other, by those of another seed."""
    given, drawn = values, np.asarray(found.clone()(values.shape, values.dtype))
    different, others = (len(np.unique(np.abs(v.astype(np.float64)))) for v in (given, drawn))
    # by chance, some are the same in 16 bits
    if not others / 1.1 <= different <= 1.1 * others:
        return [f"There are {different} different magnitudes instead of {others}."]
    return [] if expected.stddev is None else _moments(expected, measured, different, rounding)


def _epsilon(dtype: np.dtype[Any]) -> float:
    # NumPy knows nothing of bfloat16, which has 8 bits
    return 2.0**-7 if dtype.name == "bfloat16" else float(np.finfo(dtype).eps)


def _structure(values: _Values) -> list[str]:
    """Return what repeats itself."""
    if values.size < 2:
        return []
    first = values.flat[0]
    if bool((values == first).all()):
        return [f"All values are {first:g}: units that start alike stay alike."]
    matrix = values.reshape(-1, values.shape[-1])
    faults = []
    for what, rows in (("rows", matrix), ("columns", matrix.T)):
        # of short ones, two may agree by chance
        if rows.shape[1] >= 4:
            repeated = len(rows) - len(np.unique(rows, axis=0))
            if repeated:
                faults.append(f"{repeated} of {len(rows)} {what} repeat others.")
    half = values.size // 2
    if half >= 4 and not faults and (values.ravel()[:half] == values.ravel()[-half:]).all():
        faults.append("The second half repeats the first.")
    return faults


def _moments(
    expected: Explanation, measured: dict[str, float], count: int, rounding: float
) -> list[str]:
    """Return which of mean and standard deviation is too far off to be chance."""
    mean, stddev = expected.mean or 0.0, expected.stddev or 0.0
    # Uniform values of half types have few bits, and none of them is rounded up: half a step less.
    slack = rounding * (abs(mean) + (expected.bound or stddev))
    faults = []
    if abs(measured["mean"] - mean) > _Z * stddev / math.sqrt(count) + slack:
        faults.append(f"The mean is {measured['mean']:.4g} instead of {mean:.4g}.")
    # Var(s²) = σ⁴ (κ - 1) / n for large n, hence Var(s) = σ² (κ - 1) / (4 n)
    error = math.sqrt((_KURTOSIS.get(expected.distribution, 3.0) - 1) / (4 * count))
    # what few values do not show is left to the distribution's test
    limit = _Z * stddev * error + slack
    if count >= 100 and abs(measured["standard deviation"] - stddev) > limit:
        ratio = measured["standard deviation"] / stddev if stddev else math.inf
        faults.append(
            f"The standard deviation is {measured['standard deviation']:.4g} instead of "
            f"{stddev:.4g}, {ratio:.3g} times as much."
        )
    return faults


#: E z⁴ / (E z²)², which is not more for others
_KURTOSIS = {"uniform": 1.8, "normal": 3.0, "truncated normal": 2.3657}


def _bounds(expected: Explanation, measured: dict[str, float], rounding: float) -> list[str]:
    if expected.bound is None:
        return []
    mean = expected.mean or 0.0
    farthest = max(measured["largest"] - mean, mean - measured["smallest"])
    limit = expected.bound + rounding * (expected.bound + abs(mean))
    if farthest <= limit:
        return []
    return [f"There are values {farthest:.4g} from the mean; none may be beyond {limit:.4g}."]


def _kolmogorov(expected: Explanation, values: _Values, rounding: float) -> float:
    """Return the probability that right values deviate so much."""
    values = np.sort(values[:: max(1, values.size // _SORTED)])
    n = values.size
    spread = (
        expected.bound if expected.distribution == "uniform" else expected.stddev_before
    ) or expected.stddev
    if not spread:
        return float((values == expected.mean).all())
    # Rounded values stand for a cell; those of half types lie on the grid of a few random bits.
    slack = rounding * (np.abs(values) + 2 * spread)
    below = _distribution(expected, (values - slack - (expected.mean or 0.0)) / spread)
    above = _distribution(expected, (values + slack - (expected.mean or 0.0)) / spread)
    steps = np.arange(n + 1) / n
    distance = max(0.0, float((steps[1:] - above).max()), float((below - steps[:-1]).max()))
    return _tail(distance * (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)))


def _distribution(expected: Explanation, z: _Values) -> _Values:
    """Return the distribution function at z, in spreads from the mean."""
    if expected.distribution == "uniform":
        uniform: _Values = np.clip((z + 1) / 2, 0, 1)
        return uniform
    # Φ at 2e5 points, between which it is linear to 1e-9
    grid = np.linspace(-9, 9, 180_001)
    table = np.concatenate([[0.0], np.cumsum((_density(grid[1:]) + _density(grid[:-1])) / 2)])
    normal: _Values = np.interp(z, grid, table * (grid[1] - grid[0]))
    if expected.distribution == "truncated normal":
        outside = math.erfc(math.sqrt(2)) / 2
        normal = np.clip((normal - outside) / (1 - 2 * outside), 0, 1)
    return normal


def _density(z: _Values) -> _Values:
    density: _Values = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return density


def _tail(t: float) -> float:
    """Return P(K > t) of Kolmogorov's distribution; t corrected as M. A. Stephens (1970) does."""
    if t < 0.2:
        return 1.0
    terms = (2 * (-1) ** (k - 1) * math.exp(-2 * k * k * t * t) for k in range(1, 101))
    return min(1.0, max(0.0, math.fsum(terms)))


def _alternatives(
    found: Any, expected: Explanation, measured: dict[str, float], values: _Values, rounding: float
) -> list[str]:
    """Return what would fit instead."""
    hints = []
    if expected.stddev:
        ratio = measured["standard deviation"] / expected.stddev
        error = 2 * _Z / math.sqrt(2 * values.size)
        if (
            expected.distribution == "truncated normal"
            and abs(ratio / TRUNCATED_STDDEV - 1) < error
        ):
            hints.append(
                "The ratio is 0.8796: a normal distribution was truncated and not corrected for it."
            )
    for name in _KNOWN:
        other = initializers.get(name).explain(values.shape)
        if type(found).__name__ != other.name and _fits(other, measured, values, rounding):
            hints.append(f"It can be {name}.")
    if values.ndim >= 2 and expected.fans is not None:
        swapped = found.explain((*values.shape[:-2], values.shape[-1], values.shape[-2]))
        if swapped.fans != expected.fans and _fits(swapped, measured, values, rounding):
            hints.append("It is right with fan_in and fan_out exchanged: transposed weights?")
    return hints


def _fits(other: Explanation, measured: dict[str, float], values: _Values, rounding: float) -> bool:
    if _moments(other, measured, values.size, rounding) or _bounds(other, measured, rounding):
        return False
    return _kolmogorov(other, values.ravel(), rounding) >= P_VALUE


def _orthonormal(expected: Explanation, values: _Values, rounding: float) -> list[str]:
    """Return how far the products of rows or columns are from those of orthonormal ones."""
    matrix = values.reshape(-1, values.shape[-1])
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    # all squares together are those of as many vectors as the shorter side has
    square = (expected.stddev or 0.0) ** 2 * matrix.shape[0]
    # n products of rounded factors, and the decomposition's own error of about as much
    limit = 4 * square * rounding * max(matrix.shape)
    worst = float(np.abs(matrix.T @ matrix - square * np.eye(matrix.shape[1])).max())
    if worst <= limit:
        return []
    return [
        f"Products of its vectors differ by {worst:.3g} from those of orthonormal ones times the "
        f"gain; {limit:.2g} can be rounding."
    ]
