import numpy as np
import pytest

from fanin.optimizers import schedules

# Keras 3.15 at the steps 0, 1, 7, 8, 13, 20 and 59.
STEPS = np.array([0, 1, 7, 8, 13, 20, 59])
CASES = {
    "exponential": (
        schedules.ExponentialDecay(0.1, 7, 0.9),
        [
            0.100000001,
            0.0985061228,
            0.0899999961,
            0.0886555091,
            0.0822283924,
            0.0740055516,
            0.041146189,
        ],
    ),
    "staircase": (
        schedules.ExponentialDecay(0.1, 7, 0.9, True),
        [
            0.100000001,
            0.100000001,
            0.0899999961,
            0.0899999961,
            0.0899999961,
            0.0809999928,
            0.0430467129,
        ],
    ),
    "inverse": (
        schedules.InverseTimeDecay(0.1, 7, 0.9),
        [
            0.100000001,
            0.0886076018,
            0.0526315793,
            0.0492957719,
            0.0374331586,
            0.0280000009,
            0.0116472542,
        ],
    ),
    "inverse staircase": (
        schedules.InverseTimeDecay(0.1, 7, 0.9, True),
        [
            0.100000001,
            0.100000001,
            0.0526315793,
            0.0526315793,
            0.0526315793,
            0.0357142873,
            0.0121951224,
        ],
    ),
    "piecewise": (
        schedules.PiecewiseConstantDecay([7, 9.5, 20], [0.1, 0.05, 0.02, 0.01]),
        [
            0.100000001,
            0.100000001,
            0.100000001,
            0.0500000007,
            0.0199999996,
            0.0199999996,
            0.00999999978,
        ],
    ),
    "polynomial": (
        schedules.PolynomialDecay(0.1, 13),
        [
            0.100000001,
            0.0923153833,
            0.0462076925,
            0.038523078,
            9.99999975e-05,
            9.99999975e-05,
            9.99999975e-05,
        ],
    ),
    "cycle": (
        schedules.PolynomialDecay(0.1, 13, 0.001, 0.5, True),
        [
            0.100000001,
            0.0961161256,
            0.0682572499,
            0.0623971894,
            0.00100000005,
            0.0485580564,
            0.0310783591,
        ],
    ),
    "cosine": (
        schedules.CosineDecay(0.1, 13, 0.1),
        [
            0.100000001,
            0.0986923799,
            0.0495758429,
            0.0390427783,
            0.0100000007,
            0.0100000007,
            0.0100000007,
        ],
    ),
    "warmup": (
        schedules.CosineDecay(0.01, 13, 0.1, "x", warmup_target=0.2, warmup_steps=8),
        [
            0.00999999978,
            0.0337499976,
            0.176249996,
            0.200000003,
            0.141914442,
            0.0226152353,
            0.0200000014,
        ],
    ),
    "restarts": (
        schedules.CosineDecayRestarts(0.1, 5),
        [
            0.100000001,
            0.0904508457,
            0.0904508457,
            0.0793892667,
            0.00954915583,
            0.0853553414,
            0.0345491432,
        ],
    ),
    "equal restarts": (
        schedules.CosineDecayRestarts(0.1, 5, 1.0, 0.9, 0.1),
        [
            0.100000001,
            0.0914057642,
            0.0630151927,
            0.0379848033,
            0.0351863392,
            0.0690489933,
            0.0126969544,
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_rates_are_those_of_keras(name):
    schedule, expected = CASES[name]
    rates = schedule.rates(STEPS)
    assert rates.dtype == np.float64
    # Powers, cosines and logarithms are within an ulp or two.
    np.testing.assert_allclose(rates, expected, rtol=1e-6, atol=1e-9)
    assert [schedule(step) for step in STEPS] == rates.tolist()


@pytest.mark.parametrize("name", CASES)
def test_config_makes_an_equal_one(name):
    schedule, _ = CASES[name]
    config = schedules.serialize(schedule)
    assert config["module"] == "keras.optimizers.schedules"
    again = schedules.deserialize(config)
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()
    assert again.rates(STEPS).tolist() == schedule.rates(STEPS).tolist()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.9), "`decay_steps` must be > 0"),
        (lambda: schedules.InverseTimeDecay(0.1, -1, 0.9), "`decay_steps` must be > 0"),
        (lambda: schedules.PolynomialDecay(0.1, 0), "`decay_steps` must be > 0"),
        (lambda: schedules.CosineDecay(0.1, 0), "`decay_steps` must be > 0"),
        (lambda: schedules.CosineDecayRestarts(0.1, 0), "`first_decay_steps` must be > 0"),
        (lambda: schedules.PiecewiseConstantDecay([1], [0.1]), "should be 1 less than"),
        (lambda: schedules.deserialize({"class_name": "Foo"}), "Could not interpret"),
    ],
)
def test_wrong_values(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_wrong_arguments():
    with pytest.raises(TypeError, match="could not be deserialized properly"):
        schedules.deserialize({"class_name": "CosineDecay", "config": {"foo": 1}})
