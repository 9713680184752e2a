"""Intervals of means against SciPy's Student distribution."""

import numpy as np
import pytest
from scipy import stats

from fanin._student import interval, quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 10, 29, 30, 99, 1000, 4999])
def test_quantile_is_that_of_scipy(freedom: int) -> None:
    # sums of that many positive terms, and a tangent: some hundred roundings
    assert quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-12)


def test_interval_is_that_of_scipy() -> None:
    samples = np.random.default_rng(4).normal(3, 2, (5, 7))
    mean, half = interval(samples)
    expected = stats.t.interval(0.95, 4, mean, stats.sem(samples, axis=0))
    assert half is not None
    assert np.allclose(mean - half, expected[0], rtol=1e-12, atol=0)
    assert np.allclose(mean + half, expected[1], rtol=1e-12, atol=0)


def test_interval_holds_the_mean_as_often_as_it_says() -> None:
    samples = np.random.default_rng(8).normal(size=(3, 20_000))
    mean, half = interval(samples)
    # 4 standard errors of a share of 20,000 are 0.006; the normal's 1.96 for 4.30 gives 0.81
    assert np.mean(np.abs(mean) <= half) == pytest.approx(0.95, abs=0.006)


def test_one_sample_has_no_interval_and_infinity_no_warning() -> None:
    assert interval([[1.0, 2.0]])[1] is None
    mean, _ = interval([1.0, np.inf, np.nan])
    assert np.isnan(mean)
