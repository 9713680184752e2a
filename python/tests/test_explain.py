"""Explanations against draws, formulas, and each other."""

import html
import json
import math
from typing import Any

import numpy as np
import pytest

import fanin
from fanin import initializers
from fanin.initializers import VarianceScaling

CORRECTION = 0.87962566103423978


def named(name: str) -> initializers.Initializer:
    found = initializers.get(name)
    found.reseed(11)
    assert isinstance(found, initializers.Initializer)
    return found


RANDOM = [
    *("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform"),
    *("lecun_normal", "random_uniform", "random_normal", "truncated_normal"),
]


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("shape", [(600, 500), (3, 3, 40, 800)])
def test_spread_and_bound_are_those_of_the_values(name: str, shape: tuple[int, ...]) -> None:
    initializer = named(name)
    said = initializer.explain(shape)
    values = initializer(shape).astype(np.float64)
    # the standard error of a standard deviation is at most σ / sqrt(2 n), of a normal; 5 of them
    assert abs(values.std() - said.stddev) < 5 * said.stddev / math.sqrt(2 * values.size)
    assert abs(values.mean() - said.mean) < 5 * said.stddev / math.sqrt(values.size)
    if said.bound is not None:
        # rounding of the bound itself to float32
        assert np.abs(values - said.mean).max() <= said.bound * (1 + 2**-22)
    assert (said.stddev_before is None) == (said.distribution != "truncated normal")


@pytest.mark.parametrize("name", RANDOM)
def test_the_expected_range_is_the_mean_one(name: str) -> None:
    """Half of all seeds pass it, about: P(max < q) = (1 - 1 / (n + 1)) ** n, which is 1 / e."""
    initializer = named(name)
    low, high = initializer.explain((50, 40)).range
    beyond = 0
    for seed in range(200):
        values = type(initializer)(seed=seed)((50, 40))
        beyond += int(values.max() > high) + int(values.min() < low)
    # 400 trials with p = 1 - 1 / e = 0.632; five standard deviations are 48
    assert abs(beyond - 253) < 48


@pytest.mark.parametrize(
    ("name", "stddev", "bound"),
    [
        ("glorot_uniform", math.sqrt(2 / 1000), math.sqrt(6 / 1000)),
        ("he_uniform", math.sqrt(2 / 800), math.sqrt(6 / 800)),
        ("lecun_uniform", math.sqrt(1 / 800), math.sqrt(3 / 800)),
        ("glorot_normal", math.sqrt(2 / 1000), 2 * math.sqrt(2 / 1000) / CORRECTION),
        ("he_normal", math.sqrt(2 / 800), 2 * math.sqrt(2 / 800) / CORRECTION),
    ],
)
def test_formulas(name: str, stddev: float, bound: float) -> None:
    said = named(name).explain((800, 200))
    assert said.stddev == pytest.approx(stddev, rel=1e-12)
    assert said.bound == pytest.approx(bound, rel=1e-12)
    assert said.fans == (800, 200)


@pytest.mark.parametrize(
    ("shape", "axes", "fans", "words"),
    [
        ((), (None, None), (1, 1), "1 for a scalar"),
        ((7,), (None, None), (7, 7), "the length twice"),
        ((7, 3), (None, None), (7, 3), "inputs 7 and outputs 3"),
        ((5, 4, 7, 3), (None, None), (140, 60), "each times the receptive field (5, 4)"),
        ((5, 4, 7, 3), ([0, 1], [-1]), (20, 3), "on the axes (0, 1) and (-1,)"),
    ],
)
def test_it_says_how_fans_were_counted(shape, axes, fans, words) -> None:  # type: ignore[no-untyped-def]
    said = VarianceScaling(seed=1, input_axes=axes[0], output_axes=axes[1]).explain(shape)
    assert said.fans == fans
    assert words in said.counted
    assert f"{fans[0]}, {fans[1]}: " in str(said)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        ("√(2 / fan_in) = 0.05", ["he_uniform"]),
        ("PyTorch's xavier_normal_", ["glorot_normal", "he_normal", "lecun_normal"]),
        ("MLX's he_normal", ["he_normal", "he_uniform"]),
        ("kaiming_uniform_(a=√5)", ["he_normal", "he_uniform"]),
        ("is not made up for", []),
        ("right for one width", ["random_uniform", "random_normal", "truncated_normal"]),
        ("never become different", ["zeros", "ones", "constant"]),
    ],
)
def test_sharp_edges_are_named_where_they_apply(words: str, where: list[str]) -> None:
    if words == "is not made up for":
        words, where = "what was cut off is not made up for", ["truncated_normal"]
    for name in [*RANDOM, "zeros", "ones", "constant", "orthogonal", "identity"]:
        said = initializers.get(name).explain((800, 200))
        assert (words in str(said)) == (name in where), name


def test_the_named_setting_gives_the_other_bound() -> None:
    other = VarianceScaling(2 / 3, "fan_in", "uniform").explain((800, 200))
    assert other.bound == pytest.approx(math.sqrt(2 / 800), rel=1e-12)


@pytest.mark.parametrize("shape", [(300, 100), (100, 300), (3, 3, 10, 20)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    initializer = initializers.Orthogonal(gain=1.5, seed=3)
    said = initializer.explain(shape)
    values = initializer(shape).astype(np.float64)
    # the sum of squares is gain² times the number of orthonormal vectors, to rounding
    assert np.sqrt(np.mean(values**2)) == pytest.approx(said.stddev, rel=1e-5)
    assert np.abs(values).max() <= said.bound
    assert "first axis" in str(said)


def test_what_others_write_is_explained_by_its_docstring() -> None:
    class Mine(initializers.Initializer):
        """Threes.

        More of it.
        """

    said = Mine().explain((2, 3))
    assert (said.name, said.formula, said.stddev) == ("Mine", "Threes.", None)


@pytest.mark.parametrize(
    ("arguments", "formula"),
    [
        ({}, "cos(-2π t f / 8) times the window / √(Σ window²), t < 16, f < 5"),
        ({"side": "imag", "scaling": "spectrum"}, "sin(-2π t f / 8) times the window / Σ |window|"),
        ({"window": None}, "cos(-2π t f / 8), t < 16"),
    ],
)
def test_stft_is_said_as_it_is(arguments: dict[str, Any], formula: str) -> None:
    stft = initializers.STFT(**arguments)
    said, values = stft.explain((16, 1, 5)), stft((16, 1, 5), "float64")
    assert said.formula.startswith(formula)
    assert (said.mean, said.stddev) == (values.mean(), values.std())
    assert said.range == (values.min(), values.max())
    with pytest.raises(ValueError, match="at least two frequencies"):
        stft.explain((16, 5))


@pytest.mark.parametrize("name", [*RANDOM, "zeros", "constant", "orthogonal", "identity", "stft"])
def test_json_html_and_text_say_the_same(name: str) -> None:
    shape = (8, 1, 5) if name == "stft" else (8, 5)
    said = initializers.get(name).explain(shape)
    read = json.loads(json.dumps(said.to_dict(), allow_nan=False))
    assert read["shape"] == list(shape)
    assert read["stddev"] == said.stddev
    for text in (said.formula, *said.sources, *said.notes):
        assert text in str(said)
        assert html.escape(text) in said._repr_html_()


@pytest.mark.parametrize(
    ("name", "shape", "error"),
    [
        ("he_normal", (-1, 2), ValueError),
        ("he_normal", (1.5, 2), TypeError),
        ("orthogonal", (3,), ValueError),
        ("identity", (3, 3, 3), ValueError),
    ],
)
def test_a_shape_that_a_call_refuses_is_refused(name, shape, error) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error) as explained:
        initializers.get(name).explain(shape)
    with pytest.raises(error) as called:
        initializers.get(name)(shape)
    assert str(explained.value) == str(called.value)


def test_explaining_uses_up_no_seed() -> None:
    generator = fanin.random.SeedGenerator(5)
    initializer = initializers.HeNormal(seed=generator)
    initializer.explain((3, 4))
    assert np.array_equal(
        initializer((3, 4)), initializers.HeNormal(fanin.random.SeedGenerator(5))((3, 4))
    )


def test_empty_shapes_have_no_range() -> None:
    assert named("he_normal").explain((0, 5)).range is None
