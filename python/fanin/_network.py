"""The native network: the memory of a stack of layers, and its arithmetic."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
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
    """Rows of data: x, y as class numbers, as rows of targets, or both, and what each row counts.

    Weights have the shape of the labels: a number for each position of a row.
    """

    x: AnyArray
    labels: AnyArray | None = None
    targets: AnyArray | None = None
    weights: AnyArray | None = None

    def native(self, order: AnyArray | None) -> _native.Samples:
        """Return the native library's view, in which the samples are taken in `order`."""
        arrays = (self.x, self.labels, self.targets, self.weights, order)
        addresses = [None if a is None else _arrays.address(a) for a in arrays]
        return _native.Samples(*addresses, len(self.x))

    def __getitem__(self, rows: slice | AnyArray) -> "Samples":
        """Return some of the rows."""
        arrays = (self.labels, self.targets, self.weights)
        return Samples(self.x[rows], *(None if a is None else a[rows] for a in arrays))


def describe(
    kind: int,
    *,
    activation: int = 0,
    flags: int = 0,
    axes: Sequence[int] = (),
    units: int = 0,
    input_dim: int = 0,
    seed: int = 0,
    constants: Sequence[float] = (),
) -> _native.Layer:
    """Return the native description of a layer; fanin.h says what each kind reads."""
    return _native.Layer(
        kind,
        activation,
        flags,
        len(axes),
        (_native.c_int64 * len(axes))(*axes),
        units,
        input_dim,
        seed,
        (_native.c_double * 4)(*constants),
    )


class Network:
    """A stack of layers in native memory, all parameters zero at first.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.
    input_shape : sequence of int
        Of a sample.
    output_shape : sequence of int
        What the layers make of it.
    layers : sequence of _native.Layer
        See `describe`.
    """

    def __init__(
        self,
        dtype: np.dtype[Any],
        input_shape: Sequence[int],
        output_shape: Sequence[int],
        layers: Sequence[_native.Layer],
    ) -> None:
        self._handle = _native.c_void_p()
        self._layers = len(layers)
        self.dtype = dtype
        self.input_shape = tuple(input_shape)
        self.output_shape = tuple(output_shape)
        _native.call(
            "network_create",
            _arrays.check_floating(dtype),
            (_native.c_int64 * len(input_shape))(*input_shape),
            len(input_shape),
            (_native.Layer * len(layers))(*layers),
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

    def parameter(self, layer: int, index: int, shape: Sequence[int]) -> AnyArray:
        """Return a view of parameter number `index` of a layer."""
        values, count = _native.c_void_p(), _native.c_int64()
        _native.call(
            "network_parameter",
            self._handle,
            layer,
            index,
            _native.byref(values),
            _native.byref(count),
        )
        if count.value != prod(shape):
            raise ValueError(
                f"Parameter {index} of layer {layer} has {count.value} values. "
                f"Received: shape={tuple(shape)}"
            )
        return _arrays.view(values.value or 0, tuple(shape), self.dtype, self)

    def state(self, layer: int) -> npt.NDArray[np.int64]:
        """Return a view of a layer's seed and of how many batches have drawn from it."""
        state = _native.c_void_p()
        _native.call("network_state", self._handle, layer, _native.byref(state))
        return _arrays.view(state.value or 0, (2,), np.int64, self)

    def set_trainable(self, layer: int, trainable: bool) -> None:
        """Say whether gradients change the layer's parameters."""
        _native.call("network_set_trainable", self._handle, layer, trainable)

    def regularize(self, layer: int, index: int, regularizer: _native.Regularizer) -> None:
        """Set what a parameter costs."""
        _native.call("network_regularize", self._handle, layer, index, _native.byref(regularizer))

    def constrain(self, layer: int, index: int, constraint: _native.Constraint) -> None:
        """Set what a parameter is brought to after each step."""
        _native.call("network_constrain", self._handle, layer, index, _native.byref(constraint))

    def exempt(self, layer: int, index: int, exemptions: int) -> None:
        """Set what the optimizer leaves out for a parameter: FROM_DECAY + FROM_MUON."""
        _native.call("network_exempt", self._handle, layer, index, exemptions)

    def scale_rate(self, layer: int, index: int, factor: float) -> None:
        """Set what the learning rate is multiplied by for a parameter."""
        _native.call("network_scale_rate", self._handle, layer, index, factor)

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

    def set_iterations(self, iterations: int) -> None:
        """Set the number of steps that the optimizer has taken."""
        _native.call("network_set_iterations", self._handle, iterations)

    def slot(self, layer: int, index: int, slot: int, shape: Sequence[int]) -> AnyArray:
        """Return a view of the optimizer's array `slot` for a parameter of that shape."""
        values = _native.c_void_p()
        _native.call("network_slot", self._handle, layer, index, slot, _native.byref(values))
        return _arrays.view(values.value or 0, tuple(shape), self.dtype, self)

    def train(
        self,
        samples: Samples,
        order: AnyArray | None,
        batch_size: int,
        sums: npt.NDArray[np.float64],
        done: Callable[[int], None],
        rates: npt.NDArray[np.float64] | None = None,
        single_steps: bool = False,
    ) -> None:
        """Take a step for every batch of the samples.

        Parameters
        ----------
        samples : Samples
        order : ndarray of int64, optional
            The order in which the samples are taken.
        batch_size : int
        sums : ndarray of float64
            To which each step's loss times its samples and the metrics' states are added.
        done : callable
            Told how many steps have been taken since it was last called.
        rates : ndarray of float64, optional
            The learning rate of each step; by default the optimizer's.
        single_steps : bool
            Whether `done` is called after each step.
        """
        view = samples.native(order)
        before = (_native.byref(view), batch_size)
        after = (None if rates is None else _arrays.address(rates),)
        self._steps("train", before, after, len(samples.x), batch_size, sums, done, single_steps)

    def evaluate(
        self,
        samples: Samples,
        batch_size: int,
        sums: npt.NDArray[np.float64],
        done: Callable[[int], None],
        single_steps: bool = False,
    ) -> None:
        """Add the samples' losses and metrics to `sums`; see `train`."""
        before = (_native.byref(samples.native(None)), batch_size)
        self._steps("evaluate", before, (), len(samples.x), batch_size, sums, done, single_steps)

    def predict(
        self,
        x: AnyArray,
        batch_size: int,
        done: Callable[[int], None],
        training: bool = False,
        single_steps: bool = False,
    ) -> AnyArray:
        """Return the outputs for `x`, in float32 or float64; see `train`.

        With `training`, layers drop values, and use and move the batch's statistics.
        """
        out = np.empty((len(x), *self.output_shape), self.dtype)
        before = (_arrays.address(x), len(x), batch_size)
        self._steps("predict", before, (training,), len(x), batch_size, out, done, single_steps)
        return out

    def observe(
        self, samples: Samples, loss: _native.Loss | None = None
    ) -> "tuple[_native.Vector[_native.Statistics], _native.Vector[_native.Statistics]]":
        """Return what each native layer's outputs, and their gradients, are like in one pass.

        Without a loss, the samples' targets are the outputs' gradients.
        """
        table = _native.Statistics * self._layers
        outputs, gradients = table(), table()
        view = _native.byref(samples.native(None))
        given = None if loss is None else _native.byref(loss)
        _native.call("network_observe", self._handle, view, given, outputs, gradients, self._layers)
        return outputs, gradients

    def _steps(
        self,
        name: str,
        before: tuple[Any, ...],
        after: tuple[Any, ...],
        rows: int,
        batch_size: int,
        out: AnyArray,
        done: Callable[[int], None],
        single_steps: bool,
    ) -> None:
        step = _native.c_int64(0)
        steps = -(-rows // batch_size)
        budget = 0 if single_steps else _BUDGET_NS
        while step.value < steps:
            first = step.value
            try:
                _native.call(
                    f"network_{name}",
                    self._handle,
                    *before,
                    budget,
                    *after,
                    _native.byref(step),
                    _arrays.address(out),
                )
            finally:
                # An interrupt comes here with steps done, which count.
                done(step.value - first)
