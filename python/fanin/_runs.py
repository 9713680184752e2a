"""Trainings: one model for each, several at once."""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ._inputs import Samples
from ._threads import get_num_threads, set_num_threads
from .callbacks import Callback
from .diagnosis import observe

#: As many rows tell how large the signal is in each layer.
_SIGNAL_ROWS = 1024


class Setting(NamedTuple):
    """What a comparison varies, but for the seed."""

    initializer: str
    depth: int
    activation: str
    optimizer: str


class Signal(NamedTuple):
    """How large the signal is in each layer, over units and at most 1024 rows, spread evenly."""

    #: variances: of the inputs, and of each hidden layer's outputs
    outputs: list[float]
    #: mean squares of the loss's derivatives by each hidden layer's outputs
    gradients: list[float]


@dataclass(frozen=True)
class Run:
    """One training: a setting, a seed, and what came of it.

    The four lists have ``epochs + 1`` values: those of the untrained model, then those at the end
    of each epoch, over the whole of the training or the test data.
    """

    initializer: str
    depth: int
    activation: str
    optimizer: str
    seed: int
    loss: list[float]
    accuracy: list[float]
    test_loss: list[float]
    test_accuracy: list[float]
    #: what ``fit`` reported: means over each epoch while the weights changed
    history: dict[str, list[float]]
    #: time spent in training steps
    seconds: float
    #: SHA-256 of the trained weights: all bytes of ``get_weights()`` one after the other
    digest: str
    #: of the first seed only, else empty: kernels (inputs, units) of each layer before and after
    kernels: tuple[list[npt.NDArray[np.float32]], list[npt.NDArray[np.float32]]]
    #: of the first seed only, else empty: before and after training
    signal: tuple[Signal, Signal]

    @property
    def setting(self) -> Setting:
        """What it has in common with the runs of other seeds."""
        return Setting(self.initializer, self.depth, self.activation, self.optimizer)


class _Stopped(Exception):
    """A training was told to end."""


class Training(Callback):
    """The training of one model.

    Parameters
    ----------
    setting : Setting
    seed : int
    model : Sequential
        Compiled and built.
    train, test : Samples
    epochs, batch_size : int
    is_looked_into : bool
        Whether weights and signal are kept.

    Attributes
    ----------
    outcome : Run or exception
    """

    def __init__(
        self,
        setting: Setting,
        seed: int,
        model: Any,
        train: Samples,
        test: Samples,
        epochs: int,
        batch_size: int,
        is_looked_into: bool,
    ) -> None:
        super().__init__()
        self.set_model(model)
        self.setting = setting
        self.seed = seed
        self.outcome: Run | BaseException = _Stopped()
        self._train = train
        self._test = test
        self._epochs = epochs
        self._batch_size = batch_size
        self._is_looked_into = is_looked_into
        self._stopped = threading.Event()
        self._curves: list[list[float]] = []
        self._history: dict[str, list[float]] = {}
        self._seconds = self._start = 0.0

    def run(self, told: Callable[["Training", float | None], None]) -> None:
        """Train the model; `told` gets the loss after each epoch, and None at the end."""
        self._told = told
        try:
            self.outcome = self._run()
        except BaseException as error:
            self.outcome = error
        told(self, None)

    def stop(self) -> None:
        """End the training within a step or 50 ms; may be called from another thread."""
        self._stopped.set()
        # What begins sets these to false: what began before now sees them, all else the event.
        self.model.stop_training = self.model.stop_evaluating = True

    def _run(self) -> Run:
        before, signal_before = self._look()
        self._measure()
        self.model.fit(
            *self._train,
            batch_size=self._batch_size,
            epochs=self._epochs,
            verbose=0,
            callbacks=[self],
        )
        after, signal_after = self._look()
        weights = b"".join(array.tobytes() for array in self.model.get_weights())
        loss, accuracy, test_loss, test_accuracy = map(list, zip(*self._curves, strict=True))
        return Run(
            *self.setting,
            seed=self.seed,
            loss=loss,
            accuracy=accuracy,
            test_loss=test_loss,
            test_accuracy=test_accuracy,
            history=self._history,
            seconds=self._seconds,
            digest=hashlib.sha256(weights).hexdigest(),
            kernels=(before, after),
            signal=(signal_before, signal_after),
        )

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Take the time."""
        self._check()
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Note what the epoch did."""
        self._seconds += time.perf_counter() - self._start
        self._check()
        for key, value in logs.items():
            self._history.setdefault(key, []).append(float(value))
        self._measure()
        self._told(self, self._curves[-1][0])

    def on_test_begin(self, logs: Any = None) -> None:
        """Begin no evaluation that is not wanted any more."""
        self._check()

    def _check(self) -> None:
        if self._stopped.is_set():
            raise _Stopped

    def _measure(self) -> None:
        values: list[float] = []
        for data in (self._train, self._test):
            values += self.model.evaluate(
                *data, batch_size=self._batch_size, verbose=0, callbacks=[self]
            )
        self._check()
        self._curves.append(values)

    def _look(self) -> tuple[list[npt.NDArray[np.float32]], Signal]:
        if not self._is_looked_into:
            return [], Signal([], [])
        kernels = [layer.get_weights()[0] for layer in self.model.layers]
        x, y = self._train
        rows = np.linspace(0, len(x) - 1, min(len(x), _SIGNAL_ROWS)).astype(np.int64)
        passed, inputs = observe(self.model, x[rows], y[rows])
        variances = [float(inputs.var(dtype=np.float64))]
        variances += [layer.activations.variance for layer in passed[:-1]]
        return kernels, Signal(variances, [layer.gradients.square for layer in passed[:-1]])


def run_all(
    trainings: Iterator[Training],
    at_once: int,
    keep: Callable[[Run], None],
    told: Callable[[Training, float | None], None],
) -> None:
    """Run all trainings, several at once.

    Everything but the trainings happens in the caller's thread: they are made there one after the
    other, when one can begin, `keep` gets each run, and `told` the news. When an error or Ctrl-C
    ends it, the others end too, and `keep` has got what was finished.
    """
    news: SimpleQueue[tuple[Training, float | None]] = SimpleQueue()
    running: dict[Training, threading.Thread] = {}
    try:
        while True:
            while len(running) < at_once and (training := next(trainings, None)):
                told(training, None)
                running[training] = threading.Thread(
                    target=training.run, args=[lambda *item: news.put(item)]
                )
                running[training].start()
            if not running:
                break
            training, loss = news.get()
            if loss is not None:
                told(training, loss)
            elif isinstance(training.outcome, Run):
                keep(training.outcome)
                del running[training]
            else:
                raise training.outcome
    finally:
        for training in running:
            training.stop()
        for training, thread in running.items():
            if thread.is_alive():
                thread.join()
            if isinstance(training.outcome, Run):
                keep(training.outcome)


@contextmanager
def shared_threads(count: int) -> Iterator[int]:
    """Share the native threads out among up to `count` trainings; yield how many run at once."""
    threads = get_num_threads()
    at_once = min(threads, count)
    set_num_threads(threads // at_once)
    try:
        yield at_once
    finally:
        set_num_threads(threads)
