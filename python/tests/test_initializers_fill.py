"""Calls and fills: layouts, pieces, seeds, and what a failure leaves behind."""

import random
import warnings

import ml_dtypes
import numpy as np
import pytest

from fanin import _arrays, initializers
from fanin.initializers import (
    STFT,
    Constant,
    DeltaOrthogonal,
    Dirac,
    GlorotUniform,
    HeNormal,
    Identity,
    Initializer,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    Sparse,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from fanin.random import SeedGenerator

DTYPES = ("float32", "float64", "float16", "bfloat16")
MADE = {
    "zeros": Zeros(),
    "ones": Ones(),
    "constant": Constant(np.arange(4.0)),
    "identity": Identity(3),
    "uniform": RandomUniform(seed=3),
    "normal": RandomNormal(seed=3),
    "truncated": TruncatedNormal(seed=3),
    "glorot": GlorotUniform(seed=3),
    "he": HeNormal(seed=3),
    "scaling": VarianceScaling(2.0, "fan_out", "untruncated_normal", 3),
    "orthogonal": Orthogonal(2.0, seed=3),
    "stft": STFT("imag"),
    "dirac": Dirac(2, 3.0),
    "delta": DeltaOrthogonal(2.0, seed=3),
    "sparse": Sparse(0.4, seed=3),
}


def shape_for(name):
    shapes = {"identity": (6, 4), "stft": (6, 1, 4), "delta": (5, 3, 4)}
    return shapes.get(name, (5, 6, 4))


def layouts(shape, dtype):
    """Yield arrays of NaN with this shape in several layouts, and what they are a part of."""
    yield (array := np.full(shape, np.nan, dtype)), array
    yield (array := np.full(shape, np.nan, dtype, order="F")), array
    yield (array := np.full(shape[::-1], np.nan, dtype)).T, array
    array = np.full([2 * size for size in shape], np.nan, dtype)
    yield array[(slice(None, None, 2),) * len(shape)], array
    array = np.full(shape, np.nan, dtype)
    yield array[(slice(None, None, -1),) * len(shape)], array


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MADE)
def test_fill_writes_the_values_of_a_call_in_any_layout(name, dtype):
    initializer, shape = MADE[name], shape_for(name)
    expected = initializer(shape, dtype)
    assert expected.shape == shape
    assert expected.dtype == _arrays.standardize_dtype(dtype)
    assert expected.flags.c_contiguous
    assert not np.isnan(expected).any()
    for out, base in layouts(shape, expected.dtype):
        assert initializer.fill(out) is out
        assert np.ascontiguousarray(out).tobytes() == expected.tobytes()
        assert np.isnan(base).sum() == base.size - out.size


def test_a_transposed_tensor_gets_the_transposed_values():
    # One seed serves (in, out) and (out, in) layouts; the fans are those of the logical shape.
    kernel = HeNormal(seed=1)((20, 7))
    weight = np.empty((7, 20), np.float32)
    HeNormal(seed=1).fill(weight.T)
    np.testing.assert_array_equal(weight, kernel.T)


@pytest.mark.parametrize(
    "name", ["uniform", "normal", "truncated", "glorot", "he", "scaling", "sparse"]
)
def test_large_arrays_are_filled_in_pieces(monkeypatch, name):
    initializer = MADE[name]
    for shape in ((1000, 1), (7, 11, 13), (3, 400), (400, 3)):
        whole = initializer(shape)
        monkeypatch.setattr(_arrays, "_PIECE", 50)
        in_pieces = initializer.fill(np.empty(shape, np.float32, order="F"))
        monkeypatch.undo()
        np.testing.assert_array_equal(in_pieces, whole)


def test_a_large_orthogonal_matrix_is_made_in_a_thread(monkeypatch):
    small = Orthogonal(seed=2)((40, 30), "float64")
    monkeypatch.setattr("fanin.initializers._orthogonal._SMALL", 100)
    out = np.empty((40, 30), order="F")
    np.testing.assert_array_equal(Orthogonal(seed=2).fill(out), small)

    def failing(*arguments):
        raise MemoryError("no memory")

    monkeypatch.setattr("fanin._native.call", failing)
    out[:] = 7
    with pytest.raises(MemoryError, match="no memory"):
        Orthogonal(seed=2).fill(out)
    assert (out == 7).all()


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(40, 30), (30, 40), (3, 3, 8, 20)])
def test_orthogonal(shape, dtype):
    values = Orthogonal(gain=2.0, seed=1)(shape, dtype).astype(np.float64)
    matrix = values.reshape(-1, shape[-1]) / 2
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    # Rounding each of n entries of size about n**-0.5 moves a product of columns by about the
    # unit roundoff; ten of them for the decomposition.
    unit = {"float32": 2**-24, "float64": 2**-53, "float16": 2**-11, "bfloat16": 2**-8}[dtype]
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=10 * unit)


def test_orthogonal_in_16_bits_is_the_rounded_float32():
    exact = Orthogonal(seed=1)((9, 9))
    np.testing.assert_array_equal(Orthogonal(seed=1)((9, 9), "float16"), exact.astype("f2"))
    np.testing.assert_array_equal(
        Orthogonal(seed=1)((9, 9), "bfloat16"), exact.astype(ml_dtypes.bfloat16)
    )


def test_integer_seeds_repeat_and_generators_advance():
    initializer = GlorotUniform(seed=7)
    np.testing.assert_array_equal(initializer((3, 3)), initializer((3, 3)))
    generator = SeedGenerator(7)
    first, second = (GlorotUniform(seed=generator)((3, 3)) for _ in range(2))
    np.testing.assert_array_equal(first, initializer((3, 3)))
    assert not np.array_equal(first, second)
    assert generator.state.tolist() == [7, 2]


@pytest.mark.parametrize("name", ["uniform", "he", "orthogonal"])
def test_a_failed_call_does_not_use_up_a_seed(name):
    generator = SeedGenerator(7)
    cls = type(MADE[name])
    initializer = cls(seed=generator)
    with pytest.raises(TypeError):
        initializer((3, 3), "int32")
    with pytest.raises(TypeError):
        initializer.fill([1.0])
    assert generator.state.tolist() == [7, 0]


def test_a_failed_fill_changes_nothing():
    generator = SeedGenerator(7)
    out = np.zeros((3, 4), np.float32)
    with pytest.raises(ValueError, match="axis|axes"):
        HeNormal(seed=generator, input_axes=[2], output_axes=[0]).fill(out)
    with pytest.raises(ValueError, match="stddev"):
        RandomNormal(stddev=1e300, seed=1).fill(out)
    with pytest.raises(ValueError, match="rank"):
        Orthogonal(seed=generator).fill(out[0])
    with pytest.raises(ValueError, match="broadcast"):
        Constant([1.0, 2.0]).fill(out)
    with pytest.raises(ValueError, match="STFT"):
        STFT().fill(out)
    assert not out.any()
    assert generator.state.tolist() == [7, 0]


def test_no_seed_is_a_drawn_seed():
    random.seed(42)
    initializer = HeNormal()
    assert initializer.seed == 686579304  # keras.md: the first draw after set_random_seed(42)
    assert initializer.is_unseeded
    np.testing.assert_array_equal(initializer((5, 5)), HeNormal(seed=686579304)((5, 5)))
    assert not HeNormal(seed=3).is_unseeded


@pytest.mark.parametrize(
    ("cls", "changes"),
    [
        (RandomUniform, {"minval": -1.0, "maxval": 2.0, "seed": 5}),
        (RandomNormal, {"mean": 1.0, "stddev": 2.0, "seed": 5}),
        (TruncatedNormal, {"mean": 1.0, "stddev": 2.0, "seed": 5}),
        (Orthogonal, {"gain": 3.0, "seed": 5}),
        (
            VarianceScaling,
            {"scale": 3.0, "mode": "fan_out", "distribution": "uniform", "seed": 5},
        ),
    ],
)
def test_a_changed_attribute_counts_from_the_next_call(cls, changes):
    initializer, values = cls(seed=3), set()
    for count in range(len(changes) + 1):
        changed = dict(list(changes.items())[:count])
        for name, value in changed.items():
            setattr(initializer, name, value)
        result = initializer((6, 4)).tobytes()
        assert result == cls(**{"seed": 3, **changed})((6, 4)).tobytes()
        values.add(result)
    assert len(values) == len(changes) + 1


def test_an_unseeded_initializer_warns_when_it_repeats_itself():
    initializer = HeNormal()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = initializer((2, 2))
    with pytest.warns(UserWarning, match="HeNormal is unseeded.* same values") as caught:
        np.testing.assert_array_equal(initializer((2, 2)), first)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="unseeded"):
        initializer.fill(np.empty((2, 2)))


def test_reseed():
    unseeded, seeded = HeNormal(), HeNormal(seed=3)
    unseeded((2, 2))
    assert unseeded.reseed(5) is None
    seeded.reseed(5)
    assert (unseeded.seed, seeded.seed) == (5, 3)
    assert unseeded.is_unseeded
    # No warning: these are not the former values.
    np.testing.assert_array_equal(unseeded((2, 2)), HeNormal(seed=5)((2, 2)))
    generator = SeedGenerator(1)
    shared = HeNormal(seed=generator)
    shared.reseed(5)
    assert shared.seed is generator


@pytest.mark.parametrize("dtype", ["int32", "uint8", "bool", "complex64"])
def test_constants_of_any_dtype(dtype):
    for initializer, expected in (
        (Zeros(), np.zeros((2, 3))),
        (Ones(), np.ones((2, 3))),
        (Constant(1), np.ones((2, 3))),
        (Constant([[1], [0]]), [[1, 1, 1], [0, 0, 0]]),
        (Identity(), np.eye(2, 3)),
    ):
        values = initializer((2, 3), dtype)
        assert values.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(values, np.asarray(expected, dtype))


def test_constants_keep_integers():
    assert Constant(2**60 + 1)((1,), "int64")[0] == 2**60 + 1
    assert Constant(np.float64(0.1))((1,), "float64")[0] == 0.1
    assert np.isnan(Constant(np.nan)((2,), "float64")).all()


def test_casts_to_16_bits_pass_through_float32():
    # As TensorFlow's: just above the middle of 1 and its neighbour, but the middle in float32.
    value = np.float64(1 + 2**-11 + 2**-40)
    assert Constant(value)((1,), "float16")[0] == 1
    assert Identity(value)((1, 1), "float16")[0, 0] == 1
    assert initializers.get(np.array([value]))((1,), "float16")[0] == 1


def test_a_constant_in_float64_is_keras_s_float32_with_a_warning():
    with pytest.warns(UserWarning, match="numpy.float64") as caught:
        assert Constant(0.1)((1,), "float64")[0] == np.float32(0.1)
    assert caught[0].filename == __file__
    assert Constant(0.5)((1,), "float64")[0] == 0.5


def test_identity_gain_in_an_integer_dtype():
    np.testing.assert_array_equal(Identity(2.0)((2, 2), "int8"), [[2, 0], [0, 2]])
    for gain in (0.5, 300):
        with pytest.raises(ValueError, match="int8"):
            Identity(gain)((2, 2), "int8")


def test_a_subclass_needs_only_a_call():
    class Halves(Initializer):
        def __call__(self, shape, dtype=None):
            return np.full(shape, 0.5, dtype)

    out = np.empty((2, 3), np.float32, order="F")
    assert Halves().fill(out) is out
    assert (out == 0.5).all()

    class Wrong(Initializer):
        def __call__(self, shape, dtype=None):
            return np.ones(shape[-1:])

    with pytest.raises(ValueError, match=r"Wrong must return an array of shape \(2, 3\)"):
        Wrong().fill(out)
    assert (out == 0.5).all()
    with pytest.raises(NotImplementedError, match="__call__"):
        Initializer()((2,))


def test_memory_that_cannot_be_had():
    with pytest.raises(MemoryError):
        RandomUniform(seed=1)((2**58,))
    with pytest.raises(MemoryError):
        Zeros()((2**31, 2**29))


def test_the_lower_case_names_are_the_classes():
    assert initializers.he_normal is HeNormal
    assert initializers.IdentityInitializer is initializers.identity is Identity
    for name in initializers.__all__:
        thing = getattr(initializers, name)
        if isinstance(thing, type):
            assert issubclass(thing, Initializer)
