import random

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
    assert fanin.Input((1,)).name == "input_layer"
    utils.clear_session()
    assert fanin.layers.Dense(1).name == "dense"
