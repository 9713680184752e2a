"""fan_in and fan_out by Keras's rule."""

import numpy as np
import pytest

from fanin.initializers import HeUniform, VarianceScaling, compute_fans

# What keras.src.initializers.random_initializers.compute_fans returned.
FANS = [
    ((), None, None, (1, 1)),
    ((7,), None, None, (7, 7)),
    ((20, 30), None, None, (20, 30)),
    ((0, 3), None, None, (0, 3)),
    ((5, 20, 30), None, None, (100, 150)),
    ((3, 3, 20, 30), None, None, (180, 270)),
    ((2, 3, 4, 5, 6), None, None, (120, 144)),
    ((3, 4, 5), [0], None, (12, 15)),
    ((3, 4, 5), [0], [1], (3, 4)),
    ((3, 4, 5), [-1, 0], [1, 1], (15, 16)),
    ((3, 4, 5), [], [2], (1, 5)),
    ((), [], [], (1, 1)),
]


@pytest.mark.parametrize(("shape", "inputs", "outputs", "fans"), FANS)
def test_compute_fans(shape, inputs, outputs, fans):
    assert compute_fans(shape, inputs, outputs) == fans
    assert compute_fans(list(shape), inputs, outputs) == fans


@pytest.mark.parametrize(
    ("axis", "exception"), [(3, ValueError), (-4, ValueError), (0.5, TypeError)]
)
def test_bad_axes(axis, exception):
    with pytest.raises(exception, match="axes|axis"):
        compute_fans((2, 3, 4), [axis], [0])
    with pytest.raises(exception, match="axes|axis"):
        compute_fans((2, 3, 4), [0], [axis])


@pytest.mark.parametrize(
    ("mode", "fan"),
    [("fan_in", 180), ("fan_out", 270), ("fan_avg", 225), ("fan_geo_avg", 180 * 1.5**0.5)],
)
def test_the_limit_of_each_mode(mode, fan):
    limit = np.sqrt(3 * 2 / fan)
    values = VarianceScaling(2.0, mode, "uniform", seed=1)((3, 3, 20, 30))
    # The largest of 5400 uniform values is nearer to the limit than 1 % (all but e**-27).
    assert 0.99 * limit < np.abs(values).max() < limit
    assert f"{limit:.9g}" in str(VarianceScaling(2.0, mode, "uniform").explain((3, 3, 20, 30)))


def test_the_tutorial_s_bound():
    # VarianceScaling(2/3, "fan_in", "uniform") has the bound sqrt(2 / n): a third of He's variance.
    # Each is rounded to float32 near its limit, 0.35 at most: 3e-8.
    theirs = VarianceScaling(2 / 3, mode="fan_in", distribution="uniform", seed=1)((50, 400))
    assert 0.999 * np.sqrt(2 / 50) < np.abs(theirs).max() <= np.float32(np.sqrt(2 / 50))
    np.testing.assert_allclose(theirs, HeUniform(seed=1)((50, 400)) / np.sqrt(3), atol=1e-7)
