"""SIREN: bounds, and phases of one size at every depth."""

import math

import numpy as np
import pytest

from fanin.initializers import HeUniform, SirenFirst, SirenHidden

OMEGA = 30.0
# The variance of ω0 W x in deep and wide networks without biases: v = 1 - exp(-2 v).
FIXED_POINT = 0.7968121300200201


@pytest.mark.parametrize("shape", [(2, 4000), (3, 3, 5, 700)])
def test_bounds(shape):
    n = math.prod(shape[:-1])
    for initializer, bound in (
        (SirenFirst(seed=1), 1 / n),
        (SirenHidden(seed=1), math.sqrt(6 / n) / 30),
        (SirenHidden(omega0=7.5, seed=1), math.sqrt(6 / n) / 7.5),
    ):
        assert initializer.explain(shape).bound == pytest.approx(bound, rel=1e-12)
        values = initializer(shape)
        # the largest of N values falls short of the bound by 1 / N on average, by 14 / N with 1e-6
        assert bound * (1 - 2 * 14 / values.size) < np.abs(values).max() <= bound * (1 + 2**-22)


def phases(initializers, omega):
    """Return omega W x of each layer for 512 points, 1024 units wide."""
    x = np.random.default_rng(1).uniform(-1, 1, (512, 2))
    result = []
    for initializer in initializers:
        phase = omega * (x @ initializer((x.shape[1], 1024), "float64"))
        result.append(phase)
        x = np.sin(phase)
    return result


def siren(depth=20):
    return [SirenFirst(seed=0), *(SirenHidden(OMEGA, seed=1 + i) for i in range(depth))]


def test_phases_keep_their_size_at_every_depth():
    first, second, *rest = phases(siren(), OMEGA)
    # over [-1, 1] the sine runs through several periods: 30 (1/2 + 1/2) at most
    assert 25 < np.abs(first).max() <= 30
    # inputs and weights of limited kurtosis: a width of 1024 leaves ±10 %
    assert second.var() == pytest.approx(1, rel=0.1)
    for phase in rest[4:]:
        assert phase.var() == pytest.approx(FIXED_POINT, rel=0.1)
        # normal: the standard error of the kurtosis is √(24 / n) for each of 1024 units
        kurtosis = np.mean(phase**4) / np.mean(phase**2) ** 2
        assert kurtosis == pytest.approx(3, abs=0.3)


def test_the_fixed_point():
    v = 1.0
    for _ in range(200):
        v = 1 - math.exp(-2 * v)
    assert v == pytest.approx(FIXED_POINT, rel=1e-12)
    assert "0.797" in str(SirenHidden().explain((4, 4)))


def test_other_choices_do_not():
    he = phases([SirenFirst(seed=0), *(HeUniform(seed=1 + i) for i in range(20))], OMEGA)
    # ω0² = 900 times the variance: no sine knows of the one before
    assert he[-1].std() > 25
    plain = phases(siren(), 1.0)
    assert plain[-1].std() < 1e-20


@pytest.mark.parametrize(
    ("omega0", "error"),
    [(0, ValueError), (-1.0, ValueError), (math.inf, ValueError), ("30", TypeError)],
)
def test_what_omega0_may_not_be(omega0, error):
    with pytest.raises(error, match="Argument `omega0` must be"):
        SirenHidden(omega0)
