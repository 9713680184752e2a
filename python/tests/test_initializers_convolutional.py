"""Dirac and DeltaOrthogonal: their formulas, and what a convolution with them does."""

import itertools

import numpy as np
import pytest

from fanin.initializers import DeltaOrthogonal, Dirac, Orthogonal
from fanin.random import SeedGenerator

KERNELS = [(3,), (4,), (3, 3), (2, 5), (3, 4, 1)]


def convolve(x, kernel, groups=1):
    """Keras's convolution with padding "same" and stride 1, but circular: at output place p, tap
    t meets input p + t - (size - 1) // 2. x: (*places, channels)."""
    *sizes, inputs, outputs = kernel.shape
    axes = tuple(range(len(sizes)))
    y = np.zeros((*x.shape[:-1], outputs))
    for tap in itertools.product(*map(range, sizes)):
        shift = tuple((size - 1) // 2 - t for size, t in zip(sizes, tap, strict=True))
        moved = np.roll(x, shift, axes)
        for g in range(groups):
            columns = slice(g * outputs // groups, (g + 1) * outputs // groups)
            y[..., columns] += moved[..., g * inputs : (g + 1) * inputs] @ kernel[tap][:, columns]
    return y


def images(sizes, channels):
    return np.random.default_rng(5).normal(size=(*(7,) * len(sizes), channels))


@pytest.mark.parametrize("sizes", KERNELS)
def test_a_convolution_with_dirac_is_the_identity(sizes):
    x = images(sizes, 4)
    np.testing.assert_array_equal(convolve(x, Dirac()((*sizes, 4, 4), "float64")), x)
    np.testing.assert_array_equal(convolve(x, Dirac(gain=3)((*sizes, 4, 4), "float64")), 3 * x)
    grouped = Dirac(groups=2)((*sizes, 2, 4), "float64")
    np.testing.assert_array_equal(convolve(x, grouped, groups=2), x)


def test_dirac_drops_inputs_and_leaves_outputs_zero():
    x = images((3,), 3)
    more = convolve(x, Dirac()((3, 3, 5)))
    np.testing.assert_array_equal(more, np.concatenate([x, np.zeros((7, 2))], 1))
    np.testing.assert_array_equal(convolve(x, Dirac()((3, 3, 2))), x[:, :2])


def test_dirac_by_formula():
    values = Dirac(groups=3, gain=0.5)((3, 2, 5, 2, 9))
    expected = np.zeros((3, 2, 5, 2, 9), np.float32)
    for group, d in itertools.product(range(3), range(2)):
        expected[1, 0, 2, d, 3 * group + d] = 0.5
    np.testing.assert_array_equal(values, expected)
    assert Dirac()((3, 0, 4)).shape == (3, 0, 4)
    assert Dirac(2)((3, 4, 0)).size == Dirac()((0, 4, 4)).size == 0
    assert Dirac(gain=2)((1, 1, 1), "int32") == 2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", KERNELS)
@pytest.mark.parametrize("channels", [(6, 6), (3, 8)])
def test_delta_orthogonal_keeps_the_norm(sizes, channels, dtype):
    gain = 1.5
    kernel = DeltaOrthogonal(gain, seed=7)((*sizes, *channels), dtype)
    x = images(sizes, channels[0])
    y = convolve(x, kernel.astype(np.float64))
    # ten unit roundoffs, as in the test of Orthogonal; at each place by itself
    unit = {"float32": 2**-24, "float64": 2**-53}[dtype]
    norms = np.linalg.norm(y, axis=-1) / np.linalg.norm(x, axis=-1)
    np.testing.assert_allclose(norms, gain, rtol=10 * unit)
    # which an orthogonal matrix over all taps doesn't
    spread = Orthogonal(gain, seed=7)((*sizes, *channels), dtype).astype(np.float64)
    norms = np.linalg.norm(convolve(x, spread), axis=-1) / np.linalg.norm(x, axis=-1)
    assert np.abs(norms / gain - 1).max() > 0.1


def test_delta_orthogonal_by_formula():
    values = DeltaOrthogonal(2.0, seed=7)((3, 4, 5, 6))
    np.testing.assert_array_equal(values[1, 1], Orthogonal(2.0, seed=7)((5, 6)))
    values[1, 1] = 0
    assert not values.any()
    assert DeltaOrthogonal(seed=1)((3, 0, 4)).size == DeltaOrthogonal(seed=1)((0, 3, 4)).size == 0


@pytest.mark.parametrize(
    ("initializer", "shape", "words"),
    [
        (Dirac(), (3, 3), "rank 3 or more"),
        (Dirac(2), (3, 3, 5), r"divisible by `groups`. Received: shape=\(3, 3, 5\), groups=2"),
        (DeltaOrthogonal(seed=1), (3, 3), "rank 3 or more"),
        (DeltaOrthogonal(seed=1), (3, 4, 3), r"as many output channels.*\(3, 4, 3\)"),
    ],
)
def test_shapes_refused(initializer, shape, words):
    for action in (initializer, initializer.explain):
        with pytest.raises(ValueError, match=words):
            action(shape)
    out = np.full(shape, 7.0)
    with pytest.raises(ValueError, match=words):
        initializer.fill(out)
    assert (out == 7).all()


def test_arguments_refused():
    with pytest.raises(ValueError, match="`groups` must be at least 1"):
        Dirac(0)
    with pytest.raises(TypeError, match="`groups` must be an integer"):
        Dirac(1.5)
    with pytest.raises(ValueError, match="`gain` must be finite"):
        Dirac(gain=np.inf)
    with pytest.raises(ValueError, match="can't hold the gain"):
        Dirac(gain=0.5)((1, 1, 1), "int32")
    generator = SeedGenerator(1)
    for shape, dtype in (((3, 4, 3), "float32"), ((3, 3, 3), "int32")):
        with pytest.raises((TypeError, ValueError)):
            DeltaOrthogonal(seed=generator)(shape, dtype)
    assert generator.state.tolist() == [1, 0]


@pytest.mark.parametrize("shape", [(3, 4, 5, 6), (3, 6, 6)])
def test_delta_orthogonal_explained(shape):
    initializer = DeltaOrthogonal(1.5, seed=2)
    said, values = initializer.explain(shape), initializer(shape, "float64")
    assert said.stddev == pytest.approx(np.sqrt(np.mean(values**2)), rel=1e-12)
    assert "algorithm 2" in said.sources[0]


def test_dirac_explained():
    assert "tap (1, 1), 0 elsewhere" in Dirac(2).explain((3, 3, 2, 4)).formula
    assert "channel d in each of 2 groups" in Dirac(2).explain((3, 3, 2, 4)).formula
    assert not Dirac().explain((3, 3, 2, 4)).notes
    assert "size // 2" in Dirac().explain((3, 4, 2, 4)).notes[0]
