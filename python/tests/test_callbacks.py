import json
import os
import sys

import numpy as np
import pytest

import fanin
from fanin import callbacks
from fanin.layers import Dense, Input

X = np.random.default_rng(3).normal(size=(12, 4)).astype("float32")
Y = X[:, :1].copy()


@pytest.fixture
def model():
    fanin.utils.set_random_seed(4)
    result = fanin.Sequential([Input((4,)), Dense(3, "tanh"), Dense(1)])
    result.compile("adam", "mse", metrics=["mae"])
    return result


def calls_of(monkeypatch, name):
    """Return the list to which calls of the native library of that name are added."""
    calls = []
    inner = fanin._native.call

    def call(called, *arguments):
        if called == name:
            calls.append(called)
        return inner(called, *arguments)

    monkeypatch.setattr(fanin._native, "call", call)
    return calls


# -- What hooks cost ---------------------------------------------------------------------------


class Hook(callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass


class OldHook(callbacks.Callback):
    def on_batch_begin(self, batch, logs=None):
        pass


class Duck:
    """An object that is no Callback and has some of the hooks."""

    def __init__(self):
        self.epochs = []

    def set_model(self, model):
        self.model = model

    def set_params(self, params):
        self.params = params

    def on_epoch_end(self, epoch, logs):
        self.epochs.append(epoch)


@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda folder: [], 1),
        (lambda folder: [callbacks.EarlyStopping("loss"), Duck()], 1),
        (lambda folder: [callbacks.ModelCheckpoint(folder / "a.keras", "loss", mode="min")], 1),
        (lambda folder: [callbacks.BackupAndRestore(folder)], 1),
        (lambda folder: [callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)], 1),
        (lambda folder: callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None), 4),
        (lambda folder: [Hook()], 4),
        (lambda folder: [[OldHook()]], 4),
        (lambda folder: [callbacks.TerminateOnNaN()], 4),
    ],
)
def test_only_hooks_of_batches_take_calls(model, monkeypatch, tmp_path, make, count):
    monkeypatch.setattr(fanin.models.Model, "save", lambda *arguments, **keywords: None)
    monkeypatch.setattr(fanin.models.Model, "save_weights", lambda *arguments, **keywords: None)
    # Many batches a call take less than its 50 ms.
    calls = calls_of(monkeypatch, "network_train")
    model.fit(X, Y, batch_size=3, verbose=0, callbacks=make(tmp_path))
    assert len(calls) == count


def test_a_bar_takes_no_calls(model, monkeypatch):
    calls = calls_of(monkeypatch, "network_train")
    model.fit(X, Y, batch_size=3, verbose=1)
    assert len(calls) == 1


# -- Errors and interrupts ---------------------------------------------------------------------


@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_end", "on_train_batch_begin"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_in_a_callback_leaves_the_model_usable(model, hook, error):
    def fail(*arguments, **keywords):
        raise error("mine")

    with pytest.raises(error, match="mine"):
        model.fit(X, Y, verbose=0, callbacks=[callbacks.LambdaCallback(**{hook: fail})])
    steps = int(model.optimizer.iterations)
    assert model.fit(X, Y, verbose=0).epoch == [0]
    assert model.optimizer.iterations == steps + 1


def test_an_interrupt_is_not_lost_where_a_hook_stops(model, monkeypatch):
    inner = fanin._native.call

    def call(name, *arguments):
        inner(name, *arguments)
        if name == "network_train":
            raise KeyboardInterrupt

    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    monkeypatch.setattr(fanin._native, "call", call)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=3, verbose=0, callbacks=[Stop()])
    assert model.optimizer.iterations == 1


def test_training_inside_a_callback(model):
    class Inner(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.train_on_batch(X, Y)
            self.losses = self.model.evaluate(X, Y, verbose=0)

    model.fit(X, Y, epochs=2, verbose=0, callbacks=[Inner()])
    assert model.optimizer.iterations == 4


def test_evaluate_and_predict_stop(model):
    class Stop(callbacks.Callback):
        def on_test_batch_end(self, batch, logs=None):
            self.model.stop_evaluating = batch == 1

        def on_predict_batch_end(self, batch, logs=None):
            self.model.stop_predicting = batch == 1

    expected = model.evaluate(X[:6], Y[:6], verbose=0)
    run = {"batch_size": 3, "verbose": 0, "callbacks": [Stop()]}
    assert model.evaluate(X, Y, **run) == pytest.approx(expected, rel=2**-22)
    assert len(model.predict(X, **run)) == 6


# -- Single callbacks --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: callbacks.EarlyStopping("val_foo"),
        lambda: callbacks.ReduceLROnPlateau("foo"),
        lambda: callbacks.ModelCheckpoint("a.keras", "foo"),
    ],
)
def test_an_unknown_quantity(model, make):
    with pytest.raises(ValueError, match="to automatically determine whether that metric"):
        model.fit(X, Y, verbose=0, callbacks=[make()])


def test_a_missing_quantity(model):
    for callback, text in (
        (callbacks.EarlyStopping(), "Early stopping conditioned on metric `val_loss`"),
        (callbacks.ReduceLROnPlateau(), "Learning rate reduction is conditioned on metric"),
    ):
        with pytest.warns(UserWarning, match=text):
            model.fit(X, Y, verbose=0, callbacks=[callback])
    with pytest.warns(UserWarning, match="mode 'most' is unknown"):
        callbacks.EarlyStopping(mode="most")


def test_the_direction_of_metrics(model):
    model.compile("adam", "mse", metrics=["mae", "cosine_similarity"])
    stopping = callbacks.EarlyStopping("val_cosine_similarity", patience=0)
    model.fit(X, Y, epochs=2, verbose=0, validation_data=(X, Y), callbacks=[stopping])
    assert stopping.monitor_op(1.0, 0.0)
    stopping = callbacks.EarlyStopping("mae")
    model.fit(X, Y, verbose=0, callbacks=[stopping])
    assert stopping.monitor_op(0.0, 1.0)


def test_wrong_arguments(tmp_path):
    for make, text in (
        (lambda: callbacks.ReduceLROnPlateau(factor=1.0), "factor >= 1.0"),
        (lambda: callbacks.ModelCheckpoint("a.h6"), "must end in `.keras`"),
        (lambda: callbacks.ModelCheckpoint("a.keras", save_weights_only=True), "`.weights.h5`"),
        (lambda: callbacks.ModelCheckpoint("a.keras", save_freq="batch"), "Unrecognized save_freq"),
        (lambda: callbacks.BackupAndRestore(""), "Empty `backup_dir`"),
        (lambda: callbacks.BackupAndRestore(tmp_path, save_freq=None), "Invalid value for"),
    ):
        with pytest.raises(ValueError, match=text):
            make()
    for name in ("OrbaxCheckpoint", "RemoteMonitor"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(callbacks, name)
    with pytest.raises(NotImplementedError, match="`profile_batch`"):
        callbacks.TensorBoard(profile_batch=2)


def test_learning_rates_that_are_none(model):
    with pytest.raises(ValueError, match="should be a float. Got: 1"):
        model.fit(X, Y, verbose=0, callbacks=[callbacks.LearningRateScheduler(lambda epoch: 1)])


def test_averages_that_are_not_there(model):
    with pytest.raises(ValueError, match="SwapEMAWeights must be used when"):
        model.fit(X, Y, verbose=0, validation_data=(X, Y), callbacks=[callbacks.SwapEMAWeights()])


def test_terminate_on_nan_by_an_error(model):
    y = np.full_like(Y, np.inf)
    with pytest.raises(RuntimeError, match="NaN or Inf loss encountered at batch 0"):
        model.fit(X, y, verbose=0, callbacks=[callbacks.TerminateOnNaN(raise_error=True)])


def test_checkpoints(model, tmp_path, monkeypatch, capsys):
    saved = []

    def save(self, path, overwrite):
        open(path, "w").close()
        saved.append((os.path.relpath(path, tmp_path), int(self.optimizer.iterations)))

    monkeypatch.setattr(fanin.models.Model, "save", save)
    run = {"epochs": 2, "batch_size": 3, "verbose": 0}
    each = callbacks.ModelCheckpoint(tmp_path / "new" / "{epoch:02d}.keras", "loss")
    model.fit(X, Y, callbacks=[each], **run)
    assert saved == [("new/01.keras", 4), ("new/02.keras", 8)]
    saved.clear()
    # Over the ends of epochs: after 3, 6 and 8 + 1 batches.
    often = callbacks.ModelCheckpoint(str(tmp_path / "{epoch}-{batch}.keras"), save_freq=3)
    with pytest.warns(UserWarning, match="ran out"):
        model.fit(X, Y, callbacks=[often], validation_data=(X, Y), steps_per_epoch=5, **run)
    assert [name for name, _ in saved] == ["1-3.keras", "2-2.keras"]
    saved.clear()
    model.optimizer.learning_rate = 0.0
    best = callbacks.ModelCheckpoint(
        str(tmp_path / "a.keras"), "loss", verbose=1, save_best_only=True
    )
    capsys.readouterr()
    model.fit(X, Y, callbacks=[best], shuffle=False, **run)
    path = tmp_path / "a.keras"
    loss = model.evaluate(X, Y, batch_size=3, verbose=0)[0]
    assert len(saved) == 1
    assert capsys.readouterr().out == (
        f"\nEpoch 1: loss improved from None to {loss:.5f}, saving model to {path}\n"
        f"\nEpoch 1: finished saving model to {path}\n"
        f"\nEpoch 2: loss did not improve from {loss:.5f}\n"
    )
    with pytest.raises(KeyError, match="Failed to format this callback filepath"):
        model.fit(X, Y, callbacks=[callbacks.ModelCheckpoint("{foo}.keras", "loss")], **run)
    (tmp_path / "folder.keras").mkdir()
    folder = callbacks.ModelCheckpoint(tmp_path / "folder.keras", "loss")
    with pytest.raises(OSError, match="Please specify a non-directory filepath"):
        model.fit(X, Y, callbacks=[folder], **run)


def test_backup_and_restore(model, tmp_path):
    folder = tmp_path / "backup"

    class Fail(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    other = fanin.models.clone_model(model)
    other.set_weights(model.get_weights())
    other.compile("adam", "mse", metrics=["mae"])
    run = {"epochs": 4, "batch_size": 3, "verbose": 0, "shuffle": False}
    expected = other.fit(X, Y, **run)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, callbacks=[callbacks.BackupAndRestore(folder), Fail()], **run)
    assert json.loads((folder / "training_metadata.json").read_text()) == {"epoch": 2, "batch": 0}
    # As in a process of its own: other weights, another optimizer.
    fresh = fanin.models.clone_model(model)
    fresh.compile("adam", "mse", metrics=["mae"])
    history = fresh.fit(X, Y, callbacks=[callbacks.BackupAndRestore(folder)], **run)
    assert history.epoch == [2, 3]
    assert history.history["loss"] == expected.history["loss"][2:]
    for ours, theirs in zip(fresh.weights, other.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not folder.exists()
    unbuilt = fanin.Sequential([Dense(1)])
    unbuilt.compile("adam", "mse")
    # Keras needs a model that is built; `fit` with arrays builds it first here.
    assert unbuilt.fit(X, Y, verbose=0, callbacks=[callbacks.BackupAndRestore(folder)]).epoch == [0]


def test_tensorboard(model, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util.tensor_util import make_ndarray

    board = callbacks.TensorBoard(tmp_path, histogram_freq=1, update_freq=2)
    run = {"epochs": 2, "batch_size": 3, "verbose": 0, "callbacks": [board]}
    history = model.fit(X, Y, validation_data=(X, Y), **run).history
    read = {}
    for part in ("train", "validation"):
        read[part] = EventAccumulator(str(tmp_path / part))
        read[part].Reload()
    kernels = [f"{weight.path}/histogram" for weight in model.weights]
    assert read["train"].Tags()["tensors"] == [
        "keras",
        "batch_loss",
        "batch_mae",
        "epoch_loss",
        "epoch_mae",
        "epoch_learning_rate",
        *kernels,
    ]
    (_, last) = read["train"].Tensors(kernels[3])
    # One number: buckets without width, as TensorFlow has them.
    bias = float(model.weights[3][0])
    np.testing.assert_array_equal(
        make_ndarray(last.tensor_proto), [[bias, bias, 0]] * 29 + [[bias, bias, 1]]
    )

    def values(part, tag):
        return [(e.step, float(make_ndarray(e.tensor_proto))) for e in read[part].Tensors(tag)]

    assert values("train", "epoch_loss") == list(enumerate(history["loss"]))
    assert values("validation", "epoch_mae") == list(enumerate(history["val_mae"]))
    assert [step for step, _ in values("train", "batch_loss")] == [2, 4, 6, 8]
    assert [step for step, _ in values("validation", "evaluation_loss_vs_iterations")] == [4, 8]


def test_tensorboard_without_its_package(monkeypatch, model, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.event_file_writer", None)
    with pytest.raises(ImportError, match="pip install"):
        model.fit(X, Y, verbose=0, callbacks=[callbacks.TensorBoard(tmp_path)])


def test_a_list_of_callbacks_of_ones_own(model):
    events = []
    told = callbacks.CallbackList(
        [callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: events.append(sorted(logs)))],
        add_history=True,
        model=model,
        verbose=0,
        epochs=1,
        steps=1,
    )
    assert model.fit(X, Y, verbose=1, callbacks=told).epoch == [0]
    assert events == [["loss", "mae"]]
