"""Gains against closed forms and SciPy's quadrature."""

import math

import numpy as np
import pytest
from scipy import integrate, special

import fanin
from fanin import activations
from fanin._moments import expectation, moments

ELEMENTWISE = sorted(
    set(activations.__all__)
    - {"get", "serialize", "deserialize", "glu", "softmax", "log_softmax", "sparsemax", "threshold"}
)
# where the functions' pieces meet
CORNERS = sorted({-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, 6.0, -2.5, 2.5})


def density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_each_of_keras_names_is_as_scipy_integrates_it(name: str) -> None:
    f = getattr(activations, name)
    square, _ = integrate.quad(
        lambda z: float(f(np.array([z]))[0]) ** 2 * density(z),
        -12, 12, points=CORNERS, limit=400, epsabs=1e-14, epsrel=1e-12,
    )  # fmt: skip
    # E f(z)² of e^z beyond 12 is less than 1e-20
    assert fanin.gain(name) == pytest.approx(square**-0.5, rel=1e-9)
    assert fanin.gain(f) == fanin.gain(name)


@pytest.mark.parametrize(
    ("activation", "gain"),
    [
        ("linear", 1),
        ("relu", math.sqrt(2)),
        (lambda x: activations.leaky_relu(x, 0.2), math.sqrt(2 / (1 + 0.2**2))),
        # E e^{2z} = e²
        ("exponential", math.exp(-1)),
        (np.abs, 1),
        (np.sign, 1),
        (np.sin, math.sqrt(2 / (1 - math.exp(-2)))),
        # E erf(z)² = 2 arcsin(2/3) / π
        (special.erf, math.sqrt(math.pi / 2 / math.asin(2 / 3))),
        # E z² [z > 1] = φ(1) + Φ(-1), and 4 P(z <= 1)
        (
            lambda x: activations.threshold(x, 1.0, -2.0),
            (density(1) + special.ndtr(-1) + 4 * special.ndtr(1)) ** -0.5,
        ),
        # a jump that no node meets, and P(z > t)
        (lambda x: (x > 0.123456789) * 1.0, special.ndtr(-0.123456789) ** -0.5),
    ],
)
def test_closed_forms(activation: object, gain: float) -> None:
    assert fanin.gain(activation) == pytest.approx(gain, rel=1e-10)


def test_glu_multiplies_two_halves() -> None:
    """Against the mean over 2e6 pairs; the standard error of the square is E f² sqrt(k / n)."""
    x = np.random.default_rng(5).standard_normal((2_000_000, 2))
    square = np.square(activations.glu(x))
    error = square.std() / math.sqrt(square.size)
    assert abs(fanin.gain("glu") ** -2 - square.mean()) < 5 * error


@pytest.mark.parametrize(
    ("name", "convention"),
    [("relu", math.sqrt(2)), ("tanh", 5 / 3), ("selu", 3 / 4), ("sigmoid", 1), ("linear", 1)],
)
def test_conventions_stand_beside(name: str, convention: float) -> None:
    gain = fanin.gain(name)
    assert gain.convention == convention
    assert f"{convention:.6g}" in repr(gain)
    assert float(str(gain)) == gain


def test_what_has_no_convention_says_so() -> None:
    assert fanin.gain("gelu").convention is None
    assert "table" not in repr(fanin.gain("gelu"))


@pytest.mark.parametrize(
    ("activation", "error", "words"),
    [
        ("softmax", ValueError, "softmax, whose values depend on the number of units"),
        ("log_softmax", ValueError, "log_softmax"),
        ("sparsemax", ValueError, "sparsemax"),
        ("gulu", ValueError, "gulu"),
        (lambda x: x * 0, ValueError, "= 0"),
        (lambda x: np.exp(x * x), ValueError, "= inf"),
        (lambda x: x * math.nan, ValueError, "= nan"),
        (math.tanh, TypeError, "must be a function of arrays"),
        (np.sum, TypeError, "returned the shape"),
        ("threshold", TypeError, "missing 2 required positional arguments"),
        (3, ValueError, "3"),
    ],
)
def test_what_has_no_gain_is_named(activation: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        fanin.gain(activation)


def test_moments_of_other_normal_variables() -> None:
    """For ReLU: Φ and φ at mean / stddev."""
    mean, variance = 0.7, 2.5
    s = math.sqrt(variance)
    p, d = special.ndtr(mean / s), density(mean / s)
    first = mean * p + s * d
    square = (mean**2 + variance) * p + mean * s * d
    assert moments("relu", mean, variance) == pytest.approx((first, square - first**2), rel=1e-11)
    # far from zero: a variance of 1 beside a square of 1e12
    assert moments("linear", 1e6, 1.0) == pytest.approx((1e6, 1.0), rel=1e-9)
    assert moments("tanh", 0.0, 0.0) == (0.0, 0.0)


def test_a_function_in_float32_ends() -> None:
    noisy = expectation(lambda x: np.tanh(x.astype(np.float32)) ** 2)
    exact = expectation(lambda x: np.tanh(x) ** 2)
    # a rounding of 2**-24 in tanh and one in its square
    assert noisy == pytest.approx(exact, rel=3 * 2**-24)
