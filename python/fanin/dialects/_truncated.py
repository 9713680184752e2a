"""Normal distributions between any two bounds, by inversion."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays
from .._numbers import finite
from ..initializers._base import draw
from ..initializers._explain import Explanation, describe
from ._drawn import NOTES, Drawn, open_uniforms, positive, register, wide

_Values = npt.NDArray[np.float64]

# M. J. Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied
# Statistics 37, 1988, PPND16: numerators and denominators, highest powers first.
_MIDDLE = (
    (
        *(2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4),
        *(4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3),
        *(1.3314166789178437745e2, 3.3871328727963666080e0),
    ),
    (
        *(5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4),
        *(2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2),
        *(4.2313330701600911252e1, 1.0),
    ),
)
_TAIL = (
    (
        *(7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1),
        *(1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0),
        *(4.63033784615654529590e0, 1.42343711074968357734e0),
    ),
    (
        *(1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2),
        *(1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0),
        *(2.05319162663775882187e0, 1.0),
    ),
)
_FAR = (
    (
        *(2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3),
        *(2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0),
        *(5.46378491116411436990e0, 6.65790464350110377720e0),
    ),
    (
        *(2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5),
        *(7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1),
        *(5.99832206555887937690e-1, 1.0),
    ),
)
# Values made at once: their float64 temporaries stay in the cache.
_BLOCK = 2**15
#: Beyond, the density is zero in float64.
_REACH = 37.5


def _ratio(x: _Values, polynomials: tuple[tuple[float, ...], tuple[float, ...]]) -> _Values:
    above, below = (np.full_like(x, row[0]) for row in polynomials)
    for values, row in zip((above, below), polynomials, strict=True):
        for coefficient in row[1:]:
            values *= x
            values += coefficient
    above /= below
    return above


def normal_quantile(p: _Values) -> _Values:
    """Return the standard normal quantiles of probabilities in (0, 1), to a relative 1e-15."""
    q = p - 0.5
    z = q * _ratio(np.maximum(0.180625 - q * q, 0.0), _MIDDLE)
    outer = np.flatnonzero(np.abs(q) > 0.425)
    if outer.size:
        side = q.flat[outer]
        r = np.sqrt(-np.log(np.where(side < 0, p.flat[outer], 1 - p.flat[outer])))
        tail = _ratio(r - 1.6, _TAIL)
        far = r > 5
        tail[far] = _ratio(r[far] - 5, _FAR)
        z.flat[outer] = np.copysign(tail, side)
    return z


def _below(z: float) -> float:
    """Return the standard normal distribution function, precise for negative z."""
    return math.erfc(-z / math.sqrt(2)) / 2


class Interval:
    """A standard normal variable between two bounds.

    Parameters
    ----------
    low, high : float
        May be infinite.

    Raises
    ------
    ValueError
        If no value of float64's density lies between them.
    """

    def __init__(self, low: float, high: float) -> None:
        # The lower tail is the precise one.
        self.sign = -1.0 if low + high > 0 else 1.0
        self.low, self.high = (low, high) if self.sign > 0 else (-high, -low)
        self.start, end = _below(self.low), _below(self.high)
        self.width = end - self.start
        if not self.width > 0 or self.high < -_REACH:
            raise ValueError(
                f"The bounds must be within {_REACH:g} standard deviations of the mean and apart. "
                f"Received: {low:g} and {high:g} standard deviations from it"
            )

    def quantile(self, u: _Values) -> _Values:
        """Return the quantiles, downwards if the interval was reflected."""
        z = normal_quantile(self.start + u * self.width)
        return self.sign * np.clip(z, self.low, self.high)

    def moments(self) -> tuple[float, float]:
        """Return mean and standard deviation, by Gauss and Legendre's rule on 128 panels."""
        nodes, weights = np.polynomial.legendre.leggauss(16)
        edges = np.linspace(max(self.low, -_REACH - 1), min(self.high, _REACH + 1), 129)
        half = np.diff(edges)[:, None] / 2
        z = edges[:-1, None] + half * (1 + nodes)
        peak = min(max(0.0, self.low), self.high)
        density = half * weights * np.exp((peak**2 - z * z) / 2)
        density /= density.sum()
        mean = float((density * z).sum())
        return self.sign * mean, math.sqrt(float((density * (z - mean) ** 2).sum()))


class Between(Drawn):
    """Normal between two bounds; a subclass says which for a shape.

    mean + stddev z, rounded once, where z is the quantile of Fanin's uniform float64 value of the
    same index (M. J. Wichura, Algorithm AS 241, 1988). Between ±2 standard deviations, the values
    are those of `fanin.initializers.TruncatedNormal`.
    """

    def _law(self, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
        """Return mean, standard deviation and bounds."""
        raise NotImplementedError

    def _write(self, out: npt.NDArray[Any]) -> None:
        _arrays.check_floating(out.dtype)
        mean, stddev, low, high = self._law(out.shape)
        interval = Interval((low - mean) / stddev, (high - mean) / stddev)
        seed = self._next_seed()
        if interval.low == -2 and interval.high == 2:
            values = np.empty(out.shape, wide(out.dtype))
            draw("fill_truncated_normal", values, seed, 0, mean, stddev)
            out[...] = values.astype(out.dtype)
            return
        for part, first in _arrays.pieces(out, most=_BLOCK):
            z = interval.quantile(open_uniforms(part.shape, seed, first))
            part[...] = _arrays.cast(np.clip(mean + stddev * z, low, high), out.dtype)

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        mean, stddev, low, high = self._law(shape)
        interval = Interval((low - mean) / stddev, (high - mean) / stddev)
        formula = f"N({mean:g}, {stddev:g}²) between {low:g} and {high:g}, without a correction"
        notes = NOTES.get(self.name, ())
        if interval.low == -2 and interval.high == 2:
            return describe(
                self.name, shape, "truncated normal", mean, stddev, formula=formula, notes=notes
            )
        center, spread = interval.moments()
        count = math.prod(shape)
        ends = interval.quantile(np.array([1, count]) / (count + 1))
        farthest = max(abs(low - mean - stddev * center), abs(high - mean - stddev * center))
        return Explanation(
            name=self.name,
            shape=shape,
            formula=formula,
            distribution="normal between bounds",
            mean=mean + stddev * center,
            bound=farthest if math.isfinite(farthest) else None,
            stddev_before=stddev,
            stddev=stddev * spread,
            range=(
                (mean + stddev * float(ends.min()), mean + stddev * float(ends.max()))
                if count
                else None
            ),
            notes=notes,
        )


@register
class TruncatedNormal(Between):
    """Normal between two bounds, whatever the shape.

    Parameters
    ----------
    name : str
        What `explain` says.
    mean, stddev : float
        Before the truncation; stddev is positive.
    low, high : float
        The bounds themselves, not in standard deviations; may be infinite.
    seed : int, SeedGenerator, dict or None
        See `RandomInitializer`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, stddev not positive, a bound NaN, or the bounds hold
        nothing of the distribution.
    """

    def __init__(
        self, name: str, mean: float, stddev: float, low: float, high: float, seed: Any = None
    ) -> None:
        super().__init__(name, seed)
        self.mean, self.stddev = finite("mean", mean), positive("stddev", stddev)
        for bound, value in (("low", low), ("high", high)):
            if value not in (-math.inf, math.inf):
                finite(bound, value)
        self.low, self.high = float(low), float(high)
        Interval((self.low - self.mean) / self.stddev, (self.high - self.mean) / self.stddev)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        law = {"mean": self.mean, "stddev": self.stddev, "low": self.low, "high": self.high}
        return {**super().get_config(), **law}

    def _law(self, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
        return self.mean, self.stddev, self.low, self.high
