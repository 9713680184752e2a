"""Small trainings with hooks, feeds and callbacks, the same under Keras and Fanin.

``python trainer_scenarios.py`` (with Keras on TensorFlow) writes golden/trainer.json.
"""

import json
import pathlib
import sys
import tempfile
import warnings

import numpy as np

FILE = pathlib.Path(__file__).parent / "golden" / "trainer.json"
SCENARIOS = {}

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(10, 3)).astype("float32")
Y = RANDOM.normal(size=(10, 1)).astype("float32")
LABELS = RANDOM.integers(0, 3, 10)
COUNTS = np.arange(10.0)


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def regression(k, optimizer="sgd", loss="mse", **arguments):
    k.utils.set_random_seed(1)
    model = k.Sequential([k.layers.Input((3,)), k.layers.Dense(1)])
    model.compile(optimizer, loss, **arguments)
    return model


def classifier(k, loss="sparse_categorical_crossentropy", **arguments):
    k.utils.set_random_seed(2)
    model = k.Sequential(
        [k.layers.Input((3,)), k.layers.Dense(4, "tanh"), k.layers.Dense(3, "softmax")]
    )
    model.compile("adam", loss, **arguments)
    return model


def recorder(k):
    """Return a callback that records its hooks, and the record."""
    events = []

    def simple(value):
        if not isinstance(value, dict):
            return value
        return {
            name: list(np.shape(each)) if name == "outputs" else float(each)
            for name, each in value.items()
        }

    def hook(name):
        def method(self, *arguments, **keywords):
            events.append([name, *map(simple, [*arguments, *keywords.values()])])

        return method

    names = [
        f"on_{mode}_{moment}"
        for mode in ("train", "test", "predict")
        for moment in ("begin", "end", "batch_begin", "batch_end")
    ]
    names += ["on_epoch_begin", "on_epoch_end"]
    kind = type("Recorder", (k.callbacks.Callback,), {name: hook(name) for name in names})
    return kind(), events


def batches(count, weights=False):
    for i in range(count):
        part = slice(2 * i, 2 * i + 2)
        yield (X[part], Y[part], COUNTS[part]) if weights else (X[part], Y[part])


def indexed(k):
    class Data(k.utils.PyDataset):
        def __init__(self):
            super().__init__()
            self.log = []

        def __len__(self):
            return 5

        def __getitem__(self, index):
            return X[2 * index : 2 * index + 2], Y[2 * index : 2 * index + 2]

        def on_epoch_begin(self):
            self.log.append("begin")

        def on_epoch_end(self):
            self.log.append("end")

    return Data()


def outcome(model, record):
    return {
        "history": record.history,
        "epoch": record.epoch,
        "params": record.params,
        "weights": [np.array(w).tolist() for w in model.get_weights()],
    }


@scenario
def hooks_of_fit(k):
    model = regression(k, metrics=["mae"])
    callback, events = recorder(k)
    record = model.fit(
        X,
        Y,
        epochs=2,
        batch_size=4,
        shuffle=False,
        verbose=0,
        callbacks=[callback],
        validation_data=(X, Y, COUNTS),
        validation_freq=2,
        validation_batch_size=5,
    )
    return {"events": events, **outcome(model, record)}


@scenario
def hooks_of_evaluate_and_predict(k):
    model = regression(k, metrics=["mae"])
    callback, events = recorder(k)
    run = {"batch_size": 4, "steps": 2, "verbose": 0, "callbacks": [callback]}
    return {
        "evaluate": model.evaluate(X, Y, **run),
        "predict": model.predict(X, **run).tolist(),
        "generator": model.predict(batches(3), verbose=0, callbacks=[callback]).tolist(),
        "events": events,
    }


def feed(k, x, y=None, **arguments):
    model = regression(k)
    callback, events = recorder(k)
    record = model.fit(x, y, verbose=0, callbacks=[callback], **arguments)
    return {"events": events, **outcome(model, record)}


@scenario
def generator_to_its_end(k):
    return feed(k, batches(5), epochs=3)


@scenario
def generator_in_steps(k):
    return feed(k, batches(5), epochs=3, steps_per_epoch=2)


@scenario
def generator_with_weights(k):
    return feed(k, batches(5, weights=True), validation_data=batches(3))


@scenario
def arrays_in_steps(k):
    return feed(k, X, Y, epochs=4, batch_size=2, steps_per_epoch=2, shuffle=False)


@scenario
def arrays_shuffled_in_steps(k):
    return feed(k, X, Y, epochs=4, batch_size=2, steps_per_epoch=2)


@scenario
def arrays_in_too_many_steps(k):
    return feed(k, X, Y, epochs=2, batch_size=2, steps_per_epoch=7, shuffle=False)


@scenario
def arrays_with_steps_that_give_the_batch_size(k):
    return feed(k, X, Y, epochs=2, steps_per_epoch=3, shuffle=False)


@scenario
def dataset(k):
    data, held_out = indexed(k), indexed(k)
    result = feed(k, data, epochs=2, validation_data=held_out)
    return {**result, "log": data.log, "validation log": held_out.log}


@scenario
def dataset_in_steps(k):
    return feed(k, indexed(k), epochs=3, steps_per_epoch=2, shuffle=False)


@scenario
def dataset_with_class_weight(k):
    class Data(k.utils.PyDataset):
        def __init__(self):
            super().__init__()

        def __len__(self):
            return 2

        def __getitem__(self, index):
            return X[5 * index : 5 * index + 5], LABELS[5 * index : 5 * index + 5]

    model = classifier(k)
    return outcome(
        model,
        model.fit(Data(), epochs=2, verbose=0, shuffle=False, class_weight={0: 2.0, 2: 0.25}),
    )


@scenario
def validation_in_steps(k):
    model = regression(k)
    return outcome(
        model,
        model.fit(
            X,
            Y,
            epochs=3,
            verbose=0,
            validation_data=(X, Y),
            validation_steps=2,
            validation_batch_size=3,
            validation_freq=[1, 3],
        ),
    )


@scenario
def weights_and_metrics(k):
    model = regression(k, loss_weights=0.5, metrics=["mae", ["mse"]], weighted_metrics={"a": "mae"})
    before = model.evaluate(X, Y, batch_size=4, verbose=0, sample_weight=COUNTS, return_dict=True)
    record = model.fit(
        X, Y, batch_size=4, epochs=2, verbose=0, sample_weight=COUNTS, validation_split=0.3
    )
    return {"before": before, **outcome(model, record)}


@scenario
def class_weights(k):
    model = classifier(k, weighted_metrics=["accuracy"])
    run = {"epochs": 2, "batch_size": 4, "verbose": 0, "class_weight": {0: 2.0, 2: 0.25}}
    numbers = outcome(model, model.fit(X, LABELS, **run))
    model = classifier(k, "categorical_crossentropy", metrics=["acc"])
    return {"numbers": numbers, "rows": outcome(model, model.fit(X, np.eye(3)[LABELS], **run))}


@scenario
def single_batches(k):
    model = regression(k, metrics=["mae"], weighted_metrics=["mse"])
    return [
        model.train_on_batch(X, Y, return_dict=True),
        model.train_on_batch(X[:4], Y[:4], sample_weight=COUNTS[:4], return_dict=True),
        model.test_on_batch(X, Y, sample_weight=COUNTS, return_dict=True),
        classifier(k).train_on_batch(X, LABELS, class_weight={1: 3.0}),
        model.predict_on_batch(X).tolist(),
    ]


@scenario
def crossentropy_of_any_kind(k):
    model = classifier(k, "crossentropy", metrics=["accuracy"])
    return outcome(model, model.fit(X, LABELS, epochs=2, verbose=0))


@scenario
def later_epochs(k):
    model = regression(k)
    return outcome(model, model.fit(X, Y, epochs=5, initial_epoch=3, verbose=0))


@scenario
def no_epochs(k):
    model = regression(k)
    return outcome(model, model.fit(X, Y, epochs=0, verbose=0))


def stopping(k, **arguments):
    model = regression(k, k.optimizers.SGD(0.9))
    callback = k.callbacks.EarlyStopping("loss", **arguments)
    result = outcome(model, model.fit(X, Y, epochs=12, verbose=0, callbacks=[callback]))
    return {
        **result,
        "best": callback.best,
        "wait": callback.wait,
        "stopped": callback.stopped_epoch,
        "best epoch": callback.best_epoch,
    }


@scenario
def early_stopping(k):
    return [
        stopping(k),
        stopping(k, patience=2, restore_best_weights=True),
        stopping(k, patience=3, min_delta=0.05, start_from_epoch=2),
        stopping(k, patience=2, baseline=0.2, restore_best_weights=True),
        stopping(k, patience=1, mode="max"),
    ]


@scenario
def reduced_learning_rate(k):
    results = []
    for arguments in (
        {"patience": 1, "min_delta": 10},
        {"patience": 2, "min_delta": 10, "cooldown": 2, "factor": 0.5, "min_lr": 0.02},
    ):
        model = regression(k, k.optimizers.SGD(0.1))
        callback = k.callbacks.ReduceLROnPlateau("loss", **arguments)
        results.append(outcome(model, model.fit(X, Y, epochs=8, verbose=0, callbacks=[callback])))
    return results


@scenario
def scheduled_learning_rate(k):
    model = regression(k)
    callbacks = [
        k.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9 if epoch else 0.1),
        k.callbacks.LearningRateScheduler(lambda epoch: 0.05 + 0.01 * epoch),
    ]
    first = outcome(model, model.fit(X, Y, epochs=3, verbose=0, callbacks=callbacks[:1]))
    return [first, outcome(model, model.fit(X, Y, epochs=3, verbose=0, callbacks=callbacks[1:]))]


@scenario
def learning_rate_changed_at_batches(k):
    model = regression(k)

    class Warm(k.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.optimizer.learning_rate = 0.01 * (batch + 2)

    return outcome(model, model.fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=[Warm()]))


@scenario
def schedule(k):
    rate = k.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    model = regression(k, k.optimizers.SGD(rate))
    callback, events = recorder(k)
    first = outcome(model, model.fit(X, Y, batch_size=2, epochs=2, verbose=0))
    run = {"batch_size": 2, "epochs": 2, "verbose": 0, "callbacks": [callback]}
    return [first, outcome(model, model.fit(X, Y, **run)), events]


@scenario
def stopped_at_a_batch(k):
    model = regression(k)

    class Stop(k.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                self.model.stop_training = True

    callback, events = recorder(k)
    record = model.fit(
        X,
        Y,
        batch_size=2,
        epochs=2,
        verbose=0,
        callbacks=[Stop(), callback],
        validation_data=(X, Y),
    )
    return {"events": events, **outcome(model, record)}


@scenario
def not_a_number(k):
    model = regression(k)
    y = Y.copy()
    y[5] = np.nan
    callbacks = [k.callbacks.TerminateOnNaN()]
    run = {"batch_size": 2, "epochs": 2, "shuffle": False, "verbose": 0, "callbacks": callbacks}
    record = model.fit(X, y, **run)
    return {"epoch": record.epoch, "steps": int(model.optimizer.iterations)}


@scenario
def averages(k):
    results = []
    for swap in (False, True):
        optimizer = k.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9)
        model = regression(k, optimizer)
        callbacks = [k.callbacks.SwapEMAWeights(swap_on_epoch=True)] if swap else []
        run = {"batch_size": 4, "epochs": 2, "verbose": 0, "callbacks": callbacks}
        results.append(outcome(model, model.fit(X, Y, validation_data=(X, Y), **run)))
        results.append(outcome(model, model.fit(X, Y, **run)))
    return results


@scenario
def compiled_again(k):
    optimizer = k.optimizers.Adam(0.05)
    model = regression(k, optimizer)
    run = {"batch_size": 4, "epochs": 2, "verbose": 0}
    first = outcome(model, model.fit(X, Y, **run))
    again = outcome(model, model.fit(X, Y, **run))
    model.compile(optimizer, "mae")
    third = outcome(model, model.fit(X, Y, **run))
    model.compile("sgd", "mse")
    fourth = outcome(model, model.fit(X, Y, **run))
    model.compile(optimizer, "mse")
    fifth = outcome(model, model.fit(X, Y, **run))
    return [first, again, third, fourth, fifth, int(optimizer.iterations)]


@scenario
def table(k):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "log.csv"
        model = regression(k)
        # Zero weights and targets: figures without rounding.
        model.set_weights([np.zeros((3, 1)), np.zeros(1)])
        y = np.full((10, 1), 0.5, "float32")
        run = {"epochs": 2, "verbose": 0, "validation_freq": 2, "validation_data": (X, y)}
        frozen = k.callbacks.LearningRateScheduler(lambda epoch, rate: 0.0)
        for append in (False, True, False):
            logger = k.callbacks.CSVLogger(path, separator=";", append=append)
            model.fit(X, y, callbacks=[frozen, logger], **run)
            if append:
                text = path.read_text()
        return [text, path.read_text()]


@scenario
def printed_by_callbacks(k):
    import contextlib
    import io

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        model = regression(k, k.optimizers.SGD(0.5))
        model.fit(
            X,
            Y,
            epochs=4,
            verbose=0,
            callbacks=[
                k.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=10, verbose=1),
                k.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5, verbose=1),
                k.callbacks.EarlyStopping(
                    "loss", mode="max", patience=2, restore_best_weights=True, verbose=1
                ),
            ],
        )
    return text.getvalue()


@scenario
def lambdas(k):
    calls = []
    callback = k.callbacks.LambdaCallback(
        on_train_begin=lambda logs: calls.append("begin"),
        on_epoch_begin=lambda epoch, logs: calls.append(epoch),
        on_train_batch_end=lambda batch, logs: calls.append([batch, float(logs["loss"])]),
        on_test_end=lambda logs: calls.append("tested"),
        on_train_end=lambda logs: calls.append("end"),
    )
    model = regression(k)
    model.fit(X, Y, batch_size=4, epochs=2, verbose=0, validation_split=0.2, callbacks=callback)
    return calls


@scenario
def kinds_of_arrays(k):
    import pandas

    frame = pandas.DataFrame(X.astype("float64"), columns=list("abc"))
    series = pandas.Series(Y[:, 0].astype("float64"))
    results = []
    for x, y in ((frame, series), (X.astype("float64"), Y[:, 0]), (frame, pandas.DataFrame(Y))):
        model = regression(k)
        results.append(outcome(model, model.fit(x, y, epochs=2, verbose=0)))
    whole = np.arange(30).reshape(10, 3) % 4
    model = classifier(k)
    return [*results, outcome(model, model.fit(whole, LABELS.astype("uint8"), verbose=0))]


def plain(value):
    """Return what JSON makes of it."""
    return json.loads(json.dumps(value, default=float))


if __name__ == "__main__":
    import keras

    results = {}
    for name, function in SCENARIOS.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results[name] = plain(function(keras))
        print(name, file=sys.stderr)
    FILE.write_text(json.dumps(results, indent=1) + "\n")
