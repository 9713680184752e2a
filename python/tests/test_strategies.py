"""What all initializers have in common that Keras does not have."""

import json
import math

import numpy as np
import pytest

import fanin
from fanin import initializers
from fanin._session import snake_case
from fanin.initializers import (
    ICNR,
    DepthScaled,
    EdgeOfChaos,
    Fixup,
    GlorotNormal,
    Hadamard,
    HeUniform,
    IdentityPadded,
    LooksLinear,
    Orthogonal,
    SirenFirst,
    SirenHidden,
    SmallInit,
    Spectral,
    TFixup,
    ZerO,
    ZeroPreserving,
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
    "fixup": lambda seed: Fixup(7, 3, initializer=HeUniform(seed)),
    "t_fixup": lambda seed: TFixup(5, "decoder", GlorotNormal(seed)),
    "small_init": lambda seed: SmallInit(300, seed),
    "depth_scaled": lambda seed: DepthScaled(6, 0.03, seed),
    "icnr": lambda seed: ICNR(3, HeUniform(seed), "pixel_shuffle"),
    "looks_linear": lambda seed: LooksLinear(Orthogonal(seed=seed), "both"),
    "spectral": lambda seed: Spectral(1.5, seed),
    "identity_padded": lambda seed: IdentityPadded(0.5),
    "zero_preserving": lambda seed: ZeroPreserving(1e-3),
    "zer_o": lambda seed: ZerO(),
}
DETERMINISTIC = {"zer_o", "identity_padded", "zero_preserving"}


def small(name):
    return (3, 8, 36) if name == "icnr" else (24, 36)


def large(name):
    return (3, 40, 360) if name == "icnr" else (160, 240)


@pytest.fixture(params=CASES)
def name(request):
    return request.param


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_values_depend_on_seed_shape_and_dtype_only(name, dtype):
    shape = small(name)
    values = CASES[name](5)(shape, dtype)
    assert values.dtype.name == dtype and values.shape == shape
    assert np.isfinite(values.astype(np.float64)).all() and (values != 0).any()
    np.testing.assert_array_equal(values, CASES[name](5)(shape, dtype))
    assert (name in DETERMINISTIC) == np.array_equal(values, CASES[name](6)(shape, dtype))
    for out in (
        np.empty(shape[::-1], values.dtype).T,
        np.empty((*shape[:-2], 2 * shape[-2], 3 * shape[-1]), values.dtype)[..., ::2, ::-3],
    ):
        assert CASES[name](5).fill(out) is out
        np.testing.assert_array_equal(out, values)


def test_a_generator_gives_other_values_each_time(name):
    if name in DETERMINISTIC:
        return
    initializer = CASES[name](SeedGenerator(5))
    first, second = initializer(small(name)), initializer(small(name))
    assert (first != second).any()
    np.testing.assert_array_equal(first, CASES[name](5)(small(name)))


def test_dictionaries_bring_it_back(name):
    initializer = CASES[name](5)
    config = json.loads(json.dumps(serialize(initializer)))
    assert config["module"] == "fanin.initializers"
    assert config["registered_name"] is None
    for copy in (deserialize(config), get(config), initializer.clone()):
        assert type(copy) is type(initializer)
        assert serialize(copy) == serialize(initializer)
        np.testing.assert_array_equal(copy(small(name)), initializer(small(name)))


def test_it_has_two_names(name):
    cls = type(CASES[name](5))
    assert getattr(initializers, name) is getattr(initializers, cls.__name__) is cls
    assert name == snake_case(cls.__name__)
    assert {name, cls.__name__} <= set(initializers.__all__)
    assert initializers._registry.NAMES[name] is cls


def test_what_it_says_is_what_it_gives(name):
    """Of n different values the standard deviation is off by √(κ - 1) / (2 √n), κ < 4."""
    initializer = CASES[name](5)
    shape = large(name)
    said, values = initializer.explain(shape), initializer(shape, "float64")
    # the rounding of float32, in which Keras's uniform has its limits
    slack = 2**-20 if name in DETERMINISTIC else 5 * math.sqrt(3 / (4 * np.unique(values).size))
    if said.stddev is not None:
        assert values.std() == pytest.approx(said.stddev, rel=slack)
    if said.bound is not None:
        assert np.abs(values - said.mean).max() <= said.bound * (1 + 2**-22)
    assert said.name == type(initializer).__name__
    assert said.formula != type(initializer).__doc__.partition("\n")[0]
    assert said.sources and said.notes
    json.dumps(said.to_dict(), allow_nan=False)


def test_empty_arrays(name):
    shape = (3, 0, 9) if name == "icnr" else (0, 4)
    assert CASES[name](5)(shape).shape == shape
    CASES[name](5).explain(shape)


def test_check_knows_it(name):
    shape, initializer = large(name), CASES[name](5)
    right = CASES[name](6)(shape)
    assert fanin.check(right, initializer).ok
    assert not fanin.check(HeUniform(3)(shape), initializer).ok
    assert not fanin.check(right * np.float32(1.25), initializer).ok
