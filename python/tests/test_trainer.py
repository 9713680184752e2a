import random
import signal
import threading
import time

import numpy as np
import pytest
from golden_training import TRAINING

import fanin
from fanin import _feeds, _session, losses, metrics, optimizers
from fanin.layers import Dense, Input

GENERATOR = np.random.default_rng(6)
X = GENERATOR.normal(size=(10, 4)).astype("float32")
Y = np.arange(10) % 3
ONE_HOT = np.eye(3)[Y]


@pytest.fixture(autouse=True)
def seeded():
    fanin.utils.set_random_seed(0)


def small(loss="sparse_categorical_crossentropy", last="softmax", units=3, measured=("accuracy",)):
    model = fanin.Sequential([Input((4,)), Dense(5, "relu"), Dense(units, last)])
    if loss is not None:
        model.compile("adam", loss, metrics=list(measured))
    return model


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


# -- fit, evaluate, predict --------------------------------------------------------------------


def test_history():
    model = small()
    assert not hasattr(model, "history")
    history = model.fit(X, Y, epochs=2, batch_size=4, verbose=0)
    assert model.history is history
    assert list(history.history) == ["accuracy", "loss"]
    assert all(len(v) == 2 and type(v[0]) is float for v in history.history.values())
    assert history.epoch == [0, 1]
    assert history.params == {"verbose": 0, "epochs": 2, "steps": 3}
    assert model.optimizer.iterations == 6
    history = model.fit(X, Y, epochs=5, initial_epoch=3, verbose=0, validation_split=0.2)
    assert list(history.history) == ["accuracy", "loss", "val_accuracy", "val_loss"]
    assert history.epoch == [3, 4]
    history = model.fit(X, Y, epochs=0, verbose=0)
    assert (history.history, history.epoch) == ({}, [])


def test_history_is_the_mean_before_each_update_and_validation_after():
    model = small()
    model.optimizer.learning_rate = 0.0
    history = model.fit(X, Y, batch_size=4, shuffle=False, verbose=0, validation_data=(X, Y))
    loss, accuracy = model.evaluate(X, Y, batch_size=4, verbose=0)
    assert history.history["loss"] == history.history["val_loss"] == [loss]
    assert history.history["accuracy"] == history.history["val_accuracy"] == [accuracy]
    # Rounded to float32, as Keras reports it.
    share = np.mean(model.predict(X, verbose=0).argmax(axis=1) == Y)
    assert accuracy == float(np.float32(share))


def test_validation_split_takes_the_last_samples():
    a, b = small(), small()
    b.set_weights(a.get_weights())
    first = a.fit(X, Y, epochs=2, validation_split=0.25, shuffle=False, verbose=0)
    # floor(10 * 0.75) = 7
    second = b.fit(X[:7], Y[:7], epochs=2, validation_data=(X[7:], Y[7:]), shuffle=False, verbose=0)
    assert first.history == second.history
    assert same(a.weights, b.weights)


def test_the_validation_batch_size_changes_no_count():
    model = small()
    a = model.evaluate(X, Y, batch_size=3, verbose=0)
    b = model.evaluate(X, Y, batch_size=10, verbose=0)
    assert a[1] == b[1]
    # Sums of at most ten float32 losses, added in float64.
    assert a[0] == pytest.approx(b[0], rel=2**-22)
    model.optimizer.learning_rate = 0.0
    fit = {"validation_data": (X, Y), "validation_batch_size": 3, "verbose": 0}
    assert model.fit(X, Y, **fit).history["val_loss"] == [a[0]]


def test_what_evaluate_returns():
    model = small(measured=())
    loss = model.evaluate(X, Y, verbose=0)
    assert type(loss) is float
    assert model.evaluate(X, Y, verbose=0, return_dict=True) == {"loss": loss}
    measured = ["sparse_categorical_accuracy", "accuracy"]
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=measured)
    values = model.evaluate(X, Y, verbose=0)
    assert values[0] == loss
    named = model.evaluate(X, Y, verbose=0, return_dict=True)
    assert list(named) == ["accuracy", "loss", "sparse_categorical_accuracy"]
    assert list(named.values()) == [values[2], values[0], values[1]]
    assert model.metrics_names == ["loss", "compile_metrics"]


@pytest.mark.parametrize(
    ("loss", "y", "metric"),
    [
        ("sparse_categorical_crossentropy", Y, "sparse_categorical_accuracy"),
        ("sparse_categorical_crossentropy", Y[:, np.newaxis], "accuracy"),
        ("sparse_categorical_crossentropy", Y.astype("float32"), "accuracy"),
        ("sparse_categorical_crossentropy", Y.tolist(), "acc"),
        ("sparse_categorical_crossentropy", Y.astype("uint8"), "acc"),
        ("categorical_crossentropy", ONE_HOT, "categorical_accuracy"),
        ("categorical_crossentropy", ONE_HOT.astype(bool), "accuracy"),
        ("categorical_crossentropy", ONE_HOT.tolist(), metrics.CategoricalAccuracy()),
        ("mse", ONE_HOT, "accuracy"),
    ],
)
def test_accuracies(loss, y, metric):
    model = small(loss, measured=(metric,))
    hits = model.predict(X, verbose=0).argmax(axis=1) == Y
    assert model.evaluate(X, y, verbose=0)[1] == float(np.float32(hits.mean()))


def test_binary_accuracy():
    model = small("mse", "sigmoid", 1, ("accuracy", metrics.BinaryAccuracy(threshold=0.25)))
    p = model.predict(X, verbose=0)[:, 0]
    for y in (Y % 2, (Y % 2)[:, np.newaxis]):
        result = model.evaluate(X, y, verbose=0)
        for value, threshold in zip(result[1:], (0.5, 0.25), strict=True):
            assert value == float(np.float32(np.mean((p > threshold) == Y % 2)))


def test_data_of_other_types_gives_the_same():
    model = small()
    expected = model.predict(X, verbose=0)
    assert expected.dtype == np.float32
    for x in (X.tolist(), X.astype("float64"), np.asfortranarray(X), np.repeat(X, 2, 0)[::2]):
        np.testing.assert_array_equal(model.predict(x, verbose=0), expected)
    whole = np.arange(8).reshape(2, 4)
    np.testing.assert_array_equal(
        model.predict(whole, verbose=0), model.predict(whole.astype("float32"), verbose=0)
    )


# -- Order -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seed", "rows", "size", "shuffle", "order"),
    TRAINING["shuffles"],
    ids=lambda value: "" if isinstance(value, list) else str(value),
)
def test_order_is_that_of_tensorflow(seed, rows, size, shuffle, order):
    fanin.utils.set_random_seed(seed)
    for epoch in (0, 3):
        assert _feeds.order(shuffle, epoch, rows, size).tolist() == order


def orders(monkeypatch, shuffle, epochs=3, rows=10):
    """Return the orders in which `fit` takes the samples."""
    taken = []
    inner = fanin._network.Network.train

    def train(self, samples, order, *rest):
        taken.append(None if order is None else order.tolist())
        inner(self, samples, order, *rest)

    monkeypatch.setattr(fanin._network.Network, "train", train)
    model = small()
    for _ in range(2):
        model.fit(X[:rows], Y[:rows], epochs=epochs, batch_size=4, shuffle=shuffle, verbose=0)
    monkeypatch.undo()
    return taken


def test_orders_of_epochs_and_fits(monkeypatch):
    fanin.utils.set_random_seed(42)
    assert orders(monkeypatch, False) == [None] * 6
    repeated = orders(monkeypatch, True)
    assert all(order == repeated[0] for order in repeated)
    assert sorted(repeated[0]) == list(range(10)) != repeated[0]
    within = orders(monkeypatch, "batch")
    assert all(order == within[0] for order in within)
    assert [sorted(within[0][i : i + 4]) for i in (0, 4, 8)] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
    ]
    own = orders(monkeypatch, "epoch")
    assert own[:3] == own[3:]
    assert len({tuple(order) for order in own}) == 3
    assert own[0] == repeated[0]


def test_without_a_seed_every_epoch_differs_and_random_is_left_alone(monkeypatch):
    monkeypatch.setattr(_session, "seed", None)
    taken = []
    for shuffle in (True, "epoch", "batch"):
        small()  # draws its seeds from `random`
        state = random.getstate()
        taken.append(orders_without_model(shuffle))
        assert random.getstate() == state
    # 33! and 4!**8 4 possible orders: six equal ones do not happen.
    assert all(len({tuple(order) for order in group}) == 6 for group in taken)


def orders_without_model(shuffle):
    return [_feeds.order(shuffle, epoch, 33, 4).tolist() for epoch in range(6)]


def test_fit_takes_the_samples_in_that_order():
    fanin.utils.set_random_seed(5)
    a, b = small(), small()
    b.set_weights(a.get_weights())
    order = _feeds.order(True, 0, 10, 3)
    a.fit(X, Y, batch_size=3, epochs=2, verbose=0)
    b.fit(X[order], Y[order], batch_size=3, epochs=2, shuffle=False, verbose=0)
    assert same(a.weights, b.weights)


# -- Batches -----------------------------------------------------------------------------------


def test_train_on_batch_is_a_step_of_fit():
    a, b = small(), small()
    b.set_weights(a.get_weights())
    a.fit(X, Y, batch_size=5, shuffle=False, verbose=0)
    expected = b.evaluate(X[:5], Y[:5], verbose=0)
    assert b.train_on_batch(X[:5], Y[:5]) == expected
    named = b.evaluate(X[5:], Y[5:], verbose=0, return_dict=True)
    assert b.train_on_batch(X[5:], Y[5:], return_dict=True) == named
    assert same(a.weights, b.weights)
    assert b.optimizer.iterations == 2
    assert b.test_on_batch(X, Y) == b.evaluate(X, Y, batch_size=10, verbose=0)
    np.testing.assert_array_equal(b.predict_on_batch(X), b.predict(X, verbose=0))


# -- The optimizer -----------------------------------------------------------------------------


def test_the_learning_rate_can_be_changed_between_fits():
    model = small()
    model.fit(X, Y, verbose=0)
    weights = model.get_weights()
    model.optimizer.learning_rate = 0
    model.fit(X, Y, verbose=0)
    assert same(model.weights, weights)
    model.optimizer.learning_rate = 0.1
    model.fit(X, Y, verbose=0)
    assert not same(model.weights, weights)


def test_the_state_goes_on_from_fit_to_fit():
    a, b = small(), small()
    b.set_weights(a.get_weights())
    a.fit(X, Y, epochs=4, shuffle=False, verbose=0)
    b.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    b.evaluate(X, Y, verbose=0)
    b.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    assert same(a.weights, b.weights)


def test_compile_begins_anew():
    a, b = small(), small()
    a.fit(X, Y, verbose=0)
    b.set_weights(a.get_weights())
    a.compile("adam", "sparse_categorical_crossentropy")
    assert a.fit(X, Y, verbose=0).history == {"loss": b.fit(X, Y, verbose=0).history["loss"]}
    assert same(a.weights, b.weights)


def test_an_optimizer_with_steps_is_not_shared():
    optimizer = optimizers.Adam()
    first, second = small(None), small(None)
    first.compile(optimizer, "mse")
    second.compile(optimizer, "mse")
    first.fit(X, ONE_HOT, verbose=0)
    weights = second.get_weights()
    with pytest.raises(ValueError, match="the variables it was originally built with"):
        second.fit(X, ONE_HOT, verbose=0)
    assert same(second.weights, weights)
    assert first.fit(X, ONE_HOT, verbose=0).epoch == [0]


def test_the_state_outlives_other_compilations():
    first, other = optimizers.Adam(), optimizers.SGD(momentum=0.9)
    a, b = small(None), small(None)
    b.set_weights(a.get_weights())
    a.compile(first, "mse")
    a.fit(X, ONE_HOT, shuffle=False, verbose=0)
    weights = a.get_weights()
    kept = [np.array(state) for state in first.variables]
    a.compile(other, "mse")
    a.fit(X, ONE_HOT, verbose=0)
    # Not in the native memory any more, which `other` has now.
    assert same(first.variables, kept)
    a.set_weights(weights)
    a.compile(first, "mse")
    a.fit(X, ONE_HOT, shuffle=False, verbose=0)
    b.compile("adam", "mse")
    b.fit(X, ONE_HOT, epochs=2, shuffle=False, verbose=0)
    assert same(a.weights, b.weights)


def test_other_layers_begin_a_new_state_with_a_warning():
    model = small()
    model.fit(X, Y, verbose=0)
    model.add(Dense(3, "softmax"))
    with pytest.warns(UserWarning, match="begins anew"):
        model.fit(X, Y, verbose=0)
    assert model.optimizer.iterations == 1


def test_without_anything_to_train():
    model = small()
    weights = model.get_weights()
    model.trainable = False
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.warns(UserWarning, match="does not have any trainable weights"):
        model.fit(X, Y, verbose=0)
    assert model.optimizer.iterations == 0
    assert same(model.weights, weights)


def test_the_optimizer_can_be_built_before_the_first_step():
    a, b = small(), small()
    b.set_weights(a.get_weights())
    a.fit(X, Y, epochs=2, shuffle=False, verbose=0)
    b.build_optimizer()
    assert len(b.optimizer.variables) == len(a.optimizer.variables)
    for model in (a, b):
        model.compile("adam", "sparse_categorical_crossentropy")
    b.set_weights(a.get_weights())
    a.fit(X, Y, shuffle=False, verbose=0)
    b.build_optimizer()
    for state, values in zip(b.optimizer.variables, a.optimizer.variables, strict=True):
        state.assign(values)
    b.set_weights(a.get_weights())
    for model in (a, b):
        model.fit(X, Y, shuffle=False, verbose=0)
    assert same(a.weights, b.weights)


# -- Errors ------------------------------------------------------------------------------------

WRONG_DATA = [
    ({"y": Y[:5]}, ValueError, r"Data cardinality is ambiguous(.|\n)*'x' sizes: 10\n'y' sizes: 5"),
    ({"x": X[:, :3]}, ValueError, "expected axis -1 of input shape to have value 4"),
    ({"x": X[:, 0]}, ValueError, "expected min_ndim=2, found ndim=1"),
    ({"x": X[np.newaxis]}, ValueError, "'x' sizes: 1\n'y' sizes: 10"),
    ({"x": 3.0}, ValueError, "found ndim=0"),
    ({"x": X[:0], "y": Y[:0]}, ValueError, "`x` must hold at least one sample"),
    ({"x": None}, ValueError, "`x` must be given"),
    ({"y": None}, ValueError, "`y` must be given"),
    ({"x": X.astype(complex)}, TypeError, "`x` must hold real numbers"),
    ({"x": np.full((10, 4), "a")}, TypeError, "`x` must hold real numbers"),
    ({"x": [[1, 2, 3, 4], [1]] * 5}, ValueError, "`x`"),
    ({"y": Y + 1}, ValueError, r"label value of 3 which is outside the valid range of \[0, 3\)"),
    ({"y": Y - 1}, ValueError, r"label value of -1 which is outside the valid range of \[0, 3\)"),
    ({"y": Y + 0.5}, ValueError, "`y` must hold whole numbers"),
    ({"y": np.full(10, np.nan)}, ValueError, "`y` must hold whole numbers"),
    ({"y": Y.astype(str)}, TypeError, "`y` must hold real numbers"),
    ({"y": ONE_HOT}, ValueError, "categorical_crossentropy"),
]


@pytest.mark.parametrize(("changes", "error", "message"), WRONG_DATA)
def test_wrong_data_changes_nothing(changes, error, message):
    data = {"x": X, "y": Y, **changes}
    model = small()
    weights = model.get_weights()
    for call in (model.fit, model.evaluate):
        with pytest.raises(error, match=message):
            call(**data, verbose=0)
    good = {"x": X, "y": Y, "verbose": 0}
    with pytest.raises(error, match=message):
        model.fit(**good, validation_data=(data["x"], data["y"]))
    assert same(model.weights, weights)
    assert model.optimizer.iterations == 0
    assert not hasattr(model, "history")


def test_wrong_labels_do_not_build():
    model = fanin.Sequential([Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="label value"):
        model.fit(X, Y + 1, verbose=0)
    assert not model.built


@pytest.mark.parametrize(
    ("loss", "last", "y", "message"),
    [
        (
            "categorical_crossentropy",
            "softmax",
            Y,
            r"target.shape=\(None,\), output.shape=\(None, ",
        ),
        ("categorical_crossentropy", "softmax", np.eye(4)[Y], r"target.shape=\(None, 4\)"),
        ("mse", "linear", Y, "must have the same shape"),
        ("mse", "linear", Y[:, np.newaxis], "must have the same shape"),
    ],
)
def test_targets_of_another_shape(loss, last, y, message):
    with pytest.raises(ValueError, match=message):
        small(loss, last).fit(X, y, verbose=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "`batch_size` must be > 0"),
        ({"batch_size": -1}, ValueError, "`batch_size` must be > 0"),
        ({"batch_size": 1.5}, TypeError, "`batch_size` must be an integer"),
        ({"batch_size": "a"}, TypeError, "`batch_size` must be an integer"),
        ({"validation_batch_size": 0}, ValueError, "`validation_batch_size` must be > 0"),
        ({"epochs": 1.5}, TypeError, "float"),
        ({"verbose": 3}, ValueError, "`verbose` must be"),
        ({"verbose": "x"}, ValueError, "`verbose` must be"),
        ({"shuffle": "foo"}, ValueError, "`shuffle` must be"),
        ({"validation_split": 1.0}, ValueError, "Training data contains 10 samples, which is not"),
        ({"validation_split": -0.5}, ValueError, "`validation_split` must be in"),
        ({"validation_split": 2.0}, ValueError, "`validation_split` must be in"),
        ({"validation_split": float("nan")}, ValueError, "`validation_split` must be in"),
        ({"validation_data": X}, ValueError, "`validation_data` must be a tuple"),
        ({"validation_data": (X,)}, ValueError, "`y` must be given"),
        ({"validation_data": (X, Y, Y, Y)}, ValueError, "found: tuple of length 4"),
        ({"validation_data": (X, Y, Y[:3])}, ValueError, "'sample_weight' sizes: 3"),
        ({"callbacks": [3]}, TypeError, "`callbacks` must hold"),
        ({"class_weight": [1.0]}, ValueError, "`class_weight` must be a dict"),
        ({"class_weight": {0: 1.0}, "sample_weight": Y}, ValueError, "at the same time"),
        ({"sample_weight": Y[:4]}, ValueError, "'sample_weight' sizes: 4"),
        ({"sample_weight": ONE_HOT}, ValueError, r"sample_weight.shape=\(10, 3\)"),
        ({"sample_weight": Y.astype(str)}, TypeError, "`sample_weight` must hold real numbers"),
        ({"steps_per_epoch": 0}, ValueError, "`steps_per_epoch` must be > 0"),
        ({"validation_steps": 1.5}, TypeError, "`validation_steps` must be an integer"),
        ({"validation_freq": 0}, ValueError, "`validation_freq` to be a list or int > 0"),
        ({"validation_freq": (1, 2)}, ValueError, "`validation_freq` to be a list or int > 0"),
    ],
)
def test_wrong_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        small().fit(X, Y, **{"verbose": 0, **arguments})


def test_a_split_of_one_sample():
    with pytest.raises(ValueError, match="not sufficient to split"):
        small().fit(X[:1], Y[:1], validation_split=0.5, verbose=0)


def test_before_compile():
    model = small(None)
    for call in (model.fit, model.evaluate, model.train_on_batch, model.test_on_batch):
        with pytest.raises(ValueError, match=r"You must call `compile\(\)` before"):
            call(X, Y)
    model.compile("sgd")
    with pytest.raises(ValueError, match="No loss to compute"):
        model.fit(X, Y)
    empty = fanin.Sequential()
    with pytest.raises(ValueError, match="has no layers"):
        empty.predict(X)


def test_a_wrong_compilation_keeps_the_old_one():
    model = small()
    model.fit(X, Y, verbose=0)
    for arguments, error in (
        (("foo", "mse"), ValueError),
        ((None, "mse"), ValueError),
        (("sgd", "foo"), ValueError),
        (("sgd", lambda y, p: p), NotImplementedError),
        (("sgd", ["mse", "mae"]), NotImplementedError),
        (("sgd", "mse", "2"), ValueError),
        (("sgd", "mse", [1.0, 2.0]), NotImplementedError),
        (("sgd", "mse", None, "accuracy"), ValueError),
        (("sgd", "mse", None, ["foo"]), ValueError),
        (("sgd", "mse", None, [lambda y, p: p]), NotImplementedError),
        (("sgd", "mse", None, None, ["foo"]), ValueError),
    ):
        with pytest.raises(error):
            model.compile(*arguments)
    model.fit(X, Y, verbose=0)
    assert model.optimizer.iterations == 2
    assert model.loss == "sparse_categorical_crossentropy"


def test_from_logits_after_softmax_uses_the_logits_and_warns():
    model = small()
    expected = model.evaluate(X, Y, verbose=0)[0]
    model.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    with pytest.warns(UserWarning, match="does not represent logits. Was this intended?"):
        assert model.evaluate(X, Y, verbose=0) == expected


def test_crossentropy_after_sigmoid_takes_its_inputs_for_logits():
    model = small(last="sigmoid")
    logits = fanin.Sequential([Input((4,)), Dense(5, "relu"), Dense(3)])
    logits.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    logits.set_weights(model.get_weights())
    assert model.evaluate(X, Y, verbose=0)[0] == logits.evaluate(X, Y, verbose=0)


# -- Threads and interrupts --------------------------------------------------------------------


def big():
    model = fanin.Sequential([Input((64,)), Dense(256, "relu"), Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    generator = np.random.default_rng(1)
    x = generator.normal(size=(20000, 64)).astype("float32")
    return model, x, generator.integers(0, 10, 20000)


def test_two_models_train_in_two_threads():
    jobs = [small(), small()]
    alone = small()
    for model in jobs:
        model.set_weights(alone.get_weights())
    alone.fit(X, Y, epochs=300, shuffle=False, verbose=0)
    run = {"epochs": 300, "shuffle": False, "verbose": 0}
    threads = [threading.Thread(target=m.fit, args=(X, Y), kwargs=run) for m in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model in jobs:
        assert same(model.weights, alone.weights)
        assert model.history.history == alone.history.history


def test_one_model_trains_in_one_thread_only(monkeypatch):
    under_way, go_on = threading.Event(), threading.Event()
    inner = fanin._network.Network.train

    def train(self, samples, order, size, sums, done, *rest):
        def wait(count):
            under_way.set()
            go_on.wait(60)
            done(count)

        inner(self, samples, order, size, sums, wait, *rest)

    monkeypatch.setattr(fanin._network.Network, "train", train)
    model = small()
    thread = threading.Thread(target=model.fit, args=(X, Y), kwargs={"epochs": 3, "verbose": 0})
    thread.start()
    assert under_way.wait(60)
    for change in (lambda: model.fit(X, Y), lambda: model.train_on_batch(X, Y), model.reinitialize):
        with pytest.raises(RuntimeError, match="trained by another thread"):
            change()
    assert model.predict(X, verbose=0).shape == (10, 3)
    assert model.evaluate(X, Y, verbose=0)[0] > 0
    go_on.set()
    thread.join()
    assert model.history.epoch == [0, 1, 2]
    model.train_on_batch(X, Y)
    assert model.optimizer.iterations == 4


def test_interrupt():
    model, x, y = big()
    model.fit(x[:320], y[:320], verbose=0)
    main = threading.get_ident()
    sent = []

    def interrupt():
        sent.append(time.perf_counter())
        signal.pthread_kill(main, signal.SIGINT)

    timer = threading.Timer(0.7, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, epochs=10**6, verbose=0)
    # The promise is a second; a call to the library returns after 50 ms.
    assert time.perf_counter() - sent[0] < 1
    done = model.optimizer.iterations - 10
    history = model.history
    # The interrupt may come after an epoch's last step and before its entry.
    assert len(history.epoch) in (done // 625, (done - 1) // 625)
    assert all(len(values) == len(history.epoch) for values in history.history.values())
    model.fit(x[:320], y[:320], verbose=0)
    assert model.optimizer.iterations == done + 20


def test_the_steps_before_an_interrupt_are_those_of_the_weights(monkeypatch):
    monkeypatch.setattr(fanin._network, "_BUDGET_NS", 0)
    interrupted, whole = small(), small()
    whole.set_weights(interrupted.get_weights())
    native_call = fanin._native.call
    calls = 0

    def call(name, *arguments):
        nonlocal calls
        native_call(name, *arguments)
        if name == "network_train":
            calls += 1
            if calls == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(fanin._native, "call", call)
    with pytest.raises(KeyboardInterrupt):
        interrupted.fit(X, Y, batch_size=2, epochs=3, shuffle=False, verbose=0)
    monkeypatch.undo()
    assert interrupted.optimizer.iterations == 3
    assert interrupted.history.epoch == []
    whole.fit(X[:6], Y[:6], batch_size=2, shuffle=False, verbose=0)
    assert same(interrupted.weights, whole.weights)
