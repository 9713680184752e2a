"""ICNR: a pixel shuffle after it enlarges by nearest neighbours."""

import numpy as np
import pytest

from fanin.initializers import ICNR, HeNormal, RandomUniform


def convolve(x, kernel):
    """Return x (height, width, inputs) convolved, as wide as it was."""
    height, width = kernel.shape[:2]
    padded = np.pad(x, ((height // 2,) * 2, (width // 2,) * 2, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), (0, 1))
    return np.einsum("abcij,ijcd->abd", windows, kernel)


def depth_to_space(x, r):
    """Return what tf.nn.depth_to_space does."""
    height, width, depth = x.shape
    blocks = x.reshape(height, width, r, r, depth // r**2)
    return blocks.transpose(0, 2, 1, 3, 4).reshape(height * r, width * r, -1)


def pixel_shuffle(x, r):
    """Return what PyTorch's PixelShuffle does, with the channels last."""
    height, width, depth = x.shape
    blocks = x.reshape(height, width, depth // r**2, r, r)
    return blocks.transpose(0, 3, 1, 4, 2).reshape(height * r, width * r, -1)


SHUFFLES = {"depth_to_space": depth_to_space, "pixel_shuffle": pixel_shuffle}
IMAGE = np.random.default_rng(1).standard_normal((5, 6, 4))


@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize("order", SHUFFLES)
def test_shuffled_it_is_the_nearest_neighbour(order, scale):
    base = HeNormal(3)
    kernel = ICNR(scale, base, order)((3, 3, 4, 5 * scale**2), "float64")
    shuffled = SHUFFLES[order](convolve(IMAGE, kernel), scale)
    small = convolve(IMAGE, base((3, 3, 4, 5), "float64"))
    np.testing.assert_array_equal(shuffled, small.repeat(scale, 0).repeat(scale, 1))


def checkerboard(image, r):
    """Return how much pixels of one block differ, over how much all differ."""
    height, width, channels = image.shape
    blocks = image.reshape(height // r, r, width // r, r, channels)
    return blocks.var((1, 3)).mean() / image.var()


@pytest.mark.parametrize("order", SHUFFLES)
def test_other_kernels_draw_a_checkerboard(order):
    shape = (3, 3, 4, 20)
    other = {"depth_to_space": "pixel_shuffle", "pixel_shuffle": "depth_to_space"}[order]
    for initializer in (HeNormal(3), ICNR(2, HeNormal(3), other)):
        shuffled = SHUFFLES[order](convolve(IMAGE, initializer(shape, "float64")), 2)
        assert checkerboard(shuffled, 2) > 0.3
    right = SHUFFLES[order](convolve(IMAGE, ICNR(2, HeNormal(3), order)(shape, "float64")), 2)
    assert checkerboard(right, 2) == 0


@pytest.mark.parametrize(("shape", "repeats"), [((3, 4, 10), 2), ((3, 3, 3, 4, 16), 8)])
def test_other_ranks(shape, repeats):
    kernel = ICNR(2, RandomUniform(seed=1))(shape)
    assert len(np.unique(kernel)) == kernel.size // repeats


def test_the_spread_is_that_of_the_kernels_before_they_are_repeated():
    shape = (3, 3, 4, 20)
    said = ICNR(2, "glorot_normal").explain(shape)
    assert said.fans == (36, 45)
    assert "5 kernels, each 4 times" in said.formula


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: ICNR(0), ValueError, "`scale` must be at least 1"),
        (lambda: ICNR(2.0), TypeError, "`scale` must be an integer"),
        (lambda: ICNR(2, "nope"), ValueError, "nope"),
        (lambda: ICNR(2, np.ones), TypeError, "`initializer`"),
        (lambda: ICNR(2, order="torch"), ValueError, "`order` must be one of"),
        (lambda: ICNR()((4, 8)), ValueError, "rank 3"),
        (lambda: ICNR()((3, 3, 4, 6)), ValueError, "multiple"),
        (lambda: ICNR().explain((3, 3, 4, 6)), ValueError, "multiple"),
        (lambda: ICNR(2, "zeros")((3, 3, 4, 8), "int32"), TypeError, "dtype"),
    ],
)
def test_what_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
