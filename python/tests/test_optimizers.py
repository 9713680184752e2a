import numpy as np
import pytest

from fanin import optimizers, utils

# What Keras 3.15 gives for get(name).get_config(), without what all have in common.
CONFIGS = {
    "sgd": {"learning_rate": 0.009999999776482582, "momentum": 0.0, "nesterov": False},
    "adam": {
        "learning_rate": 0.0010000000474974513,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-07,
        "amsgrad": False,
    },
    "adagrad": {
        "learning_rate": 0.0010000000474974513,
        "initial_accumulator_value": 0.1,
        "epsilon": 1e-07,
    },
    "rm_sprop": {
        "learning_rate": 0.0010000000474974513,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-07,
        "centered": False,
    },
}
COMMON = {
    "weight_decay": None,
    "clipnorm": None,
    "global_clipnorm": None,
    "clipvalue": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


@pytest.mark.parametrize("name", CONFIGS)
def test_defaults_are_those_of_keras(name):
    utils.clear_session()
    config = optimizers.get(name.replace("_", "").upper()).get_config()
    assert config == {"name": name, **COMMON, **CONFIGS[name]}


def test_automatic_names_are_numbered():
    utils.clear_session()
    assert [optimizers.Adam().name for _ in range(3)] == ["adam", "adam_1", "adam_2"]


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.5, momentum=0.25, nesterov=True),
        optimizers.Adagrad(0.5, 0.0, 1e-3),
        optimizers.Adam(0.5, 0.1, 0.2, 0.3, True, name="a"),
        optimizers.RMSprop(0.5, 0.1, 0.2, 0.3, centered=True),
    ],
)
def test_config_makes_an_equal_one(optimizer):
    config = optimizer.get_config()
    again = type(optimizer).from_config(config)
    assert again.get_config() == config
    named = optimizers.get({"class_name": type(optimizer).__name__, "config": config})
    assert named.get_config() == config
    assert optimizers.get(optimizer) is optimizer


def test_learning_rate_is_rounded_to_float32_and_can_be_set():
    optimizer = optimizers.SGD(1)
    assert optimizer.learning_rate == 1.0
    optimizer.learning_rate = np.float64(0.1)
    assert optimizer.learning_rate == float(np.float32(0.1))
    for wrong in ("0.1", None, True, float("nan"), float("inf"), 1e39, [0.1]):
        with pytest.raises(ValueError, match="learning_rate"):
            optimizer.learning_rate = wrong
    with pytest.raises(NotImplementedError, match="schedule"):
        optimizer.learning_rate = lambda: 0.1
    assert optimizer.learning_rate == float(np.float32(0.1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.SGD(momentum=2.0), "`momentum` must be in"),
        (lambda: optimizers.SGD(momentum=True), "`momentum` must be a float"),
        (lambda: optimizers.Adam(beta_1=1.0), "`beta_1` must be in"),
        (lambda: optimizers.Adam(beta_2=-0.1), "`beta_2` must be in"),
        (lambda: optimizers.Adam(epsilon=-1), "`epsilon` must be in"),
        (lambda: optimizers.Adagrad(initial_accumulator_value=-1), "initial_accumulator_value"),
        (lambda: optimizers.RMSprop(rho=float("nan")), "`rho` must be in"),
        (lambda: optimizers.SGD(lr=0.1), r"Argument\(s\) not recognized: {'lr': 0.1}"),
        (lambda: optimizers.get("foo"), "Could not interpret optimizer identifier: foo"),
        (lambda: optimizers.get(3), "Could not interpret optimizer identifier: 3"),
    ],
)
def test_wrong_values(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("option", COMMON)
def test_options_that_are_not_there_yet(option):
    value = 0.5 if option != "use_ema" else True
    optimizers.SGD(**{option: COMMON[option]})
    with pytest.raises(NotImplementedError, match=f"`{option}` is not implemented"):
        optimizers.Adam(**{option: value})


@pytest.mark.parametrize("name", ["AdamW", "lion", "nadam", "ftrl"])
def test_what_keras_has(name):
    with pytest.raises(NotImplementedError, match="The optimizer must be one of"):
        optimizers.get(name)


def test_decay_is_ignored_with_keras_warning():
    with pytest.warns(UserWarning, match="`decay` is no longer supported"):
        optimizers.SGD(decay=0.1)
