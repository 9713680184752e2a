"""The edge of chaos: against closed forms and SciPy, and Jacobians 50 layers deep."""

import json
import math

import numpy as np
import pytest
from scipy import integrate, optimize, special

import fanin
from fanin import activations
from fanin._moments import derivative
from fanin.initializers import (
    EdgeOfChaos,
    Orthogonal,
    RandomNormal,
    VarianceScaling,
    critical_point,
)


def gaussian(f, q):
    """Return E f(√q z) by another quadrature."""
    density = lambda z: math.exp(-z * z / 2) / math.sqrt(2 * math.pi)  # noqa: E731
    value, _ = integrate.quad(
        lambda z: float(f(math.sqrt(q) * z)) * density(z),
        -12, 12, points=[-1, 0, 1], limit=400, epsabs=1e-14, epsrel=1e-12,
    )  # fmt: skip
    return value


@pytest.mark.parametrize("b", [0.01, 0.2, 1.0])
def test_tanh_as_scipy_solves_it(b):
    def equations(q):
        w_square = 1 / gaussian(lambda x: (1 - math.tanh(x) ** 2) ** 2, q)
        return w_square, q - w_square * gaussian(lambda x: math.tanh(x) ** 2, q) - b * b

    q = optimize.brentq(lambda q: equations(q)[1], b * b, 100, xtol=1e-13, rtol=1e-13)
    point = critical_point("tanh", bias_stddev=b)
    # both have b² from a difference of numbers that is about b² itself, to 1e-13
    assert point.variance == pytest.approx(q, rel=1e-7)
    assert point.weight_stddev**2 == pytest.approx(equations(q)[0], rel=1e-7)


@pytest.mark.parametrize("q", [0.01, 1.0, 30.0])
def test_erf_in_closed_form(q):
    """E erf'(√q z)² = 4 / (π √(1 + 4 q)), E erf(√q z)² = 2 arcsin(2 q / (1 + 2 q)) / π."""
    w_square = math.pi / 4 * math.sqrt(1 + 4 * q)
    b_square = q - w_square * 2 / math.pi * math.asin(2 * q / (1 + 2 * q))
    point = critical_point(special.erf, variance=q)
    # of a function of one's own
    assert point.weight_stddev**2 == pytest.approx(w_square, rel=1e-8)
    assert point.bias_stddev**2 == pytest.approx(b_square, abs=1e-8 * q)


def test_numbers_of_the_literature():
    """The pairs (w², b²) in use for tanh: (1.76, 0.05) and (1.05, 2.01e-5)."""
    assert round(critical_point("tanh", bias_stddev=0.05**0.5).weight_stddev ** 2, 2) == 1.76
    assert round(critical_point("tanh", bias_stddev=2.01e-5**0.5).weight_stddev ** 2, 4) == 1.05


@pytest.mark.parametrize(
    ("activation", "w"),
    [
        ("tanh", 1), ("relu", math.sqrt(2)), ("linear", 1), ("silu", 2), ("gelu", 2),
        ("leaky_relu", math.sqrt(2 / 1.04)), (np.tanh, 1), (lambda x: np.maximum(x, 0), 2**0.5),
    ],
)  # fmt: skip
def test_without_biases(activation, w):
    point = critical_point(activation, bias_stddev=0)
    assert point.weight_stddev == pytest.approx(w, rel=1e-9)
    assert (point.bias_stddev, point.variance) == (0, 0)


def test_tanh_tends_to_1():
    below = [critical_point("tanh", bias_stddev=b).weight_stddev for b in (0.1, 1e-2, 1e-3, 1e-4)]
    assert below == sorted(below, reverse=True)
    assert 1 < below[-1] < 1.002


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softsign", "elu", "selu", "hard_tanh"])
def test_it_is_both_a_fixed_point_and_critical(name):
    point = critical_point(name, bias_stddev=0.3)
    w, b, q = point.weight_stddev, point.bias_stddev, point.variance
    f = getattr(activations, name)
    expect = fanin._moments.expectation
    assert w * w * expect(lambda x: f(x) ** 2, 0, q) + b * b == pytest.approx(q, rel=1e-11)
    # without knowing the derivative: off by 1e-6 at a kink
    assert w * w * expect(lambda x: derivative(lambda y: f(y))(x) ** 2, 0, q) == pytest.approx(
        1, rel=1e-6
    )
    # w and b again from q
    again = critical_point(name, variance=q)
    assert again.bias_stddev == pytest.approx(0.3, rel=1e-9)
    assert again.weight_stddev == pytest.approx(w, rel=1e-12)
    assert point.slope < 1


def test_variances_stay_where_the_slope_is_below_1():
    for name, below in (("tanh", True), ("silu", False), ("gelu", False)):
        point = critical_point(name, bias_stddev=0.2)
        f = getattr(activations, name)
        q = 1.1 * point.variance
        for _ in range(60):
            square = fanin._moments.expectation(lambda x: f(x) ** 2, 0, q)  # noqa: B023
            q = point.weight_stddev**2 * square + point.bias_stddev**2
        assert (abs(q / point.variance - 1) < 0.01) == below == (point.slope < 1)
        assert ("A deviation from q grows" in str(EdgeOfChaos(name, 0.2).explain((4, 4)))) != below


KNOWN = [n for n in activations.__all__ if activations.is_known(getattr(activations, n))]


@pytest.mark.parametrize(
    "name", sorted({*KNOWN} - {"threshold", "glu", "softmax", "log_softmax", "sparsemax"})
)
def test_derivatives(name):
    f = getattr(activations, name)
    x = np.linspace(-5.03, 5.01, 998)
    exact = derivative(f)(x)
    difference = derivative(lambda x: f(x))(x)
    # a difference of numbers of size 5 over 2e-6
    np.testing.assert_allclose(exact, difference, rtol=1e-7, atol=1e-8)


def singular_values(kernels, width=128, depth=50):
    """Return those of the input-output Jacobian of a tanh network that begins at q."""
    x = np.random.default_rng(3).standard_normal(width)
    x *= math.sqrt(POINT.variance - POINT.bias_stddev**2) / POINT.weight_stddev
    jacobian = np.eye(width)
    for layer in range(depth):
        kernel = kernels(layer)((width, width), "float64")
        bias = RandomNormal(stddev=POINT.bias_stddev, seed=1000 + layer)(width, "float64")
        x = np.tanh(x @ kernel + bias)
        jacobian = jacobian @ kernel * (1 - x * x)
    return np.linalg.svd(jacobian, compute_uv=False)


POINT = critical_point("tanh", variance=1 / 64)


def test_fifty_layers_deep_the_jacobian_is_nearly_an_isometry():
    b, w = POINT.bias_stddev, POINT.weight_stddev
    values = singular_values(lambda i: EdgeOfChaos("tanh", b, seed=i))
    # E f'⁴ / (E f'²)² - 1 is the variance of the squares that one layer adds
    second = fanin._moments.expectation(lambda x: np.cosh(x) ** -8.0, 0, POINT.variance)
    spread = math.sqrt(50 * (second * w**4 - 1))
    assert np.std(values**2) == pytest.approx(spread, rel=0.25)
    assert np.mean(values**2) == pytest.approx(1, abs=0.15)
    # the width is finite, and the signal itself one direction
    assert 0.6 < np.quantile(values, 0.02) and values.max() < 1.5


@pytest.mark.parametrize(
    ("wrong", "low", "high"),
    [
        (lambda w, i: VarianceScaling(w * w, "fan_in", "untruncated_normal", seed=i), 1e-6, 3),
        (lambda w, i: Orthogonal(0.8 * w, seed=i), 1e-4, 0),
        (lambda w, i: Orthogonal(1.3 * w, seed=i), 1e-4, 10),
    ],
    ids=["Gaussian", "ordered", "chaotic"],
)
def test_other_choices_make_no_isometry(wrong, low, high):
    values = singular_values(lambda i: wrong(POINT.weight_stddev, i))
    assert np.quantile(values, 0.02) < low and values.max() > high


@pytest.mark.parametrize("shape", [(40, 40), (30, 90), (90, 30), (3, 3, 5, 80)])
def test_weights_have_the_theory_s_variance(shape):
    initializer = EdgeOfChaos("tanh", 0.2, seed=1)
    matrix = initializer(shape, "float64").reshape(-1, shape[-1])
    rows, columns = matrix.shape
    w = initializer.point.weight_stddev
    assert np.sqrt(np.mean(matrix**2)) == pytest.approx(w / math.sqrt(rows), rel=1e-12)
    gram = matrix.T @ matrix if rows >= columns else matrix @ matrix.T
    factor = w * w * max(1, columns / rows)
    np.testing.assert_allclose(gram, factor * np.eye(len(gram)), atol=1e-12)
    assert fanin.check(matrix.reshape(shape), initializer).ok
    assert not fanin.check(matrix.reshape(shape) * 1.01, initializer).ok


def test_functions_and_names_are_saved_by_name():
    for given in ("tanh", activations.tanh):
        config = json.loads(json.dumps(fanin.initializers.serialize(EdgeOfChaos(given, seed=1))))
        assert config["config"] == {"seed": 1, "activation": "tanh", "bias_stddev": 0.0}
    mine = EdgeOfChaos(np.tanh, 0.1, seed=1)
    np.testing.assert_array_equal(mine.clone()((4, 4)), mine((4, 4)))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, TypeError, "Exactly one"),
        ({"bias_stddev": 1, "variance": 1}, TypeError, "Exactly one"),
        ({"bias_stddev": -1}, ValueError, "`bias_stddev` must be at least 0"),
        ({"bias_stddev": "1"}, TypeError, "bias_stddev"),
        ({"variance": 0}, ValueError, "`variance` must be positive"),
        ({"variance": math.inf}, ValueError, "finite"),
        ({"activation": "softmax", "variance": 1}, ValueError, "softmax"),
        ({"activation": "nope", "variance": 1}, ValueError, "nope"),
        ({"activation": math.tanh, "variance": 1}, TypeError, "function of arrays"),
        ({"activation": "relu", "bias_stddev": 0.1}, ValueError, "no edge of chaos of relu"),
        ({"activation": "softplus", "bias_stddev": 0}, ValueError, "no edge of chaos of softplus"),
        ({"activation": "sigmoid", "variance": 1}, ValueError, "no edge of chaos of sigmoid"),
        ({"activation": "hard_shrink", "bias_stddev": 0}, ValueError, "flat at 0"),
    ],
)
def test_what_has_no_critical_point(arguments, error, words):
    with pytest.raises(error, match=words):
        critical_point(**arguments)
    if "variance" not in arguments and arguments:
        with pytest.raises(error, match=words):
            EdgeOfChaos(**arguments)
