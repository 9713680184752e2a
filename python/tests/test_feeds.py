import random

import numpy as np
import pytest

import fanin
from fanin.layers import Dense, Input

X = np.random.default_rng(5).normal(size=(12, 4)).astype("float32")
Y = X[:, :1].copy()


def new():
    fanin.utils.set_random_seed(4)
    model = fanin.Sequential([Input((4,)), Dense(1)])
    model.compile("sgd", "mse")
    return model


def parts(size=3):
    return [(X[i : i + size], Y[i : i + size]) for i in range(0, 12, size)]


def expected(**arguments):
    model = new()
    model.fit(X, Y, batch_size=3, shuffle=False, verbose=0, **arguments)
    return model


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True))


class Loader:
    """What can be iterated again and again, as a DataLoader of torch can."""

    def __init__(self, has_length):
        if has_length:
            self.length = 4

    def __len__(self):
        if not hasattr(self, "length"):
            raise TypeError("The dataset length is unknown.")
        return self.length

    def __iter__(self):
        return iter(parts())


class Numbered:
    """Batches by their number, without the base class."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return parts()[index]


class Endless(fanin.utils.PyDataset):
    num_batches = None

    def __getitem__(self, index):
        return parts()[index % 4]


@pytest.mark.parametrize(
    ("make", "steps"),
    [
        (lambda: Loader(True), 4),
        (lambda: Loader(False), None),
        (Numbered, 4),
        (lambda: map(list, parts() * 2), 4),
        (lambda: iter(parts() * 2), 4),
        (Endless, 4),
    ],
)
def test_batches_from_python(make, steps):
    model = new()
    source = make()
    limit = (
        {"steps_per_epoch": 4} if isinstance(source, Endless) or hasattr(source, "__next__") else {}
    )
    record = model.fit(source, epochs=2, shuffle=False, verbose=0, **limit)
    assert same(model, expected(epochs=2))
    assert record.params["steps"] == steps
    # One metric's sums over all batches, added up in another order.
    again = {"steps": 4} if limit else {}
    loss = model.evaluate(make(), verbose=0, **again)
    assert loss == pytest.approx(model.evaluate(X, Y, batch_size=3, verbose=0), rel=2**-22)
    predicted = model.predict(make(), verbose=0, **({"steps": 4} if limit else {}))
    np.testing.assert_array_equal(predicted, model.predict(X, batch_size=3, verbose=0))


def test_datasets_are_shuffled_by_random():
    random.seed(7)
    order = list(range(4))
    random.shuffle(order)
    model, other = new(), new()
    random.seed(7)
    model.fit(Numbered(), verbose=0)
    other.fit(iter([parts()[i] for i in order]), verbose=0)
    assert same(model, other)


def test_a_model_is_built_by_the_first_batch():
    model = fanin.Sequential([Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    record = model.fit(iter(parts()), epochs=1, verbose=0)
    assert model.built and list(record.history) == ["loss", "mae"]


def test_a_batch_that_does_not_fit_ends_the_training():
    model = new()
    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 4"):
        model.fit(iter([*parts(), (X[:, :2], Y)]), verbose=0)
    assert model.optimizer.iterations == 4
    model.fit(X, Y, verbose=0)
    assert model.optimizer.iterations == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": iter([])}, "must yield at least one batch"),
        ({"x": iter(parts()), "y": Y}, "`x` as a generator, `y` should not be passed"),
        ({"x": Numbered(), "sample_weight": Y}, "`x` as a Numbered, `sample_weight` should not"),
        ({"x": iter(parts()), "class_weight": {0: 1.0}}, "not supported for Python generator"),
        ({"x": iter(parts()), "validation_split": 0.5}, "only supported for tensors or NumPy"),
        ({"x": object()}, "Unrecognized data type"),
        ({"x": iter([(X, Y, Y, Y)])}, "found: tuple of length 4"),
    ],
)
def test_wrong_feeds(arguments, message):
    model = new()
    with pytest.raises(ValueError, match=message):
        model.fit(verbose=0, **arguments)
    assert model.optimizer.iterations == 0


def test_arrays_of_other_libraries():
    model = new()
    outputs = model.predict(X, verbose=0)

    class Tensor:
        def __init__(self, array):
            self.array = array

        def detach(self):
            return self

        def cpu(self):
            return self.array

    class Sparse:
        def toarray(self):
            return X

    for x in ([X], (X,), {"x": X}, Tensor(X), Sparse()):
        if not isinstance(x, Tensor):
            np.testing.assert_array_equal(model.predict(x, verbose=0), outputs)
    np.testing.assert_array_equal(model.predict({"x": Tensor(X)}, verbose=0), outputs)
    with pytest.raises(NotImplementedError, match="several inputs"):
        model.predict({"x": X, "y": X}, verbose=0)


def test_frames_of_several_types():
    import pandas

    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "c": [True, False], "d": [1, 2]})
    model = new()
    np.testing.assert_array_equal(
        model.predict(frame, verbose=0),
        model.predict([[1, 0.5, 1, 1], [2, 1.5, 0, 2]], verbose=0),
    )


def test_rank_one_for_one_feature():
    model = fanin.Sequential([Input((1,)), Dense(2)])
    x = np.arange(3.0)
    outputs = model.predict(x, verbose=0)
    np.testing.assert_array_equal(outputs, model.predict(x[:, np.newaxis], verbose=0))


def test_weights_of_each_position():
    model = fanin.Sequential([Input((2, 3)), Dense(4, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    x = np.random.default_rng(0).normal(size=(5, 2, 3)).astype("float32")
    y = np.arange(10).reshape(5, 2) % 4
    counts = np.arange(5.0)
    each = np.repeat(counts[:, np.newaxis], 2, axis=1)
    results = [
        model.evaluate(x, labels, sample_weight=weights, verbose=0)
        for labels in (y, y[..., np.newaxis])
        for weights in (counts, counts[:, np.newaxis], each, each[..., np.newaxis])
    ]
    assert results == [results[0]] * 8
    outputs = model.predict(x, verbose=0)
    hits = outputs.argmax(-1) == y
    assert results[0][1] == pytest.approx((hits * each).sum() / each.sum(), rel=2**-22)
    losses = -np.log(np.take_along_axis(outputs.astype("float64"), y[..., np.newaxis], -1))[..., 0]
    # float32 softmax and logarithm.
    assert results[0][0] == pytest.approx((losses * each).mean(), rel=2**-20)
