"""compile, fit, evaluate and predict of a model, as in Keras."""

import operator
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _data, _native
from . import losses as _losses
from . import metrics as _metrics
from . import optimizers as _optimizers
from ._compilation import Compilation
from ._feeds import ArrayFeed, BatchFeed, Shuffle, is_indexed, is_iterator
from ._network import Network, Samples
from ._progress import verbosity
from ._tally import Tally
from .callbacks import CallbackList, History

AnyArray = npt.NDArray[Any]
BatchShape = tuple[int | None, ...]
Feed = ArrayFeed | BatchFeed


# The models that optimizers have been used by, with the paths and shapes of their variables.
_owners: weakref.WeakKeyDictionary[
    _optimizers.Optimizer, tuple[weakref.ref["Trainer"], list[tuple[str, tuple[int, ...]]]]
]
_owners = weakref.WeakKeyDictionary()


class _Stopped(Exception):
    """A callback has set `stop_training` or the like."""


def _count(name: str, value: Any, smallest: int = 1) -> int:
    try:
        number = operator.index(value)
    except TypeError as error:
        raise TypeError(f"`{name}` must be an integer. Received: {name}={value}") from error
    if number < smallest:
        wanted = f">= {smallest}" if smallest != 1 else "> 0"
        raise ValueError(f"`{name}` must be {wanted}. Received: {name}={value}")
    return number


def _optional_count(name: str, value: Any) -> int | None:
    return None if value is None else _count(name, value)


class Trainer:
    """What a model does with data."""

    name: str
    #: The loss as it was given to `compile`.
    loss: Any = None
    #: The record of the last `fit`.
    history: History
    #: Callbacks set them to end `fit`, `evaluate` and `predict` after the batch.
    stop_training = False
    stop_evaluating = False
    stop_predicting = False
    # Held while the weights change, by callbacks as well.
    _lock: threading.RLock
    _compilation: Compilation | None = None
    _compile_arguments: dict[str, Any]
    # Whether the network has been told optimizer, loss and metrics; the optimizer it was told last.
    _linked = False
    _bound: _optimizers.Optimizer | None = None
    # The seed of the shuffles of `fit`; None: that of the last `utils.set_random_seed`.
    _shuffle_seed: int | None = None
    # Where a callback says that `fit` begins.
    _initial_epoch: int | None = None

    @property
    def layers(self) -> list[Any]:
        """The layers."""
        raise NotImplementedError

    @property
    def built(self) -> bool:
        """Whether the weights have been made."""
        raise NotImplementedError

    @property
    def dtype(self) -> str:
        """The name of the dtype of inputs and weights."""
        raise NotImplementedError

    @property
    def input_shape(self) -> BatchShape:
        """Of a batch of inputs."""
        raise NotImplementedError

    @property
    def _network(self) -> Network | None:
        raise NotImplementedError

    def _parameters(self) -> list[tuple[Any, int, int]]:
        """Return the variables that gradients may change, with their places in the network."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Any) -> BatchShape:
        """Return the shape of the outputs for inputs of a shape (None, ...)."""
        raise NotImplementedError

    def _check_input(self, shape: BatchShape) -> BatchShape:
        """Return the outputs' shape for batches of `shape`; ValueError if a built model refuses."""
        raise NotImplementedError

    def _build_network(self, batch_shape: BatchShape) -> Network:
        """Return the network for samples of that shape, made now if need be."""
        raise NotImplementedError

    def _borrow(self, writes: bool) -> AbstractContextManager[Any]:
        """Bring weights that several models share into the network, and back if `writes`."""
        raise NotImplementedError

    def _apply_trainable(self) -> None:
        """Tell the network which layers are trained."""
        raise NotImplementedError

    # -- Compilation -------------------------------------------------------------------------------

    @property
    def compiled(self) -> bool:
        """Whether `compile` has been called."""
        return self._compilation is not None

    @property
    def optimizer(self) -> _optimizers.Optimizer | None:
        """The optimizer of `compile`."""
        return None if self._compilation is None else self._compilation.optimizer

    @property
    def metrics(self) -> list[_metrics.Metric]:
        """The metrics of `compile`, once the first data has told what they are."""
        if self._compilation is None or self._compilation.metrics is None:
            return []
        return list(self._compilation.metrics.values())

    @property
    def metrics_names(self) -> list[str]:
        """As in Keras: "loss" and, with metrics, "compile_metrics"."""
        if self._compilation is None:
            return []
        return ["loss", "compile_metrics"] if self._compilation.has_metrics else ["loss"]

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Set what `fit` does: the optimizer, the loss and the metrics.

        An optimizer that has trained this model keeps its state, also when it is given again.

        Parameters
        ----------
        optimizer
            Whatever `optimizers.get` takes.
        loss
            Whatever `losses.get` takes, or "crossentropy": the one that fits the targets.
        loss_weights : float, optional
            The loss is multiplied by it.
        metrics : list, tuple or dict, optional
            Of "accuracy", "acc", or whatever `metrics.get` takes.
        weighted_metrics : list, tuple or dict, optional
            Metrics in which samples count with their weights.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Accepted for Keras's sake; they change nothing.

        Raises
        ------
        ValueError
            If an optimizer, loss or metric is unknown; the model stays as it was.
        NotImplementedError
            For what Keras has and Fanin hasn't.
        """
        compilation = Compilation(optimizer, loss, loss_weights, metrics, weighted_metrics)
        self._compile_arguments = {
            "optimizer": compilation.optimizer,
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
            "run_eagerly": run_eagerly,
            "steps_per_execution": steps_per_execution,
            "jit_compile": jit_compile if isinstance(jit_compile, bool) else False,
        }
        self._compilation, self.loss = compilation, loss
        self.stop_training = False
        self._linked = False

    # -- fit ---------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Shuffle = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | list[int] = 1,
    ) -> History:
        """Train, and return the record of it.

        Ctrl-C stops within a step or 50 ms, whichever is longer; model, optimizer and `history`
        keep what has been done, also when a callback raises an error.

        Parameters
        ----------
        x : array_like, or batches
            Arrays, tensors, lists, frames of pandas, sparse matrices of scipy, of shape
            (rows, ...). Or what yields batches (x, y) or (x, y, weights): a generator, something
            that can be iterated again and again, or a `utils.PyDataset`.
        y : array_like
            Class numbers (rows,) for sparse losses and metrics, else targets of the outputs' shape.
        batch_size : int
            Samples a step, 32 by default; the last step of an epoch may have fewer.
        epochs, initial_epoch : int
            Epochs initial_epoch ... epochs - 1 are trained.
        verbose : "auto", 0, 1 or 2
            Silent; a bar; a line an epoch. auto is 1.
        callbacks : list of Callback, optional
            Hooks of batches take time only where one is overridden.
        validation_split : float
            In [0, 1): the share of the samples, the last ones, that are held out.
        validation_data : tuple (x, y) or (x, y, weights), or batches; optional
            Evaluated after epochs; then `validation_split` is not used.
        shuffle : bool, "batch" or "epoch"
            True: one permutation of all samples, after `utils.set_random_seed` that of TensorFlow,
            which is the same in every epoch and fit; without a seed another each epoch. "batch":
            the same within each batch. "epoch": Fanin's own, a permutation of its own for each
            epoch, given by the seed and the epoch's number. Of a `PyDataset` the batches are
            shuffled, of generators nothing.
        class_weight : dict of int to float, optional
            The weight of each class's samples, 1 by default.
        sample_weight : array_like, optional
            The weight of each sample, or of each position of its output.
        steps_per_epoch : int, optional
            Batches in an epoch; the next goes on behind them.
        validation_steps : int, optional
            Batches in a validation.
        validation_batch_size : int, optional
            By default `batch_size`.
        validation_freq : int or list of int
            After every so many epochs, or after these (1 is the first), there is a validation.

        Returns
        -------
        History
            Also the attribute `history` of the model.

        Raises
        ------
        ValueError
            If the model is not compiled, or data or arguments do not fit; if it can be known
            before the first batch, nothing has changed then.
        TypeError
            If data does not hold real numbers, or a count is no integer.
        NotImplementedError
            For what Keras has and Fanin hasn't.
        RuntimeError
            If another thread is training the model.
        """
        optimizer = self._compiled().optimizer
        level = verbosity(verbose)
        size = _optional_count("batch_size", batch_size)
        validation_size = _optional_count("validation_batch_size", validation_batch_size) or size
        limit = _optional_count("steps_per_epoch", steps_per_epoch)
        validation_limit = _optional_count("validation_steps", validation_steps)
        first, end = operator.index(initial_epoch), operator.index(epochs)
        _check_frequency(validation_freq)
        if shuffle not in (False, True, "batch", "epoch"):
            raise ValueError(
                f'`shuffle` must be a bool, "batch" or "epoch". Received: shuffle={shuffle}'
            )
        if not 0 <= validation_split <= 1:
            raise ValueError(
                "`validation_split` must be in [0, 1). "
                f"Received: validation_split={validation_split}"
            )
        validation: Feed | None = None
        if _data.is_array(x):
            samples = self._samples(x, y, self._weights(y, sample_weight, class_weight))
            if validation_split and validation_data is None:
                samples, held_out = _data.split(samples, validation_split)
                if class_weight is not None:  # as in Keras, for training only
                    held_out = Samples(held_out.x, held_out.labels, held_out.targets)
                validation = _array_feed(held_out, validation_size, validation_limit)
            feed: Feed = _array_feed(samples, size, limit, shuffle, self._shuffle_seed)
        else:
            if validation_split and validation_data is None:
                raise ValueError(
                    "Argument `validation_split` is only supported for tensors or NumPy arrays. "
                    f"Found incompatible type in the input: {type(x)}"
                )
            feed = self._batches(x, y, sample_weight, class_weight, limit, shuffle)
        if validation_data is not None:
            validation = self._validation_feed(validation_data, validation_size, validation_limit)

        with self._exclusive():
            if isinstance(feed, ArrayFeed):
                self._link(samples.x.shape)
            told = self._callbacks(callbacks, True, level, end, feed.steps)
            self.stop_training = False
            self._initial_epoch = None
            feed.reset()
            told.on_train_begin()
            logs: dict[str, float] = {}
            for epoch in range(self._initial_epoch or first, end):
                self.reset_metrics()
                told.on_epoch_begin(epoch)
                logs = self._run("train", feed, epoch, told)
                if validation is not None and _is_due(epoch, validation_freq):
                    values = self._evaluate(validation, told)
                    logs |= {f"val_{name}": value for name, value in values.items()}
                told.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            if end > 0 and self._linked:
                optimizer.finalize_variable_values([each[0].value for each in self._trained])
            told.on_train_end(logs)
        return self.history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and the metrics over all samples.

        Parameters
        ----------
        x, y, batch_size, verbose, sample_weight, callbacks
            See `fit`.
        steps : int, optional
            Batches that are evaluated.
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
        self._compiled()
        level = verbosity(verbose)
        size, limit = _optional_count("batch_size", batch_size), _optional_count("steps", steps)
        if _data.is_array(x):
            feed: Feed = _array_feed(self._samples(x, y, sample_weight), size, limit)
        else:
            feed = self._batches(x, y, sample_weight, None, limit)
        told = self._callbacks(callbacks, False, level, 1, feed.steps)
        return _report(self._evaluate(feed, told), return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> AnyArray:
        """Return the last layer's outputs for x.

        Parameters
        ----------
        x, batch_size, verbose, callbacks
            See `fit`.
        steps : int, optional
            Batches that are predicted.

        Raises
        ------
        ValueError, TypeError, NotImplementedError
            See `fit`.
        """
        level = verbosity(verbose)
        size, limit = _optional_count("batch_size", batch_size), _optional_count("steps", steps)
        if _data.is_array(x):
            feed: Feed = _array_feed(Samples(self._features(x)[0]), size, limit)
        else:
            feed = BatchFeed(
                x, lambda batch: Samples(self._features(_data.unpack(batch)[0])[0]), limit
            )
        told = self._callbacks(callbacks, False, level, 1, feed.steps)
        self.stop_predicting = False
        told.on_predict_begin()
        outputs: list[AnyArray] = []
        hears = told.hears_batches("predict")
        seen = 0

        def begin() -> None:
            if hears:
                told.on_predict_batch_begin(seen)

        def done(count: int) -> None:
            nonlocal seen
            seen += count
            if count and not hears:
                told.show("predict", seen - 1, None)

        for samples, _, piece_size in feed.epoch(0, begin):
            if not hears:
                outputs.append(self._predict(samples.x, piece_size, done))
                continue
            # The hooks get each batch's outputs.
            rows = len(samples.x)
            for start in range(0, rows, piece_size):
                if start:
                    begin()
                batch = samples.x[start : start + piece_size]
                outputs.append(self._predict(batch, piece_size, done))
                told.on_predict_batch_end(seen - 1, {"outputs": outputs[-1]})
                if self.stop_predicting:
                    break
            if self.stop_predicting:
                break
        told.on_predict_end()
        if not outputs:
            raise ValueError("`x` must yield at least one batch.")
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs)

    # -- Single batches ----------------------------------------------------------------------------

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Take one step, with all of x and y as the batch.

        Returns what `evaluate` does, for this batch before the step. Parameters and errors: see
        `fit`.
        """
        self._compiled()
        samples = self._samples(x, y, self._weights(y, sample_weight, class_weight))
        with self._exclusive():
            return _report(self._run_batch("train", samples), return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Evaluate one batch; see `train_on_batch`."""
        self._compiled()
        samples = self._samples(x, y, sample_weight)
        return _report(self._run_batch("test", samples), return_dict)

    def predict_on_batch(self, x: Any) -> AnyArray:
        """Return the outputs for one batch; see `predict`."""
        data, _ = self._features(x)
        return self._predict(data, len(data), lambda count: None)

    def reset_metrics(self) -> None:
        """Let the metrics begin anew."""
        for metric in self.metrics:
            metric.reset_state()

    # -- Checks ------------------------------------------------------------------------------------

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Keep other threads from changing the weights."""
        if not self._lock.acquire(blocking=False):
            raise RuntimeError(f"Model '{self.name}' is being trained by another thread.")
        try:
            yield
        finally:
            self._lock.release()

    def _compiled(self) -> Compilation:
        if self._compilation is None:
            raise ValueError("You must call `compile()` before using the model.")
        return self._compilation

    def _features(self, x: Any) -> tuple[AnyArray, BatchShape]:
        """Return data (rows, ...) that fits the model, in its dtype, and the outputs' shape."""
        if x is None:
            raise ValueError("`x` must be given.")
        data = _data.as_array("x", x, np.dtype(self.dtype))
        if self.built:
            # As Keras's functional models do.
            shape = self.input_shape
            if data.ndim == len(shape) - 1 and shape[-1] == 1:
                data = data[..., np.newaxis]
            elif data.ndim == len(shape) + 1 and data.shape[-1] == 1:
                data = data[..., 0].copy()
            output_shape = self._check_input(data.shape)
        else:
            output_shape = self.compute_output_shape(data.shape)
        if not len(data):
            raise ValueError(f"`x` must hold at least one sample. Received: x.shape={data.shape}")
        return data, output_shape

    def _samples(self, x: Any, y: Any, weights: Any) -> Samples:
        """Return data as the network takes it, all checked."""
        compilation = self._compiled()
        if not compilation.has_loss:
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")
        data, output_shape = self._features(x)
        if y is None:
            raise ValueError("`y` must be given.")
        _data.check_cardinality(data, y, weights)
        shape = tuple(size or 0 for size in output_shape)
        y_shape = y.shape if hasattr(y, "shape") else np.shape(y)
        loss, metrics = compilation.resolved(y_shape, shape)
        judges: list[_losses.Loss | _metrics.Metric] = [loss, *metrics.values()]
        labels = targets = counts = None
        if any(judge.sparse for judge in judges):
            labels = _data.labels(y, shape, loss.ignore_class)
        if not all(judge.sparse for judge in judges):
            targets = _data.targets(y, shape, data.dtype)
        if weights is not None:
            counts = _data.weights(weights, shape, data.dtype)
        compilation.keep(loss, metrics)
        return Samples(data, labels, targets, counts)

    def _weights(self, y: Any, sample_weight: Any, class_weight: Any) -> Any:
        if class_weight is None:
            return sample_weight
        if sample_weight is not None:
            raise ValueError(
                "Arguments `sample_weight` and `class_weight` cannot be specified at the same time."
            )
        if y is None:
            raise ValueError("`y` must be given.")
        return _data.weights_of_classes(y, class_weight)

    # -- Feeds -------------------------------------------------------------------------------------

    def _batches(
        self,
        source: Any,
        y: Any,
        sample_weight: Any,
        class_weight: Any,
        limit: int | None,
        shuffle: Shuffle = False,
    ) -> BatchFeed:
        kind = "generator" if is_iterator(source) else type(source).__name__
        for name, meaning, value in (
            ("y", "the targets", y),
            ("sample_weight", "the sample weights", sample_weight),
        ):
            if value is not None:
                raise ValueError(
                    f"When providing `x` as a {kind}, `{name}` should not be passed. Instead, "
                    f"{meaning} should be included as part of the {kind}."
                )
        if class_weight is not None and is_iterator(source):
            raise ValueError(
                "Argument `class_weight` is not supported for Python generator inputs. "
                f"Received: class_weight={class_weight}"
            )

        def read(batch: Any) -> Samples:
            x, y, weights = _data.unpack(batch)
            return self._samples(x, y, self._weights(y, weights, class_weight))

        return BatchFeed(source, read, limit, shuffle and is_indexed(source))

    def _validation_feed(self, data: Any, batch_size: int | None, limit: int | None) -> Feed:
        if isinstance(data, tuple | list):
            x, y, weights = _data.unpack(data)
            if _data.is_array(x):
                return _array_feed(self._samples(x, y, weights), batch_size, limit)
            return self._batches(x, y, weights, None, limit)
        if _data.is_array(data):
            raise ValueError(
                "`validation_data` must be a tuple (x, y) or (x, y, sample_weight), or yield "
                f"batches. Received: {type(data).__name__}"
            )
        return self._batches(data, None, None, None, limit)

    def _callbacks(
        self, callbacks: Any, in_fit: bool, verbose: int | str, epochs: int, steps: int | None
    ) -> CallbackList:
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(
            callbacks,
            add_history=in_fit,
            add_progbar=verbose != 0,
            model=self,
            verbose=verbose,
            epochs=epochs,
            steps=steps,
        )

    # -- Passes over data --------------------------------------------------------------------------

    def _evaluate(self, feed: Feed, told: CallbackList) -> dict[str, float]:
        self.stop_evaluating = False
        feed.reset()
        told.on_test_begin()
        logs = self._run("test", feed, 0, told)
        told.on_test_end(logs)
        return logs

    def _run(self, mode: str, feed: Feed, epoch: int, told: CallbackList) -> dict[str, float]:
        """Take all batches of an epoch, and return loss and metrics in the order of `compile`."""
        hears = told.hears_batches(mode)
        # Without hooks of batches a call takes many.
        shows = told.shows_batches()
        stop = "stop_training" if mode == "train" else "stop_evaluating"
        handled = sys.exception()
        tally: Tally | None = None
        step = left = 0

        def begin() -> None:
            if hears:
                getattr(told, f"on_{mode}_batch_begin")(step)

        def done(count: int) -> None:
            nonlocal step, left
            step += count
            left -= count
            # An error or Ctrl-C on its way out is not held up.
            if not count or tally is None or sys.exception() is not handled:
                return
            if hears:
                getattr(told, f"on_{mode}_batch_end")(step - 1, tally.logs())
            elif shows:
                told.show(mode, step - 1, tally.logs())
            if getattr(self, stop):
                raise _Stopped
            if left:
                begin()

        try:
            for samples, order, size in feed.epoch(epoch, begin):
                network = self._link(samples.x.shape)
                tally = tally or self._tally(network)
                left = -(-len(samples.x) // size)
                self._take(mode, network, samples, order, size, tally, done, hears)
        except _Stopped:
            pass
        return {} if tally is None else tally.logs()

    def _run_batch(self, mode: str, samples: Samples) -> dict[str, float]:
        network = self._link(samples.x.shape)
        tally = self._tally(network)
        size = len(samples.x)
        self._take(mode, network, samples, None, size, tally, lambda count: None, False)
        return tally.logs()

    def _take(
        self,
        mode: str,
        network: Network,
        samples: Samples,
        order: AnyArray | None,
        size: int,
        tally: Tally,
        done: Callable[[int], None],
        single_steps: bool,
    ) -> None:
        """Take the batches of some samples; `done` is told how many each time."""
        before, rows = tally.rows, len(samples.x)

        def count_rows(count: int) -> None:
            tally.rows = min(tally.rows + count * size, before + rows)

        if mode == "test":

            def tested(count: int) -> None:
                count_rows(count)
                done(count)

            with self._borrow(writes=False):
                network.evaluate(samples, size, tally.sums, tested, single_steps)
            return
        optimizer = self._compiled().optimizer
        steps = -(-rows // size)
        rates = optimizer.rates(optimizer.batches, steps)
        changes = bool(self._trained)
        if not changes:
            warnings.warn("The model does not have any trainable weights.", stacklevel=5)
        taken = 0

        def trained(count: int) -> None:
            nonlocal taken
            taken += count
            count_rows(count)
            optimizer.batches += count if changes else 0
            done(count)
            if single_steps and taken < steps:
                # A hook may have changed it.
                rates[taken] = optimizer.rates(optimizer.batches, 1)[0]

        with self._borrow(writes=True):
            network.set_iterations(optimizer.batches)
            network.train(samples, order, size, tally.sums, trained, rates, single_steps)

    def _predict(self, x: AnyArray, size: int, done: Callable[[int], None]) -> AnyArray:
        network = self._build_network(x.shape)
        with self._borrow(writes=False):
            return network.predict(x, size, done)

    def _tally(self, network: Network) -> Tally:
        metrics = self._compiled().metrics
        return Tally(metrics or {}, network.output_shape[-1], network.dtype)

    # -- The optimizer's state ---------------------------------------------------------------------

    def build_optimizer(self) -> None:
        """Make the optimizer's state now, not before the first step; the model must be built."""
        network = self._network
        if network is not None and self._bound is not self._compiled().optimizer:
            # What is measured is not known yet: a loss that fits anything stands in for it.
            self._bind(network, _losses.MeanSquaredError().native(), [])

    def _link(self, batch_shape: tuple[int, ...]) -> Network:
        """Return the network, built and compiled."""
        compilation = self._compiled()
        network = self._build_network(batch_shape)
        if not self._linked and compilation.loss is not None:
            self._warn_of_logits(compilation.loss)
            self._apply_trainable()
            self._bind(network, *compilation.native())
            self._linked = True
        return network

    def _bind(self, network: Network, loss: _native.Loss, metrics: list[_native.Metric]) -> None:
        """Compile the network, and give the optimizer's state its native memory."""
        optimizer = self._compiled().optimizer
        trained = self._trained
        names = [(variable.path, variable.shape) for variable, _, _ in trained]
        owner, known = _owners.get(optimizer, (None, []))
        if optimizer.batches and owner is not None and owner() is not self:
            raise ValueError(
                "This optimizer can only be called for the variables it was originally built "
                "with. When working with a new set of variables, you should recreate a new "
                f"optimizer instance. Received: {optimizer.name} with "
                f"iterations={optimizer.iterations}"
            )
        # What it has kept for these variables so far: `compile` clears the native memory.
        kept = [state.numpy() for state in optimizer.variables]
        if self._bound is not None:
            self._bound.release()
        network.compile(optimizer.native(), loss, metrics)
        optimizer.bind(network, [(layer, index, variable) for variable, layer, index in trained])
        self._bound = optimizer
        _owners[optimizer] = weakref.ref(self), names
        if names == known:
            for state, values in zip(optimizer.variables, kept, strict=True):
                state.assign(values)
        elif optimizer.batches:
            warnings.warn(
                "The model's trained variables have changed: its optimizer begins anew.",
                stacklevel=5,
            )
            optimizer.batches = 0

    def _unlink(self) -> None:
        """Note that the network is another one, which has to be compiled anew."""
        if self._bound is not None:
            self._bound.release()
        self._bound, self._linked = None, False

    @property
    def _trained(self) -> list[tuple[Any, int, int]]:
        """The variables that are trained, with their places in the network."""
        return [place for place in self._parameters() if place[0].trainable]

    def _averages(self) -> list[tuple[AnyArray, AnyArray]] | None:
        """Return each weight with the optimizer's average of it, if it keeps them."""
        optimizer = self._compiled().optimizer
        if not optimizer.use_ema or self._bound is not optimizer:
            return None
        averages = [state for state in optimizer.variables if state.name.endswith("_average")]
        values = [variable.value for variable, _, _ in self._trained]
        return list(zip(values, averages, strict=False))

    def _warn_of_logits(self, loss: _losses.Loss) -> None:
        last = getattr(getattr(self.layers[-1], "activation", None), "__name__", None)
        if loss.from_logits and last in ("softmax", "sigmoid"):
            warnings.warn(
                f"`{loss.name}` received `from_logits=True`, but the `output` argument was "
                f"produced by a {last} activation and thus does not represent logits. "
                "Was this intended? As in Keras, the layer's logits are used.",
                stacklevel=4,
            )

    def _direction(self, name: str) -> str | None:
        """Return which way the loss or a metric gets better: "up", "down", or None."""
        if name == "loss":
            return "down"
        metrics = self._compiled().metrics or {}
        return getattr(metrics.get(name), "_direction", None)


def _array_feed(
    samples: Samples,
    batch_size: int | None,
    limit: int | None,
    shuffle: Shuffle = False,
    seed: int | None = None,
) -> ArrayFeed:
    size = batch_size or (-(-len(samples.x) // limit) if limit else 32)
    return ArrayFeed(samples, size, limit, shuffle, seed)


def _check_frequency(frequency: Any) -> None:
    if isinstance(frequency, list):
        return
    if isinstance(frequency, bool) or not isinstance(frequency, int) or frequency < 1:
        raise ValueError(
            "Expected `validation_freq` to be a list or int > 0. "
            f"Received: validation_freq={frequency} of the type {type(frequency)}."
        )


def _is_due(epoch: int, frequency: int | list[int]) -> bool:
    if isinstance(frequency, list):
        return epoch + 1 in frequency
    return (epoch + 1) % frequency == 0


def _report(logs: dict[str, float], return_dict: bool) -> Any:
    if return_dict:
        return dict(sorted(logs.items()))
    values = list(logs.values())
    return values if len(values) > 1 else values[0]
