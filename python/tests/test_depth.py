"""Fixup, T-Fixup, SmallInit, DepthScaled: formulas, and what depth does and does not change."""

import math

import numpy as np
import pytest

from fanin import layers, models
from fanin.initializers import (
    DepthScaled,
    Fixup,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    Orthogonal,
    RandomNormal,
    SmallInit,
    TFixup,
    VarianceScaling,
    Zeros,
)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize(
    ("initializer", "base", "factor"),
    [
        (Fixup(64, initializer=HeNormal(3)), HeNormal(3), 1 / 8),
        (Fixup(16, 3, initializer=HeNormal(3)), HeNormal(3), 1 / 2),
        (Fixup(10, 4, initializer=Orthogonal(seed=3)), Orthogonal(seed=3), 10 ** (-1 / 6)),
        (TFixup(6, "encoder", GlorotUniform(3)), GlorotUniform(3), 0.67 * 6**-0.25),
        (TFixup(6, "decoder", GlorotUniform(3)), GlorotUniform(3), 54**-0.25),
        (TFixup(9, "embedding", RandomNormal(seed=3)), RandomNormal(seed=3), 1 / 3),
    ],
)
def test_the_initializer_times_a_factor(initializer, base, factor, dtype):
    values = base((30, 20), dtype)
    digits = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}[dtype]
    # rounded once, and what is too small for a half's exponent by half of its smallest step
    np.testing.assert_allclose(
        initializer((30, 20), dtype).astype(np.float64),
        values.astype(np.float64) * factor,
        rtol=2.0 ** -(digits + 1) * 1.01 + 2.0**-24 * (dtype == "float32"),
        atol=2.0**-25 if dtype == "float16" else 0,
    )
    assert initializer.factor == pytest.approx(factor, rel=1e-15)


def test_defaults():
    assert type(Fixup(3).initializer) is HeNormal
    assert type(TFixup(3).initializer) is type(TFixup(3, "decoder").initializer) is GlorotUniform
    embedding = TFixup(9, "embedding").explain((1000, 64))
    assert embedding.stddev == pytest.approx(64**-0.5 / 3, rel=1e-12)
    assert SmallInit().explain((512, 2048)).stddev == math.sqrt(2 / (5 * 512))
    assert SmallInit().explain((2048, 512)).stddev == math.sqrt(2 / (5 * 512))
    assert SmallInit(100).explain((2048, 512)).stddev == math.sqrt(2 / 500)
    assert SmallInit().explain((512, 2048)).stddev == GlorotNormal().explain((512, 2048)).stddev
    assert DepthScaled(12).explain((8, 8)).stddev == 0.02 / math.sqrt(24)


def test_the_last_layer_is_zero():
    last = Fixup(5, last=True)
    assert not last((4, 4)).any()
    said = last.explain((4, 4))
    assert (said.stddev, said.range) == (0, (0, 0))
    assert Fixup(5, 1, last=True).get_config()["layers_per_block"] == 1


def test_a_seed_that_was_drawn_is_drawn_anew():
    inner = HeNormal()
    initializer = Fixup(4, initializer=inner)
    assert initializer.is_unseeded and not Fixup(4, initializer=HeNormal(1)).is_unseeded
    assert not Fixup(4, initializer=Zeros()).is_unseeded
    assert initializer.clone().initializer.seed != inner.seed
    model = models.Sequential(
        [layers.Input((6,)), layers.Dense(5, kernel_initializer=Fixup(4)), layers.Dense(2)]
    )
    model.reinitialize(seed=7)
    first = model.layers[0].kernel.numpy()
    model.reinitialize(seed=8)
    assert (model.layers[0].kernel.numpy() != first).any()
    model.reinitialize(seed=7)
    np.testing.assert_array_equal(model.layers[0].kernel.numpy(), first)


WIDTH = 64
U = np.random.default_rng(1).standard_normal(WIDTH) / math.sqrt(WIDTH)
X = np.random.default_rng(2).standard_normal(WIDTH)


def relu(x):
    return np.maximum(x, 0)


def branches(x, blocks, activation=relu):
    """Return the stream before each block and after all, and what is inside of the branches."""
    stream, inside = [x], []
    for kernels in blocks:
        hidden = [stream[-1]]
        for kernel in kernels[:-1]:
            hidden.append(activation(hidden[-1] @ kernel))
        inside.append(hidden)
        stream.append(stream[-1] + hidden[-1] @ kernels[-1])
    return stream, inside


def change(x, blocks, activation=relu, slope=lambda h: h > 0, rate=1e-4):
    """Return how much u · x_L changes by a step of gradient descent on it, per learning rate."""
    stream, inside = branches(x, blocks, activation)
    gradient = U.copy()
    stepped = []
    for kernels, hidden in zip(blocks[::-1], inside[::-1], strict=True):
        delta, new = gradient, []
        for kernel, h in zip(kernels[::-1], hidden[::-1], strict=True):
            new.append(kernel - rate * np.outer(h, delta))
            delta = kernel @ delta
            if h is not hidden[0]:
                delta = delta * slope(h)
        gradient = gradient + delta
        stepped.append(new[::-1])
    after = branches(x, stepped[::-1], activation)[0][-1]
    return (stream[-1] - after) @ U / rate


def fixup(num_blocks, m, first):
    """Return blocks of m kernels, the last one zero."""
    last = Fixup(num_blocks, m, last=True)
    return [
        [*(first(block * m + i)((WIDTH, WIDTH), "float64") for i in range(m - 1)),
         last((WIDTH, WIDTH), "float64")]
        for block in range(num_blocks)
    ]  # fmt: skip


@pytest.mark.parametrize("m", [2, 3])
def test_fixup_changes_by_the_learning_rate_at_any_depth(m):
    """Section 3: a step's change of the outputs is Θ(η)."""
    changes, plain = [], []
    for depth in (8, 32, 128):
        blocks = fixup(depth, m, lambda seed: Fixup(depth, m, initializer=HeNormal(seed)))  # noqa: B023
        # at the start each branch is 0, and the variance that of the inputs
        np.testing.assert_array_equal(branches(X, blocks)[0][-1], X)
        changes.append(change(X, blocks))
        plain.append(change(X, fixup(depth, m, HeNormal)))
    # |u|² |h|² summed over the blocks: E |h|² is |x|² / L, which of 64 units varies by 1 / 4
    assert np.array(changes) == pytest.approx(U @ U * X @ X, rel=0.25)
    # He's own: in proportion to the depth
    assert plain[1] / plain[0] == pytest.approx(4, rel=0.3)
    assert plain[2] / plain[0] > 10


def test_plain_residual_networks_explode():
    """What Fixup is for: with He's in the last layers, too, the variance is 2 to the depth."""
    sizes = []
    for depth in (5, 10):
        blocks = [
            [HeNormal(2 * i + k)((WIDTH, WIDTH), "float64") for k in (0, 1)] for i in range(depth)
        ]
        sizes.append(np.var(branches(X, blocks)[0][-1]))
    assert sizes[1] / sizes[0] > 2**4


def transformer(num_layers, embedding, attention):
    """Return the embedding, and kernels of attentions to one position: values, then outputs."""
    x = X * math.sqrt(WIDTH) * embedding((1, WIDTH), "float64").std()
    return x, [
        [attention(2 * i + k)((WIDTH, WIDTH), "float64") for k in (0, 1)] for i in range(num_layers)
    ]


def test_t_fixup_changes_by_the_learning_rate_at_any_depth():
    def changed(n, embedding, attention):
        x, blocks = transformer(n, embedding, attention)
        return change(x, blocks, activation=lambda x: x, slope=lambda h: 1.0, rate=1e-7)

    scaled = [
        changed(
            n,
            TFixup(n, "embedding", Orthogonal(seed=1)),
            lambda seed: TFixup(n, "decoder", GlorotNormal(seed)),  # noqa: B023
        )
        for n in (8, 32, 128)
    ]
    # N layers, each |x|² |w|² |u|² = 1 / √(9 N)² for values and for outputs
    assert np.array(scaled) == pytest.approx(2 / 9 * (X @ X) * (U @ U), rel=0.4)
    # Xavier's own
    plain = [changed(n, Orthogonal(seed=1), GlorotNormal) for n in (4, 16)]
    assert plain[1] / plain[0] > 100


def normalized(x):
    return (x - x.mean()) / x.std()


def stream_variance(num_layers, inner, outer, width=128):
    """Return the variance of the residual stream of a pre-LN MLP, from a variance of 1."""
    x = normalized(np.random.default_rng(1).standard_normal(width))
    for i in range(2 * num_layers):
        h = relu(normalized(x) @ inner(i)((width, 4 * width), "float64"))
        x = x + h @ outer(1000 + i)((4 * width, width), "float64")
    return x.var()


def test_depth_scaled_bounds_the_residual_stream():
    inner = lambda seed: RandomNormal(stddev=0.05, seed=seed)  # noqa: E731
    scaled = [
        stream_variance(n, inner, lambda seed: DepthScaled(n, 0.05, seed))  # noqa: B023
        for n in (4, 16, 64)
    ]
    # each of 2 L branches adds 4 d s² E relu(z)², z of variance d s²: together, whatever L is,
    d, s = 128, 0.05
    added = 4 * d * s**2 * d * s**2 / 2
    assert np.array(scaled) == pytest.approx(1 + added, rel=0.2)
    plain = [stream_variance(n, inner, inner) for n in (4, 64)]
    assert plain[1] / plain[0] > 8


def test_small_init_adds_less_than_xavier():
    """An attention to one position: values and outputs d x d, in 32 layers."""
    d, n = 512, 32
    for make, gain in ((lambda seed: SmallInit(seed=seed), 0.16), (GlorotNormal, 1.0)):
        x = normalized(np.random.default_rng(1).standard_normal(d))
        for i in range(n):
            x = x + normalized(x) @ make(2 * i)((d, d), "float64") @ make(2 * i + 1)(
                (d, d), "float64"
            )
        # (d · 2 / (5 d))² = 0.16 instead of 1 for each layer
        assert x.var() == pytest.approx(1 + n * gain, rel=0.2)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Fixup(0), ValueError, "`num_blocks` must be at least 1"),
        (lambda: Fixup(2.0), TypeError, "`num_blocks` must be an integer"),
        (lambda: Fixup(2, 0), ValueError, "layers_per_block"),
        (lambda: Fixup(2, 1), ValueError, "`last` must be True"),
        (lambda: Fixup(2, 2, 1), TypeError, "`last` must be"),
        (lambda: Fixup(2, initializer=np.zeros), TypeError, "`initializer` must be one of"),
        (lambda: Fixup(2, initializer=None), TypeError, "`initializer` must be one of"),
        (lambda: Fixup(2, initializer="nope"), ValueError, "nope"),
        (lambda: Fixup(2, initializer="zeros")((2, 2), "int32"), TypeError, "dtype"),
        (lambda: Fixup(2, last=True)((2, 2), "int32"), TypeError, "dtype"),
        (lambda: TFixup(0), ValueError, "num_layers"),
        (lambda: TFixup(2, "head"), ValueError, "`part` must be one of"),
        (lambda: SmallInit(0), ValueError, "width"),
        (lambda: SmallInit(1.5), TypeError, "width"),
        (lambda: DepthScaled(0), ValueError, "num_layers"),
        (lambda: DepthScaled(2, 0.0), ValueError, "`stddev` must be positive"),
        (lambda: DepthScaled(2, "0.1"), TypeError, "stddev"),
    ],
)
def test_what_is_refused(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_the_authors_base():
    """Fixup's code has He's variance by outputs."""
    base = VarianceScaling(2, "fan_out", "untruncated_normal")
    said = Fixup(25, initializer=base).explain((3, 3, 16, 32))
    assert said.stddev == pytest.approx(math.sqrt(2 / (9 * 32)) / 5, rel=1e-12)
