"""compile, fit, evaluate and predict of a model, as in Keras."""

import math
import operator
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from . import _arrays, _native, _session, activations, optimizers
from . import losses as _losses
from . import metrics as _metrics
from ._network import Network, Samples
from ._progress import Progress, verbosity
from .callbacks import History
from .layers import BatchShape, Dense

AnyArray = npt.NDArray[Any]
Shuffle = bool | Literal["batch", "epoch"]


class _Means:
    """Sums over samples of the loss and the metrics, on their way to means.

    Parameters
    ----------
    names : list of str
        Of the loss and the metrics.
    dtype : dtype
        To which the means are rounded: float32, as Keras reports them, but for float64 models.
    """

    def __init__(self, names: list[str], dtype: np.dtype[Any]) -> None:
        self._names = names
        self._dtype = dtype
        self.sums = np.zeros(len(names))
        self.rows = 0

    def values(self) -> list[float]:
        """Return the loss and the metrics, in the order of compile."""
        return [float(value) for value in (self.sums / self.rows).astype(self._dtype)]

    def logs(self) -> dict[str, float]:
        """Return the same by name, in alphabetical order."""
        return dict(sorted(zip(self._names, self.values(), strict=True)))


def _refuse(**arguments: Any) -> None:
    """Raise NotImplementedError for arguments of Keras that are given and not there yet."""
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(f"`{name}` is not implemented. Received: {name}={value}")


def _batch_size(value: Any, name: str = "batch_size") -> int:
    if value is None:
        return 32
    try:
        size = operator.index(value)
    except TypeError as error:
        raise TypeError(f"`{name}` must be an integer. Received: {name}={value}") from error
    if size <= 0:
        raise ValueError(f"`{name}` must be > 0. Received: {name}={value}")
    return size


def _order(shuffle: Shuffle, epoch: int, rows: int, batch_size: int) -> AnyArray | None:
    """Return the order in which an epoch takes the samples; None for their own."""
    if not shuffle:
        return None
    if _session.seed is None:
        # Not from Python's `random`, whose draws are those of Keras.
        seed, op = np.frombuffer(os.urandom(16), np.int64).tolist()
    else:
        seed, op = _session.seed, epoch if shuffle == "epoch" else 0
    order = np.empty(rows, np.int64)
    within = batch_size if shuffle == "batch" else 0
    _native.call("shuffle", seed, op, rows, within, _arrays.address(order))
    return order


def _labels(y: Any, classes: int) -> AnyArray:
    """Return class numbers (rows)."""
    labels = _arrays.matrix("y", y, np.int64)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0].copy()
    if labels.ndim != 1:
        raise ValueError(
            "`y` must hold one class number a sample, shape (n,) or (n, 1); for one-hot rows use "
            'the categorical loss and metrics, as in loss="categorical_crossentropy". '
            f"Received: y.shape={labels.shape}"
        )
    wrong = labels[(labels < 0) | (labels >= classes)]
    if wrong.size:
        raise ValueError(
            f"Received a label value of {wrong[0]} which is outside the valid range of "
            f"[0, {classes})."
        )
    return labels


def _targets(y: Any, units: int, dtype: np.dtype[Any]) -> AnyArray:
    """Return rows of targets (rows, units)."""
    targets = _arrays.matrix("y", y, dtype)
    if targets.ndim == 1 and units == 1:
        targets = targets[:, np.newaxis]
    if targets.shape != (len(targets), units):
        raise ValueError(
            "Arguments `target` and `output` must have the same shape. Received: "
            f"target.shape={(None, *targets.shape[1:])}, output.shape={(None, units)}. For class "
            "numbers use the sparse loss and metrics, or utils.to_categorical(y)."
        )
    return targets


class Trainer:
    """What a model of dense layers does with data."""

    name: str
    optimizer: optimizers.Optimizer | None = None
    #: The loss as it was given to `compile`.
    loss: Any = None
    #: The record of the last `fit`.
    history: History
    _layers: list[Dense]
    _network: Network | None
    _loss: _losses.Loss | None = None
    _metric_identifiers: list[Any]
    # None until the first targets tell what "accuracy" is.
    _measured: list[_metrics.Metric] | None = None
    # Whether the network has been told optimizer, loss and metrics.
    _linked = False
    _means: _Means | None = None
    # Held while the weights change.
    _lock: threading.Lock

    def _build_network(self, batch_shape: BatchShape) -> Network:
        raise NotImplementedError

    @property
    def compiled(self) -> bool:
        """Whether `compile` has been called."""
        return self.optimizer is not None

    @property
    def metrics_names(self) -> list[str]:
        """As in Keras: "loss" and, with metrics, "compile_metrics"."""
        if not self.compiled:
            return []
        return ["loss", "compile_metrics"] if self._metric_identifiers else ["loss"]

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: None = None,
        metrics: Any = None,
        weighted_metrics: None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Set what `fit` does: the optimizer, the loss and the metrics.

        Parameters
        ----------
        optimizer
            Whatever `optimizers.get` takes; one that has taken no steps yet.
        loss
            Whatever `losses.get` takes.
        metrics : list, optional
            "accuracy", "acc", or whatever `metrics.get` takes.
        loss_weights, weighted_metrics
            As in Keras; only None.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Accepted for Keras's sake; they change nothing.

        Raises
        ------
        ValueError
            If an optimizer, loss or metric is unknown; the model stays as it was.
        NotImplementedError
            For what Keras has and Fanin hasn't.
        """
        _refuse(loss_weights=loss_weights, weighted_metrics=weighted_metrics)
        rule = optimizers.get(optimizer)
        if rule is None:
            raise ValueError(f"Could not interpret optimizer identifier: {optimizer}")
        _check_unused(rule)
        if metrics and not isinstance(metrics, list | tuple):
            raise ValueError(
                "Expected `metrics` argument to be a list, tuple, or dict. "
                f"Received instead: metrics={metrics} of type {type(metrics)}"
            )
        identifiers = list(metrics or [])
        _metrics.resolve(identifiers, (0,), 1)
        self._loss = _losses.get(loss)
        self.optimizer, self.loss = rule, loss
        self._metric_identifiers, self._measured = identifiers, None
        self._linked, self._means = False, None

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Shuffle = True,
        class_weight: None = None,
        sample_weight: None = None,
        initial_epoch: int = 0,
        steps_per_epoch: None = None,
        validation_steps: None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> History:
        """Train, and return the record of it.

        Ctrl-C stops within a step or 50 ms, whichever is longer; model, optimizer and `history`
        keep what has been done.

        Parameters
        ----------
        x : array_like, shape (rows, features)
        y : array_like
            Class numbers (rows,) for sparse losses and metrics, else rows (rows, units).
        batch_size : int
            Samples a step, 32 by default; the last step of an epoch may have fewer.
        epochs, initial_epoch : int
            Epochs initial_epoch ... epochs - 1 are trained.
        verbose : "auto", 0, 1 or 2
            Silent; a bar (with the package tqdm) and a line an epoch; a line an epoch. auto is 1.
        validation_split : float
            In [0, 1): the share of the samples, the last ones, that are held out.
        validation_data : tuple (x, y), optional
            Evaluated after each epoch; then `validation_split` is not used.
        shuffle : bool, "batch" or "epoch"
            True: one permutation of all samples, after `utils.set_random_seed` that of TensorFlow,
            which is the same in every epoch and fit; without a seed another each epoch. "batch":
            the same within each batch. "epoch": Fanin's own, a permutation of its own for each
            epoch, given by the seed and the epoch's number.
        validation_batch_size : int, optional
            By default `batch_size`.
        callbacks, class_weight, sample_weight, steps_per_epoch, validation_steps, validation_freq
            As in Keras; only the defaults.

        Returns
        -------
        History
            Also the attribute `history` of the model.

        Raises
        ------
        ValueError
            If the model is not compiled, or data or arguments do not fit; then nothing has changed.
        TypeError
            If data does not hold real numbers, or a count is no integer.
        NotImplementedError
            For what Keras has and Fanin hasn't.
        RuntimeError
            If another thread is training the model.
        """
        optimizer = self._compiled_optimizer()
        _refuse(
            callbacks=callbacks,
            class_weight=class_weight,
            sample_weight=sample_weight,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_freq=None if validation_freq == 1 else validation_freq,
        )
        level = verbosity(verbose)
        size = _batch_size(batch_size)
        validation_size = size
        if validation_batch_size is not None:
            validation_size = _batch_size(validation_batch_size, "validation_batch_size")
        epoch_numbers = range(operator.index(initial_epoch), operator.index(epochs))
        if shuffle not in (False, True, "batch", "epoch"):
            raise ValueError(
                f'`shuffle` must be a bool, "batch" or "epoch". Received: shuffle={shuffle}'
            )
        if not 0 <= validation_split <= 1:
            raise ValueError(
                "`validation_split` must be in [0, 1). "
                f"Received: validation_split={validation_split}"
            )
        samples, measured = self._samples(x, y)
        held_out = None
        if validation_data is not None:
            held_out = self._samples(*_pair(validation_data), measured)[0]
        elif validation_split:
            samples, held_out = _split(samples, validation_split)

        rows = len(samples.x)
        steps = math.ceil(rows / size)
        with self._exclusive():
            network = self._link(samples.x.shape, measured)
            history = History(self, {"verbose": verbose, "epochs": epochs, "steps": steps})
            self.history = history
            for epoch in epoch_numbers:
                if level and epochs > 1:
                    print(f"Epoch {epoch + 1}/{epochs}", flush=True)
                network.set_learning_rate(optimizer.learning_rate)
                # With a seed one order serves all epochs.
                if epoch == epoch_numbers.start or _session.seed is None or shuffle == "epoch":
                    order = _order(shuffle, epoch, rows, size)
                with Progress(level, steps) as progress:
                    means = self._new_means(measured)
                    done = self._counter(means, rows, size, progress, optimizer)
                    network.train(samples, order, size, means.sums, done)
                    logs = means.logs()
                    if held_out is not None:
                        means = self._new_means(measured)
                        done = self._counter(means, len(held_out.x), validation_size)
                        network.evaluate(held_out, validation_size, means.sums, done)
                        logs |= {f"val_{name}": value for name, value in means.logs().items()}
                    self._means = means
                    history.add(epoch, logs)
                    progress.finish(logs)
        return history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: None = None,
        steps: None = None,
        callbacks: None = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and the metrics over all samples.

        Parameters
        ----------
        x, y, batch_size, verbose
            See `fit`.
        sample_weight, steps, callbacks
            As in Keras; only None.
        return_dict : bool

        Returns
        -------
        float, list of float or dict
            The loss; with metrics [loss, metric, ...] in the order of `compile`; with
            `return_dict` a dict by name.

        Raises
        ------
        ValueError, TypeError, NotImplementedError
            See `fit`.
        """
        self._compiled_optimizer()
        _refuse(sample_weight=sample_weight, steps=steps, callbacks=callbacks)
        level = verbosity(verbose)
        size = _batch_size(batch_size)
        samples, measured = self._samples(x, y)
        network = self._link(samples.x.shape, measured)
        means = self._new_means(measured)
        with Progress(level, math.ceil(len(samples.x) / size)) as progress:
            done = self._counter(means, len(samples.x), size, progress)
            network.evaluate(samples, size, means.sums, done)
            progress.finish(means.logs())
        self._means = means
        return _report(means, return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: None = None,
        callbacks: None = None,
    ) -> AnyArray:
        """Return the last layer's outputs (rows, units) for x (rows, features).

        Parameters
        ----------
        x, batch_size, verbose
            See `fit`.
        steps, callbacks
            As in Keras; only None.

        Raises
        ------
        ValueError, TypeError, NotImplementedError
            See `fit`.
        """
        _refuse(steps=steps, callbacks=callbacks)
        level = verbosity(verbose)
        size = _batch_size(batch_size)
        data = self._features(x)
        network = self._network or self._build_network(data.shape)
        with Progress(level, math.ceil(len(data) / size)) as progress:
            done_steps = 0

            def done(count: int) -> None:
                nonlocal done_steps
                done_steps += count
                progress.update(done_steps, {})

            out = network.predict(data, size, done)
            progress.finish({})
        return out

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: None = None,
        class_weight: None = None,
        return_dict: bool = False,
    ) -> Any:
        """Take one step, with all of x and y as the batch.

        Returns what `evaluate` does, for all batches since `reset_metrics`, as in Keras. Parameters
        and errors: see `fit`.
        """
        optimizer = self._compiled_optimizer()
        _refuse(sample_weight=sample_weight, class_weight=class_weight)
        samples, measured = self._samples(x, y)
        rows = len(samples.x)
        with self._exclusive():
            network = self._link(samples.x.shape, measured)
            network.set_learning_rate(optimizer.learning_rate)
            means = self._means = self._means or self._new_means(measured)
            done = self._counter(means, means.rows + rows, rows, None, optimizer)
            network.train(samples, None, rows, means.sums, done)
        return _report(means, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: None = None, return_dict: bool = False
    ) -> Any:
        """Evaluate one batch; see `train_on_batch`."""
        self._compiled_optimizer()
        _refuse(sample_weight=sample_weight)
        samples, measured = self._samples(x, y)
        network = self._link(samples.x.shape, measured)
        means = self._means = self._means or self._new_means(measured)
        rows = len(samples.x)
        network.evaluate(samples, rows, means.sums, self._counter(means, means.rows + rows, rows))
        return _report(means, return_dict)

    def predict_on_batch(self, x: Any) -> AnyArray:
        """Return the outputs for one batch; see `predict`."""
        data = self._features(x)
        return self.predict(data, batch_size=len(data), verbose=0)

    def reset_metrics(self) -> None:
        """Let `train_on_batch` and `test_on_batch` begin new means."""
        self._means = None

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Keep other threads from changing the weights."""
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(f"Model '{self.name}' is being trained by another thread.")
        try:
            yield
        finally:
            self._lock.release()

    def _compiled_optimizer(self) -> optimizers.Optimizer:
        if self.optimizer is None:
            raise ValueError("You must call `compile()` before using the model.")
        return self.optimizer

    def _features(self, x: Any, name: str = "x") -> AnyArray:
        """Return data (rows, features) that fits the first layer, in its dtype."""
        if x is None:
            raise ValueError(f"`{name}` must be given.")
        if not self._layers:
            raise ValueError(
                f"Sequential model {self.name} cannot be built because it has no layers. Call "
                "`model.add(layer)`."
            )
        data = _arrays.matrix(name, x, np.dtype(self._layers[0].dtype))
        self._layers[0].check_input_shape(data.shape)
        if not len(data):
            raise ValueError(
                f"`{name}` must hold at least one sample. Received: {name}.shape={data.shape}"
            )
        return data

    def _samples(
        self, x: Any, y: Any, measured: list[_metrics.Metric] | None = None
    ) -> tuple[Samples, list[_metrics.Metric]]:
        """Return the data as the network takes it, and the metrics, all checked."""
        if self._loss is None:
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")
        data = self._features(x)
        if y is None:
            raise ValueError("`y` must be given.")
        shape = np.shape(y)
        if not shape or shape[0] != len(data):
            raise ValueError(
                "Data cardinality is ambiguous. Make sure all arrays contain the same number of "
                f"samples.'x' sizes: {len(data)}\n'y' sizes: {shape[0] if shape else 'none'}\n"
            )
        last = self._layers[-1]
        if measured is None:
            measured = self._measured
        if measured is None:
            measured = _metrics.resolve(self._metric_identifiers, shape, last.units)
        judges: list[_losses.Loss | _metrics.Metric] = [self._loss, *measured]
        labels = targets = None
        if any(judge.sparse for judge in judges):
            labels = _labels(y, last.units)
        if not all(judge.sparse for judge in judges):
            targets = _targets(y, last.units, data.dtype)
        return Samples(data, labels, targets), measured

    def _link(self, batch_shape: BatchShape, measured: list[_metrics.Metric]) -> Network:
        """Return the network, built and compiled."""
        optimizer, loss = self._compiled_optimizer(), self._loss
        network = self._network or self._build_network(batch_shape)
        if not self._linked and loss is not None:
            _check_unused(optimizer)
            last = self._layers[-1].activation
            if loss.from_logits and last in (activations.softmax, activations.sigmoid):
                warnings.warn(
                    f"`{loss.name}` received `from_logits=True`, but the `output` argument was "
                    f"produced by a {last.__name__} activation and thus does not represent "
                    "logits. Was this intended? As in Keras, the layer's logits are used.",
                    stacklevel=3,
                )
            network.compile(
                optimizer.native(), loss.native(), [metric.native() for metric in measured]
            )
            self._measured, self._linked = measured, True
        return network

    def _unlink(self) -> None:
        """Note that the network is another one, which has to be compiled anew."""
        if self._linked and self.optimizer is not None and self.optimizer.iterations:
            warnings.warn(
                "The model's layers have changed: its optimizer begins anew.", stacklevel=4
            )
            self.optimizer.iterations = 0
        self._linked, self._measured, self._means = False, None, None

    def _new_means(self, measured: list[_metrics.Metric]) -> _Means:
        names = ["loss", *(metric.name for metric in measured)]
        return _Means(names, np.dtype(self._layers[0].dtype))

    def _counter(
        self,
        means: _Means,
        rows: int,
        batch_size: int,
        progress: Progress | None = None,
        optimizer: optimizers.Optimizer | None = None,
    ) -> Callable[[int], None]:
        """Return what counts steps: samples in `means`, iterations, and the bar."""
        step = 0

        def done(count: int) -> None:
            nonlocal step
            step += count
            means.rows = min(means.rows + count * batch_size, rows)
            if optimizer is not None:
                optimizer.iterations += count
            if progress is not None and means.rows:
                progress.update(step, means.logs())

        return done


def _check_unused(optimizer: optimizers.Optimizer) -> None:
    if optimizer.iterations:
        raise NotImplementedError(
            "An optimizer that has taken steps can't be used by another model or compilation. "
            "Make a new one: type(optimizer).from_config(optimizer.get_config()). "
            f"Received: {optimizer.name} with iterations={optimizer.iterations}"
        )


def _pair(data: Any) -> tuple[Any, Any]:
    if not isinstance(data, tuple | list) or not 2 <= len(data) <= 3:
        raise ValueError(
            "`validation_data` must be a tuple (x, y). "
            f"Received: {type(data).__name__}"
            + (f" of length {len(data)}" if isinstance(data, tuple | list) else "")
        )
    if len(data) == 3:
        raise NotImplementedError("Sample weights in `validation_data` are not implemented.")
    return data[0], data[1]


def _split(samples: Samples, share: float) -> tuple[Samples, Samples]:
    """Return the first samples, and the last ones, which are `share` of all."""
    rows = len(samples.x)
    start = math.floor(rows * (1.0 - share))
    if start in (0, rows):
        raise ValueError(
            f"Training data contains {rows} samples, which is not sufficient to split it into a "
            f"validation and training set as specified by `validation_split={share}`. Either "
            "provide more data, or a different value for the `validation_split` argument."
        )
    return samples[:start], samples[start:]


def _report(means: _Means, return_dict: bool) -> Any:
    if return_dict:
        return means.logs()
    values = means.values()
    return values if len(values) > 1 else values[0]
