"""Summaries, character for character as Keras prints them (golden/make_training.py)."""

import numpy as np
import pytest
from golden_training import TRAINING

import fanin
from fanin import optimizers
from fanin.layers import Dense, Input


@pytest.fixture
def texts(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    fanin.utils.clear_session()
    return iter(TRAINING["summaries"])


def text(model, **arguments):
    parts = []
    model.summary(print_fn=parts.append, **arguments)
    (whole,) = parts
    return whole


def test_summaries(texts):
    model = fanin.Sequential([Dense(5, "relu"), Dense(3, "softmax")])
    assert text(model) == next(texts)
    model.build((None, 4))
    assert text(model) == next(texts)
    x, y = np.ones((8, 4)), np.zeros(8)
    for optimizer in ("sgd", "adagrad", "adam", "rmsprop"):
        model.compile(optimizer, "sparse_categorical_crossentropy")
        assert text(model) == next(texts)
        model.fit(x, y, verbose=0)
        assert text(model) == next(texts)
    for optimizer in (
        optimizers.SGD(momentum=0.9),
        optimizers.Adam(amsgrad=True),
        optimizers.RMSprop(momentum=0.9, centered=True),
    ):
        model.compile(optimizer, "sparse_categorical_crossentropy")
        model.fit(x, y, verbose=0)
        assert text(model) == next(texts)
    names = ["a_very_long_layer_name_that_does_not_fit", "x" * 26, "y" * 24, "z" * 23, "two words"]
    model = fanin.Sequential(
        [Input((4000,)), *(Dense(999 + i, name=name) for i, name in enumerate(names))], name="big"
    )
    for line_length in (None, 60, 40, 33, 75):
        assert text(model, line_length=line_length) == next(texts)
    assert text(model, positions=[0.5, 0.75, 1.0]) == next(texts)
    assert text(fanin.Sequential(name="empty")) == next(texts)
    model = fanin.Sequential([Input((4,)), Dense(3, dtype="float64", use_bias=False)])
    assert text(model) == next(texts)
    assert next(texts, None) is None


def test_printing(capsys):
    model = fanin.Sequential([Dense(5)], name="m")
    assert model.summary() is None
    assert capsys.readouterr().out == text(model)


def test_errors():
    model = fanin.Sequential([Dense(5)])
    with pytest.raises(ValueError, match="Insufficient console width"):
        model.summary(line_length=10)
    with pytest.raises(ValueError, match="must be a list or tuple of length 2"):
        model.summary(layer_range=("a",))
    with pytest.raises(ValueError, match="should contain string type only"):
        model.summary(layer_range=(0, 1))
    with pytest.raises(ValueError, match="do not match the layer names"):
        model.summary(layer_range=("dense", "other"))
