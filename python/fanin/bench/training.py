"""Training: the same network, data and initial weights in every library, an epoch at a time.

The first epoch goes through the rows in their order, so that all contenders but scikit-learn, which
draws its own weights, must report the same loss; libraries compile meanwhile. The timed ones
shuffle, as `fit` does. In the end every loss must have fallen.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import initializers
from ..datasets import digits
from .rounds import Effort, alternate, summary
from .workers import Contender, Log, Worker, WorkerError, workers

_SEED = 42
_CLASSES = 10
_RATE, _BETA1, _BETA2, _EPSILON = 1e-3, 0.9, 0.999, 1e-7  # Keras's Adam
#: of the first epoch's losses, relative: roundings grow from step to step
_AGREEMENT = 0.005
#: how far the last loss must be below the first
_FALL = 0.9

_Floats = npt.NDArray[np.float32]
_Integers = npt.NDArray[np.int64]
#: trains for so many epochs, shuffled or not, and returns the last one's mean loss
_Train = Callable[[int, bool], float]


@dataclass(frozen=True)
class Setting:
    """A network and the size of its data."""

    rows: int
    inputs: int
    units: tuple[int, ...]
    batch: int
    #: a turn's epochs: more of the short ones
    epochs: int

    def __str__(self) -> str:
        """Return it as the bar names it."""
        return f"{'-'.join(map(str, self.units))} on {self.rows}×{self.inputs}"

    def data(self) -> tuple[_Floats, _Integers]:
        """Return the digits where they have the size, else random rows with a linear rule."""
        (x, y), (x_test, y_test) = digits.load_data()
        x, y = np.concatenate((x, x_test)), np.concatenate((y, y_test))
        if x.shape == (self.rows, self.inputs):
            return x, y
        generator = np.random.default_rng(_SEED)
        x = generator.random((self.rows, self.inputs), dtype=np.float32)
        rule = generator.standard_normal((self.inputs, _CLASSES), dtype=np.float32)
        return x, np.argmax((x - np.float32(0.5)) @ rule, axis=1)

    def weights(self) -> list[tuple[_Floats, _Floats]]:
        """Return kernel (inputs, units) and bias of each layer."""
        sizes = (self.inputs, *self.units, _CLASSES)
        return [
            (initializers.HeUniform(seed=index)(shape), np.zeros(shape[1], np.float32))
            for index, shape in enumerate(zip(sizes, sizes[1:], strict=False))
        ]


SETTINGS = (
    Setting(1797, 64, (64, 64), 32, 10),
    Setting(20000, 784, (64, 64), 128, 2),
    Setting(8192, 1024, (1024, 1024), 256, 1),
)


# The makers run in the workers.


def _keras_like(library: Any, setting: Setting) -> _Train:
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((setting.inputs,)),
            *(layers.Dense(units, activation="relu") for units in setting.units),
            layers.Dense(_CLASSES, activation="softmax"),
        ]
    )
    model.set_weights([array for pair in setting.weights() for array in pair])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    x, y = setting.data()

    def train(epochs: int, shuffle: bool) -> float:
        fitted = model.fit(
            x, y, batch_size=setting.batch, epochs=epochs, shuffle=shuffle, verbose=0
        )
        return float(fitted.history["loss"][-1])

    return train


def make_fanin(setting: Setting) -> _Train:
    """Fit, as a user does."""
    return _keras_like(import_module("fanin"), setting)


def _keras(backend: str, setting: Setting) -> _Train:
    os.environ["KERAS_BACKEND"] = backend
    return _keras_like(import_module("keras"), setting)


def make_keras_tensorflow(setting: Setting) -> _Train:
    """Fit on TensorFlow."""
    return _keras("tensorflow", setting)


def make_keras_jax(setting: Setting) -> _Train:
    """Fit on JAX."""
    return _keras("jax", setting)


def make_keras_torch(setting: Setting) -> _Train:
    """Fit on PyTorch."""
    return _keras("torch", setting)


def make_torch(setting: Setting) -> _Train:
    """Write PyTorch's usual loop, with its fused Adam."""
    torch: Any = import_module("torch")
    modules: list[Any] = []
    for kernel, bias in setting.weights():
        layer = torch.nn.Linear(*kernel.shape)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(kernel.T.copy()))
            layer.bias.copy_(torch.from_numpy(bias))
        modules += [layer, torch.nn.ReLU()]
    model = torch.nn.Sequential(*modules[:-1])
    optimizer = torch.optim.Adam(
        model.parameters(), lr=_RATE, betas=(_BETA1, _BETA2), eps=_EPSILON, fused=True
    )
    criterion = torch.nn.CrossEntropyLoss()
    x, y = map(torch.from_numpy, setting.data())

    def epoch(shuffle: bool) -> float:
        order = torch.randperm(setting.rows)
        total = torch.zeros(())
        for start in range(0, setting.rows, setting.batch):
            rows: Any = slice(start, start + setting.batch)
            if shuffle:
                rows = order[rows]
            labels = y[rows]
            optimizer.zero_grad()
            loss = criterion(model(x[rows]), labels)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(labels)
        return float(total) / setting.rows

    return partial(_repeat, epoch)


def make_jax(setting: Setting) -> _Train:
    """Compile the whole epoch: a scan over the batches, Adam written as Keras has it."""
    jax: Any = import_module("jax")
    jnp = jax.numpy
    x, y = map(jnp.asarray, setting.data())
    whole = setting.rows // setting.batch * setting.batch

    def mean_loss(weights: Any, rows: Any) -> Any:
        values = x[rows]
        for kernel, bias in weights[:-1]:
            values = jax.nn.relu(values @ kernel + bias)
        kernel, bias = weights[-1]
        likely = jax.nn.log_softmax(values @ kernel + bias)
        return -jnp.take_along_axis(likely, y[rows][:, None], axis=1).mean()

    def step(state: Any, rows: Any) -> Any:
        weights, first, second, count = state
        loss, gradient = jax.value_and_grad(mean_loss)(weights, rows)
        count += 1
        rate = _RATE * jnp.sqrt(1 - _BETA2**count) / (1 - _BETA1**count)
        tree = jax.tree.map
        first = tree(lambda m, g: m + (g - m) * (1 - _BETA1), first, gradient)
        second = tree(lambda v, g: v + (g * g - v) * (1 - _BETA2), second, gradient)
        weights = tree(
            lambda w, m, v: w - rate * m / (jnp.sqrt(v) + _EPSILON), weights, first, second
        )
        return (weights, first, second, count), loss * len(rows)

    def steps(state: Any, order: Any) -> Any:
        state, losses = jax.lax.scan(step, state, order[:whole].reshape(-1, setting.batch))
        total = losses.sum()
        if whole < setting.rows:
            state, last = step(state, order[whole:])
            total += last
        return state, total

    compiled = jax.jit(steps, donate_argnums=0)
    weights = jax.tree.map(jnp.asarray, setting.weights())
    state = (
        weights,
        jax.tree.map(jnp.zeros_like, weights),
        jax.tree.map(jnp.zeros_like, weights),
        jnp.float32(0),
    )
    generator = np.random.default_rng(_SEED)

    def epoch(shuffle: bool) -> float:
        nonlocal state
        order = np.arange(setting.rows, dtype=np.int32)
        state, total = compiled(state, generator.permutation(order) if shuffle else order)
        return float(total) / setting.rows

    return partial(_repeat, epoch)


def make_sklearn(setting: Setting) -> _Train:
    """Let scikit-learn's classifier pass over the data; its initial weights are its own."""
    network: Any = import_module("sklearn.neural_network")
    model = network.MLPClassifier(
        setting.units,
        solver="adam",
        alpha=0.0,
        batch_size=setting.batch,
        learning_rate_init=_RATE,
        beta_1=_BETA1,
        beta_2=_BETA2,
        epsilon=_EPSILON,
        random_state=_SEED,
    )
    x, y = setting.data()

    def epoch(shuffle: bool) -> float:
        model.shuffle = shuffle
        return float(model.partial_fit(x, y, classes=range(_CLASSES)).loss_)

    return partial(_repeat, epoch)


def _repeat(epoch: Callable[[bool], float], epochs: int, shuffle: bool) -> float:
    for _ in range(epochs):
        loss = epoch(shuffle)
    return loss


_OWN_WEIGHTS = "scikit-learn"
CONTENDERS = (
    Contender("Fanin", "fanin", make_fanin),
    Contender("Keras (TensorFlow)", "tensorflow", make_keras_tensorflow),
    Contender("Keras (JAX)", "jax", make_keras_jax),
    Contender("Keras (PyTorch)", "torch", make_keras_torch),
    Contender("PyTorch", "torch", make_torch),
    Contender("JAX", "jax", make_jax),
    Contender(_OWN_WEIGHTS, "sklearn", make_sklearn),
)


def turn(train: _Train, epochs: int, shuffle: bool) -> tuple[float, float]:
    """Return the seconds of an epoch and the last one's loss; in the worker."""
    start = time.perf_counter()
    loss = train(epochs, shuffle)
    return (time.perf_counter() - start) / epochs, loss


def problem(losses: Sequence[float], first: float | None) -> str | None:
    """Return what is wrong with a contender's losses, turn by turn, or None.

    `first` is what the first must be, or None where the initial weights were others.
    """
    if first is not None and not abs(losses[0] - first) <= _AGREEMENT * first:
        return f"has a loss of {losses[0]:.6g} after the first epoch, Fanin {first:.6g}"
    if not losses[-1] < _FALL * losses[0]:
        return f"has a loss that went from {losses[0]:.6g} to {losses[-1]:.6g}"
    return None


def measure(
    settings: Sequence[Setting], threads: int, effort: Effort, log: Log
) -> Iterator[dict[str, Any]]:
    """Yield the times of an epoch in each setting."""
    with workers(CONTENDERS, threads, log) as started:
        for setting in settings:
            log.tick(str(setting))
            losses: dict[str, list[float]] = {}
            turns: dict[str, Callable[[], float]] = {}
            for contender, worker in started.items():
                name = contender.name
                try:
                    worker.make(contender.make, setting)
                    losses[name] = [worker.ask(turn, 1, False)[1]]
                    # not timed: the first shuffled one
                    losses[name].append(worker.ask(turn, 1, True)[1])
                except WorkerError as error:
                    log.note(f"{name} failed at {setting}: {error}")
                    continue
                turns[name] = partial(_timed, worker, setting.epochs, losses[name])
            times = alternate(turns, effort)
            for name in list(times):
                own = losses["Fanin"][0] if "Fanin" in losses and name != _OWN_WEIGHTS else None
                wrong = problem(losses[name], own)
                if wrong:
                    log.refuse(name, str(setting), wrong)
                    del times[name]
            yield {
                "setting": str(setting),
                "batch": setting.batch,
                # JSON has no infinity
                "losses": {
                    name: [loss if math.isfinite(loss) else None for loss in each]
                    for name, each in losses.items()
                },
                "seconds": {name: summary(each) for name, each in times.items()},
            }


def _timed(worker: Worker, epochs: int, losses: list[float]) -> float:
    elapsed, loss = worker.ask(turn, epochs, True)
    losses.append(loss)
    return float(elapsed)
