"""Window functions: sums of cosines here, all others from SciPy."""

from typing import Any

import numpy as np
import numpy.typing as npt

# SciPy's names and coefficients: w(x) = sum of a[k] cos(k x), x from -pi to pi.
# F. J. Harris, "On the use of windows for harmonic analysis with the DFT", Proc. IEEE 66, 1978.
_COSINE_SUMS = {
    ("boxcar", "box", "ones", "rect", "rectangular"): (1.0,),
    ("hann", "han"): (0.5, 0.5),
    ("hamming", "hamm", "ham"): (0.54, 1.0 - 0.54),
    ("blackman", "black", "blk"): (0.42, 0.50, 0.08),
    ("nuttall", "nutl", "nut"): (0.3635819, 0.4891775, 0.1365995, 0.0106411),
    ("blackmanharris", "blackharr", "bkh"): (0.35875, 0.48829, 0.14128, 0.01168),
    ("flattop", "flat", "flt"): (
        *(0.21557895, 0.41663158, 0.277263158),
        *(0.083578947, 0.006947368),
    ),
}
_COEFFICIENTS = {name: sums for names, sums in _COSINE_SUMS.items() for name in names}


def get_window(
    window: str | tuple[Any, ...], length: int, periodic: bool
) -> npt.NDArray[np.float64]:
    """Return `scipy.signal.get_window(window, length, periodic)`.

    Parameters
    ----------
    window : str or tuple
        SciPy's name of it, or a tuple of name and parameters.
    length : int
        The number of values, at least 1.
    periodic : bool
        True for one period of a periodic function, False for a symmetric window.

    Raises
    ------
    ImportError
        If the window is not a sum of cosines and SciPy is not installed.
    ValueError
        If there is no such window, or `length` is not positive.
    """
    if length < 1:
        raise ValueError(f"A window must have at least one value. Received: {length}")
    coefficients = _COEFFICIENTS.get(window) if isinstance(window, str) else None
    if coefficients is None:
        try:
            from scipy.signal import get_window as scipy_window
        except ImportError as error:
            raise ImportError(
                f"window={window!r} needs the package scipy: pip install scipy"
            ) from error
        try:
            values: npt.NDArray[np.float64] = scipy_window(window, length, periodic)
        except ValueError as error:
            raise ValueError(f"SciPy has no such window={window!r}: {error}") from error
        return values
    if length == 1:
        return np.ones(1)
    x = np.linspace(-np.pi, np.pi, length + periodic)
    values = np.zeros(len(x))
    for k, coefficient in enumerate(coefficients):
        values += coefficient * np.cos(k * x)
    return values[:length]
