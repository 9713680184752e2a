"""Kernels of the short-time Fourier transform."""

from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _arrays, _native
from ._base import FillingInitializer
from ._config import encode
from ._explain import Explanation
from ._windows import get_window

_SIDES = {"real": _native.STFT_REAL, "imag": _native.STFT_IMAG}


class STFT(FillingInitializer):
    """The real or imaginary part of a short-time Fourier transform, as a convolution's kernel.

    For a shape (T, 1, F), the frame length T and F frequencies of a transform of length 2 (F - 1):
    cos or sin of -2 pi t f / (2 (F - 1)), times window[t] / s, with s = sqrt(sum window^2)
    ("density"), sum |window| ("spectrum") or 1 (None, or without a window).

    Computed with Keras's roundings in float32, or float64 for float64, and equal to Keras's within
    some units in the last place. The angle is rounded, too, so that float32 values are off by
    about 1e-7 of it: 4e-4 for T = 2048. In float16 and bfloat16 Keras rounds the angle to those;
    Fanin rounds the float32 values.

    Parameters
    ----------
    side : {"real", "imag"}
        Which part.
    window : str, tuple, array_like or None
        A name of `scipy.signal.get_window`, a tuple of such a name and parameters, T values, or
        None for no window. Sums of cosines ("hann", "hamming", "blackman", "nuttall",
        "blackmanharris", "flattop", "boxcar") are built in; any other name needs SciPy.
    scaling : {"density", "spectrum"} or None
        The norm of the window by which the values are divided.
    periodic : bool
        Whether a named window is one period of a periodic function, or symmetric.

    Raises
    ------
    ImportError
        If the window needs SciPy, which is not installed.
    ValueError
        If an argument is not allowed; on a call, if the shape is not (T, 1, F) with F >= 2, or a
        window of values has not T of them.
    """

    def __init__(
        self,
        side: str = "real",
        window: Any = "hann",
        scaling: str | None = "density",
        periodic: bool = False,
    ) -> None:
        if side not in _SIDES:
            raise ValueError(f"side should be 'real' or 'imag', not {side}")
        if scaling not in (None, "density", "spectrum"):
            raise ValueError(
                "Scaling is invalid, it must be `None`, 'density' "
                f"or 'spectrum'. Received scaling={scaling}"
            )
        self._named = isinstance(window, str) or (
            isinstance(window, tuple) and len(window) > 0 and isinstance(window[0], str)
        )
        if self._named:
            get_window(window, 1, bool(periodic))
        elif window is not None and not np.all(np.isfinite(_arrays.matrix("window", window, "f8"))):
            raise ValueError("The values of `window` must be finite.")
        self.side = side
        self.window = window
        self.scaling = scaling
        self.periodic = periodic

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "side": self.side,
            "window": encode(self.window),
            "periodic": self.periodic,
            "scaling": self.scaling,
        }

    def _explain(self, shape: tuple[int, ...]) -> Explanation:
        values = self(shape, "float64")
        wave = "cos" if self.side == "real" else "sin"
        window = "" if self.window is None else " times the window"
        norm = {
            None: "",
            "density": " / √(Σ window²)",
            "spectrum": " / Σ |window|",
        }[self.scaling if self.window is not None else None]
        mean = float(values.mean()) if values.size else None
        return Explanation(
            name=type(self).__name__,
            shape=shape,
            formula=f"{wave}(-2π t f / {2 * (shape[2] - 1)}){window}{norm}, t < {shape[0]}, "
            f"f < {shape[2]}",
            distribution="a Fourier transform's basis: nothing is drawn",
            mean=mean,
            bound=None if mean is None else float(np.abs(values - mean).max()),
            stddev=None if mean is None else float(values.std()),
            range=None if mean is None else (float(values.min()), float(values.max())),
        )

    def _write(self, out: npt.NDArray[Any]) -> None:
        if out.ndim != 3 or out.shape[1] != 1 or out.shape[2] < 2:
            raise ValueError(
                "STFT needs a shape (T, 1, F) with at least two frequencies. "
                f"Received: shape={out.shape}"
            )
        length = out.shape[0]
        window, scaling = None, 1.0
        if self.window is not None:
            if self._named:
                window = get_window(self.window, length, bool(self.periodic))
            else:
                window = _arrays.matrix("window", self.window, np.float64)
            if window.shape != (length,):
                raise ValueError(
                    "The shape of `window` must be equal to [frame_length]. "
                    f"Received: window shape={window.shape}"
                )
            if self.scaling == "density":
                scaling = float(np.sqrt(np.sum(window**2)))
            elif self.scaling == "spectrum":
                scaling = float(np.sum(np.abs(window)))
            window = np.ascontiguousarray(window)
        _native.call(
            "fill_stft",
            _arrays.native_array(out),
            _SIDES[self.side],
            None if window is None else _arrays.address(window),
            scaling,
        )
