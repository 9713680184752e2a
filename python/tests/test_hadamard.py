"""Hadamard and ZerO: exact orthogonality, and the ranks of activations that ZerO is for."""

import math
import tracemalloc

import numpy as np
import pytest
from scipy.linalg import hadamard

from fanin.initializers import Hadamard, Identity, ZerO
from fanin.initializers._hadamard import is_negative


@pytest.mark.parametrize("order", [1, 2, 8, 64])
def test_signs_are_sylvester_s(order):
    indices = np.arange(order)
    np.testing.assert_array_equal(1 - 2 * is_negative(indices, indices), hadamard(order))


@pytest.mark.parametrize(
    "shape", [(64, 64), (64, 23), (23, 64), (1, 1), (2, 1), (4, 4, 4, 40), (4, 4, 2, 32)]
)
def test_orthogonal_where_the_longer_side_is_a_power_of_two(shape):
    matrix = Hadamard(gain=1.5, seed=3)(shape, "float64").reshape(-1, shape[-1])
    rows, columns = matrix.shape
    assert set(np.abs(matrix).ravel()) == {1.5 / math.sqrt(max(rows, columns))}
    gram = matrix.T @ matrix if rows >= columns else matrix @ matrix.T
    # equal terms add up without rounding, but for that of their square
    np.testing.assert_allclose(gram, 2.25 * np.eye(min(rows, columns)), rtol=0, atol=1e-14)
    assert Hadamard().explain(shape).distribution == "orthogonal"


@pytest.mark.parametrize("shape", [(100, 60), (60, 100), (3, 3, 7, 11)])
def test_otherwise_of_the_same_length(shape):
    matrix = Hadamard(seed=3)(shape, "float64").reshape(-1, shape[-1])
    rows, columns = matrix.shape
    gram = matrix.T @ matrix if rows >= columns else matrix @ matrix.T
    np.testing.assert_allclose(np.diag(gram), 1, rtol=1e-14)
    off = gram - np.diag(np.diag(gram))
    # The sum over n rows that are drawn of n' has variance n (1 - n / n') at most: in units of
    # 1 / n, and 6 standard deviations for each of all pairs.
    longer = max(rows, columns)
    order = 2 ** math.ceil(math.log2(longer))
    assert 0 < np.abs(off).max() < 6 * math.sqrt((1 - longer / order) / longer)
    assert Hadamard().explain(shape).distribution == "two values"


def test_seeds_draw_signs_rows_and_columns():
    """Means over 2000 seeds of n values, each ±1: products of any two places, too."""
    draws = np.array([Hadamard(seed=seed)((4, 4)).ravel() * 2 for seed in range(2000)])
    limit = 6 / math.sqrt(len(draws))
    assert np.abs(draws.mean(0)).max() < limit
    # in a row of any matrix without column signs, two places would be alike or opposite
    row = draws[:, :4]
    products = row.T @ row / len(draws) - np.eye(4)
    assert np.abs(products).max() < limit
    # The product of four rows is constant if their indices' exclusive or is 0, as that of the first
    # four is; of 16, it is that of 140 of the 1820 choices: 15 of 200, standard deviation 4.
    for shape, axis in (((4, 16), 0), ((16, 4), 1)):
        products = [np.sign(Hadamard(seed=seed)(shape)).prod(axis) for seed in range(200)]
        assert sum(abs(product.sum()) == 16 for product in products) < 15 + 6 * 4


@pytest.mark.parametrize("axis", [0, 1])
def test_no_unit_adds_all_inputs_up(axis):
    """Sylvester's first row and column are constant: with random signs, none is in 16 dimensions.

    Of 20 matrices, one of 640 vectors is by chance with a probability of 2 %.
    """
    sums = [np.abs(Hadamard(seed=seed)((16, 16)).sum(axis)).max() for seed in range(20)]
    assert max(sums) < 4


def test_4096_by_4096_takes_little_memory():
    tracemalloc.start()
    matrix = Hadamard(seed=1)((4096, 4096))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * matrix.nbytes
    # against a random vector, as 4096 units in the last place can add up
    x = np.random.default_rng(1).standard_normal(4096).astype(np.float32)
    assert np.linalg.norm(matrix @ x) == pytest.approx(np.linalg.norm(x), rel=4096 * 2**-24)


@pytest.mark.parametrize(
    ("arguments", "shape", "dtype", "error", "words"),
    [
        ({"gain": "1"}, (2, 2), None, TypeError, "gain"),
        ({"gain": math.inf}, (2, 2), None, ValueError, "gain"),
        ({"gain": 1e30}, (2, 2), "float16", ValueError, "gain"),
        ({}, (4,), None, ValueError, "two-dimensional"),
        ({}, (4, 4), "int32", TypeError, "dtype"),
    ],
)
def test_hadamard_refuses(arguments, shape, dtype, error, words):
    with pytest.raises(error, match=words):
        Hadamard(**arguments)(shape, dtype)


@pytest.mark.parametrize("shape", [(5, 5), (9, 4)])
def test_zero_is_the_identity(shape):
    np.testing.assert_array_equal(ZerO()(shape), np.eye(*shape))


@pytest.mark.parametrize(("inputs", "outputs"), [(3, 5), (4, 16), (1, 2), (30, 33)])
def test_zero_is_algorithm_1(inputs, outputs):
    """C I* H I*, with the notebook's c, in the layout (outputs, inputs)."""
    m = math.ceil(math.log2(outputs))
    expected = np.eye(outputs, 2**m) @ (hadamard(2**m) / 2 ** (m / 2)) @ np.eye(2**m, inputs)
    np.testing.assert_allclose(ZerO()((inputs, outputs), "float64").T, expected, rtol=1e-15)


def test_zero_of_a_convolution_is_its_middle_tap():
    kernel = ZerO()((3, 4, 5, 16))
    np.testing.assert_array_equal(kernel[1, 2], ZerO()((5, 16)))
    kernel[1, 2] = 0
    assert not kernel.any()


@pytest.mark.parametrize("outputs", [16, 64])
def test_zero_keeps_lengths(outputs):
    """Of algorithm 1's factor, √2 would be left."""
    x = np.random.default_rng(1).standard_normal((7, 10))
    y = x @ ZerO()((10, outputs), "float64")
    np.testing.assert_allclose(np.linalg.norm(y, axis=1), np.linalg.norm(x, axis=1), rtol=1e-12)


def rank(initializer):
    """Return how many dimensions activations of 5 hidden layers span, 500 points of R^3."""
    x = np.random.default_rng(1).standard_normal((500, 3))
    for width in (32,) * 5:
        x = np.maximum(x @ initializer((x.shape[1], width), "float64"), 0)
    return np.linalg.matrix_rank(x)


def test_zero_is_not_confined_to_the_inputs_dimensions():
    """Theorem 1 of the paper; the identity's activations span 3 dimensions at any width."""
    assert rank(ZerO()) > 3
    assert rank(Identity()) == 3


@pytest.mark.parametrize(("shape", "dtype"), [((3,), None), ((3, 3), "int32")])
def test_zero_refuses(shape, dtype):
    with pytest.raises((TypeError, ValueError)):
        ZerO()(shape, dtype)
