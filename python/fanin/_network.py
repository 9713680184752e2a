"""The native network: the memory of a stack of dense layers, and its arithmetic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from . import _arrays, _native

AnyArray = npt.NDArray[Any]

# A call returns after this long, so that the progress bar moves and Ctrl-C is heard.
_BUDGET_NS = 50_000_000

_destroy = _native.function("network_destroy")


@dataclass(frozen=True)
class Samples:
    """Rows of data: x, and y as class numbers, as rows of targets, or both."""

    x: AnyArray
    labels: AnyArray | None = None
    targets: AnyArray | None = None

    def native(self, order: AnyArray | None) -> _native.Samples:
        """Return the native library's view, in which the samples are taken in `order`."""
        arrays = (self.x, self.labels, self.targets, order)
        addresses = [None if a is None else _arrays.address(a) for a in arrays]
        return _native.Samples(*addresses, len(self.x))

    def __getitem__(self, rows: slice) -> "Samples":
        """Return some of the rows."""
        return Samples(
            self.x[rows],
            None if self.labels is None else self.labels[rows],
            None if self.targets is None else self.targets[rows],
        )


class Network:
    """A stack of dense layers in native memory, all parameters zero at first.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.
    input_size : int
    layers : sequence of (units, activation, use_bias)
    """

    def __init__(
        self, dtype: np.dtype[Any], input_size: int, layers: Sequence[tuple[int, int, bool]]
    ) -> None:
        self._handle = _native.c_void_p()
        self.dtype = dtype
        self.sizes = [input_size, *(units for units, _, _ in layers)]
        _native.call(
            "network_create",
            _arrays.check_floating(dtype),
            input_size,
            (_native.Dense * len(layers))(*(_native.Dense(*layer) for layer in layers)),
            len(layers),
            _native.byref(self._handle),
        )

    def __del__(self, destroy: Callable[[Any], None] = _destroy) -> None:
        """Give the memory back; views of it keep the network alive."""
        # A default argument, because at exit the module's names may be gone.
        destroy(self._handle)

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied: two owners would free the same memory."""
        raise TypeError("A native network can't be copied.")

    def parameters(self, layer: int) -> tuple[AnyArray, AnyArray | None]:
        """Return views of a layer's kernel (inputs, units) and bias (units), if it has one."""
        kernel, bias = _native.c_void_p(), _native.c_void_p()
        _native.call(
            "network_parameters", self._handle, layer, _native.byref(kernel), _native.byref(bias)
        )
        inputs, units = self.sizes[layer : layer + 2]
        address = kernel.value or 0
        return (
            _arrays.view(address, (inputs, units), self.dtype, self),
            _arrays.view(bias.value, (units,), self.dtype, self) if bias.value else None,
        )

    def compile(
        self, optimizer: _native.Optimizer, loss: _native.Loss, metrics: list[_native.Metric]
    ) -> None:
        """Set what `train` and `evaluate` compute, and clear the optimizer's state."""
        _native.call(
            "network_compile",
            self._handle,
            _native.byref(optimizer),
            _native.byref(loss),
            (_native.Metric * len(metrics))(*metrics),
            len(metrics),
        )

    def reset_optimizer(self) -> None:
        """Clear the optimizer's state."""
        _native.call("network_reset_optimizer", self._handle)

    def set_learning_rate(self, learning_rate: float) -> None:
        """Change the learning rate."""
        _native.call("network_set_learning_rate", self._handle, learning_rate)

    def train(
        self,
        samples: Samples,
        order: AnyArray | None,
        batch_size: int,
        sums: npt.NDArray[np.float64],
        done: Callable[[int], None],
    ) -> None:
        """Take a step for every batch of the samples.

        Parameters
        ----------
        samples : Samples
        order : ndarray of int64, optional
            The order in which the samples are taken.
        batch_size : int
        sums : ndarray of float64, shape (1 + metrics,)
            To which the samples' losses and hits are added.
        done : callable
            Told how many steps have been taken since it was last called.
        """
        view = samples.native(order)
        arguments = (_native.byref(view), batch_size)
        self._steps("train", arguments, len(samples.x), batch_size, sums, done)

    def evaluate(
        self,
        samples: Samples,
        batch_size: int,
        sums: npt.NDArray[np.float64],
        done: Callable[[int], None],
    ) -> None:
        """Add the samples' losses and hits to `sums`; see `train`."""
        arguments = (_native.byref(samples.native(None)), batch_size)
        self._steps("evaluate", arguments, len(samples.x), batch_size, sums, done)

    def predict(self, x: AnyArray, batch_size: int, done: Callable[[int], None]) -> AnyArray:
        """Return the outputs (rows, units) for `x` (rows, inputs); see `train`."""
        out = np.empty((len(x), self.sizes[-1]), self.dtype)
        arguments = (_arrays.address(x), len(x), batch_size)
        self._steps("predict", arguments, len(x), batch_size, out, done)
        return out

    def _steps(
        self,
        name: str,
        arguments: tuple[Any, ...],
        rows: int,
        batch_size: int,
        out: AnyArray,
        done: Callable[[int], None],
    ) -> None:
        step = _native.c_int64(0)
        steps = -(-rows // batch_size)
        while step.value < steps:
            before = step.value
            try:
                _native.call(
                    f"network_{name}",
                    self._handle,
                    *arguments,
                    _BUDGET_NS,
                    _native.byref(step),
                    _arrays.address(out),
                )
            finally:
                # An interrupt comes here with steps done, which count.
                done(step.value - before)
