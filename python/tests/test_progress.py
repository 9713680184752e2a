import json
import re

import numpy as np
import pytest
from progress_scenarios import FILE, SCENARIOS, printed

import fanin
from fanin.layers import Dense, Input

X, Y = np.ones((10, 4)), np.zeros(10)
VALUES = r" - accuracy: \d\.\d{4}(e[+-]\d\d)? - loss: \d\.\d{4}(e[+-]\d\d)?"
TIMES = r"\d+s \d+(us|ms|s)/step"
GOLDEN = json.loads(FILE.read_text())


@pytest.mark.parametrize("name", SCENARIOS)
def test_bars_are_those_of_keras(name):
    assert printed(fanin._progress, *SCENARIOS[name]) == GOLDEN[name]


@pytest.fixture
def model():
    fanin.utils.set_random_seed(1)
    result = fanin.Sequential([Input((4,)), Dense(3, "softmax")])
    result.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return result


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


def test_lines(model, capsys):
    # Keras: 2/2 - 1s - 562ms/step - accuracy: 0.3333 - loss: 1.3800 - val_accuracy: ...
    start = r"/\d - \d+s - \d+(us|ms|s)/step"
    model.fit(X, Y, batch_size=4, epochs=2, verbose=2, validation_split=0.2)
    model.fit(X, Y, batch_size=4, verbose=2)
    model.evaluate(X, Y, batch_size=2, verbose=2)
    model.predict(X, verbose=2)
    one, first, two, second, third, evaluated, predicted = lines(capsys)
    assert (one, two) == ("Epoch 1/2", "Epoch 2/2")
    values = VALUES + VALUES.replace("- ", "- val_")
    for line in (first, second):
        assert re.fullmatch("2" + start + values, line)
    assert re.fullmatch("3" + start + VALUES, third)
    assert re.fullmatch("5" + start + VALUES, evaluated)
    assert re.fullmatch("1" + start, predicted)


def plain(line):
    """Return a line without colours."""
    return re.sub(r"\x1b\[\d+m", "", line)


@pytest.mark.parametrize("verbose", [1, "auto"])
def test_bar(model, capsys, verbose):
    model.fit(X, Y, batch_size=4, epochs=2, verbose=verbose, validation_data=(X, Y))
    model.evaluate(X, Y, verbose=verbose)
    model.predict(X, verbose=verbose)
    one, first, _, second, evaluated, predicted = map(plain, lines(capsys))
    assert one == "Epoch 1/2"
    values = VALUES + VALUES.replace("- ", "- val_")
    # Keras: 3/3 ━━━━━━━━━━━━━━━━━━━━ 0s 24ms/step - accuracy: 0.2500 - loss: 1.2693
    for line in (first, second):
        assert re.fullmatch(f"3/3 {'━' * 20} {TIMES}{values}", line)
    assert re.fullmatch(f"1/1 {'━' * 20} {TIMES}{VALUES}", evaluated)
    assert re.fullmatch(f"1/1 {'━' * 20} {TIMES}", predicted)


def test_bar_of_unknown_length(model, capsys):
    def batches():
        for _ in range(3):
            yield X, Y

    with pytest.warns(UserWarning, match="ran out of data"):
        model.fit(batches(), epochs=2, verbose=1)
    text = capsys.readouterr().out
    one, first, two, second, _ = text.split("\n")
    assert (one, two) == ("Epoch 1/2", "Epoch 2/2")
    assert plain(first).split("\r")[1].startswith("      1/Unknown 0s ")
    assert plain(first).split("\r")[-1].startswith(f"3/3 {'━' * 20} 0s ")
    assert plain(second).split("\r")[1].startswith(f"1/3 {'━' * 20} 0s ")


def test_a_terminal_without_the_letter(monkeypatch):
    import io

    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    fanin._progress.print_message("3/3 ━━ é\n")
    assert out.buffer.getvalue() == b"3/3 == ?\n"
