"""IdentityPadded and ZeroPreserving: eq. 3 of IDInit, ranks, and gradients of branches."""

import math

import numpy as np
import pytest

from fanin.initializers import Identity, IdentityPadded, ZeroPreserving, Zeros


@pytest.mark.parametrize("shape", [(3, 3), (4, 10), (10, 4), (1, 3), (3, 1), (2, 3, 2, 5)])
def test_equation_3(shape):
    kernel = IdentityPadded(tau=0.5)(shape).reshape(-1, shape[-1])
    n = len(kernel)
    for m in range(kernel.shape[1]):
        for j in range(n):
            assert kernel[j, m] == (0.5 if (m - j) % n == 0 else 0)


def test_inputs_are_repeated():
    x = np.random.default_rng(1).standard_normal((5, 4))
    np.testing.assert_array_equal(x @ IdentityPadded()((4, 10), "float64"), np.tile(x, 3)[:, :10])


def test_of_a_convolution_outputs_see_different_places():
    kernel = IdentityPadded()((3, 3, 2, 18), "float64")
    # tap by tap, the channels beside each other
    np.testing.assert_array_equal(kernel.reshape(18, 18), np.eye(18))


def ranks(initializer, steps=6):
    """Return the rank of what a hidden layer has learned, in steps of SGD with momentum."""
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((200, 4)), rng.standard_normal((200, 4))
    shapes = ((4, 16), (16, 16), (16, 4))
    kernels = [initializer(shape, "float64") for shape in shapes]
    velocities = [np.zeros(shape) for shape in shapes]
    for _ in range(steps):
        hidden = [x]
        for kernel in kernels[:-1]:
            hidden.append(np.maximum(hidden[-1] @ kernel, 0))
        delta = (hidden[-1] @ kernels[-1] - y) / len(x)
        for k in (2, 1, 0):
            gradient = hidden[k].T @ delta
            delta = (delta @ kernels[k].T) * (hidden[k] > 0)
            velocities[k] = 0.9 * velocities[k] - 0.1 * gradient
            kernels[k] = kernels[k] + velocities[k]
    return np.linalg.matrix_rank(kernels[1] - np.eye(16), tol=1e-9)


def test_what_is_learned_is_not_confined_to_the_inputs_dimensions():
    """Section 3: zero-padded, the rank stays at that of the 4 inputs for good."""
    assert ranks(IdentityPadded()) > 4
    assert ranks(Identity()) == ranks(Identity(), 30) == 4


@pytest.mark.parametrize("shape", [(6, 6), (4, 10), (10, 6), (10, 3), (2, 2, 3, 5), (2, 2)])
def test_outputs_are_differences(shape):
    kernel = ZeroPreserving(epsilon=0.25)(shape).reshape(-1, shape[-1])
    n, outputs = kernel.shape
    for m, column in enumerate(kernel.T):
        plus, minus = m % n, (m + 1) % n if outputs >= n else outputs + m % (n - outputs)
        assert np.flatnonzero(column > 0).tolist() == [plus] and column[plus] == 0.25
        assert np.flatnonzero(column < 0).tolist() == [minus] and column[minus] == -0.25


def test_a_branch_is_nearly_zero_and_not_dead():
    x = np.random.default_rng(1).standard_normal((50, 32))
    last = ZeroPreserving()((32, 32), "float64")
    assert np.abs(x @ last).max() < 1e-6 * 2 * np.abs(x).max()
    # the gradient by what comes before is not zero for any of the 32 units
    delta = np.random.default_rng(2).standard_normal((50, 32))
    assert (np.abs(delta @ last.T).max(0) > 1e-8).all()
    assert not (delta @ Zeros()((32, 32), "float64").T).any()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: IdentityPadded("1"), TypeError, "tau"),
        (lambda: IdentityPadded(math.inf), ValueError, "tau"),
        (lambda: IdentityPadded(1e6)((2, 2), "float16"), ValueError, "float16"),
        (lambda: IdentityPadded()((4,)), ValueError, "two-dimensional"),
        (lambda: IdentityPadded()((4, 4), "int32"), TypeError, "dtype"),
        (lambda: ZeroPreserving(0), ValueError, "`epsilon` must be positive"),
        (lambda: ZeroPreserving("1"), TypeError, "epsilon"),
        (lambda: ZeroPreserving(1e-9)((2, 2), "float16"), ValueError, "must not be 0 in float16"),
        (lambda: ZeroPreserving()((4,)), ValueError, "two-dimensional"),
        (lambda: ZeroPreserving()((4, 4), "int32"), TypeError, "dtype"),
    ],
)
def test_what_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
