"""Initializers compared by training: one network for each initializer and seed."""

import math
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _inputs, _session, utils
from . import initializers as _initializers
from . import optimizers as _optimizers
from .datasets import digits
from .layers import Dense
from .models import Sequential

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

__all__ = ["Comparison", "Run", "compare"]

_EXTRA = "Install it with `pip install fanin[plot]`"
_BINS = 60


@dataclass(frozen=True)
class Run:
    """One training: an initializer, a seed, and what came of it.

    The four lists have ``epochs + 1`` values: those of the untrained model, then those at the end
    of each epoch, over the whole of the training or the test data.
    """

    initializer: str
    seed: int
    loss: list[float]
    accuracy: list[float]
    test_loss: list[float]
    test_accuracy: list[float]
    #: what ``fit`` reported: means over each epoch while the weights changed
    history: dict[str, list[float]]
    #: time spent in ``fit``
    seconds: float
    #: kernels (inputs, units) of each layer before and after training
    kernels: tuple[list[npt.NDArray[np.float32]], list[npt.NDArray[np.float32]]]


class Comparison:
    """Models that differ in nothing but the initializer and the seed, and how they learned.

    Use `compare`, or, to keep the finished runs when the training is interrupted, make a
    ``Comparison`` and call `run`; called again it goes on with the runs that are missing.
    The parameters are those of `compare`.

    Attributes
    ----------
    names : list of str
        One name for each initializer, all different.
    settings : dict
        Everything that the training depends on, ready for JSON.
    runs : list of Run
        The finished runs: seed by seed, and for each seed the initializers in order.
    """

    def __init__(
        self,
        initializers: Any = ("glorot_uniform", "he_uniform"),
        *,
        data: Any = None,
        epochs: int = 10,
        seeds: int = 5,
        depth: int = 2,
        units: int = 64,
        activation: str = "relu",
        optimizer: str = "adam",
        learning_rate: float | None = None,
        batch_size: int = 32,
    ) -> None:
        self._epochs = _inputs.count("epochs", epochs)
        self._seeds = _inputs.count("seeds", seeds)
        self._depth = _inputs.count("depth", depth)
        self._units = _inputs.count("units", units)
        self._batch_size = _inputs.count("batch_size", batch_size)
        for argument, value in (("activation", activation), ("optimizer", optimizer)):
            if not isinstance(value, str):
                raise TypeError(f"Argument `{argument}` must be a name. Received: {value!r}")
        self._activation = activation
        self._optimizer = optimizer
        self._learning_rate = learning_rate
        self._train, self._test = _inputs.split(digits.load_data() if data is None else data)
        self._classes = 1 + int(max(self._train[1].max(), self._test[1].max()))
        self.runs: list[Run] = []
        with _random_state_kept():
            made = [_inputs.maker(item) for item in _inputs.listed(initializers)]
            self.names = [name for name, _ in made]
            self._makers = dict(made)
            if len(self._makers) < len(made):
                twice = next(name for name in self.names if self.names.count(name) > 1)
                raise ValueError(
                    f"Argument `initializers` must not name one twice. Received: {twice} twice"
                )
            # whatever can't be built or compiled must say so before an hour of training
            for name in self.names:
                model = self._model(name)
            self.settings: dict[str, Any] = {
                "initializers": {
                    name: _initializers.serialize(kind)
                    if isinstance(kind := make(), _initializers.Initializer)
                    else name
                    for name, make in made
                },
                "layers": [self._units] * self._depth + [self._classes],
                "activation": activation,
                "optimizer": optimizer,
                "learning_rate": float(model.optimizer.learning_rate),
                "loss": "sparse_categorical_crossentropy",
                "epochs": self._epochs,
                "seeds": list(range(self._seeds)),
                "batch_size": self._batch_size,
                "data": "digits" if data is None else "given",
                "training_rows": len(self._train[0]),
                "test_rows": len(self._test[0]),
                "inputs": self._train[0].shape[1],
            }

    def run(self, progress: bool = True) -> None:
        """Train every model that has not been trained yet.

        The random states of Python and NumPy are afterwards what they were. An interrupt (Ctrl-C)
        ends the training at once; the runs finished until then stay in ``runs``.

        Parameters
        ----------
        progress : bool
            Whether to show a progress bar (needs tqdm).

        Raises
        ------
        ImportError
            If ``progress`` is true and tqdm is not installed.
        """
        done = {(run.initializer, run.seed) for run in self.runs}
        todo = [
            (name, seed)
            for seed in range(self._seeds)
            for name in self.names
            if (name, seed) not in done
        ]
        with _random_state_kept(), _progress(len(todo) * self._epochs, progress) as tick:
            for name, seed in todo:
                self.runs.append(self._one_run(name, seed, tick))

    def _model(self, name: str) -> Any:
        make = self._makers[name]
        # names of their own, so that the caller's next layer is still called dense
        layers = [
            Dense(
                self._units,
                activation=self._activation,
                kernel_initializer=make(),
                name=f"hidden_{index + 1}",
            )
            for index in range(self._depth)
        ]
        layers.append(
            Dense(self._classes, activation="softmax", kernel_initializer=make(), name="output")
        )
        model = Sequential(layers, name="compared")
        optimizer: Any = _optimizers.get(self._optimizer)
        if self._learning_rate is not None:
            optimizer.learning_rate = self._learning_rate
        model.compile(
            optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        model.build((None, self._train[0].shape[1]))
        return model

    def _one_run(self, name: str, seed: int, tick: Callable[[str, float | None], None]) -> Run:
        tick(f"{name}, seed {seed}", None)
        # the same seed for every initializer: all of them see the same shuffles
        utils.set_random_seed(seed)
        model = self._model(name)
        before = [layer.get_weights()[0] for layer in model.layers]
        curves: list[tuple[float, ...]] = [self._measure(model)]
        history: dict[str, list[float]] = {}
        seconds = 0.0
        for _ in range(self._epochs):
            start = time.perf_counter()
            fitted = model.fit(*self._train, batch_size=self._batch_size, verbose=0)
            seconds += time.perf_counter() - start
            for key, values in fitted.history.items():
                history.setdefault(key, []).extend(map(float, values))
            curves.append(self._measure(model))
            tick(f"{name}, seed {seed}", curves[-1][0])
        loss, accuracy, test_loss, test_accuracy = (
            list(curve) for curve in zip(*curves, strict=True)
        )
        after = [layer.get_weights()[0] for layer in model.layers]
        return Run(
            initializer=name,
            seed=seed,
            loss=loss,
            accuracy=accuracy,
            test_loss=test_loss,
            test_accuracy=test_accuracy,
            history=history,
            seconds=seconds,
            # the weights of one seed are enough for the picture
            kernels=(before, after) if seed == 0 else ([], []),
        )

    def _measure(self, model: Any) -> tuple[float, ...]:
        train = model.evaluate(*self._train, batch_size=self._batch_size, verbose=0)
        test = model.evaluate(*self._test, batch_size=self._batch_size, verbose=0)
        return (*map(float, train), *map(float, test))

    def of(self, name: str) -> list[Run]:
        """Return the finished runs of one initializer, in the order of their seeds."""
        return [run for run in self.runs if run.initializer == name]

    @property
    def notes(self) -> list[str]:
        """Sentences about what deserves a warning: alike units, losses that are not finite."""
        notes = []
        for name in self.names:
            if self.units_alike(name):
                notes.append(
                    f"{name}: all units of a hidden layer start alike and stay alike, "
                    "so the layer can do no more than one unit."
                )
            lost = sum(not all(map(math.isfinite, run.loss)) for run in self.of(name))
            if lost:
                notes.append(f"{name}: the loss left the finite numbers in {lost} of the runs.")
        return notes

    def units_alike(self, name: str) -> bool:
        """Return whether an initializer gave all units of some hidden layer the same weights.

        Such units get the same gradients, and so remain copies of each other.
        """
        hidden = [kernel for run in self.of(name) for kernel in run.kernels[0][:-1]]
        return any(k.shape[1] > 1 and bool((k == k[:, :1]).all()) for k in hidden)

    def __repr__(self) -> str:
        """Return the results as a table."""
        from ._tables import text_table

        table = text_table(_HEADINGS, map(self._row, self.names))
        return "\n".join([table, "", self._caption, *self.notes])

    def _repr_html_(self) -> str:
        import html

        from ._tables import html_picture, html_table

        words = "<br>".join(map(html.escape, [self._caption, *self.notes]))
        try:
            shown = html_picture(self.figure(), "curves and histograms")
        except ImportError as error:
            shown = f"<p>{html.escape(str(error))}</p>"
        return f"{html_table(_HEADINGS, map(self._row, self.names))}<p>{words}</p>{shown}"

    @property
    def _caption(self) -> str:
        planned = len(self.names) * self._seeds
        finished = "" if len(self.runs) == planned else f" ({len(self.runs)} of {planned} runs)"
        return (
            f"Means over {self._seeds} seed{'s' * (self._seeds > 1)}{finished}, "
            f"{self._epochs} epoch{'s' * (self._epochs > 1)}; losses on the training data; "
            "± standard deviation; seconds of one training."
        )

    def _row(self, name: str) -> tuple[str, ...]:
        runs = self.of(name)
        if not runs:
            return (name, "-", "-", "-", "-")
        tests = [run.test_accuracy[-1] for run in runs]
        spread = f" ± {np.std(tests, ddof=1):.3f}" if len(tests) > 1 else ""
        return (
            name,
            f"{np.mean([run.loss[0] for run in runs]):.4g}",
            f"{np.mean([run.loss[-1] for run in runs]):.4g}",
            f"{np.mean(tests):.3f}{spread}",
            f"{np.mean([run.seconds for run in runs]):.2f}",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return settings, versions and all results; numbers that are not finite are None."""
        import platform

        from . import __version__
        from ._tables import jsonable

        results = []
        for run in self.runs:
            result = {key: value for key, value in vars(run).items() if key != "kernels"}
            if run.kernels[0]:
                result["kernels"] = [
                    {"before": _summary(before), "after": _summary(after)}
                    for before, after in zip(*run.kernels, strict=True)
                ]
            results.append(result)
        everything: dict[str, Any] = jsonable(
            {
                "settings": self.settings,
                "versions": {
                    "fanin": __version__,
                    "numpy": np.__version__,
                    "python": platform.python_version(),
                    "platform": platform.platform(),
                },
                "complete": len(self.runs) == len(self.names) * self._seeds,
                "notes": self.notes,
                "runs": results,
            }
        )
        return everything

    def figure(self) -> "Figure":
        """Draw the loss and accuracy curves and the weights' histograms.

        Lines are means over the seeds, bands reach from the lowest to the highest run.

        Returns
        -------
        matplotlib.figure.Figure
            A figure of its own, unknown to pyplot.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If no run has finished yet.
        """
        if not self.runs:
            raise ValueError("There is nothing to draw: no run has finished.")
        try:
            from ._picture import draw
        except ModuleNotFoundError as error:
            raise ImportError(f"The picture needs matplotlib. {_EXTRA}.") from error
        return draw(self)

    def save(self, directory: "str | os.PathLike[str]") -> "tuple[Path, Path]":
        """Write ``comparison.json`` and ``comparison.png`` and return their paths.

        Parameters
        ----------
        directory : path
            Made if it does not exist; files of these names in it are replaced.

        Raises
        ------
        ImportError
            If matplotlib is not installed; the JSON file is there nevertheless.
        OSError
            If a file can't be written.
        """
        table = self.save_json(directory)
        picture = table.with_name("comparison.png")
        self.figure().savefig(picture, dpi=150)
        return table, picture

    def save_json(self, directory: "str | os.PathLike[str]") -> "Path":
        """Write ``comparison.json`` alone and return its path; see `save`."""
        import json
        from pathlib import Path

        path = Path(directory) / "comparison.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        return path


def compare(
    initializers: Any = ("glorot_uniform", "he_uniform"),
    *,
    data: Any = None,
    epochs: int = 10,
    seeds: int = 5,
    depth: int = 2,
    units: int = 64,
    activation: str = "relu",
    optimizer: str = "adam",
    learning_rate: float | None = None,
    batch_size: int = 32,
    progress: bool = True,
) -> Comparison:
    """Train one classifier per initializer and seed, and compare them.

    The network is ``depth`` times ``Dense(units, activation)`` and a ``Dense(classes, "softmax")``;
    every kernel is drawn by the initializer, biases start at zero. Seed k means
    ``fanin.utils.set_random_seed(k)`` before the model is built, so that the initializers see the
    same shuffles. The caller's random states (Python's and NumPy's) are left as they were.

    Parameters
    ----------
    initializers : sequence
        Names, instances, dicts or functions, as `fanin.initializers.get` takes them. An instance
        without a seed draws anew for every kernel; one with a seed gives the same values in every
        run.
    data : ((x_train, y_train), (x_test, y_test)), optional
        Images of any shape, flattened; integer pixels are multiplied by 1 / 255. Labels: integers
        from 0, shape (rows,). None: `fanin.datasets.digits`.
    epochs, seeds, depth, units, batch_size : int
        All at least 1; ``seeds`` is how many: 0 ... seeds - 1.
    activation : str
        Of the hidden layers.
    optimizer : str
        Its name; every run has a new one.
    learning_rate : float, optional
        None: the optimizer's default.
    progress : bool
        Whether to show a progress bar (needs tqdm).

    Returns
    -------
    Comparison
        Shows itself as a table, in a notebook with its picture.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described; nothing has been trained then.
    ImportError
        If ``progress`` is true and tqdm is not installed.

    Examples
    --------
    >>> fanin.compare(["glorot_uniform", "he_uniform", "zeros"], epochs=5)  # doctest: +SKIP
    """
    comparison = Comparison(
        initializers,
        data=data,
        epochs=epochs,
        seeds=seeds,
        depth=depth,
        units=units,
        activation=activation,
        optimizer=optimizer,
        learning_rate=learning_rate,
        batch_size=batch_size,
    )
    comparison.run(progress)
    return comparison


_HEADINGS = ("initializer", "initial loss", "final loss", "test accuracy", "seconds")


@contextmanager
def _random_state_kept() -> Iterator[None]:
    """Leave the global random states of Python and NumPy, and the shuffles' seed, as they were."""
    python, numpy, shuffles = random.getstate(), np.random.get_state(), _session.seed
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        _session.seed = shuffles


@contextmanager
def _progress(total: int, wanted: bool) -> Iterator[Callable[[str, float | None], None]]:
    """Yield a function that names the run and, given the loss after an epoch, counts it."""
    if not wanted:
        yield lambda text, loss: None
        return
    try:
        from tqdm import tqdm
    except ModuleNotFoundError as error:
        raise ImportError(
            f"The progress bar needs tqdm. {_EXTRA}, or pass progress=False."
        ) from error
    with tqdm(total=total, unit="epoch", leave=False) as bar:

        def tick(text: str, loss: float | None) -> None:
            bar.set_description(text, refresh=False)
            if loss is not None:
                bar.set_postfix_str(f"loss {loss:.4g}", refresh=False)
                bar.update()

        yield tick


def _summary(kernel: npt.NDArray[np.float32]) -> dict[str, Any]:
    weights = kernel.astype(np.float64).ravel()
    weights = weights[np.isfinite(weights)]
    if not weights.size:
        return {"shape": list(kernel.shape), "finite": 0}
    counts, edges = np.histogram(weights, bins=_BINS)
    return {
        "shape": list(kernel.shape),
        "finite": weights.size,
        "mean": weights.mean(),
        "stddev": weights.std(),
        "min": weights.min(),
        "max": weights.max(),
        "histogram": {"counts": counts, "edges": edges},
    }
