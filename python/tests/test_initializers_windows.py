"""STFT and its windows."""

import math
import sys

import numpy as np
import pytest
import scipy.signal

from fanin.initializers import STFT
from fanin.initializers._windows import _COEFFICIENTS, get_window


@pytest.mark.parametrize("periodic", [False, True])
@pytest.mark.parametrize("name", sorted(_COEFFICIENTS))
def test_built_in_windows_are_scipy_s(name, periodic):
    for length in (1, 2, 3, 8, 9, 400):
        np.testing.assert_array_equal(
            get_window(name, length, periodic), scipy.signal.get_window(name, length, periodic)
        )


@pytest.mark.parametrize("window", ["bartlett", "cosine", ("kaiser", 8.6)])
def test_other_windows_come_from_scipy(window):
    np.testing.assert_array_equal(
        get_window(window, 9, False), scipy.signal.get_window(window, 9, False)
    )
    values = STFT(window=window, scaling=None)((9, 1, 2), "float64")[:, 0, 0]
    np.testing.assert_array_equal(values, scipy.signal.get_window(window, 9, False))


def test_without_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.signal", None)
    monkeypatch.setitem(sys.modules, "scipy", None)
    STFT(window="blackman")((8, 1, 5))
    with pytest.raises(ImportError, match="window='bartlett' needs the package scipy: pip install"):
        STFT(window="bartlett")


@pytest.mark.parametrize("side", ["real", "imag"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize(("length", "frequencies"), [(16, 9), (400, 257), (2000, 30)])
def test_values(side, dtype, length, frequencies):
    window = np.hamming(length) - 0.5  # negative in part
    # Keras's roundings of the angle, in float32 also for 16 bits.
    wide = np.float64 if dtype == "float64" else np.float32
    t, f = np.arange(length, dtype=wide)[:, None], np.arange(frequencies, dtype=wide)
    angle = wide(-2) * t * (f / wide(2 * (frequencies - 1))) * wide(np.pi)
    # NumPy's own cosine is off by some units in older versions.
    wave = np.vectorize(math.cos if side == "real" else math.sin)(angle.astype(np.float64))
    for scaling, divisor in (
        ("density", np.sqrt(np.sum(window**2))),
        ("spectrum", np.sum(np.abs(window))),
        (None, 1.0),
    ):
        values = STFT(side, window, scaling)((length, 1, frequencies), dtype)[:, 0]
        expected = wave * window[:, None] / divisor
        # Half a unit for each of wave, window, divisor, product and quotient; the wave may have a
        # whole one. Then one rounding to 16 bits.
        error = 3 * np.finfo(wide).eps
        smallest = 0.0
        if dtype == "float16":
            error += 2.0**-11
            smallest = 2.0**-25
        assert np.all(np.abs(values - expected) <= error * np.abs(expected) + smallest)


def test_no_window_is_not_scaled():
    for scaling in ("density", "spectrum", None):
        np.testing.assert_array_equal(
            STFT(window=None, scaling=scaling)((6, 1, 4)), STFT(window=None)((6, 1, 4))
        )
    assert STFT(window=None)((6, 1, 4))[0, 0].tolist() == [1, 1, 1, 1]


def test_a_window_of_values():
    window = [1.0, 2.0, -3.0, 0.5]
    expected = STFT(window=None)((4, 1, 3), "float64") * np.array(window)[:, None, None] / 6.5
    for given in (
        window,
        tuple(window),
        np.array(window, "f4"),
        np.array([window, window]).T[:, 0],
    ):
        values = STFT(window=given, scaling="spectrum")((4, 1, 3), "float64")
        np.testing.assert_allclose(values, expected, rtol=1e-15, atol=1e-17)
