"""Dialects against numbers recorded from the frameworks themselves, and against their formulas."""

import inspect
import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import fanin
from fanin import dialects, initializers
from fanin.dialects import caffe, flux, jax, mlx, mxnet, torch
from fanin.dialects._truncated import Interval, normal_quantile
from fanin.initializers import RandomNormal, RandomUniform, TruncatedNormal
from fanin.random import SeedGenerator

# Made by golden/make_dialects.py, once for each framework.
GOLDEN = json.loads((Path(__file__).parent / "golden" / "dialects.json").read_text())
LAWS = [(framework, *law) for framework in GOLDEN for law in GOLDEN[framework]["laws"]]
ARRAYS = [(framework, *array) for framework in GOLDEN for array in GOLDEN[framework]["arrays"]]

REQUIRED = {
    "sparse": {"sparsity": 0.4},
    "sparse_init": {"sparsity": 0.4},
    "constant": None,
    "Constant": {"value": 2.0},
    "variance_scaling": {"scale": 2.0, "mode": "fan_geo_avg", "distribution": "normal"},
    "linear_bias": {"fan_in": 4},
}
SHAPES = {"Bilinear": (2, 3, 4, 4), "bilinear": (2, 3, 4, 4), "delta_orthogonal": (3, 3, 4, 5)}
SHAPES |= {"dirac": (4, 4, 3), "identity": (4, 4)}


def made(module, name, **more):
    """Return the initializer of a name with what it requires."""
    function = getattr(module, name)
    arguments = REQUIRED.get(name, {})
    if arguments is None:
        arguments = {next(iter(inspect.signature(function).parameters)): 2.0}
    if "seed" in inspect.signature(function).parameters:
        more = {"seed": 5, **more}
    return function(**arguments, **more)


ALL = [
    (module, name)
    for module in (caffe, flux, jax, mlx, mxnet, torch)
    for name in module.__all__
    if name != "calculate_gain"
]
IDS = [f"{module.__name__.rpartition('.')[2]}.{name}" for module, name in ALL]
RANDOM = [(m, n) for m, n in ALL if "seed" in inspect.signature(getattr(m, n)).parameters]


@pytest.mark.parametrize("framework", GOLDEN)
def test_the_numbers_are_those_that_the_framework_asked_its_generator_for(framework):
    # jax's float64 numbers have gone through a few roundings each; so have ours
    for name, arguments, shape, fill, numbers in GOLDEN[framework]["laws"]:
        initializer = getattr(getattr(dialects, framework), name)(**arguments, seed=3)
        said = initializer.explain(tuple(shape))
        where = f"{framework}.{name}({arguments}) of {shape}"
        if fill == "uniform":
            low, high = numbers
            assert said.mean == pytest.approx((low + high) / 2, rel=1e-14, abs=1e-16), where
            assert said.bound == pytest.approx((high - low) / 2, rel=1e-14), where
        elif fill == "normal":
            assert [said.mean, said.stddev] == pytest.approx(numbers, rel=1e-14), where
            assert said.distribution == "normal", where
        else:
            _, stddev, low, high = numbers
            assert said.stddev_before == pytest.approx(stddev, rel=1e-14), where
            if low == -high:
                assert said.bound == pytest.approx(high, rel=1e-14), where


@pytest.mark.parametrize("framework", GOLDEN)
def test_the_values_are_fanins_with_those_numbers(framework):
    for name, arguments, shape, fill, numbers in GOLDEN[framework]["laws"]:
        values = getattr(getattr(dialects, framework), name)(**arguments, seed=3)(shape)
        where = f"{framework}.{name}({arguments}) of {shape}"
        if fill == "truncated_normal" and numbers[2] != -2 * numbers[1]:
            continue
        plain = {
            "uniform": RandomUniform,
            "normal": RandomNormal,
            "truncated_normal": TruncatedNormal,
        }[fill](*numbers[:2], seed=3)(shape)
        # The last place of a float64 may turn the rounding of a bound to float32, one of 2**-24,
        # and then that of the value; what is near 0 is the difference of bounds of that size.
        np.testing.assert_allclose(
            values, plain, rtol=2**-22, atol=2**-23 * max(map(abs, numbers)), err_msg=where
        )


@pytest.mark.parametrize(("framework", "name", "arguments", "shape", "values"), ARRAYS)
def test_arrays_are_the_frameworks_own(framework, name, arguments, shape, values):
    function = getattr(getattr(dialects, framework), name)
    # MXNet computes Bilinear in float64 and rounds once, as Fanin does
    np.testing.assert_array_equal(function(**arguments)(shape), np.float32(values))


def test_gains():
    for name, param, expected in GOLDEN["torch"]["gains"]:
        assert torch.calculate_gain(name, param) == expected, name
    for name in ("gelu", "RELU", ""):
        with pytest.raises(ValueError, match="`nonlinearity` must be one of"):
            torch.calculate_gain(name)
    for param in (True, "0.1"):
        with pytest.raises(ValueError, match="`param` must be a negative slope"):
            torch.calculate_gain("leaky_relu", param)


def test_mlx_zeros_are_in_rows():
    for arguments, shape, zeros in GOLDEN["mlx"]["zeros"]:
        values = mlx.sparse(**arguments, mean=3.0, seed=2)(shape)
        assert ((values == 0).sum(axis=1) == zeros).all()
    values = mlx.sparse(0.25, mean=3.0, std=0.5, seed=2)((50, 40))
    kept = values[values != 0]
    assert abs(kept.mean() - 3) < 5 * 0.5 / math.sqrt(kept.size)
    assert abs(kept.std() - 0.5) < 5 * 0.5 / math.sqrt(2 * kept.size)


# Flux and Caffe by their source: what the fans are, for shapes of every rank.
FLUX_FANS = {(): (1, 1), (7,): (1, 7), (7, 3): (3, 7), (5, 3, 2): (15, 10), (3, 3, 2, 4): (18, 36)}
CAFFE_FANS = {(7,): (1, 7), (7, 3): (3, 7), (8, 6, 5): (30, 40), (4, 3, 2, 5): (30, 40)}


def numbers(initializer, shape):
    """Return what the native fill is called with: bound or standard deviation."""
    said = initializer.explain(shape)
    return said.bound if said.distribution == "uniform" else said.stddev


@pytest.mark.parametrize("shape", FLUX_FANS)
def test_flux(shape):
    fan_in, fan_out = FLUX_FANS[shape]
    rule = {
        flux.glorot_uniform: (1.0, lambda gain: gain * math.sqrt(24 / (fan_in + fan_out)) / 2),
        flux.glorot_normal: (1.0, lambda gain: gain * math.sqrt(2 / (fan_in + fan_out))),
        flux.kaiming_uniform: (math.sqrt(2), lambda gain: math.sqrt(3) * gain / math.sqrt(fan_in)),
        flux.kaiming_normal: (math.sqrt(2), lambda gain: gain / math.sqrt(fan_in)),
    }
    for function, (default, formula) in rule.items():
        assert numbers(function(seed=1), shape) == pytest.approx(formula(default), rel=1e-14)
        assert numbers(function(0.7, seed=1), shape) == pytest.approx(formula(0.7), rel=1e-14)
        assert function(seed=1).explain(shape).fans == (fan_in, fan_out)
    std = 0.6 / math.sqrt(fan_in)
    law = stats.truncnorm(-2 / std, 2 / std, 0, std)
    assert flux.lecun_normal(0.6, seed=1).explain(shape).stddev == pytest.approx(law.std(), 1e-9)


def test_flux_lecun_normal_is_cut_at_two_itself():
    few = flux.lecun_normal(seed=1)((400, 400))
    assert flux.lecun_normal(seed=1).explain((2, 1)).bound == 2
    assert np.abs(flux.lecun_normal(seed=1)((40_000, 1))).max() < 2
    # of 160,000 normal values with σ = 1/20, 10 are expected beyond 4 σ and none at 40 σ
    assert np.abs(few).max() > 4 / 20
    assert stats.kstest(few.ravel() * 20, "norm").pvalue > 1e-4


def test_flux_identity_init():
    eye = np.eye(3, 5, dtype=np.float32)
    np.testing.assert_array_equal(flux.identity_init()((3, 5)), eye)
    np.testing.assert_array_equal(flux.identity_init()((4,)), 0)
    np.testing.assert_array_equal(flux.identity_init(2.0, shift=4)((4,)), 0)
    # circshift(matrix, 1): the last row becomes the first
    np.testing.assert_array_equal(flux.identity_init(2.0, 1)((3, 5)), 2 * eye[[2, 0, 1]])
    shifted = flux.identity_init(2.0, (1, -1))((3, 5))
    np.testing.assert_array_equal(shifted, 2 * eye[[2, 0, 1]][:, [1, 2, 3, 4, 0]])
    kernel = flux.identity_init()((3, 4, 2, 3))
    # centers: cld(3, 2) = 2 and cld(4, 2) = 2, counted from 1
    np.testing.assert_array_equal(kernel[1, 1], np.eye(2, 3))
    assert kernel.sum() == 2
    with pytest.raises(ValueError, match="an axis for each shift"):
        flux.identity_init(shift=(1, 2, 3))((3, 3))
    with pytest.raises(TypeError, match="`shift` must be an integer or a sequence"):
        flux.identity_init(shift=0.5)


@pytest.mark.parametrize("shape", CAFFE_FANS)
def test_caffe(shape):
    fan_in, fan_out = CAFFE_FANS[shape]
    for norm, n in (("FAN_IN", fan_in), ("FAN_OUT", fan_out), ("AVERAGE", (fan_in + fan_out) / 2)):
        xavier, msra = caffe.xavier(norm, seed=1), caffe.msra(norm, seed=1)
        assert numbers(xavier, shape) == pytest.approx(math.sqrt(3 / n), rel=1e-14)
        assert numbers(msra, shape) == pytest.approx(math.sqrt(2 / n), rel=1e-14)
        # and the fill is given those, not only the explanation
        assert np.abs(xavier(shape)).max() <= math.sqrt(3 / n) * (1 + 2**-23)
    assert caffe.xavier(seed=1).explain(shape).fans == (fan_in, fan_out)


@pytest.mark.parametrize("size", range(1, 9))
def test_caffe_bilinear_is_symmetric_interpolation(size):
    kernel = caffe.bilinear()((2, 1, size, size), "float64")
    np.testing.assert_array_equal(kernel[0], kernel[1])
    plane = kernel[0, 0]
    np.testing.assert_allclose(plane, plane[::-1, ::-1], rtol=1e-15)
    # A transposed convolution of stride f spreads each input so that the parts of every output sum
    # to 1: for sizes 2 f - f % 2, those of Caffe's documentation.
    f = math.ceil(size / 2)
    if size == 2 * f - f % 2:
        parts = [plane[y::f, x::f].sum() for y in range(f) for x in range(f)]
        np.testing.assert_allclose(parts, 1, rtol=1e-14)


def test_caffe_positive_unitball():
    values = caffe.positive_unitball(seed=4)((300, 7, 5), "float64")
    assert (values > 0).all()
    # seven times five roundings of the sum and the quotient
    np.testing.assert_allclose(values.sum(axis=(1, 2)), 1, rtol=35 * 2**-53)
    u = RandomUniform(0, 1, seed=4)((300, 7, 5), "float64") + 2.0**-53
    np.testing.assert_allclose(values, u / u.sum(axis=(1, 2), keepdims=True), rtol=1e-13)
    assert caffe.positive_unitball(seed=4).explain((300, 7, 5)).mean == 1 / 35
    np.testing.assert_array_equal(caffe.positive_unitball(seed=4)((3,)), 1)


def test_caffe_gaussian_keeps_so_many_on_average():
    shape, kept = (50, 4000), 15 / 50
    initializer = caffe.gaussian(mean=1.0, std=0.5, sparse=15, seed=4)
    values, said = initializer(shape), initializer.explain(shape)
    zero = values == 0
    assert abs(zero.mean() - (1 - kept)) < 5 * math.sqrt(kept * (1 - kept) / values.size)
    normal = RandomNormal(1.0, 0.5, seed=4)(shape)
    np.testing.assert_array_equal(values[~zero], normal[~zero])
    assert stats.kstest((normal[~zero] - 1) * 2, "norm").pvalue > 1e-4
    # independent: the zeros of a column are binomial, 35 ± 3.24
    assert abs(zero.sum(axis=0).std() - math.sqrt(50 * kept * (1 - kept))) < 0.2
    assert said.mean == pytest.approx(0.3, rel=1e-12)
    assert said.stddev == pytest.approx(math.sqrt(0.3 * 1.25 - 0.09), rel=1e-12)
    assert abs(values.std() - said.stddev) < 5 * said.stddev / math.sqrt(values.size)
    np.testing.assert_array_equal(caffe.gaussian(sparse=0, seed=1)((3, 3)), 0)
    np.testing.assert_array_equal(
        caffe.gaussian(sparse=-1, seed=1)((3, 3)), RandomNormal(0, 1, seed=1)((3, 3))
    )


@pytest.mark.parametrize("law", ["uniform", "normal"])
@pytest.mark.parametrize("shape", [(6, 9), (9, 6), (5, 5), (8, 3, 2, 2), (7,)])
def test_mxnet_orthogonal(shape, law):
    values = mxnet.Orthogonal(2.0, law, seed=3)(shape, "float64") / 2
    rows = values.reshape(shape[0], -1)
    short = rows if rows.shape[0] <= rows.shape[1] else rows.T
    np.testing.assert_allclose(short @ short.T, np.eye(len(short)), atol=1e-14)
    # the vectors are those of the matrix: they diagonalize its Gram matrix
    plain = RandomUniform(-1, 1, seed=3) if law == "uniform" else RandomNormal(0, 1, seed=3)
    matrix = plain(rows.shape, "float64")
    wide = rows.shape[0] < rows.shape[1]
    gram = rows @ matrix.T @ matrix @ rows.T if wide else rows.T @ matrix @ matrix.T @ rows
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-11)
    assert mxnet.Orthogonal(seed=1)((4, 4), "float64")[0] @ mxnet.Orthogonal(seed=1)(
        (4, 4), "float64"
    )[0] == pytest.approx(1.414**2, rel=1e-14)


ORTHOGONAL = [(torch, 0), (jax, -1), (flux, -1), (mlx, 0)]


@pytest.mark.parametrize(("module", "axis"), ORTHOGONAL)
@pytest.mark.parametrize("shape", [(6, 9), (9, 6), (8, 3, 2, 2), (2, 2, 3, 8)])
def test_orthogonal(module, axis, shape):
    initializer = module.orthogonal(2.0, seed=3)
    if module is mlx and len(shape) > 2:
        for action in (initializer, initializer.explain):
            with pytest.raises(ValueError, match="mlx.orthogonal needs a shape of rank 2"):
                action(shape)
        return
    values = initializer(shape, "float64")
    rows = np.moveaxis(values, axis, 0).reshape(shape[axis], -1) / 2
    short = rows if rows.shape[0] <= rows.shape[1] else rows.T
    np.testing.assert_allclose(short @ short.T, np.eye(len(short)), atol=1e-14)
    assert fanin.check(values, initializer).ok
    assert initializer.explain(shape).stddev == pytest.approx(
        math.sqrt(np.mean(values**2)), rel=1e-12
    )


def test_jax_column_axis():
    values = jax.orthogonal(column_axis=1, seed=3)((5, 4, 6), "float64")
    columns = np.moveaxis(values, 1, -1).reshape(-1, 4)
    np.testing.assert_allclose(columns.T @ columns, np.eye(4), atol=1e-14)
    for action in (jax.orthogonal(column_axis=2), jax.orthogonal(column_axis=2).explain):
        with pytest.raises(ValueError, match="must have the axis 2"):
            action((3, 3))


def test_torchs_weight_is_keras_kernel_turned_around():
    for ours, name in (
        (initializers.Orthogonal, "orthogonal"),
        (initializers.GlorotUniform, "xavier_uniform"),
    ):
        # the same logical index has another value, but the same law: for orthogonal the same values
        weight = getattr(torch, name)(seed=4)((6, 9))
        kernel = ours(seed=4)((9, 6))
        if name == "orthogonal":
            np.testing.assert_array_equal(weight, kernel.T)
        assert getattr(torch, name)(seed=4).explain((6, 9)).fans in (None, (9, 6))
        assert weight.shape == kernel.T.shape


@pytest.mark.parametrize("module", [torch, flux])
def test_zeros_in_columns(module):
    function = torch.sparse if module is torch else flux.sparse_init
    values = function(0.26, 0.5, seed=3)((50, 40))
    assert ((values == 0).sum(axis=0) == 13).all()
    np.testing.assert_array_equal(values, initializers.Sparse(0.26, 0.5, seed=3)((50, 40)))
    for action in (function(0.2), function(0.2).explain):
        with pytest.raises(ValueError, match="needs a shape of rank 2"):
            action((3, 3, 3))


def test_flux_sparsity_beyond_one_is_one():
    assert not flux.sparse_init(1.5, seed=1)((3, 3)).any()
    with pytest.raises(ValueError, match="`sparsity` must be between 0 and 1"):
        torch.sparse(1.5)


def test_jax_delta_orthogonal_and_uniform_are_not_symmetric_by_mistake():
    np.testing.assert_array_equal(
        jax.delta_orthogonal(2.0, seed=1)((3, 3, 4, 5)),
        initializers.DeltaOrthogonal(2.0, seed=1)((3, 3, 4, 5)),
    )
    values = jax.uniform(0.5, seed=1)((300, 300))
    assert values.min() >= 0
    assert 0.4999 < values.max() <= 0.5


# Normal between bounds: mean, standard deviation, low, high.
BETWEEN = [
    (0, 1, -2, 2),
    (0, 0.02, -2, 2),
    (0, 1, -1, 3),
    (0, 1, 1, 3),
    (1, 2, -9, 1.5),
    (0, 1, 8, 9),
    (5, 1, -30, -29.5),
    (0, 1, 2, 2.001),
    (0, 1, -0.5, math.inf),
    (0.5, 2, -math.inf, math.inf),
]


@pytest.mark.parametrize("function", [torch.trunc_normal, flux.truncated_normal])
@pytest.mark.parametrize("law", BETWEEN)
def test_truncated_normal(law, function):
    mean, stddev, low, high = law
    known = stats.truncnorm((low - mean) / stddev, (high - mean) / stddev, mean, stddev)
    initializer = function(*law, seed=8)
    values, said = initializer((200, 300), "float64"), initializer.explain((200, 300))
    assert stats.kstest(values.ravel(), known.cdf).pvalue > 1e-4
    assert values.min() >= low
    assert values.max() <= high
    # SciPy's own moments lose digits far out, and all but five where the interval is narrow
    assert said.stddev == pytest.approx(known.std(), rel=1e-7 if high - low > 0.01 else 1e-5)
    assert said.mean == pytest.approx(known.mean(), rel=1e-9, abs=1e-12)
    ends = known.ppf([1 / 60_001, 60_000 / 60_001])
    np.testing.assert_allclose(said.range, ends, rtol=1e-6)
    farthest = max(high - said.mean, said.mean - low)
    assert said.bound is None if math.isinf(farthest) else said.bound == pytest.approx(farthest)


def test_the_quantile_is_precise():
    from scipy.special import ndtri

    p = np.concatenate(
        [10.0 ** np.linspace(-307, -0.31, 20_001), np.linspace(0.001, 0.999, 20_001)[:-1], [0.5]]
    )
    # PPND16's claim is 1e-16; evaluation and SciPy's own error add a few roundings
    np.testing.assert_allclose(normal_quantile(p), ndtri(p), rtol=2e-15, atol=1e-17)


@pytest.mark.parametrize("shape", [(100, 700), (70_000,), (3, 40_000), (2, 5, 7, 1000)])
def test_truncated_values_depend_on_their_index_only(shape):
    initializer = torch.trunc_normal(0, 1, -1, 3, seed=8)
    values = initializer(shape)
    u = RandomUniform(0, 1, seed=8)(shape, "float64") + 2.0**-53
    expected = Interval(-1, 3).quantile(u).astype(np.float32)
    np.testing.assert_array_equal(values, expected)
    turned = np.empty(shape[::-1], np.float32).T
    np.testing.assert_array_equal(initializer.fill(turned), values)


def test_two_standard_deviations_are_the_native_ones():
    expected = TruncatedNormal(0.25, 0.5, seed=8)((30, 30))
    np.testing.assert_array_equal(
        torch.trunc_normal(0.25, 0.5, -0.75, 1.25, seed=8)((30, 30)), expected
    )
    np.testing.assert_array_equal(
        jax.truncated_normal(0.01, seed=8)((30, 30)), TruncatedNormal(0, 0.01, seed=8)((30, 30))
    )


@pytest.mark.parametrize(("module", "name"), ALL, ids=IDS)
def test_every_name_makes_an_initializer(module, name):
    initializer = made(module, name)
    assert isinstance(initializer, initializers.Initializer)
    shape = SHAPES.get(name, (6, 5))
    values = initializer(shape)
    assert values.shape == shape
    assert values.dtype == np.float32
    out = np.full(tuple(2 * size for size in shape), np.nan, np.float32)[
        tuple(slice(None, None, 2) for _ in shape)
    ]
    assert initializer.fill(out) is out
    np.testing.assert_array_equal(out, values)
    config = json.loads(json.dumps(initializers.serialize(initializer)))
    np.testing.assert_array_equal(initializers.deserialize(config)(shape), values)
    np.testing.assert_array_equal(initializer.clone()(shape), values)
    said = initializer.explain(shape)
    framework = module.__name__.rpartition(".")[2]
    if type(initializer).__module__.startswith("fanin.dialects"):
        alias = name.replace("xavier", "glorot").replace("kaiming", "he")
        assert said.name == f"{framework}.{alias if framework == 'jax' else name}"
    json.dumps(said.to_dict())
    empty = tuple(0 for _ in shape)
    assert initializer(empty).shape == empty


@pytest.mark.parametrize(("module", "name"), RANDOM)
def test_random_names_take_seeds_and_round_halves_once(module, name):
    shape = SHAPES.get(name, (6, 5))
    values = made(module, name)(shape)
    for dtype in ("float16", "bfloat16"):
        halves = made(module, name)(shape, dtype)
        np.testing.assert_array_equal(halves, values.astype(halves.dtype))
    generator = SeedGenerator(5)
    initializer = made(module, name, seed=generator)
    np.testing.assert_array_equal(initializer(shape), values)
    assert not np.array_equal(initializer(shape), values)
    assert generator.state.tolist() == [5, 2]
    with pytest.raises(TypeError, match="dtype must be float16"):
        initializer(shape, "int32")
    assert generator.state.tolist() == [5, 2]


@pytest.mark.parametrize(("module", "name"), RANDOM)
def test_right_values_pass_a_check_whatever_the_seed(module, name):
    shape = (3, 3, 40, 50) if name == "delta_orthogonal" else (60, 50)
    values = made(module, name, seed=6)(shape)
    checked = fanin.check(values, made(module, name))
    assert checked.ok, checked
    if checked.expected.stddev:
        assert not fanin.check(1.2 * values, made(module, name)).ok


@pytest.mark.parametrize(
    "name",
    ["torch.xavier_uniform", "torch.kaiming_normal", "mxnet.Xavier", "mlx.he_normal"]
    + ["jax.he_normal", "jax.orthogonal", "torch.orthogonal", "mlx.glorot_uniform"],
)
def test_shapes_without_fans_are_refused(name):
    framework, _, function = name.partition(".")
    initializer = getattr(getattr(dialects, framework), function)(seed=1)
    for shape in ((), (7,)):
        for action in (initializer, initializer.explain):
            with pytest.raises(ValueError, match="[Ss]hape"):
                action(shape)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: torch.xavier_uniform(0), ValueError, "`gain` must be positive"),
        (lambda: torch.xavier_uniform("1"), TypeError, "`gain` must be a number"),
        (lambda: torch.kaiming_normal(mode="fan_avg"), ValueError, "`mode` must be one of"),
        (lambda: torch.kaiming_normal(mode=1), ValueError, "`mode` must be a string"),
        (lambda: torch.normal(std=-1), ValueError, "`std` must be >= 0"),
        (lambda: torch.trunc_normal(std=0), ValueError, "`std` must be positive"),
        (lambda: torch.trunc_normal(a=2, b=-2), ValueError, "bounds must be within"),
        (lambda: torch.trunc_normal(a=40, b=41), ValueError, "bounds must be within"),
        (lambda: torch.trunc_normal(a=math.nan), ValueError, "`low` must be finite"),
        (lambda: torch.trunc_normal(a="1"), TypeError, "`low` must be a number"),
        (lambda: torch.linear_bias(0), ValueError, "`fan_in` must be at least 1"),
        (lambda: torch.dirac()((3, 3)), ValueError, "rank 3 or 4 or 5"),
        (lambda: torch.dirac(2)((3, 3, 3)), ValueError, "divisible by `groups`"),
        (lambda: torch.eye()((3,)), ValueError, "2D"),
        (lambda: jax.variance_scaling(-1, "fan_in", "normal"), ValueError, "`scale` must be pos"),
        (lambda: jax.variance_scaling(1, "FAN_IN", "normal"), ValueError, "`mode` must be one of"),
        (lambda: jax.variance_scaling(1, "fan_in", "x"), ValueError, "`distribution` must be one"),
        (lambda: jax.he_normal(in_axis="0"), TypeError, "`in_axis` must be an integer or"),
        (lambda: jax.he_normal(in_axis=3)((3, 3)), ValueError, "must have the axes"),
        (lambda: jax.he_normal(batch_axis=1)((2, 3)), ValueError, "`batch_axis` must name other"),
        (lambda: mxnet.Xavier("normal"), ValueError, "`rnd_type` must be one of"),
        (lambda: mxnet.Xavier(factor_type="fan_in"), ValueError, "`factor_type` must be one of"),
        (lambda: mxnet.Xavier(magnitude=0), ValueError, "`magnitude` must be positive"),
        (lambda: mxnet.Orthogonal(rand_type="x"), ValueError, "`rand_type` must be one of"),
        (lambda: mxnet.Bilinear()((3, 3)), ValueError, "needs a shape of rank 4"),
        (lambda: caffe.bilinear()((1, 1, 3, 4)), ValueError, "needs a square kernel"),
        (lambda: caffe.xavier("fan_in"), ValueError, "`variance_norm` must be one of"),
        (lambda: caffe.gaussian(sparse=-2), ValueError, "`sparse` must be -1 or more"),
        (lambda: caffe.gaussian(sparse=1.5), TypeError, "`sparse` must be an integer"),
        (lambda: caffe.gaussian(sparse=4)((3, 3)), ValueError, "at least sparse=4"),
        (lambda: mlx.he_normal("fan_avg"), ValueError, "`mode` must be one of"),
        (lambda: mlx.identity()((3, 4)), ValueError, "needs a square matrix"),
    ],
)
def test_what_is_wrong_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_sharp_edges_are_noted():
    assert "LeCun's variance" in str(mlx.he_normal(seed=1).explain((3, 4)))
    assert "not truncated" in str(torch.kaiming_normal(seed=1).explain((3, 4)))
    assert "sixth of He's" in str(torch.linear_weight(seed=1).explain((3, 4)))
    assert "not ±2 standard deviations" in str(flux.lecun_normal(seed=1).explain((3, 4)))
    assert "one input" in str(torch.sparse(0.5, seed=1).explain((3, 4)))
    assert "eq. 10" in torch.kaiming_uniform(seed=1).explain((3, 4)).sources[0]
    assert "eq. 10" in mxnet.MSRAPrelu(seed=1).explain((3, 4)).sources[0]
    assert "Glorot" in mxnet.Xavier(seed=1).explain((3, 4)).sources[0]
    notes = dialects._drawn.NOTES
    names = {f"{m.__name__.rpartition('.')[2]}.{n}" for m, n in ALL}
    assert set(notes) <= names
    for module, name in ALL:
        full = f"{module.__name__.rpartition('.')[2]}.{name}"
        if full in notes:
            said = made(module, name).explain(SHAPES.get(name, (6, 5)))
            assert notes[full] == said.notes[-len(notes[full]) :], full
