"""What an initializer does, said: formula, fans, bounds, spread, sources, sharp edges."""

from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

#: The standard deviation of a standard normal variable cut off at ±2.
TRUNCATED_STDDEV = 0.87962566103423978

_HEADINGS = ("", "value")


@dataclass(frozen=True)
class Explanation:
    """What an initializer makes of a shape.

    Attributes
    ----------
    name : str
        The initializer's class.
    shape : tuple of int
        Of the array.
    formula : str
        What the values are.
    fans : (int, int) or None
        fan_in and fan_out.
    counted : str
        How the fans were counted.
    distribution : str
        "uniform", "normal", "truncated normal", "constant", or other words.
    mean : float or None
        Of the values.
    bound : float or None
        No value is farther from the mean.
    stddev_before : float or None
        Of the normal distribution before it is truncated.
    stddev : float or None
        Of the values.
    range : (float, float) or None
        Where the smallest and the largest of so many values are to be expected: the quantiles
        1 / (n + 1) and n / (n + 1).
    sources : tuple of str
        Papers, with equations.
    notes : tuple of str
        Where texts and frameworks differ.
    """

    name: str
    shape: tuple[int, ...]
    formula: str
    fans: tuple[int, int] | None = None
    counted: str = ""
    distribution: str = "unknown"
    mean: float | None = None
    bound: float | None = None
    stddev_before: float | None = None
    stddev: float | None = None
    range: tuple[float, float] | None = None
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def _rows(self) -> list[tuple[str, str]]:
        rows = [("formula", self.formula), ("distribution", self.distribution)]
        if self.fans is not None:
            rows.append(("fan_in, fan_out", f"{self.fans[0]}, {self.fans[1]}: {self.counted}"))
        numbers = (
            ("mean", self.mean),
            ("bound", self.bound),
            ("standard deviation before truncation", self.stddev_before),
            ("standard deviation", self.stddev),
        )
        rows += [(name, f"{value:.9g}") for name, value in numbers if value is not None]
        if self.range is not None:
            count = f"{prod(self.shape)} values"
            rows.append(
                (f"expected range of {count}", f"{self.range[0]:.6g} ... {self.range[1]:.6g}")
            )
        rows += [("source", source) for source in self.sources]
        return rows + [("note", note) for note in self.notes]

    def __str__(self) -> str:
        """Return a line for each thing to say."""
        rows = self._rows()
        width = max(len(name) for name, _ in rows)
        lines = [f"{self.name} for shape {self.shape}"]
        return "\n".join(lines + [f"  {name.ljust(width)}  {value}" for name, value in rows])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        import html

        from .._tables import html_table

        title = html.escape(f"{self.name} for shape {self.shape}")
        return f"<p><b>{title}</b></p>{html_table(_HEADINGS, self._rows())}"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        from .._tables import jsonable

        fields: dict[str, Any] = jsonable(vars(self))
        return fields


def constant(name: str, shape: tuple[int, ...], value: float) -> Explanation:
    """Return the explanation of values that are all the same."""
    notes = (
        "All units of a layer with such a kernel compute the same and get the same gradient: they "
        "never become different. For biases, and for scales such as gamma, it is the usual start.",
    )
    return Explanation(
        name=name,
        shape=shape,
        formula=f"every value is {value:g}",
        distribution="constant",
        mean=value,
        bound=0.0,
        stddev=0.0,
        range=(value, value),
        notes=notes,
    )


def describe(
    name: str, shape: tuple[int, ...], distribution: str, mean: float, spread: float, **rest: Any
) -> Explanation:
    """Return the explanation of values with a known distribution.

    Parameters
    ----------
    name, shape
        As `Explanation`'s.
    distribution : {"uniform", "normal", "truncated normal"}
        Uniform: within `spread` of the mean; normal: with this standard deviation; truncated: the
        same, before it was cut off at two of them.
    mean, spread : float
        `spread` is not negative.
    rest
        Further fields of `Explanation`.
    """
    stddev = {
        "uniform": spread / sqrt(3),
        "normal": spread,
        "truncated normal": spread * TRUNCATED_STDDEV,
    }[distribution]
    bound = {"uniform": spread, "normal": None, "truncated normal": 2 * spread}[distribution]
    reach = spread * _highest(distribution, prod(shape)) if prod(shape) else None
    return Explanation(
        name=name,
        shape=shape,
        distribution=distribution,
        mean=mean,
        bound=bound,
        stddev_before=spread if distribution == "truncated normal" else None,
        stddev=stddev,
        range=None if reach is None else (mean - reach, mean + reach),
        **rest,
    )


def _highest(distribution: str, count: int) -> float:
    """Return the quantile count / (count + 1) of a distribution with spread 1."""
    from statistics import NormalDist

    if distribution == "uniform":
        return (count - 1) / (count + 1)
    normal = NormalDist()
    # the upper tail's probability, of all or of what lies within two standard deviations
    tail = 1 / (count + 1)
    if distribution == "truncated normal":
        outside = normal.cdf(-2)
        tail = outside + tail * (1 - 2 * outside)
    return -normal.inv_cdf(tail)
