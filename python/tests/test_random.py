"""SeedGenerator and the seeds that stand in for None, against values that Keras gave."""

import random

import numpy as np
import pytest

from fanin.initializers import RandomUniform
from fanin.random import SeedGenerator, make_default_seed


def test_default_seeds_are_keras_s():
    # keras.md: the draws after keras.utils.set_random_seed(42).
    random.seed(42)
    assert [make_default_seed() for _ in range(3)] == [686579304, 119540832, 26855093]
    random.seed(42)
    assert SeedGenerator().state.tolist() == [686579304, 0]


def test_next():
    # What keras.random.SeedGenerator(5) returned for the same calls.
    generator = SeedGenerator(5)
    assert generator.next().tolist() == [5, 0]
    assert generator.next(ordered=False).tolist() == [5, 1]
    assert generator.next(ordered=False).tolist() == [32322, 10774]
    assert generator.state.tolist() == [548987, 186587]
    assert generator.next().tolist() == [548987, 186587]
    assert generator.next().tolist() == [548987, 186588]


@pytest.mark.parametrize(("seed", "after"), [(2**62, 346974), (-(2**62) - 5, 570064)])
def test_next_wraps_around_64_bits(seed, after):
    generator = SeedGenerator(seed)
    generator.next(ordered=False)
    assert generator.state.tolist() == [after, 5387]


def test_a_returned_state_is_a_copy():
    generator = SeedGenerator(5)
    generator.next()[:] = 0
    assert generator.state.tolist() == [5, 1]


@pytest.mark.parametrize("seed", [np.int64(-7), np.uint8(3), 2**63 - 1, -(2**63)])
def test_integers(seed):
    assert SeedGenerator(seed).state.tolist() == [int(seed), 0]


@pytest.mark.parametrize(
    "seed", [True, np.True_, 1.5, 2.0, "a", [1], 2**63, -(2**63) - 1, np.uint64(2**63), 2**70]
)
def test_other_seeds(seed):
    with pytest.raises(ValueError, match="seed"):
        SeedGenerator(seed)


def test_config():
    generator = SeedGenerator(5, name="dropout")
    generator.next()
    assert generator.get_config() == {"seed": 5, "name": "dropout"}
    copy = SeedGenerator.from_config(generator.get_config())
    assert copy.state.tolist() == [5, 0]
    assert copy.name == "dropout"
    assert SeedGenerator().get_config()["seed"] is None


def test_names_count_up():
    names = [SeedGenerator(1).name for _ in range(2)]
    assert all(name.startswith("seed_generator") for name in names)
    assert names[0] != names[1]


def test_the_counter_is_reduced_as_the_seed_is():
    # Keras reduces both numbers of the state modulo 2**31 - 2.
    far, near = SeedGenerator(7), SeedGenerator(7)
    far.state = np.array([7, 2**31])
    near.state = np.array([7, 2])
    np.testing.assert_array_equal(RandomUniform(seed=far)(4), RandomUniform(seed=near)(4))
