import random
import sys

import numpy as np
import pytest

import fanin
from fanin import utils


def test_set_random_seed_seeds_python_and_numpy():
    utils.set_random_seed(42)
    # The draws that Keras's automatic seeds are made of, see keras.utils.set_random_seed.
    assert [random.randint(1, 10**9) for _ in range(3)] == [686579304, 119540832, 26855093]
    assert np.random.randint(10**6) == np.random.RandomState(42).randint(10**6)
    utils.set_random_seed(np.int64(2**32 - 1))


@pytest.mark.parametrize("seed", [-1, 2**32, 1.0, True, "1", None])
def test_wrong_seed_changes_nothing(seed):
    utils.set_random_seed(1)
    before = random.getstate(), np.random.get_state()[1].tolist(), fanin._session.seed
    with pytest.raises(ValueError, match=r"seed|Seed"):
        utils.set_random_seed(seed)
    after = random.getstate(), np.random.get_state()[1].tolist(), fanin._session.seed
    assert before == after


def test_to_categorical():
    result = utils.to_categorical([2, 0])
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(utils.to_categorical(2, 4), [0, 0, 1, 0])
    np.testing.assert_array_equal(utils.to_categorical([[1.0], [0.0]]), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(
        utils.to_categorical([[0, 1], [1, 1]], 2), [[[1, 0], [0, 1]], [[0, 1], [0, 1]]]
    )
    assert utils.to_categorical([], 3).shape == (0, 3)


@pytest.mark.parametrize("x", [[-1], [3], [0.5], [float("nan")], [2**63]])
def test_to_categorical_wrong_values(x):
    with pytest.raises(ValueError, match="x"):
        utils.to_categorical(x, 3)


def test_to_categorical_other():
    with pytest.raises(ValueError, match="num_classes"):
        utils.to_categorical([])
    with pytest.raises(TypeError, match="`x` must hold real numbers"):
        utils.to_categorical(["a"])


def test_names_start_again():
    utils.clear_session()
    assert [fanin.layers.Dense(1).name for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert fanin.Sequential().name == "sequential"
    assert fanin.Input((1,)).name == "keras_tensor"
    utils.clear_session()
    assert fanin.layers.Dense(1).name == "dense"


def test_normalize():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_array_equal(utils.normalize(x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_array_equal(utils.normalize(x, order=1), x / [[7], [1]])
    np.testing.assert_array_equal(utils.normalize(x, axis=0), [[1, 1], [0, 0]])


def trained(**arguments):
    model = fanin.Sequential([fanin.Input((2,)), fanin.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x, y = np.ones((8, 2)), np.ones((8, 1))
    return model.fit(x, y, validation_data=(x, y), verbose=0, **arguments)


def test_plot_history():
    history = trained(epochs=4)
    loss, mae = [panel for panel in utils.plot_history(history, title="All").axes]
    assert (loss.get_title(), mae.get_title()) == ("loss", "mae")
    train, validation = loss.get_lines()
    np.testing.assert_array_equal(train.get_xydata(), np.c_[1:5, history.history["loss"]])
    np.testing.assert_array_equal(validation.get_xydata(), np.c_[1:5, history.history["val_loss"]])
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["training", "validation"]
    (panel,) = utils.plot_history(history.history, ["mae"]).axes
    assert panel.get_title() == "mae"
    with pytest.raises(ValueError, match="`quantities` must be among"):
        utils.plot_history(history, ["foo"])
    with pytest.raises(ValueError, match="at least one epoch"):
        utils.plot_history({})


def test_plot_history_of_some_validations():
    history = trained(epochs=6, initial_epoch=1, validation_freq=3)
    validation = utils.plot_history(history, ["loss"]).axes[0].get_lines()[1]
    assert validation.get_xdata().tolist() == [3, 6]


def test_pictures_need_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "fanin._history_plot", None)
    with pytest.raises(ImportError, match="plot_history needs matplotlib"):
        utils.plot_history({"loss": [1.0]})


def test_py_dataset():
    class Data(utils.PyDataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return index

    assert utils.Sequence is utils.PyDataset
    assert (list(Data()), Data(workers=2).num_batches) == ([0, 1, 2], 3)
    with pytest.raises(NotImplementedError, match="implement the `num_batches` property"):
        utils.PyDataset().num_batches  # noqa: B018


def test_backend():
    assert fanin.backend.backend() == "tensorflow"
    assert fanin.backend.clear_session is utils.clear_session
    assert fanin.backend.floatx() == "float32"
