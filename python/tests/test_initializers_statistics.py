"""The distributions' shapes, and that these tests notice the known wrong answers."""

import math

import numpy as np
import pytest

from fanin.initializers import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
)

SHAPE = (1000, 250)  # fan_in and fan_out differ, so that swapping them shows.
COUNT = 250_000
# The chance of one false alarm, were the seeds not fixed: 1e-6, five standard deviations.
SIGMAS, LOG_CHANCE = 5, math.log(1e6)


def phi(z):
    """Return the normal distribution function."""
    return 0.5 * np.array([math.erfc(-v / math.sqrt(2)) for v in z])


CUMULATIVE = {
    "uniform": lambda x: np.clip((x / math.sqrt(3) + 1) / 2, 0, 1),  # unit variance
    "normal": phi,
    # Cut at two standard deviations before the correction, of unit variance after it.
    "truncated": lambda x: np.clip(
        (phi(x * 0.87962566103423978) - phi([-2])) / (phi([2]) - phi([-2])), 0, 1
    ),
}


def check(values, variance, distribution):
    """Kolmogorov's test of values / sqrt(variance), and one of the variance."""
    z = np.sort(values.astype(np.float64).ravel()) / math.sqrt(variance)
    steps = np.arange(z.size + 1) / z.size
    cumulative = CUMULATIVE[distribution](z)
    distance = max(np.max(steps[1:] - cumulative), np.max(cumulative - steps[:-1]))
    assert distance < math.sqrt((LOG_CHANCE + math.log(2)) / (2 * z.size))
    # The fourth moment is at most the normal's, 3: Var(z**2) <= 2.
    assert abs(np.mean(z**2) - 1) < SIGMAS * math.sqrt(2 / z.size)


RIGHT = [
    (GlorotUniform, 2 / 1250, "uniform"),
    (GlorotNormal, 2 / 1250, "truncated"),
    (HeUniform, 2 / 1000, "uniform"),
    (HeNormal, 2 / 1000, "truncated"),
    (LecunUniform, 1 / 1000, "uniform"),
    (LecunNormal, 1 / 1000, "truncated"),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("cls", "variance", "distribution"), RIGHT)
def test_named(cls, variance, distribution, dtype):
    check(cls(seed=11)(SHAPE, dtype), variance, distribution)


def test_untruncated():
    values = VarianceScaling(3.0, "fan_out", "untruncated_normal", seed=11)(SHAPE)
    check(values, 3 / 250, "normal")
    assert np.abs(values).max() > 4 * math.sqrt(3 / 250)


@pytest.mark.parametrize("seed", range(5))
def test_given_parameters(seed):
    check((RandomNormal(0.5, 2.0, seed=seed)(COUNT, "float64") - 0.5) / 2, 1, "normal")
    check((RandomUniform(-1.0, 3.0, seed=seed)(COUNT, "float64") - 1) / 2, 1 / 3, "uniform")
    truncated = (TruncatedNormal(0.5, 2.0, seed=seed)(COUNT, "float64") - 0.5) / 2
    check(truncated, 0.87962566103423978**2, "truncated")
    assert np.abs(truncated).max() < 2


WRONG = {
    "He without the truncation's correction": (
        lambda: TruncatedNormal(0.0, math.sqrt(2 / 1000), seed=11)(SHAPE),
        (2 / 1000, "truncated"),
    ),
    "the fans swapped": (lambda: HeNormal(seed=11)(SHAPE[::-1]), (2 / 1000, "truncated")),
    "untruncated": (
        lambda: RandomNormal(0.0, math.sqrt(2 / 1000), seed=11)(SHAPE),
        (2 / 1000, "truncated"),
    ),
    "the tutorial's bound": (
        lambda: VarianceScaling(2 / 3, "fan_in", "uniform", seed=11)(SHAPE),
        (2 / 1000, "uniform"),
    ),
    "fan_avg for fan_in": (lambda: GlorotUniform(seed=11)(SHAPE), (1 / 1000, "uniform")),
    "a standard deviation 1 % off": (
        lambda: RandomNormal(0.0, 1.01, seed=11)(SHAPE),
        (1, "normal"),
    ),
    "a mean 2 % of the standard deviation off": (
        lambda: RandomNormal(0.02, 1.0, seed=11)(SHAPE),
        (1, "normal"),
    ),
    "the halves of Box-Muller the same": (
        lambda: np.repeat(np.abs(RandomNormal(0.0, 1.0, seed=11)(COUNT // 2)), 2),
        (1, "normal"),
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_check_fails_on(name):
    make, arguments = WRONG[name]
    values = make()
    with pytest.raises(AssertionError):
        check(values, *arguments)


def test_neighbours_are_independent():
    for initializer in (RandomUniform(-1, 1, seed=3), RandomNormal(0, 1, seed=3)):
        values = initializer(COUNT, "float64")
        for lag in (1, 2, 3, 4, 5, 8, 16, 64, 1024):
            product = values[:-lag] * values[lag:]
            assert abs(product.mean()) < SIGMAS * product.std() / math.sqrt(product.size)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_upper_limit_is_not_reached(dtype):
    # 2**22 float32 values of 2**23 possible ones; none lies within 2**-18 with a chance of e**-16.
    values = RandomUniform(0.0, 1.0, seed=3)(2**22, dtype)
    assert 0 <= values.min() < 2**-18
    assert 1 - 2**-18 < values.max() < 1
