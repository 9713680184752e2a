"""Initializers compared by training: one network for each setting and seed."""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _inputs, _session, utils
from . import optimizers as _optimizers
from ._classifier import classifier
from ._numbers import count
from ._runs import Run, Setting, Training, run_all, shared_threads
from ._student import interval
from .datasets import digits
from .diagnosis import units_alike

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

__all__ = ["Comparison", "Run", "Setting", "compare"]

_EXTRA = "Install it with `pip install fanin[plot]`"
_NOTHING_TO_DRAW = "There is nothing to draw: no run of the first seed has finished."
_BINS = 60


class Comparison:
    """Models that differ in the initializer, what else is varied, and the seed, and how they learn.

    Use `compare`, or, to keep the finished runs when the training is interrupted, make a
    ``Comparison`` and call `run`; called again it goes on with the runs that are missing.
    The parameters are those of `compare`.

    Attributes
    ----------
    names, depths, activations, optimizers : list
        What is varied, all different; of initializers and optimizers the names.
    grid : list of Setting
        Every initializer with every depth, activation and optimizer.
    seeds : list of int
    settings : dict
        Everything that the training depends on, ready for JSON.
    """

    def __init__(
        self,
        initializers: Any = ("glorot_uniform", "he_uniform"),
        *,
        data: Any = None,
        epochs: int = 10,
        seeds: Any = 5,
        depth: Any = 2,
        units: int = 64,
        activation: Any = "relu",
        optimizer: Any = "adam",
        learning_rate: float | None = None,
        batch_size: int = 32,
    ) -> None:
        self._epochs = count("epochs", epochs)
        self._units = count("units", units)
        self._batch_size = count("batch_size", batch_size)
        self._learning_rate = learning_rate
        self.seeds = _inputs.seeds(seeds)
        self.depths: list[int] = _inputs.different(
            "depth", [count("depth", one) for one in _inputs.listed(depth)]
        )
        self.activations: list[str] = _inputs.different(
            "activation", [_inputs.activation(one) for one in _inputs.listed(activation)]
        )
        updates = [_inputs.optimizer(one, learning_rate) for one in _inputs.listed(optimizer)]
        self.optimizers: list[str] = _inputs.different("optimizer", [one.name for one in updates])
        self._train, self._test = _inputs.split(digits.load_data() if data is None else data)
        self._classes = 1 + int(max(self._train[1].max(), self._test[1].max()))
        with _session.random_state_kept():
            starts = [_inputs.initialization(one) for one in _inputs.listed(initializers)]
        self.names: list[str] = _inputs.different("initializers", [one.name for one in starts])
        self._starts = {one.name: one for one in starts}
        self._updates = {one.name: one for one in updates}
        self.grid = [
            Setting(name, hidden, function, update)
            for hidden, function, update, name in product(
                self.depths, self.activations, self.optimizers, self.names
            )
        ]
        self._done: dict[tuple[Setting, int], Run] = {}
        self.settings: dict[str, Any] = {
            "initializers": {name: start.config for name, start in self._starts.items()},
            "depths": self.depths,
            "units": self._units,
            "classes": self._classes,
            "activations": self.activations,
            "optimizers": {name: update.config for name, update in self._updates.items()},
            "loss": "sparse_categorical_crossentropy",
            "epochs": self._epochs,
            "seeds": self.seeds,
            "batch_size": self._batch_size,
            "data": "digits" if data is None else "given",
            "training_rows": len(self._train[0]),
            "test_rows": len(self._test[0]),
            "inputs": self._train[0].shape[1],
        }
        # whatever can't be built or compiled must say so before an hour of training
        with _session.random_state_kept():
            for setting in self.grid:
                self._model(setting)

    @property
    def runs(self) -> list[Run]:
        """The finished runs: seed by seed, and for each seed the settings in order."""
        return [self._done[key] for key in self._plan if key in self._done]

    @property
    def _plan(self) -> list[tuple[Setting, int]]:
        return [(setting, seed) for seed in self.seeds for setting in self.grid]

    def run(self, progress: bool = True) -> None:
        """Train every model that has not been trained yet, several at once.

        As many run at once as `fanin.get_num_threads` says, each on one thread; no number of them
        changes a bit. The random states of Python and NumPy are afterwards what they were. An
        interrupt (Ctrl-C) ends the training at once; the runs finished until then stay in ``runs``.

        Parameters
        ----------
        progress : bool
            Whether to show a progress bar (needs tqdm).

        Raises
        ------
        ImportError
            If ``progress`` is true and tqdm is not installed.
        """
        todo = [key for key in self._plan if key not in self._done]
        if not todo:
            return
        with (
            _progress(len(todo) * self._epochs, progress) as tick,
            shared_threads(len(todo)) as at_once,
        ):
            run_all(
                (self._training(*key) for key in todo),
                at_once,
                lambda run: self._done.update({(run.setting, run.seed): run}),
                lambda training, loss: tick(
                    f"{self.label(training.setting)}, seed {training.seed}", loss
                ),
            )

    def _training(self, setting: Setting, seed: int) -> Training:
        with _session.random_state_kept():
            # the same seed for every setting: all of them see the same shuffles
            utils.set_random_seed(seed)
            model = self._model(setting)
            adapt = self._starts[setting.initializer].adapt
            if adapt is not None:
                adapt(model, self._train[0])
        model._shuffle_seed = seed
        return Training(
            setting,
            seed,
            model,
            self._train,
            self._test,
            self._epochs,
            self._batch_size,
            # the weights of one seed are enough for the pictures
            is_looked_into=seed == self.seeds[0],
        )

    def _model(self, setting: Setting) -> Any:
        model = classifier(
            self._starts[setting.initializer].make,
            setting.depth,
            self._units,
            setting.activation,
            self._classes,
        )
        model.compile(
            optimizer=_optimizers.deserialize(self._updates[setting.optimizer].config),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        model.build((None, self._train[0].shape[1]))
        return model

    def of(
        self,
        initializer: str,
        depth: int | None = None,
        activation: str | None = None,
        optimizer: str | None = None,
    ) -> list[Run]:
        """Return the finished runs of one initializer, in the order of `runs`.

        Of those depth, activation and optimizer that are given, where several are compared.
        """
        wanted = (initializer, depth, activation, optimizer)
        return [
            run
            for run in self.runs
            if all(w is None or w == s for w, s in zip(wanted, run.setting, strict=True))
        ]

    def label(self, setting: Setting) -> str:
        """Return the setting in words: the initializer, and what else is varied."""
        return ", ".join([setting.initializer, *self.varied(setting)])

    def varied(self, setting: Setting) -> list[str]:
        """Return those of depth, activation and optimizer that are varied, in words."""
        words = {kind: str(getattr(setting, kind)) for kind in self._varied}
        return [f"depth {word}" if kind == "depth" else word for kind, word in words.items()]

    @property
    def _varied(self) -> list[str]:
        counts = {
            "depth": len(self.depths),
            "activation": len(self.activations),
            "optimizer": len(self.optimizers),
        }
        return [kind for kind, count in counts.items() if count > 1]

    def groups(self) -> dict[str, list[Setting]]:
        """Return the settings that differ in the initializer alone, by what they have in common.

        In words; "" if nothing but the initializer is varied. Of those that can be drawn: their
        first seed has been trained.
        """
        groups: dict[str, list[Setting]] = {}
        for setting in self.grid:
            if (setting, self.seeds[0]) in self._done:
                groups.setdefault(", ".join(self.varied(setting)), []).append(setting)
        return groups

    @property
    def notes(self) -> list[str]:
        """Sentences about what deserves a warning: alike units, losses that are not finite."""
        notes = []
        for name in self.names:
            settings = [setting for setting in self.grid if setting.initializer == name]
            alike = [setting for setting in settings if self.units_alike(*setting)]
            everywhere = len(alike) == len(settings)
            for label in [name] if everywhere else map(self.label, alike):
                notes.append(
                    f"{label}: all units of a hidden layer start alike and stay alike, "
                    "so the layer can do no more than one unit."
                )
        for setting in self.grid:
            lost = sum(not all(map(math.isfinite, run.loss)) for run in self.of(*setting))
            if lost:
                notes.append(
                    f"{self.label(setting)}: the loss left the finite numbers in {lost} of the "
                    "runs."
                )
        return notes

    def units_alike(
        self,
        initializer: str,
        depth: int | None = None,
        activation: str | None = None,
        optimizer: str | None = None,
    ) -> bool:
        """Return whether an initializer gave all units of some hidden layer the same weights.

        Such units get the same gradients, and so remain copies of each other. See `of`.
        """
        runs = self.of(initializer, depth, activation, optimizer)
        return any(units_alike(kernel) for run in runs for kernel in run.kernels[0][:-1])

    def __repr__(self) -> str:
        """Return the results as a table."""
        from ._tables import text_table

        return "\n".join([text_table(*self.table()), "", self.caption, *self.notes])

    def _repr_html_(self) -> str:
        import html

        from ._tables import html_picture, html_table

        words = "<br>".join(map(html.escape, [self.caption, *self.notes]))
        shown = html_picture(self, "curves and histograms")
        return f"{html_table(*self.table())}<p>{words}</p>{shown}"

    @property
    def caption(self) -> str:
        """What the numbers of the table are, in a sentence."""
        planned, finished, seeds = len(self._plan), len(self._done), len(self.seeds)
        missing = "" if finished == planned else f" ({finished} of {planned} runs)"
        spread = "± half of the mean's 95 % interval (Student's t); " if seeds > 1 else ""
        return (
            f"Means over {seeds} seed{'s' * (seeds > 1)}{missing}, "
            f"{self._epochs} epoch{'s' * (self._epochs > 1)}; losses on the training data; "
            f"{spread}seconds of one training."
        )

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the headings and a row for each setting."""
        headings = ["initializer", *self._varied, *_MEASURED]
        rows = []
        for setting in self.grid:
            begin = [setting.initializer, *(str(getattr(setting, kind)) for kind in self._varied)]
            rows.append(begin + self._measured(setting))
        return headings, rows

    def _measured(self, setting: Setting) -> list[str]:
        runs = self.of(*setting)
        if not runs:
            return ["-"] * len(_MEASURED)
        loss, loss_half = interval([run.loss[-1] for run in runs])
        test, test_half = interval([run.test_accuracy[-1] for run in runs])
        return [
            f"{np.mean([run.loss[0] for run in runs]):.4g}",
            f"{loss:.4g}" + ("" if loss_half is None else f" ± {loss_half:.2g}"),
            f"{test:.3f}" + ("" if test_half is None else f" ± {test_half:.3f}"),
            f"{np.mean([run.seconds for run in runs]):.3f}",
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return settings, versions and all results; numbers that are not finite are None."""
        from ._tables import jsonable

        results = []
        for run in self.runs:
            result = {k: v for k, v in vars(run).items() if k not in ("kernels", "signal")}
            if run.kernels[0]:
                before, after = (signal._asdict() for signal in run.signal)
                result["signal"] = {"before": before, "after": after}
                result["kernels"] = [
                    {"before": _summary(before), "after": _summary(after)}
                    for before, after in zip(*run.kernels, strict=True)
                ]
            results.append(result)
        everything: dict[str, Any] = jsonable(
            {
                "settings": self.settings,
                "versions": versions(),
                "repeat": {"python": self.code(), "shell": self.command()},
                "complete": len(self._done) == len(self._plan),
                "notes": self.notes,
                "statistics": [self._statistics(setting) for setting in self.grid],
                "runs": results,
            }
        )
        return everything

    def _statistics(self, setting: Setting) -> dict[str, Any]:
        """Return means over the seeds, and half the widths of their 95 % intervals."""
        runs = self.of(*setting)
        result = {**setting._asdict(), "runs": len(runs)}
        for curve in _CURVES if runs else ():
            mean, half = interval([getattr(run, curve) for run in runs])
            result[curve] = {"mean": mean, "half_width": half}
        return result

    def figure(self) -> "Figure":
        """Draw the loss and accuracy curves and, of one group of settings, the weights' histograms.

        Lines are means over the seeds, bands their 95 % intervals. Every depth, activation and
        optimizer has its own panels, up to six; a panel has up to eight initializers.

        Returns
        -------
        matplotlib.figure.Figure
            A figure of its own, unknown to pyplot.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If no run of the first seed has finished yet.
        """
        if not self.groups():
            raise ValueError(_NOTHING_TO_DRAW)
        from ._tables import drawn

        return drawn("_picture", self)

    def report(self) -> str:
        """Return the results as an HTML page of their own.

        Everything is in it: table, curves, signal by layer, histograms, settings, versions, and the
        code that repeats it. It loads nothing, needs no JavaScript, and can be opened offline.

        Raises
        ------
        ImportError, ValueError
            See `figure`.
        """
        if not self.groups():
            raise ValueError(_NOTHING_TO_DRAW)
        try:
            from ._report import report
        except ModuleNotFoundError as error:
            raise ImportError(f"The report needs matplotlib. {_EXTRA}.") from error
        return report(self)

    def code(self) -> str:
        """Return the Python that repeats the comparison; what only the caller has goes by name."""
        lines = ["import fanin", ""]
        for kind in self._varieties:
            lines += [f"# {one.name}: your own" for one in kind.values() if one.code is None]
        starts, updates = (
            [one.code or one.name for one in kind.values()] for kind in self._varieties
        )
        arguments = {
            "depth": _one_or_all(list(map(str, self.depths))),
            "units": str(self._units),
            "activation": _one_or_all([f'"{name}"' for name in self.activations]),
            "optimizer": _one_or_all(updates),
            "learning_rate": str(self._learning_rate),
            "epochs": str(self._epochs),
            "seeds": str(self._seed_count or self.seeds),
            "batch_size": str(self._batch_size),
        }
        lines += ["comparison = fanin.compare(", f"    [{', '.join(starts)}],"]
        if self.settings["data"] == "given":
            lines.append("    data=((x_train, y_train), (x_test, y_test)),  # your own")
        lines += [f"    {key}={value}," for key, value in arguments.items() if value != "None"]
        return "\n".join([*lines, ")", 'comparison.save("results")'])

    def command(self) -> str | None:
        """Return the command that repeats the comparison; None if names do not say all."""
        import shlex

        named = all(
            one.code == f'"{one.name}"' for kind in self._varieties for one in kind.values()
        )
        if not named or self._seed_count is None:
            return None
        words: dict[str, list[Any]] = {
            "--initializers": self.names,
            "--depth": self.depths,
            "--units": [self._units],
            "--activation": self.activations,
            "--optimizer": self.optimizers,
            "--learning-rate": [] if self._learning_rate is None else [self._learning_rate],
            "--epochs": [self._epochs],
            "--seeds": [self._seed_count],
            "--batch-size": [self._batch_size],
            "--data": ["FILE.npz"] if self.settings["data"] == "given" else [],
            "--out": ["results"],
        }
        given = [word for key, values in words.items() if values for word in (key, *values)]
        return shlex.join(["python", "-m", "fanin", "compare", *map(str, given)])

    @property
    def _varieties(self) -> list[Mapping[str, _inputs.Initialization | _inputs.Updates]]:
        return [self._starts, self._updates]

    @property
    def _seed_count(self) -> int | None:
        """How many seeds there are, if they are the first ones."""
        count = len(self.seeds)
        return count if self.seeds == list(range(count)) else None

    def save(self, directory: "str | os.PathLike[str]") -> "tuple[Path, Path, Path]":
        """Write ``comparison.json``, ``.png`` and ``.html`` (see `report`); return their paths.

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
        picture, page = table.with_suffix(".png"), table.with_suffix(".html")
        self.figure().savefig(picture, dpi=150)
        page.write_text(self.report(), encoding="utf-8")
        return table, picture, page

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
    seeds: Any = 5,
    depth: Any = 2,
    units: int = 64,
    activation: Any = "relu",
    optimizer: Any = "adam",
    learning_rate: float | None = None,
    batch_size: int = 32,
    progress: bool = True,
) -> Comparison:
    """Train one classifier per initializer and seed, several at once, and compare them.

    The network is ``depth`` times ``Dense(units, activation)`` and a ``Dense(classes, "softmax")``;
    every kernel is drawn by the initializer, biases start at zero. Seed k means
    ``fanin.utils.set_random_seed(k)`` before the model is built, so that the initializers see the
    same shuffles; each model ends with the bits that it would have, trained alone. The caller's
    random states (Python's and NumPy's) are left as they were.

    ``depth``, ``activation`` and ``optimizer`` take one value or a list; every initializer is
    trained with each combination.

    Parameters
    ----------
    initializers : sequence
        Names, instances, dicts or functions, as `fanin.initializers.get` takes them. An instance
        without a seed draws anew for every kernel; one with a seed gives the same values in every
        run. Also objects with an attribute ``initializer``, which draws the kernels, and a method
        ``adapt(model, x)``, which is then called with the built model and the training inputs.
    data : ((x_train, y_train), (x_test, y_test)), optional
        Images of any shape, flattened; integer pixels are multiplied by 1 / 255. Labels: integers
        from 0, shape (rows,). None: `fanin.datasets.digits`.
    epochs, units, batch_size : int
        All at least 1.
    seeds : int or list of int
        How many: 0 ... seeds - 1; or these, in [0, 2**32).
    depth : int or list of int
        Hidden layers, at least 1.
    activation : str or list of str
        Of the hidden layers.
    optimizer : str, Optimizer, or list of them
        Every run has a new one.
    learning_rate : float, optional
        None: the optimizer's own.
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
    >>> fanin.compare("he_normal", depth=[2, 20], activation=["relu", "tanh"])  # doctest: +SKIP
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


_MEASURED = ("initial loss", "final loss", "test accuracy", "seconds")
_CURVES = ("loss", "accuracy", "test_loss", "test_accuracy")


def _one_or_all(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"[{', '.join(values)}]"


def versions() -> dict[str, str]:
    """Return what the numbers were computed with."""
    import platform

    from . import __version__

    return {
        "fanin": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


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
