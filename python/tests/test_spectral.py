"""Spectral: the largest singular value at every width."""

import math

import numpy as np
import pytest

from fanin.initializers import HeNormal, LecunNormal, Spectral


@pytest.mark.parametrize(
    ("shape", "stddev"),
    [
        ((400, 100), math.sqrt(100 / 400) / 20),
        ((100, 400), 1 / 10),
        ((3, 3, 4, 16), 1 / 6),
        ((3, 3, 16, 4), 1 / 2 / 12),
    ],
)
def test_standard_deviation(shape, stddev):
    assert Spectral().explain(shape).stddev == pytest.approx(stddev, rel=1e-12)
    assert Spectral(gain=3).explain(shape).stddev == pytest.approx(3 * stddev, rel=1e-12)


def norm(initializer, shape):
    """Return the spectral norm in units of √(fan_out / fan_in)."""
    return np.linalg.norm(initializer(shape, "float64"), 2) / math.sqrt(shape[1] / shape[0])


@pytest.mark.parametrize("width", [64, 256, 1024])
def test_the_norm_does_not_depend_on_the_width(width):
    """s (√n_in + √n_out), and the deviations of Tracy and Widom, of mean -1.2 and size 1.3."""
    for shape in ((width, width), (width, 10), (width, 4 * width), (8, width)):
        expected = 1 + math.sqrt(min(shape) / max(shape))
        roots = [math.sqrt(n) for n in shape]
        unit = (1 / roots[0] + 1 / roots[1]) ** (1 / 3) / 2 / sum(roots)
        assert norm(Spectral(seed=1), shape) == pytest.approx(expected, rel=5 * unit)


@pytest.mark.parametrize("wrong", [LecunNormal, HeNormal])
def test_of_an_output_layer_other_norms_grow(wrong):
    norms = [norm(wrong(seed=1), (width, 10)) for width in (64, 1024)]
    # √(width / 10) (1 + √(10 / width))
    assert norms[1] / norms[0] > 2.5


@pytest.mark.parametrize(
    ("gain", "error"), [(0, ValueError), (-1, ValueError), (math.nan, ValueError), ("1", TypeError)]
)
def test_what_gain_may_not_be(gain, error):
    with pytest.raises(error, match="Argument `gain` must be"):
        Spectral(gain)
