"""LooksLinear: networks of rectifiers that are linear at the start."""

import numpy as np
import pytest

from fanin import layers, models
from fanin.initializers import HeNormal, LooksLinear, Orthogonal

X = np.random.default_rng(1).standard_normal((20, 12))


def crelu(x):
    return np.concatenate([np.maximum(x, 0), np.maximum(-x, 0)], axis=-1)


def crelu_network(x, kernels):
    for kernel in kernels:
        x = crelu(x) @ kernel
    return x


@pytest.mark.parametrize("base", [Orthogonal, HeNormal])
def test_a_crelu_network_is_the_product_of_its_w(base):
    bases = [base(seed=i) for i in range(30)]
    kernels = [LooksLinear(b)((24, 12), "float64") for b in bases]
    product = np.linalg.multi_dot([b((12, 12), "float64") for b in bases])
    scale = np.abs(X @ product).max()
    np.testing.assert_allclose(crelu_network(X, kernels), X @ product, atol=1e-13 * scale)


def test_gradients_do_not_shatter():
    """Jacobians at two points: the same one; of He's kernels they have little in common."""

    def jacobian(x, kernels):
        # of a piecewise linear function differences are exact but for a piece's border
        steps = 1e-7 * np.eye(12)
        return (crelu_network(x + steps, kernels) - crelu_network(x - steps, kernels)) / 2e-7

    def likeness(kernels):
        a, b = (jacobian(x, kernels).ravel() for x in X[:2])
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    assert likeness([LooksLinear(Orthogonal(seed=i))((24, 12), "float64") for i in range(30)]) > (
        1 - 1e-6
    )
    assert abs(likeness([Orthogonal(seed=i)((24, 12), "float64") for i in range(30)])) < 0.5


def relu_network(middle):
    return models.Sequential(
        [
            layers.Input((12,)),
            layers.Dense(16, "relu", kernel_initializer=LooksLinear(Orthogonal(seed=1), "outputs")),
            *(layers.Dense(16, "relu", kernel_initializer=middle(i)) for i in range(2, 12)),
            layers.Dense(5, kernel_initializer=LooksLinear(Orthogonal(seed=12))),
        ]
    )


def test_relu_layers_with_mirrored_units_are_linear_too():
    x = X.astype(np.float32)
    model = relu_network(lambda i: LooksLinear(Orthogonal(seed=i), "both"))
    # f(a) + f(b) = f(a + b), to the rounding of float32
    a, b, both = (model.predict(v, verbose=0) for v in (x[:5], x[5:10], x[:5] + x[5:10]))
    np.testing.assert_allclose(a + b, both, atol=1e-5)
    assert np.abs(both).max() > 0.5
    model = relu_network(lambda i: HeNormal(seed=i))
    a, b, both = (model.predict(v, verbose=0) for v in (x[:5], x[5:10], x[:5] + x[5:10]))
    assert np.abs(a + b - both).max() > 0.1


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_halves(dtype):
    w = Orthogonal(seed=3)((3, 4, 5), dtype)
    kernels = {m: LooksLinear(Orthogonal(seed=3), m) for m in ("inputs", "outputs", "both")}
    down = np.concatenate([w, -w], axis=-2)
    np.testing.assert_array_equal(kernels["inputs"]((3, 8, 5), dtype), down)
    np.testing.assert_array_equal(kernels["outputs"]((3, 4, 10), dtype), np.append(w, -w, axis=-1))
    np.testing.assert_array_equal(kernels["both"]((3, 8, 10), dtype), np.append(down, -down, -1))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: LooksLinear(np.ones), TypeError, "`initializer`"),
        (lambda: LooksLinear(mirror="all"), ValueError, "`mirror` must be one of"),
        (lambda: LooksLinear()((4,)), ValueError, "even number of inputs"),
        (lambda: LooksLinear()((5, 4)), ValueError, "even number of inputs"),
        (lambda: LooksLinear(mirror="both").explain((4, 5)), ValueError, "even number"),
        (lambda: LooksLinear("zeros")((4, 4), "int32"), TypeError, "dtype"),
    ],
)
def test_what_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()
