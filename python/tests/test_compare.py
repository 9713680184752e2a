"""Comparison: what it trains, what it keeps, what it shows and writes."""

import base64
import hashlib
import io
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import matplotlib.image
import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats

import fanin
from fanin._session import random_state_kept
from fanin.comparison import Comparison, Setting, compare
from fanin.datasets import digits

SMALL: dict[str, Any] = {"epochs": 2, "seeds": 2, "units": 16, "batch_size": 48}


@pytest.fixture(scope="module")
def small() -> Comparison:
    return compare(["glorot_uniform", "he_normal", "zeros"], progress=False, **SMALL)


def test_each_run_is_the_model_that_keras_code_would_train(small: Comparison) -> None:
    """Every number of a run comes out of the same steps written by hand."""
    (x, y), (x_test, y_test) = digits.load_data()
    fanin.utils.set_random_seed(1)
    model = fanin.Sequential(
        [
            fanin.layers.Dense(16, activation="relu", kernel_initializer="he_normal"),
            fanin.layers.Dense(16, activation="relu", kernel_initializer="he_normal"),
            fanin.layers.Dense(10, activation="softmax", kernel_initializer="he_normal"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.build((None, 64))
    loss, accuracy = model.evaluate(x, y, batch_size=48, verbose=0)
    history = model.fit(x, y, epochs=2, batch_size=48, verbose=0).history
    test_loss, test_accuracy = model.evaluate(x_test, y_test, batch_size=48, verbose=0)

    (run,) = (run for run in small.of("he_normal") if run.seed == 1)
    assert (run.loss[0], run.accuracy[0]) == (loss, accuracy)
    assert run.history == history
    assert (run.test_loss[-1], run.test_accuracy[-1]) == (test_loss, test_accuracy)
    assert [len(c) for c in (run.loss, run.accuracy, run.test_loss, run.test_accuracy)] == [3] * 4


def weights_by_hand(setting: Setting, seed: int, adapt: bool) -> list[npt.NDArray[np.float32]]:
    """Train a model with the same steps, written by hand, alone."""
    (x, y), _ = digits.load_data()
    fanin.utils.set_random_seed(seed)
    base = "orthogonal" if adapt else setting.initializer
    dense = fanin.layers.Dense
    model = fanin.Sequential(
        [dense(24, setting.activation, kernel_initializer=base) for _ in range(setting.depth)]
        + [dense(10, "softmax", kernel_initializer=base)]
    )
    rate = {"adam": fanin.optimizers.Adam(), "sgd(learning_rate=0.1, momentum=0.9)": SGD}
    optimizer = fanin.optimizers.deserialize(fanin.optimizers.serialize(rate[setting.optimizer]))
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
    model.build((None, 64))
    if adapt:
        Scaled("").adapt(model, x)
    model.fit(x, y, epochs=3, batch_size=50, verbose=0)
    return model.get_weights()


SGD = fanin.optimizers.SGD(0.1, momentum=0.9)


def test_every_run_of_a_grid_has_the_bits_of_its_solo_run() -> None:
    """Whatever number of them is trained at once; every byte of weights, losses and metrics."""
    grid: dict[str, Any] = {
        "depth": [1, 3], "activation": ["tanh", "relu"], "optimizer": ["adam", SGD],
        "seeds": [3, 11, 0], "units": 24, "epochs": 3, "batch_size": 50, "progress": False,
    }  # fmt: skip
    kinds = ["he_normal", Scaled("orthogonal")]
    comparisons = []
    threads = fanin.get_num_threads()
    for count in (1, 2, 5):
        fanin.set_num_threads(count)
        try:
            comparisons.append(compare(kinds, **grid))
            assert fanin.get_num_threads() == count
        finally:
            fanin.set_num_threads(threads)
    one, *others = comparisons
    assert len(one.runs) == 2 * 2 * 2 * 2 * 3
    assert len({run.digest for run in one.runs}) == len(one.runs)
    for other in others:
        for run, same in zip(one.runs, other.runs, strict=True):
            assert (run.setting, run.seed, run.digest) == (same.setting, same.seed, same.digest)
            for curve in ("loss", "accuracy", "test_loss", "test_accuracy"):
                assert getattr(run, curve) == getattr(same, curve)
            assert run.history == same.history
            assert run.signal == same.signal
            for kernels, those in zip(run.kernels, same.kernels, strict=True):
                assert [k.tobytes() for k in kernels] == [k.tobytes() for k in those]
    with random_state_kept():
        for run in others[0].runs:
            alone = weights_by_hand(run.setting, run.seed, run.initializer.startswith("scaled"))
            assert run.digest == hashlib.sha256(b"".join(w.tobytes() for w in alone)).hexdigest()
            if run.seed == 3:
                assert [k.tobytes() for k in run.kernels[1]] == [w.tobytes() for w in alone[::2]]


def test_a_grid_is_every_combination_and_says_what_is_varied() -> None:
    comparison = Comparison(
        ["zeros", "ones"], depth=(1, 2), optimizer=["sgd", "adam"], seeds=[7], units=2, epochs=1
    )
    assert comparison.grid == [
        Setting(name, depth, "relu", optimizer)
        for depth in (1, 2) for optimizer in ("sgd", "adam") for name in ("zeros", "ones")
    ]  # fmt: skip
    assert comparison.groups() == {}
    comparison.run(progress=False)
    assert list(comparison.groups()) == [
        "depth 1, sgd", "depth 1, adam", "depth 2, sgd", "depth 2, adam",
    ]  # fmt: skip
    (run,) = comparison.of("ones", depth=2, optimizer="adam")
    assert run.setting == Setting("ones", 2, "relu", "adam") and run.seed == 7
    assert len(run.kernels[0]) == 3
    assert len(comparison.of("ones")) == 4 and len(comparison.of("ones", depth=1)) == 2
    headings, rows = comparison.table()
    assert headings[:4] == ["initializer", "depth", "optimizer", "initial loss"]
    assert rows[3][:3] == ["ones", "1", "adam"]
    # the same note of all settings is one
    assert [note.split(":")[0] for note in comparison.notes] == ["zeros", "ones"]


def test_what_adapts_weights_gets_the_model_and_the_training_inputs() -> None:
    scaled = Scaled(fanin.initializers.RandomNormal(stddev=0.1))
    comparison = Comparison([scaled, "he_normal"], epochs=1, seeds=2, units=8)
    assert scaled.seen == []
    comparison.run(progress=False)
    assert comparison.names == ["scaled(random_normal(stddev=0.1))", "he_normal"]
    assert comparison.settings["initializers"][comparison.names[0]]["adapt"] == "Scaled"
    assert len(scaled.seen) == 2
    assert np.array_equal(scaled.seen[0], digits.load_data()[0][0])
    first = comparison.of(comparison.names[0])[0]
    # what the untrained model was measured with
    assert all(np.abs(k).max() == 1 for k in first.kernels[0])


def test_signal_is_that_of_each_layer(small: Comparison) -> None:
    (x, y), _ = digits.load_data()
    rows = np.linspace(0, len(x) - 1, 1024).astype(int)
    x, y = x[rows], y[rows]
    run = small.of("he_normal")[0]
    for seen in run.signal:  # before and after; there are biases after
        assert seen.outputs[0] == pytest.approx(x.var(dtype=np.float64), rel=1e-12)
        assert (len(seen.outputs), len(seen.gradients)) == (3, 2)
    first, second, last = run.kernels[0]
    hidden = np.maximum(x @ first, 0)
    # sums of 64 products in float32, in another order
    before = run.signal[0]
    assert before.outputs[1] == pytest.approx(hidden.var(dtype=np.float64), rel=1e-5)
    logits = np.maximum(hidden @ second, 0) @ last
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    gradients = (p - np.eye(10)[y]) / len(x) @ last.T
    assert before.gradients[1] == pytest.approx(np.square(gradients).mean(), rel=1e-4)
    assert small.of("he_normal")[1].signal == (([], []), ([], []))
    assert small.of("zeros")[0].signal[0] == ([before.outputs[0], 0, 0], [0, 0])


def test_optimizers_are_new_in_every_run_and_the_callers_is_left_alone() -> None:
    fanin.utils.clear_session()
    mine = fanin.optimizers.SGD(0.5, momentum=0.9)
    kinds = ["sgd", mine, fanin.optimizers.SGD()]
    with pytest.raises(ValueError, match="sgd twice"):
        Comparison("zeros", optimizer=kinds)
    comparison = compare(
        "he_normal", optimizer=kinds[:2], epochs=1, seeds=2, units=4, progress=False
    )
    assert mine.iterations == 0 and mine.learning_rate == 0.5
    assert comparison.optimizers == ["sgd", "sgd(learning_rate=0.5, momentum=0.9)"]
    assert fanin.optimizers.SGD().name == "sgd_2"
    described = comparison.settings["optimizers"]
    assert described["sgd"]["config"]["learning_rate"] == pytest.approx(0.01)
    faster = Comparison("he_normal", optimizer=["adam", mine], learning_rate=0.25)
    assert faster.optimizers == ["adam", "sgd(momentum=0.9)"]
    assert {o["config"]["learning_rate"] for o in faster.settings["optimizers"].values()} == {0.25}


def test_runs_are_complete_and_in_order(small: Comparison) -> None:
    names = ["glorot_uniform", "he_normal", "zeros"]
    assert small.names == names
    assert [(r.initializer, r.seed) for r in small.runs] == [(n, s) for s in (0, 1) for n in names]
    assert all(run.seconds > 0 for run in small.runs)


def test_kernels_are_those_before_and_after_training(small: Comparison) -> None:
    fanin.utils.set_random_seed(0)
    kernel = fanin.initializers.GlorotUniform()((64, 16))
    before, after = small.of("glorot_uniform")[0].kernels
    assert np.array_equal(before[0], kernel)
    assert [k.shape for k in before] == [(64, 16), (16, 16), (16, 10)]
    assert all(not np.array_equal(b, a) for b, a in zip(before, after, strict=True))


def test_zeros_learn_nothing_and_the_note_says_why(small: Comparison) -> None:
    zeros = small.of("zeros")
    # all outputs are equal, so the loss is ln 10 but for float32 rounding of a mean of 1437
    assert zeros[0].loss[0] == pytest.approx(np.log(10), abs=1e-5)
    assert all(np.array_equal(k, np.zeros_like(k)) for k in zeros[0].kernels[1])
    assert zeros[0].test_accuracy[-1] < 0.15
    assert small.of("glorot_uniform")[0].test_accuracy[-1] > 0.3
    assert small.units_alike("zeros") and not small.units_alike("he_normal")
    (note,) = small.notes
    assert note.startswith("zeros: all units of a hidden layer start alike")


def test_table_says_means_and_spread(small: Comparison) -> None:
    lines = repr(small).splitlines()
    assert lines[0].split("  ")[0] == "initializer"
    row = next(line for line in lines if line.startswith("he_normal"))
    runs = small.of("he_normal")
    tests = [run.test_accuracy[-1] for run in runs]
    # of two values, the standard deviation over the root of 2 is half of the difference
    t = scipy.stats.t.ppf(0.975, 1)
    assert f"{(tests[0] + tests[1]) / 2:.3f} ± {t * abs(tests[0] - tests[1]) / 2:.3f}" in row
    losses = [run.loss[-1] for run in runs]
    assert f"{(losses[0] + losses[1]) / 2:.4g} ± {t * abs(losses[0] - losses[1]) / 2:.2g}" in row
    assert f"{(runs[0].loss[0] + runs[1].loss[0]) / 2:.4g}" in row
    assert len({line.rindex("±") for line in lines[2:5]}) == 1  # the columns are straight
    assert small.notes[0] in lines


def test_callers_random_states_stay() -> None:
    random.seed(5)
    np.random.seed(6)
    python, numpy = random.getstate(), np.random.get_state()[1].copy()  # type: ignore[index]
    compare(["he_uniform"], epochs=1, seeds=1, units=4, progress=False)
    assert random.getstate() == python
    assert np.array_equal(np.random.get_state()[1], numpy)  # type: ignore[index]
    with pytest.raises(ValueError, match="Could not interpret"):
        compare(["glorot_uniform", "nonsense"], progress=False)
    assert random.getstate() == python


def test_callers_seed_still_rules_the_shuffles() -> None:
    """A comparison in between changes nothing of a model that is seeded outside."""
    (x, y), _ = digits.load_data()

    def train(between: bool) -> list[float]:
        fanin.utils.set_random_seed(3)
        model = fanin.Sequential([fanin.layers.Dense(10, activation="softmax")])
        model.compile(loss="sparse_categorical_crossentropy")
        if between:
            compare("zeros", epochs=1, seeds=2, units=2, progress=False)
        losses: list[float] = model.fit(x, y, epochs=2, verbose=0).history["loss"]
        return losses

    assert train(False) == train(True)


def test_callers_next_layer_has_the_name_it_would_have_had() -> None:
    fanin.utils.clear_session()
    compare("zeros", epochs=1, seeds=1, units=2, progress=False)
    assert fanin.layers.Dense(1).name == "dense"
    assert fanin.Sequential().name == "sequential"


def test_instances_dicts_and_functions_and_their_names() -> None:
    def halves(shape: tuple[int, ...], dtype: Any = None) -> npt.NDArray[Any]:
        return np.full(shape, 0.5, dtype)

    kinds = [
        fanin.initializers.HeNormal(),
        fanin.initializers.HeNormal(seed=3),
        fanin.initializers.serialize(fanin.initializers.RandomNormal(stddev=0.1)),
        fanin.initializers.Ones,
        halves,
    ]
    comparison = compare(kinds, epochs=1, seeds=2, units=8, progress=False)
    assert comparison.names == [
        "he_normal", "he_normal(seed=3)", "random_normal(stddev=0.1)", "ones", "halves",
    ]  # fmt: skip
    first = {name: comparison.of(name)[0].kernels[0] for name in comparison.names}
    assert np.array_equal(
        first["he_normal(seed=3)"][0], fanin.initializers.HeNormal(seed=3)((64, 8))
    )
    assert (first["halves"][0] == 0.5).all()
    assert first["random_normal(stddev=0.1)"][0].std() == pytest.approx(0.1, rel=0.2)
    # unseeded instances draw anew for every layer and run, whatever they drew when they were made
    assert comparison.of("he_normal")[0].loss[0] != comparison.of("he_normal")[1].loss[0]
    fanin.utils.set_random_seed(0)
    assert np.array_equal(first["he_normal"][0], fanin.initializers.HeNormal()((64, 8)))
    json.dumps(comparison.to_dict(), allow_nan=False)


def test_data_of_mnists_layout_is_flattened_and_scaled() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (50, 4, 3), dtype=np.uint8)
    y = rng.integers(0, 3, 50).astype(np.uint8)
    settings: dict[str, Any] = {"epochs": 1, "seeds": 1, "units": 4, "progress": False}
    bytes_ = compare("he_uniform", data=((x, y), (x[:9], y[:9])), **settings)
    floats = x.reshape(50, 12).astype(np.float32) * np.float32(1 / 255)
    scaled = compare("he_uniform", data=((floats, y), (floats[:9], y[:9])), **settings)
    assert bytes_.runs[0].loss == scaled.runs[0].loss
    assert bytes_.settings["classes"] == 3
    assert bytes_.settings["inputs"] == 12


class Scaled:
    """What adapts the weights: each kernel is divided by its largest value."""

    def __init__(self, initializer: Any) -> None:
        self.initializer = initializer
        self.seen: list[npt.NDArray[Any]] = []

    def adapt(self, model: Any, x: npt.NDArray[Any]) -> None:
        self.seen.append(x)
        for layer in model.layers:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel / np.abs(kernel).max(), bias])


class Unfounded:
    def adapt(self, model: Any, x: npt.NDArray[Any]) -> None: ...


X, Y = np.zeros((4, 2), np.float32), np.zeros(4, np.int64)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"initializers": []}, ValueError, "at least one"),
        ({"initializers": 3}, ValueError, "Could not interpret.*3"),
        ({"initializers": [None]}, TypeError, "must hold initializers"),
        ({"initializers": ["zeros", "ones", "zeros"]}, ValueError, "zeros twice"),
        ({"initializers": ["kaiming"]}, ValueError, "Could not interpret.*kaiming"),
        ({"epochs": 0}, ValueError, "`epochs` must be at least 1. Received: 0"),
        ({"seeds": 2.0}, TypeError, "`seeds` must be an integer. Received: 2.0"),
        ({"depth": True}, TypeError, "`depth`"),
        ({"units": -1}, ValueError, "`units`"),
        ({"batch_size": 0}, ValueError, "`batch_size`"),
        ({"activation": "rely"}, ValueError, "rely"),
        ({"activation": None}, TypeError, "`activation` must be a name"),
        ({"optimizer": "adamant"}, ValueError, "adamant"),
        ({"optimizer": 1}, TypeError, "`optimizer` must be a name or an optimizer"),
        ({"optimizer": ["sgd", "adam", "sgd"]}, ValueError, "`optimizer`.*sgd twice"),
        ({"depth": []}, ValueError, "`depth` must hold at least one"),
        ({"depth": [2, 0]}, ValueError, "`depth` must be at least 1. Received: 0"),
        ({"depth": [2, 3, 2]}, ValueError, "`depth` must not name one twice. Received: 2"),
        ({"activation": ["relu", None]}, TypeError, "`activation` must be a name"),
        ({"activation": ["relu", "rely"]}, ValueError, "rely"),
        ({"seeds": []}, ValueError, "`seeds` must hold at least one"),
        ({"seeds": [1, -1]}, ValueError, "`seeds`.*between 0 and 2.*Received: seed=-1"),
        ({"seeds": [1, 1]}, ValueError, "`seeds` must not name one twice"),
        ({"seeds": "many"}, TypeError, "`seeds` must be an integer. Received: 'many'"),
        ({"initializers": [Scaled(None)]}, TypeError, "must hold initializers"),
        ({"initializers": [Unfounded()]}, TypeError, "must have an attribute `initializer`"),
        ({"learning_rate": float("nan")}, ValueError, "learning_rate"),
        ({"data": 5}, ValueError, "`data` must be"),
        ({"data": ((X, Y), (X[:, :1], Y))}, ValueError, "2 and 1 pixels"),
        ({"data": ((X, Y[:3]), (X, Y))}, ValueError, "y_train must be integers"),
        ({"data": ((X, Y), (X, Y - 1))}, ValueError, "y_test must hold classes from 0"),
        ({"data": ((X, Y + 0.5), (X, Y))}, ValueError, "y_train must be integers"),
        ({"data": ((X[:0], Y[:0]), (X, Y))}, ValueError, "not empty"),
        ({"data": ((X + np.inf, Y), (X, Y))}, ValueError, "x_train must be finite"),
        ({"data": ((X.astype(str), Y), (X, Y))}, ValueError, "x_train must be an array of numbers"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Comparison(**arguments)


def interrupt_at(monkeypatch: pytest.MonkeyPatch, wanted: int, after: float) -> list[float]:
    """Let a real SIGINT come after a training has begun, in a thread; return when it came."""
    fit = fanin.Sequential.fit
    calls, times = itertools.count(1), []

    def interrupt() -> None:
        times.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    def fit_and_interrupt(self: Any, *args: Any, **kwargs: Any) -> Any:
        if next(calls) == wanted:
            threading.Timer(after, interrupt).start()
        return fit(self, *args, **kwargs)

    monkeypatch.setattr(fanin.Sequential, "fit", fit_and_interrupt)
    return times


def test_interrupted_runs_are_kept_and_the_rest_can_follow(small: Comparison) -> None:
    settings = {**SMALL, "epochs": 40}
    comparison = Comparison(["glorot_uniform", "he_normal", "zeros"], **settings)
    random.seed(1)
    state, threads = random.getstate(), fanin.get_num_threads()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        interrupt_at(patch, 4, after=0.0)
        comparison.run(progress=False)
    assert random.getstate() == state
    assert fanin.get_num_threads() == threads
    finished = len(comparison.runs)
    assert 1 <= finished < 6
    assert f"{finished} of 6 runs" in repr(comparison)
    assert comparison.to_dict()["complete"] is False
    json.dumps(comparison.to_dict(), allow_nan=False)

    kept = comparison.runs
    comparison.run(progress=False)
    assert all(run in comparison.runs for run in kept)  # the same objects
    whole = compare(["glorot_uniform", "he_normal", "zeros"], progress=False, **settings)
    assert [run.digest for run in comparison.runs] == [run.digest for run in whole.runs]
    comparison.run(progress=False)  # there is nothing left to do


def test_interrupt_ends_long_epochs_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).random((5000, 256), np.float32)
    y = np.arange(5000) % 10
    # an epoch of four seconds, and the evaluation before it of one
    comparison = Comparison(
        "zeros", data=((x, y), (x[:9], y[:9])), units=1024, batch_size=1, seeds=3, epochs=9
    )
    came = interrupt_at(monkeypatch, 1, after=0.2)
    with pytest.raises(KeyboardInterrupt):
        comparison.run(progress=False)
    assert time.monotonic() - came[0] < 1
    assert comparison.runs == []
    with pytest.raises(ValueError, match="nothing to draw"):
        comparison.figure()
    assert "zeros" in repr(comparison)


def test_an_error_in_a_training_ends_the_others_and_keeps_what_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = fanin.Sequential.fit
    calls = itertools.count(1)

    def fit_or_fail(self: Any, *args: Any, **kwargs: Any) -> Any:
        if next(calls) == 4:
            raise MemoryError("no room")
        return fit(self, *args, **kwargs)

    monkeypatch.setattr(fanin.Sequential, "fit", fit_or_fail)
    comparison = Comparison("zeros", epochs=1, seeds=200, units=2)
    with pytest.raises(MemoryError, match="no room"):
        comparison.run(progress=False)
    # the trainings that had begun when it came
    assert 1 <= len(comparison.runs) <= 3 + 2 * fanin.get_num_threads()


def test_json_is_strict_and_whole(small: Comparison, tmp_path: Path) -> None:
    table, picture, page = small.save(tmp_path / "made" / "for it")
    assert page.read_text(encoding="utf-8") == small.report()
    text = table.read_text(encoding="utf-8")

    def refuse(word: str) -> None:
        raise ValueError(word)

    read = json.loads(text, parse_constant=refuse)
    assert read["complete"] is True
    assert read["settings"]["seeds"] == [0, 1]
    assert read["settings"]["initializers"]["he_normal"]["class_name"] == "HeNormal"
    assert read["versions"]["fanin"] == fanin.__version__
    assert [run["loss"] for run in read["runs"]] == [run.loss for run in small.runs]
    statistics = read["statistics"][1]
    assert (statistics["initializer"], statistics["runs"]) == ("he_normal", 2)
    curves = np.array([run.test_loss for run in small.of("he_normal")])
    assert np.allclose(statistics["test_loss"]["mean"], curves.mean(axis=0), rtol=1e-12)
    halves = scipy.stats.t.ppf(0.975, 1) * scipy.stats.sem(curves)
    assert np.allclose(statistics["test_loss"]["half_width"], halves, rtol=1e-9)
    kernel = read["runs"][0]["kernels"][0]["before"]
    assert sum(kernel["histogram"]["counts"]) == 64 * 16
    assert kernel["max"] <= (6 / (64 + 16)) ** 0.5
    image = matplotlib.image.imread(picture)
    assert image.shape[0] > 700
    assert image.shape[1] > 1000


def test_numbers_that_are_not_finite_are_null() -> None:
    comparison = compare(
        "he_normal", epochs=1, seeds=1, units=4, optimizer="sgd", learning_rate=1e30, progress=False
    )
    assert not np.isfinite(comparison.runs[0].loss[-1])
    assert any("left the finite numbers in 1 of the runs" in note for note in comparison.notes)
    assert comparison.to_dict()["runs"][0]["loss"][-1] is None
    comparison.figure().savefig(io.BytesIO())


def test_notebooks_see_table_and_picture(small: Comparison) -> None:
    shown = small._repr_html_()
    assert shown.count("<tr>") == 4
    assert "<td>he_normal</td>" in shown
    (code,) = re.findall(r'src="data:image/png;base64,([^"]+)"', shown)
    assert matplotlib.image.imread(io.BytesIO(base64.b64decode(code))).ndim == 3


def test_names_are_escaped_in_html() -> None:
    comparison = compare(
        lambda shape, dtype=None: np.ones(shape, dtype), epochs=1, seeds=1, units=2, progress=False
    )
    assert comparison.names == ["<lambda>"]
    assert "<td>&lt;lambda&gt;</td>" in comparison._repr_html_()


@pytest.mark.parametrize("count", [2, 6])
def test_picture_shows_what_was_measured_and_nothing_overlaps(count: int) -> None:
    names = ["glorot_uniform", "he_uniform", "zeros", "random_normal", "ones", "lecun_uniform"]
    comparison = compare(names[:count], epochs=2, seeds=2, units=8, depth=5, progress=False)
    figure = comparison.figure()
    upper, lower = figure.subfigs
    for axes, what in ((upper.axes[2], "outputs"), (upper.axes[3], "gradients")):
        before, after, *_ = (line.get_ydata().tolist() for line in axes.lines)
        assert [before, after] == [getattr(s, what) for s in comparison.of(names[0])[0].signal]
    for axes, what in ((upper.axes[0], "loss"), (upper.axes[1], "test_accuracy")):
        for line, name in zip(axes.lines, names, strict=False):
            expected = np.mean([getattr(run, what) for run in comparison.of(name)], axis=0)
            assert np.array_equal(line.get_ydata(), expected)
        band = axes.collections[0].get_paths()[0].vertices
        curves = np.array([getattr(run, what) for run in comparison.of(names[0])])
        half = scipy.stats.t.ppf(0.975, 1) * scipy.stats.sem(curves[:, 1])
        ends = curves[:, 1].mean() + half * np.array([-1, 1])
        assert np.isin(np.round(ends, 9), np.round(band[band[:, 0] == 1, 1], 9)).all()
    colours = {line.get_color() for line in upper.axes[0].lines}
    assert len(colours) == count
    assert [axes.get_title() for axes in lower.axes[:4]] == [
        "Hidden layer 1 (64 × 8)", "Hidden layer 3 (8 × 8)",
        "Hidden layer 4 (8 × 8)", "Output layer (8 × 10)",
    ]  # fmt: skip
    kernel = comparison.of(names[0])[0].kernels[0][0]
    heights, edges, _ = lower.axes[0].patches[0].get_data()
    counts = np.histogram(kernel, edges)[0]
    assert counts.sum() == 64 * 8  # every weight is within the limits
    assert np.allclose(heights / heights.max(), counts / counts.max(), rtol=1e-12, atol=0)

    figure.draw_without_rendering()
    boxes = [
        text.get_window_extent()
        for part in (upper, lower)
        for text in [
            *(axes.title for axes in part.axes),
            *(axes.xaxis.label for axes in part.axes),
            *(lower.axes[0].get_yticklabels() if part is lower else []),
            *part.legends[0].get_texts(),
            part.legends[0].get_title(),
        ]
        if text.get_text()
    ]
    for i, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


def test_no_pyplot_and_no_extras_until_they_are_needed() -> None:
    code = """
import sys, fanin
assert not {"matplotlib", "tqdm"} & set(sys.modules), "imported too early"
c = fanin.compare("zeros", epochs=1, seeds=1, units=2, progress=False)
assert "matplotlib" not in sys.modules
c.figure()
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_missing_extras_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch, small: Comparison
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"needs tqdm.*pip install fanin\[plot\]"):
        compare("zeros", epochs=1, seeds=1)
    monkeypatch.delitem(sys.modules, "fanin._picture", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"needs matplotlib.*pip install fanin\[plot\]"):
        small.figure()
    shown = small._repr_html_()  # still the table, and the reason
    assert "<td>he_normal</td>" in shown
    assert "pip install fanin[plot]" in shown


def test_progress_bar_counts_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    compare(["zeros", "ones"], epochs=2, seeds=1, units=2)
    assert "/4 " in capsys.readouterr().err
