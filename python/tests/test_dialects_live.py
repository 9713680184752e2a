"""Dialects beside the frameworks themselves, where those are installed.

What they ask their generators for is what was recorded, and what they draw is, by its moments,
bounds and distribution, what the dialect says.
"""

import importlib
import json
import math
import warnings
from pathlib import Path

import dialect_recorders
import numpy as np
import pytest
from scipy import stats

import fanin
from fanin.dialects import jax as jax_dialect
from fanin.dialects import torch as torch_dialect

GOLDEN = json.loads((Path(__file__).parent / "golden" / "dialects.json").read_text())
SHAPES = [(300, 200), (40, 30, 5), (24, 20, 3, 3)]


def rival(name):
    """Return a framework, or skip the test if it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


@pytest.mark.parametrize("name", GOLDEN)
def test_what_was_recorded_is_what_the_installed_one_does(name):
    rival(name)
    recorded = getattr(dialect_recorders, f"record_{name}")()
    golden = GOLDEN[name]
    assert len(recorded["laws"]) == len(golden["laws"])
    for (*case, numbers), (*known, expected) in zip(recorded["laws"], golden["laws"], strict=True):
        assert case == known
        assert numbers == pytest.approx(expected, rel=1e-14), case
    for part in ("arrays", "gains", "zeros"):
        assert json.loads(json.dumps(recorded.get(part))) == golden.get(part)


TORCH = [
    ("xavier_uniform", {"gain": 0.7}),
    ("xavier_normal", {"gain": 0.7}),
    ("kaiming_uniform", {"a": math.sqrt(5)}),
    ("kaiming_uniform", {"mode": "fan_out", "nonlinearity": "tanh"}),
    ("kaiming_normal", {"nonlinearity": "relu"}),
    ("uniform", {"a": -0.5, "b": 2.0}),
    ("normal", {"mean": 0.5, "std": 2.0}),
    ("trunc_normal", {}),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("name", "arguments"), TORCH)
def test_torch_draws_what_the_dialect_says(name, arguments, shape):
    torch = rival("torch")
    torch.manual_seed(7)
    values = getattr(torch.nn.init, f"{name}_")(torch.empty(shape), **arguments).numpy()
    checked = fanin.check(values, getattr(torch_dialect, name)(**arguments))
    assert checked.ok, checked
    # and a check can tell: another gain of 8 % is noticed, seven standard errors
    wrong = fanin.check(1.08 * values, getattr(torch_dialect, name)(**arguments))
    assert not wrong.ok


@pytest.mark.parametrize("law", [(0, 1, -1, 3), (0, 0.02, -2, 2), (0.5, 1, 1, 1.5), (0, 1, 4, 5)])
def test_torch_truncates_as_the_dialect_does(law):
    torch = rival("torch")
    torch.manual_seed(7)
    theirs = torch.empty(60_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the mean is far outside of the bounds
        torch.nn.init.trunc_normal_(theirs, *law)
    initializer = torch_dialect.trunc_normal(*law, seed=3)
    said, ours = initializer.explain(60_000), initializer(60_000)
    assert stats.ks_2samp(theirs.numpy(), ours).pvalue > 1e-4
    error = 5 * said.stddev / math.sqrt(60_000)
    assert abs(float(theirs.mean()) - said.mean) < error
    # the fourth moment is at most 9 variances squared, of the one-sided tails
    assert abs(float(theirs.std()) - said.stddev) < math.sqrt(2) * error
    assert float((theirs - said.mean).abs().max()) <= said.bound * (1 + 2**-22)


def test_torch_linear_and_conv():
    torch = rival("torch")
    torch.manual_seed(7)
    for layer in (torch.nn.Linear(200, 300), torch.nn.Conv2d(40, 60, (3, 5))):
        weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        assert fanin.check(weight, torch_dialect.linear_weight()).ok
        fan_in = weight[0].size
        assert fanin.check(bias, torch_dialect.linear_bias(fan_in)).ok
        assert not fanin.check(weight, torch_dialect.kaiming_uniform()).ok


@pytest.mark.parametrize("shape", [(40, 70), (70, 40), (20, 6, 3, 3)])
def test_torch_orthogonal(shape):
    torch = rival("torch")
    theirs = torch.nn.init.orthogonal_(torch.empty(shape), 2.0).numpy()
    initializer = torch_dialect.orthogonal(2.0)
    assert fanin.check(theirs, initializer).ok
    # columns along the last axis are another thing for kernels
    if len(shape) > 2:
        assert not fanin.check(theirs, jax_dialect.orthogonal(2.0)).ok


@pytest.mark.parametrize("sparsity", [0.1, 0.5, 0.07])
def test_torch_sparse(sparsity):
    torch = rival("torch")
    theirs = torch.nn.init.sparse_(torch.empty(100, 40), sparsity, 0.5).numpy()
    ours = torch_dialect.sparse(sparsity, 0.5, seed=1)((100, 40))
    np.testing.assert_array_equal((theirs == 0).sum(axis=0), (ours == 0).sum(axis=0))
    assert stats.ks_2samp(theirs[theirs != 0], ours[ours != 0]).pvalue > 1e-4


JAX = [
    *((f"{name}_{law}", {}) for name in ("glorot", "lecun", "he") for law in ("uniform", "normal")),
    ("he_normal", {"in_axis": 1, "out_axis": 0}),
    ("glorot_uniform", {"in_axis": (0,), "out_axis": -1, "batch_axis": -2}),
    ("variance_scaling", {"scale": 0.3, "mode": "fan_geo_avg", "distribution": "normal"}),
    ("variance_scaling", {"scale": 3.0, "mode": "fan_out", "distribution": "truncated_normal"}),
    ("uniform", {"scale": 0.5}),
    ("normal", {"stddev": 0.5}),
    ("truncated_normal", {"stddev": 0.5}),
]


@pytest.mark.parametrize(
    ("name", "arguments", "shape"),
    [
        (*case, shape)
        for case in JAX
        for shape in SHAPES
        if len(shape) > 2 or "batch_axis" not in case[1]
    ],
)
def test_jax_draws_what_the_dialect_says(name, arguments, shape):
    jax = rival("jax")
    module = importlib.import_module("jax.nn.initializers")
    values = np.asarray(getattr(module, name)(**arguments)(jax.random.key(7), shape))
    checked = fanin.check(values, getattr(jax_dialect, name)(**arguments))
    assert checked.ok, checked
    assert not fanin.check(1.08 * values, getattr(jax_dialect, name)(**arguments)).ok


def test_jax_truncates_as_the_dialect_does():
    jax = rival("jax")
    module = importlib.import_module("jax.nn.initializers")
    theirs = module.truncated_normal(0.5, lower=-1.0, upper=3.0)(jax.random.key(7), (60_000,))
    ours = jax_dialect.truncated_normal(0.5, -1.0, 3.0, seed=3)(60_000)
    assert stats.ks_2samp(np.asarray(theirs), ours).pvalue > 1e-4


@pytest.mark.parametrize("column_axis", [-1, 0, 1])
def test_jax_orthogonal(column_axis):
    jax = rival("jax")
    module = importlib.import_module("jax.nn.initializers")
    theirs = module.orthogonal(2.0, column_axis)(jax.random.key(7), (20, 6, 9))
    assert fanin.check(np.asarray(theirs), jax_dialect.orthogonal(2.0, column_axis)).ok


def test_jax_delta_orthogonal():
    jax = rival("jax")
    module = importlib.import_module("jax.nn.initializers")
    theirs = np.asarray(module.delta_orthogonal(2.0)(jax.random.key(7), (3, 4, 5, 8)))
    ours = jax_dialect.delta_orthogonal(2.0, seed=1)((3, 4, 5, 8))
    np.testing.assert_array_equal(theirs == 0, ours == 0)
    np.testing.assert_allclose(theirs[1, 1] @ theirs[1, 1].T, 4 * np.eye(5), atol=1e-5)
