import builtins
import re
import sys

import numpy as np
import pytest

import fanin
from fanin.layers import Dense, Input

X, Y = np.ones((10, 4)), np.zeros(10)
VALUES = r" - accuracy: \d\.\d{4}(e[+-]\d\d)? - loss: \d\.\d{4}(e[+-]\d\d)?"
TIMES = r"\d+s \d+(us|ms|s)/step"


@pytest.fixture
def model():
    fanin.utils.set_random_seed(1)
    result = fanin.Sequential([Input((4,)), Dense(3, "softmax")])
    result.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return result


@pytest.fixture
def no_tqdm(monkeypatch):
    inner = builtins.__import__

    def without(name, *arguments, **keywords):
        if name.split(".")[0] == "tqdm":
            raise ImportError(name)
        return inner(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", without)


def lines(capsys):
    """Return what a terminal shows in the end, line by line: a bar is written over."""
    out = capsys.readouterr()
    assert out.err == ""
    return [line.split("\r")[-1] for line in out.out.split("\n")[:-1]]


def test_silent(model, capsys):
    model.fit(X, Y, epochs=2, verbose=0, validation_split=0.2)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert lines(capsys) == []


@pytest.mark.parametrize("verbose", [2, 1, "auto"])
def test_lines_are_those_of_keras(model, capsys, no_tqdm, verbose):
    # Keras: 2/2 - 1s - 562ms/step - accuracy: 0.3333 - loss: 1.3800 - val_accuracy: ...
    start = r"/\d - \d+s - \d+(us|ms|s)/step"
    model.fit(X, Y, batch_size=4, epochs=2, verbose=verbose, validation_split=0.2)
    model.fit(X, Y, batch_size=4, verbose=verbose)
    model.evaluate(X, Y, batch_size=2, verbose=verbose)
    model.predict(X, verbose=verbose)
    one, first, two, second, third, evaluated, predicted = lines(capsys)
    assert (one, two) == ("Epoch 1/2", "Epoch 2/2")
    values = VALUES + VALUES.replace("- ", "- val_")
    for line in (first, second):
        assert re.fullmatch("2" + start + values, line)
    assert re.fullmatch("3" + start + VALUES, third)
    assert re.fullmatch("5" + start + VALUES, evaluated)
    assert re.fullmatch("1" + start, predicted)


@pytest.mark.parametrize("verbose", [1, "auto"])
def test_bar(model, capsys, verbose):
    model.fit(X, Y, batch_size=4, epochs=2, verbose=verbose)
    model.evaluate(X, Y, verbose=verbose)
    model.predict(X, verbose=verbose)
    assert "tqdm" in sys.modules
    one, first, _, second, evaluated, predicted = lines(capsys)
    assert one == "Epoch 1/2"
    # Keras: 3/3 ━━━━━━━━━━━━━━━━━━━━ 0s 24ms/step - accuracy: 0.2500 - loss: 1.2693
    for line, steps in ((first, 3), (second, 3), (evaluated, 1)):
        assert re.fullmatch(f"{steps}/{steps} {'━' * 20} {TIMES}{VALUES}", line)
    assert re.fullmatch(f"1/1 {'━' * 20} {TIMES}", predicted)


def test_bar_on_the_way(model, capsys):
    with fanin._progress.Progress(1, 200) as progress:
        progress._bar.mininterval = 0
        progress.update(50, {"accuracy": 0.25, "loss": 0.0005})
        shown = capsys.readouterr().out.split("\r")[-1]
    pattern = rf"50/200 {'━' * 5} {{15}} {TIMES} - accuracy: 0.2500 - loss: 5.0000e-04\s*"
    assert re.fullmatch(pattern, shown)


def test_numbers_below_a_thousandth(capsys):
    with fanin._progress.Progress(2, 1) as progress:
        progress.finish({"a": 0.001, "b": 0.0011, "c": -3.0})
    assert lines(capsys)[0].endswith(" - a: 1.0000e-03 - b: 0.0011 - c: -3.0000")
