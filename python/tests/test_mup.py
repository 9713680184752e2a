"""Maximal update parametrization: the table's factors, and what they are for."""

import numpy as np
import pytest

import fanin
from fanin import mup
from fanin.layers import Dense


def build(width: int, units: int = 3) -> fanin.Sequential:
    layers = [
        Dense(width, "tanh", kernel_initializer=fanin.initializers.LecunNormal(1)),
        Dense(width, "tanh", kernel_initializer=fanin.initializers.LecunNormal(2)),
        Dense(units, kernel_initializer=fanin.initializers.LecunNormal(3)),
    ]
    model = fanin.Sequential(layers)
    model.build((None, 5))
    return model


@pytest.mark.parametrize(
    ("optimizer", "rates"),
    [
        # table 3, in Keras's order: input kernel and bias, hidden kernel and bias, output kernel
        ("sgd", [4, 4, 1, 4, 1 / 4, 1]),
        ("adam", [1, 1, 1 / 4, 1, 1 / 4, 1]),
    ],
)
def test_rates_and_the_output_kernel_follow_the_paper(optimizer: str, rates: list[float]) -> None:
    model, plain = build(64), build(64)
    assert mup.apply(model, 16, optimizer) is model
    variables = [v for layer in model.layers for v in layer.parameters]
    assert [v.rate_factor for v in variables] == rates
    for ours, usual in zip(model.layers[:2], plain.layers, strict=False):
        assert np.array_equal(ours.kernel, usual.kernel)
    # fan_in**-0.5 m**-0.5 = base**0.5 / width
    assert np.array_equal(model.layers[2].kernel, plain.layers[2].kernel * np.float32(0.5))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_at_the_base_width_nothing_changes(optimizer: str) -> None:
    assert mup.scaling(32, 32, optimizer) == mup.Scaling(*[1.0] * 9)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_both_ways_to_write_it_are_the_same_network(optimizer: str) -> None:
    """(multiplier a, stddev b, rate c) is (1, ab, c') with c' = a**2 c for SGD, ac for Adam."""
    s = mup.scaling(96, 32, optimizer)
    a = s.output_multiplier
    assert s.output_stddev == pytest.approx(a * s.alternative_output_stddev, rel=1e-12)
    power = 2 if optimizer == "sgd" else 1
    assert s.output_rate == pytest.approx(a**power * s.alternative_output_rate, rel=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop", "ftrl"])
def test_the_factors_reach_the_optimizer(optimizer: str) -> None:
    """A rate times a factor is that rate, bit for bit, and the others keep theirs."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(32, 5)).astype("f"), rng.normal(size=(32, 3)).astype("f")
    trained = {}
    for name, rate in (("usual", 0.125), ("slow", 0.03125), ("mixed", 0.125)):
        model = build(16)
        if name == "mixed":
            model.layers[1].kernel.variable.rate_factor = 0.25
        rule = fanin.optimizers.get(optimizer)
        rule.learning_rate = rate
        model.compile(rule, "mse")
        model.train_on_batch(x, y)
        trained[name] = model.get_weights()
    for index, mixed in enumerate(trained["mixed"]):
        expected = trained["slow" if index == 2 else "usual"][index]
        # another path than the fused one, whose products are cut otherwise
        assert np.allclose(mixed, expected, rtol=1e-6, atol=1e-7)
        other = trained["usual" if index == 2 else "slow"][index]
        assert not np.allclose(mixed, other, rtol=1e-6, atol=1e-7)


@pytest.fixture(scope="module")
def check() -> mup.CoordinateCheck:
    return mup.coordinate_check()


def test_outputs_change_alike_over_widths_64_to_4096(check: mup.CoordinateCheck) -> None:
    assert check.widths == [64, 128, 256, 512, 1024, 2048, 4096]
    # constant but for what finite widths add: over 64 times the width, less than a factor of 3
    assert np.abs(check.exponents("mup")).max() < np.log(3) / np.log(64)
    moves = check.moves["mup"][:, -1]
    assert (moves.max(axis=0) < 3 * moves.min(axis=0)).all()
    sizes = check.sizes["mup"][:, -1, :2]
    assert (sizes.max(axis=0) < 1.5 * sizes.min(axis=0)).all()
    # the usual parametrization's grow like the width
    assert (check.exponents("standard")[1:] > 0.8).all()


def test_at_the_base_width_both_parametrizations_are_one(check: mup.CoordinateCheck) -> None:
    assert np.allclose(check.sizes["mup"][0], check.sizes["standard"][0], rtol=1e-5)


def test_a_check_shows_itself(check: mup.CoordinateCheck) -> None:
    shown = repr(check)
    for width, size in zip(check.widths, check.sizes["mup"][:, -1, 0], strict=True):
        row = next(line for line in shown.splitlines() if line.startswith(f"mup, width {width} "))
        assert f"{size:.3g} (" in row
    assert check.to_dict()["moves"]["mup"][0][0] == [0, 0, 0]
    lines = [axes.lines for axes in check.figure().axes]
    assert np.array_equal(lines[1][2].get_ydata(), check.moves["mup"][:, -1, 2])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mup.scaling(0, 4), "`width` must be at least 1. Received: 0"),
        (lambda: mup.scaling(4, 4, "adan"), "adan"),
        (lambda: mup.apply(fanin.Sequential([fanin.Input((3,)), Dense(4)]), 4), "Received: dense"),
        (lambda: mup.coordinate_check([64]), "`widths` must hold at least two"),
        (lambda: mup.coordinate_check(steps=0), "`steps` must be at least 1"),
    ],
)
def test_bad_arguments_are_named(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        call()
