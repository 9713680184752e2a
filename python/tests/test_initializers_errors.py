"""Every refusal and warning of the initializers, in Keras's words where Keras has them."""

import numpy as np
import pytest

from fanin import initializers
from fanin.initializers import (
    STFT,
    Constant,
    GlorotUniform,
    HeNormal,
    Identity,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)

RANDOM = [
    *("RandomUniform", "RandomNormal", "TruncatedNormal", "VarianceScaling", "Orthogonal"),
    *("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal"),
]


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize(
    "seed", [True, np.False_, 1.5, 2.0, "a", (1,), b"1", {"class_name": "x"}, 2**63, -(2**63) - 1]
)
def test_seeds(name, seed):
    with pytest.raises(ValueError, match="seed"):
        getattr(initializers, name)(seed=seed)


def test_seeds_in_keras_s_words():
    with pytest.raises(
        ValueError, match="should be an instance of `keras.random.SeedGenerator.*seed=1.5"
    ):
        HeNormal(seed=1.5)


@pytest.mark.parametrize("seed", [np.int64(-3), np.uint8(200), np.int32(7)])
def test_numpy_integers_are_seeds(seed):
    np.testing.assert_array_equal(HeNormal(seed=seed)((3, 3)), HeNormal(seed=int(seed))((3, 3)))
    assert type(HeNormal(seed=seed).get_config()["seed"]) is int


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 10**400])
@pytest.mark.parametrize(
    ("cls", "argument"),
    [
        (RandomUniform, "minval"),
        (RandomUniform, "maxval"),
        (RandomNormal, "mean"),
        (RandomNormal, "stddev"),
        (TruncatedNormal, "mean"),
        (TruncatedNormal, "stddev"),
        (VarianceScaling, "scale"),
        (Orthogonal, "gain"),
        (Identity, "gain"),
    ],
)
def test_numbers(cls, argument, value):
    with pytest.raises(ValueError, match=f"`{argument}` must be finite. Received: {argument}="):
        cls(**{argument: value})
    for wrong in ("1", None, [1.0], 1j):
        with pytest.raises(TypeError, match=f"`{argument}` must be a number"):
            cls(**{argument: wrong})


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        (RandomUniform, {"minval": -1e39}),
        (RandomUniform, {"minval": -3e38, "maxval": 3e38}),
        (RandomNormal, {"mean": 1e39}),
        (RandomNormal, {"stddev": 1e39}),
        (TruncatedNormal, {"stddev": 1e39}),
        (Orthogonal, {"gain": 1e39}),
    ],
)
def test_numbers_beyond_the_dtype(cls, arguments):
    with pytest.raises(ValueError, match="finite"):
        cls(**arguments, seed=1)((3, 3))
    if "stddev" in arguments:
        assert np.isfinite(cls(**arguments, seed=1)((3, 3), "float64")).all()


@pytest.mark.parametrize("scale", [0, 0.0, -1.0, np.float32(-2)])
def test_scale(scale):
    with pytest.raises(
        ValueError, match=rf"^Argument `scale` must be positive float. Received: scale={scale}$"
    ):
        VarianceScaling(scale)


@pytest.mark.parametrize("mode", ["Fan_in", "fan", "", 1, None])
def test_mode(mode):
    with pytest.raises(ValueError, match=f"Invalid `mode` argument: {mode}. Please use one of"):
        VarianceScaling(mode=mode)


def test_distribution():
    with pytest.raises(ValueError, match="Invalid `distribution` argument: foo"):
        VarianceScaling(distribution="foo")
    with pytest.raises(TypeError, match="distribution"):
        VarianceScaling(distribution=3)
    assert VarianceScaling(distribution="Normal").distribution == "truncated_normal"
    assert VarianceScaling(distribution="UNIFORM").distribution == "uniform"


@pytest.mark.parametrize("axes", [0, [0.5], ["0"], [None]])
def test_axes_of_a_wrong_type(axes):
    with pytest.raises(TypeError, match="`input_axes` must be a list of integers"):
        HeNormal(input_axes=axes, output_axes=[0])
    with pytest.raises(TypeError, match="`output_axes` must be a list of integers"):
        HeNormal(input_axes=[0], output_axes=axes)


@pytest.mark.parametrize("axis", [2, -3, 2**40, 2**62])
def test_axes_out_of_range(axis):
    with pytest.raises(ValueError, match="axes|axis"):
        HeNormal(seed=1, input_axes=[axis], output_axes=[0])((2, 3))
    with pytest.raises(ValueError, match="axes|axis"):
        HeNormal(seed=1, input_axes=[0], output_axes=[axis])((2, 3))


@pytest.mark.parametrize("axes", [{"input_axes": [0]}, {"output_axes": [0]}])
def test_one_list_of_axes_is_ignored_with_a_warning(axes):
    with pytest.warns(UserWarning, match="only if both") as caught:
        initializer = HeNormal(seed=1, **axes)
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(initializer((5, 3, 4)), HeNormal(seed=1)((5, 3, 4)))


def test_arguments_that_keras_takes_silently():
    with pytest.warns(UserWarning, match="minval exceeds maxval.*minval=2, maxval=1") as caught:
        values = RandomUniform(2, 1, seed=1)((100,))
    assert caught[0].filename == __file__
    assert ((values > 1) & (values <= 2)).all()
    for cls in (RandomNormal, TruncatedNormal):
        with pytest.warns(UserWarning, match="stddev is negative. Received: stddev=-2.0"):
            values = cls(stddev=-2.0, seed=1)((100,))
        np.testing.assert_array_equal(values, -cls(stddev=2.0, seed=1)((100,)))


@pytest.mark.parametrize("shape", [(2,), (), (2, 2, 2)])
def test_identity_is_a_matrix(shape):
    with pytest.raises(ValueError, match="can only be used for 2D matrices. Received: shape="):
        Identity()(shape)


@pytest.mark.parametrize("shape", [(2,), ()])
def test_orthogonal_has_rank_two(shape):
    with pytest.raises(
        ValueError, match="must be at least two-dimensional. Received: shape=.* of rank"
    ):
        Orthogonal(seed=1)(shape)


@pytest.mark.parametrize("value", ["a", None, [None], object()])
def test_constant_is_numeric(value):
    with pytest.raises(TypeError, match="`value` must be numeric"):
        Constant(value)


def test_constant_does_not_enlarge_the_shape():
    with pytest.raises(ValueError, match=r"shape \(2,\) does not broadcast to the shape \(1,\)"):
        Constant([1.0, 2.0])((1,))


@pytest.mark.parametrize("name", RANDOM)
def test_random_values_are_floating(name):
    for dtype in ("int32", "bool", "complex64"):
        with pytest.raises(TypeError, match=f"float16, float32.* Received: dtype={dtype}"):
            getattr(initializers, name)(seed=1)((2, 2), dtype)
    with pytest.raises(ValueError, match="Invalid dtype: foo"):
        getattr(initializers, name)(seed=1)((2, 2), "foo")


@pytest.mark.parametrize("initializer", [Zeros(), GlorotUniform(seed=1), STFT()])
def test_shapes(initializer):
    for shape in (None, "ab", (2.0, 2), (2, None)):
        with pytest.raises(TypeError, match="shape"):
            initializer(shape)
    with pytest.raises(ValueError, match="shape"):
        initializer((-1, 2))
    with pytest.raises(MemoryError, match="shape"):
        initializer((2**32, 2**31))


def test_stft_arguments():
    with pytest.raises(ValueError, match="side should be 'real' or 'imag', not up"):
        STFT("up")
    with pytest.raises(ValueError, match="Scaling is invalid.* Received scaling=peak"):
        STFT(scaling="peak")
    with pytest.raises(ValueError, match="window='nope'"):
        STFT(window="nope")
    with pytest.raises(TypeError, match="`window` must hold real numbers"):
        STFT(window=["a", "b"])
    with pytest.raises(ValueError, match="finite"):
        STFT(window=[1.0, np.nan])


@pytest.mark.parametrize("shape", [(8,), (8, 5), (8, 2, 5), (8, 1, 1), (8, 1, 0), (1, 8, 1, 5)])
def test_stft_shapes(shape):
    with pytest.raises(ValueError, match=r"\(T, 1, F\)"):
        STFT()(shape)


def test_stft_windows_that_do_not_fit():
    with pytest.raises(ValueError, match=r"must be equal to \[frame_length\].*\(5,\)"):
        STFT(window=np.ones(5))((4, 1, 3))
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        STFT(window=np.ones((2, 2)))((4, 1, 3))
    with pytest.raises(ValueError, match="window"):
        STFT()((0, 1, 3))
    with pytest.raises(ValueError, match="scaling"):
        STFT(window=np.zeros(4))((4, 1, 3))
