"""Checks: right values pass, and each kind of wrong ones is named."""

import json
import math
import random

import numpy as np
import pytest
from scipy import stats

import fanin
from fanin import initializers
from fanin.checking import P_VALUE, _tail
from fanin.initializers import VarianceScaling

NAMES = [
    *("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform"),
    *("lecun_normal", "random_uniform", "random_normal", "truncated_normal"),
]
SHAPE = (300, 200)


def make(name, seed=1, shape=SHAPE, dtype=None):
    found = initializers.get(name)
    found.reseed(seed)
    return found(shape, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", [*NAMES, "zeros", "ones", "identity", "orthogonal"])
def test_right_values_pass(name: str, dtype: str) -> None:
    values = initializers.get(name)(SHAPE, dtype)
    if name in NAMES:
        values = make(name, dtype=dtype)
    assert fanin.check(values, name).ok, fanin.check(values, name)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", NAMES)
def test_right_values_of_a_million_and_more_pass(name: str, dtype: str) -> None:
    found = fanin.check(make(name, shape=(1500, 1400), dtype=dtype), name)
    assert found.ok, found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", [(30, 20), (3, 3, 8, 16), (5,)])
def test_false_alarms_are_as_rare_as_stated(name: str, shape: tuple[int, ...]) -> None:
    """Of 100 seeds; three tests at 1e-4 make 0.03 expected: two would be one in two thousand."""
    alarms = sum(not fanin.check(make(name, seed, shape), name) for seed in range(100))
    assert alarms <= 1


def test_p_values_of_right_values_are_uniform() -> None:
    p = [
        fanin.check(make("glorot_normal", seed), "glorot_normal").measured[
            "p-value (Kolmogorov-Smirnov)"
        ]
        for seed in range(200)
    ]
    # a p-value is below 0.05 in 10 of 200, five standard deviations are 15.4; above 0.5 in 100
    assert sum(value < 0.05 for value in p) <= 25
    assert 100 - 36 <= sum(value > 0.5 for value in p) <= 100 + 36


@pytest.mark.parametrize("t", [0.3, 0.5, 0.8276, 1.0, 1.3581, 1.6276, 2.2])
def test_kolmogorovs_distribution(t: float) -> None:
    assert _tail(t) == pytest.approx(stats.kstwobign.sf(t), abs=1e-12)


TABLE = {
    "wrong fan": (lambda: make("he_normal", shape=SHAPE[::-1]).T, ["exchanged"]),
    "no correction": (
        lambda: initializers.TruncatedNormal(0, math.sqrt(2 / 300), seed=1)(SHAPE),
        ["0.88 times", "not corrected"],
    ),
    "not truncated": (
        lambda: VarianceScaling(2, "fan_in", "untruncated_normal", seed=1)(SHAPE),
        ["values", "beyond"],
    ),
    "another": (lambda: make("glorot_uniform"), ["It can be glorot_uniform."]),
    "uniform instead": (lambda: make("he_uniform"), ["distribution", "It can be he_uniform."]),
    "shifted": (lambda: make("he_normal") + np.float32(0.003), ["The mean is 0.00"]),
    "NaN": (lambda: with_value(math.nan), ["1 of 60000 values are NaN"]),
    "infinity": (lambda: with_value(math.inf), ["1 of 60000 values are NaN or infinite"]),
    "zeros": (lambda: np.zeros(SHAPE, "f"), ["All values are 0"]),
    "rows": (lambda: repeated(0), ["150 of 300 rows repeat others."]),
    "columns": (lambda: repeated(1), ["100 of 200 columns repeat others."]),
    "beyond float64's squares": (
        lambda: make("he_normal").astype("d") * 1e300,
        ["times as much"],
    ),
    "huge": (lambda: make("he_normal") * np.float32(1e30), ["times as much"]),
}


def with_value(value: float):
    values = make("he_normal")
    values[3, 4] = value
    return values


def repeated(axis: int):
    values = make("he_normal")
    return np.concatenate([np.split(values, 2, axis)[0]] * 2, axis)


@pytest.mark.parametrize("kind", sorted(TABLE))
def test_wrong_values_are_named(kind: str) -> None:
    values, words = TABLE[kind]
    checked = fanin.check(values(), "he_normal")
    assert not checked.ok
    for word in words:
        assert word in repr(checked), checked


def test_a_second_half_that_repeats_the_first() -> None:
    values = np.concatenate([make("random_normal", shape=(350,))] * 2).reshape(1, 700)
    assert "The second half repeats the first." in repr(fanin.check(values, "random_normal"))


@pytest.mark.parametrize("shape", [(200, 100), (100, 200), (3, 3, 16, 24)])
def test_orthogonal(shape: tuple[int, ...]) -> None:
    right = initializers.Orthogonal(gain=1.5, seed=2)
    assert fanin.check(right(shape), right).ok
    checked = fanin.check(right(shape), "orthogonal")
    assert "differ by 1.25 from" in repr(checked)
    assert not fanin.check(make("he_normal", shape=shape), "orthogonal").ok


def test_constant_ones_count_what_differs() -> None:
    values = np.ones((4, 5))
    values[2, 2] = 2
    assert fanin.check(values, "ones").faults == ["1 of 20 values differ from those it gives."]


def test_functions_of_any_library() -> None:
    rng = np.random.default_rng(1)

    def kaiming(shape):
        return rng.normal(0, math.sqrt(2 / shape[0]), shape)

    untruncated = VarianceScaling(2.0, "fan_in", "untruncated_normal")
    assert fanin.check(kaiming, untruncated, shape=SHAPE).ok
    checked = fanin.check(kaiming, "he_normal", shape=SHAPE)
    assert not checked
    assert repr(checked).startswith("kaiming: not what HeNormal gives.")


def test_models_are_checked_kernel_by_kernel() -> None:
    fanin.utils.set_random_seed(3)
    dense = fanin.layers.Dense
    model = fanin.Sequential(
        [
            fanin.Input((64,)),
            dense(80, kernel_initializer="he_normal", name="first"),
            dense(60, kernel_initializer="glorot_uniform", name="second"),
        ]
    )
    assert fanin.check(model).ok
    checked = fanin.check(model, "he_normal")
    assert [(check.name.partition("/")[2], check.ok) for check in checked.checks] == [
        ("first/kernel", True),
        ("second/kernel", False),
    ]
    assert not checked
    assert "It can be glorot_uniform." in repr(checked)
    assert [kernel["ok"] for kernel in checked.to_dict()["kernels"]] == [True, False]


def test_json_and_html() -> None:
    checked = fanin.check(np.zeros((5, 5)), "he_normal")
    read = json.loads(json.dumps(checked.to_dict(), allow_nan=False))
    assert read["ok"] is False
    assert read["faults"] == checked.faults
    assert all(fault in checked._repr_html_() for fault in checked.faults)
    assert P_VALUE == 1e-4


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((np.zeros(3), "he"), ValueError, "identifier: he"),
        ((np.array(["a"]), "zeros"), TypeError, "real numbers"),
        ((np.zeros(3, complex), "zeros"), TypeError, "complex128"),
        ((np.zeros(3), lambda shape: 0), ValueError, "fanin.initializers"),
        ((np.zeros(3), "orthogonal"), ValueError, "two-dimensional"),
        ((np.zeros, "zeros"), TypeError, "`shape` must be given"),
        ((fanin.Sequential([fanin.Input((3,))]),), ValueError, "without any"),
        ((np.zeros(3),), ValueError, "initializer=None"),
    ],
)
def test_bad_arguments_are_named(arguments, error, words: str) -> None:
    with pytest.raises(error, match=words):
        fanin.check(*arguments)


def test_a_shape_is_for_functions() -> None:
    with pytest.raises(TypeError, match="for functions only"):
        fanin.check(np.zeros(3), "zeros", shape=(3,))


def test_a_check_leaves_random_states_alone() -> None:
    weights = make("he_normal")
    known = initializers.Hadamard()
    before = random.getstate()
    fanin.check(weights, "glorot_uniform")
    # which compares with values of another seed
    fanin.check(initializers.Hadamard(seed=1)((24, 20)), known)
    assert random.getstate() == before
