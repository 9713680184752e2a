"""Intervals of means against SciPy's Student distribution."""

import math

import numpy as np
import pytest
from scipy import stats

from fanin._student import interval, quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 30, 99, 1000, 4999])
def test_quantile_is_that_of_scipy(freedom: int) -> None:
    # SciPy 1.15's own are off by some 1e-11, see the closed forms
    assert quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-10)


def test_quantiles_with_closed_forms() -> None:
    # sums of few positive terms, and a tangent
    assert quantile(1) == pytest.approx(math.tan(0.475 * math.pi), rel=1e-14)
    assert quantile(2) == pytest.approx(0.95 * math.sqrt(2 / (4 * 0.975 * 0.025)), rel=1e-14)


def test_interval_is_that_of_scipy() -> None:
    samples = np.random.default_rng(4).normal(3, 2, (5, 7))
    mean, half = interval(samples)
    expected = stats.t.interval(0.95, 4, mean, stats.sem(samples, axis=0))
    assert half is not None
    assert np.allclose(mean - half, expected[0], rtol=1e-10, atol=0)
    assert np.allclose(mean + half, expected[1], rtol=1e-10, atol=0)


def test_interval_holds_the_mean_as_often_as_it_says() -> None:
    samples = np.random.default_rng(8).normal(size=(3, 20_000))
    mean, half = interval(samples)
    # 4 standard errors of a share of 20,000 are 0.006; the normal's 1.96 for 4.30 gives 0.81
    assert np.mean(np.abs(mean) <= half) == pytest.approx(0.95, abs=0.006)


def test_one_sample_has_no_interval_and_infinity_no_warning() -> None:
    assert interval([[1.0, 2.0]])[1] is None
    mean, _ = interval([1.0, np.inf, np.nan])
    assert np.isnan(mean)
