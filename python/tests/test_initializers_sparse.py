"""Sparse: the stated zeros, where they are, and that all else is the normal values."""

import math

import numpy as np
import pytest
import streams
from scipy import stats

from fanin.initializers import RandomNormal, Sparse
from fanin.random import SeedGenerator


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(10, 7), (7, 10), (3, 3, 5, 4), (1, 9)])
@pytest.mark.parametrize("sparsity", [0, 0.1, 0.5, 0.93, 1])
def test_exactly_the_stated_zeros_and_the_normal_values_elsewhere(sparsity, shape, dtype):
    values = Sparse(sparsity, 0.5, seed=3)(shape, dtype)
    rows = math.prod(shape[:-1])
    zeros = values.reshape(rows, -1) == 0
    assert (zeros.sum(axis=0) == math.ceil(sparsity * rows)).all()
    normal = RandomNormal(0.0, 0.5, seed=3)(shape, dtype)
    np.testing.assert_array_equal(values[values != 0], normal[values != 0])


def test_the_places_are_those_of_the_smallest_uniform_values():
    rows, columns = 12, 5
    zeros = Sparse(0.25, seed=9)((rows, columns)) == 0
    u = streams.uniform((9, 0), 2**57, rows * columns, 0, 1, np.dtype(np.float64))
    ranks = u.reshape(rows, columns).argsort(axis=0).argsort(axis=0)
    np.testing.assert_array_equal(zeros, ranks < 3)


def test_every_place_is_as_likely_and_independent_of_the_values():
    shape = (40, 2000)
    zeros = Sparse(0.3, seed=4)(shape) == 0
    # of 2000 columns, each row is zero in 600 ± 20.5: five standard deviations
    assert (np.abs(zeros.sum(axis=1) - 600) < 5 * math.sqrt(2000 * 0.3 * 0.7)).all()
    kept = RandomNormal(0.0, 1.0, seed=4)(shape)[~zeros]
    assert stats.kstest(kept, "norm").pvalue > 1e-4
    # pairs of neighbouring rows: 12 * 11 / (40 * 39) of the columns, within five of their sigma
    both = (zeros[:-1] & zeros[1:]).sum()
    p = 12 * 11 / (40 * 39)
    assert abs(both / (39 * 2000) - p) < 5 * math.sqrt(p / (39 * 2000))


def test_arguments_refused():
    for sparsity in (-0.1, 1.1):
        with pytest.raises(ValueError, match="`sparsity` must be between 0 and 1"):
            Sparse(sparsity)
    with pytest.raises(TypeError, match="`sparsity` must be a number"):
        Sparse("half")
    with pytest.raises(ValueError, match="`stddev` must be >= 0"):
        Sparse(0.5, -1)
    generator = SeedGenerator(1)
    for shape, dtype in (((3,), "float32"), ((3, 3), "int32")):
        with pytest.raises((TypeError, ValueError)):
            Sparse(0.5, seed=generator)(shape, dtype)
    assert generator.state.tolist() == [1, 0]
    with pytest.raises(ValueError, match="at least two-dimensional"):
        Sparse(0.5).explain((3,))
    assert Sparse(0.5, seed=1)((0, 3)).shape == (0, 3)


def test_explained():
    initializer = Sparse(0.3, 0.5, seed=1)
    said, values = initializer.explain((40, 2000)), initializer((40, 2000))
    assert "12 zeros among the 40 values of each of 2000 columns" in said.formula
    assert said.stddev == pytest.approx(0.5 * math.sqrt(0.7), rel=1e-12)
    # Var(x²) = 0.7 · 3 - 0.49 in units of 0.5⁴; five standard errors of the mean square
    error = 5 * math.sqrt((2.1 - 0.49) / values.size)
    assert abs(np.mean(values.astype(np.float64) ** 2) / 0.25 - 0.7) < error


def test_a_mean():
    initializer = Sparse(0.3, 0.5, seed=1, mean=2.0)
    said, values = initializer.explain((40, 2000)), initializer((40, 2000), "float64")
    normal = RandomNormal(2.0, 0.5, seed=1)((40, 2000), "float64")
    np.testing.assert_array_equal(values[values != 0], normal[values != 0])
    assert said.mean == pytest.approx(1.4, rel=1e-12)
    # 0.7 (0.5² + 2²) - 1.4²
    assert said.stddev == pytest.approx(math.sqrt(1.015), rel=1e-12)
    assert abs(values.mean() - 1.4) < 5 * said.stddev / math.sqrt(values.size)
