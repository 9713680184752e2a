"""What all initializers have in common that Keras does not have."""

import json
import math

import numpy as np
import pytest

from fanin import initializers
from fanin._session import snake_case
from fanin.initializers import (
    EdgeOfChaos,
    Hadamard,
    SirenFirst,
    SirenHidden,
    ZerO,
    deserialize,
    get,
    serialize,
)
from fanin.random import SeedGenerator

# With a seed where there is one, the arguments not the defaults.
CASES = {
    "siren_first": lambda seed: SirenFirst(seed=seed),
    "siren_hidden": lambda seed: SirenHidden(omega0=20.0, seed=seed),
    "hadamard": lambda seed: Hadamard(gain=1.5, seed=seed),
    "edge_of_chaos": lambda seed: EdgeOfChaos("softsign", 0.1, seed),
    "zer_o": lambda seed: ZerO(),
}
DETERMINISTIC = {"zer_o"}
SHAPE = (24, 36)


@pytest.fixture(params=CASES)
def name(request):
    return request.param


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_values_depend_on_seed_shape_and_dtype_only(name, dtype):
    values = CASES[name](5)(SHAPE, dtype)
    assert values.dtype.name == dtype and values.shape == SHAPE
    assert np.isfinite(values.astype(np.float64)).all() and (values != 0).any()
    np.testing.assert_array_equal(values, CASES[name](5)(SHAPE, dtype))
    assert (name in DETERMINISTIC) == np.array_equal(values, CASES[name](6)(SHAPE, dtype))
    for out in (
        np.empty(SHAPE[::-1], values.dtype).T,
        np.empty((2 * SHAPE[0], 3 * SHAPE[1]), values.dtype)[::2, ::-3],
    ):
        assert CASES[name](5).fill(out) is out
        np.testing.assert_array_equal(out, values)


def test_a_generator_gives_other_values_each_time(name):
    if name in DETERMINISTIC:
        return
    initializer = CASES[name](SeedGenerator(5))
    first, second = initializer(SHAPE), initializer(SHAPE)
    assert (first != second).any()
    np.testing.assert_array_equal(first, CASES[name](5)(SHAPE))


def test_dictionaries_bring_it_back(name):
    initializer = CASES[name](5)
    config = json.loads(json.dumps(serialize(initializer)))
    assert config["module"] == "fanin.initializers"
    assert config["registered_name"] is None
    for copy in (deserialize(config), get(config), initializer.clone()):
        assert type(copy) is type(initializer)
        assert serialize(copy) == serialize(initializer)
        np.testing.assert_array_equal(copy(SHAPE), initializer(SHAPE))


def test_it_has_two_names(name):
    cls = type(CASES[name](5))
    assert getattr(initializers, name) is getattr(initializers, cls.__name__) is cls
    assert name == snake_case(cls.__name__)
    assert {name, cls.__name__} <= set(initializers.__all__)
    assert initializers._registry.NAMES[name] is cls


def test_what_it_says_is_what_it_gives(name):
    """Of random values the standard deviation is off by √(κ - 1) / (2 √n) at most, κ < 4."""
    initializer = CASES[name](5)
    shape = (160, 240)
    said, values = initializer.explain(shape), initializer(shape, "float64")
    # the rounding of float32, in which Keras's uniform has its limits
    slack = 2**-20 if name in DETERMINISTIC else 5 * math.sqrt(3 / (4 * values.size))
    if said.stddev is not None:
        assert values.std() == pytest.approx(said.stddev, rel=slack)
    if said.bound is not None:
        assert np.abs(values - said.mean).max() <= said.bound * (1 + 2**-22)
    assert said.name == type(initializer).__name__
    assert said.formula != type(initializer).__doc__.partition("\n")[0]
    assert said.sources and said.notes
    json.dumps(said.to_dict(), allow_nan=False)


def test_empty_arrays(name):
    assert CASES[name](5)((0, 4)).shape == (0, 4)
    CASES[name](5).explain((0, 4))
