import json

import numpy as np
import pytest

from fanin import optimizers, utils
from fanin.optimizers import schedules

# What Keras 3.15 gives for get(name).get_config(), without what all have in common.
_RATE = 0.0010000000474974513
_MOMENTS = {"learning_rate": _RATE, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-07}
CONFIGS = {
    "SGD": {"learning_rate": 0.009999999776482582, "momentum": 0.0, "nesterov": False},
    "Adam": {**_MOMENTS, "amsgrad": False},
    "AdamW": {**_MOMENTS, "amsgrad": False, "weight_decay": 0.004},
    "Nadam": _MOMENTS,
    "Adamax": _MOMENTS,
    "Lamb": _MOMENTS,
    "Adagrad": {"learning_rate": _RATE, "initial_accumulator_value": 0.1, "epsilon": 1e-07},
    "Adadelta": {"learning_rate": _RATE, "rho": 0.95, "epsilon": 1e-07},
    "RMSprop": {
        "learning_rate": _RATE,
        "rho": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-07,
        "centered": False,
    },
    "Ftrl": {
        "learning_rate": _RATE,
        "learning_rate_power": -0.5,
        "initial_accumulator_value": 0.1,
        "l1_regularization_strength": 0.0,
        "l2_regularization_strength": 0.0,
        "l2_shrinkage_regularization_strength": 0.0,
        "beta": 0.0,
    },
    "Lion": {"learning_rate": _RATE, "beta_1": 0.9, "beta_2": 0.99},
    "Adafactor": {
        "learning_rate": _RATE,
        "beta_2_decay": -0.8,
        "epsilon_1": 1e-30,
        "epsilon_2": 0.001,
        "clip_threshold": 1.0,
        "relative_step": True,
    },
    "Muon": {
        "learning_rate": _RATE,
        "weight_decay": 0.004,
        "adam_beta_1": 0.9,
        "adam_beta_2": 0.999,
        "epsilon": 1e-07,
        "exclude_layers": [],
        "muon_a": 3.4445,
        "muon_b": -4.775,
        "muon_c": 2.0315,
        "adam_lr_ratio": 1,
        "momentum": 0.95,
        "ns_steps": 5,
        "nesterov": True,
        "exclude_embeddings": True,
        "adam_weight_decay": 0.004,
        "rms_rate": 0.2,
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


NAMES = {"AdamW": "adam_w", "RMSprop": "rm_sprop"}


@pytest.mark.parametrize("name", CONFIGS)
def test_defaults_are_those_of_keras(name):
    utils.clear_session()
    config = getattr(optimizers, name)().get_config()
    assert config == {"name": NAMES.get(name, name.lower()), **COMMON, **CONFIGS[name]}


@pytest.mark.parametrize("name", CONFIGS)
def test_names_are_in_any_case(name):
    if name == "Lamb":
        # Keras has no name for it either.
        with pytest.raises(ValueError, match="Could not interpret optimizer identifier: Lamb"):
            optimizers.get(name)
        return
    for written in (name, name.lower(), name.upper()):
        assert type(optimizers.get(written)) is getattr(optimizers, name)


def test_automatic_names_are_numbered():
    utils.clear_session()
    assert [optimizers.Adam().name for _ in range(3)] == ["adam", "adam_1", "adam_2"]


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.SGD(0.5, momentum=0.25, nesterov=True, clipnorm=0.5, weight_decay=0.25),
        optimizers.Adagrad(0.5, 0.0, 1e-3, gradient_accumulation_steps=4),
        optimizers.Adam(0.5, 0.1, 0.2, 0.3, True, name="a", use_ema=True, ema_momentum=0.5),
        optimizers.RMSprop(0.5, 0.1, 0.2, 0.3, centered=True, clipvalue=1.0),
        optimizers.Lamb(0.5, 0.1, 0.2, 0.3, global_clipnorm=2.0, loss_scale_factor=4.0),
        optimizers.Muon(0.5, exclude_layers=["last"], rms_rate=None, ema_overwrite_frequency=3),
        optimizers.Ftrl(schedules.CosineDecay(0.5, 10), -0.25, beta=1.0),
    ],
)
def test_config_makes_an_equal_one(optimizer):
    config = optimizer.get_config()
    again = type(optimizer).from_config(config)
    assert again.get_config() == config
    serialized = optimizers.serialize(optimizer)
    assert serialized == {
        "module": "keras.optimizers",
        "class_name": type(optimizer).__name__,
        "config": config,
        "registered_name": None,
    }
    # As a file would bring it.
    described = json.loads(json.dumps(serialized))
    assert optimizers.get(described).get_config() == config
    assert optimizers.deserialize(described).get_config() == config
    assert optimizers.get(optimizer) is optimizer


def test_learning_rate_is_rounded_to_float32_and_can_be_set():
    optimizer = optimizers.SGD(1)
    assert optimizer.learning_rate == 1.0
    optimizer.learning_rate = np.float64(0.1)
    assert optimizer.learning_rate == float(np.float32(0.1))
    for wrong in ("0.1", None, True, float("nan"), float("inf"), 1e39, [0.1]):
        with pytest.raises(ValueError, match="learning_rate"):
            optimizer.learning_rate = wrong
    assert optimizer.learning_rate == float(np.float32(0.1))
    assert optimizer.learning_rate.assign(0.25) == optimizer.learning_rate == 0.25
    assert float(optimizer.learning_rate.numpy()) == 0.25
    assert f"{optimizer.learning_rate:.3f}" == "0.250"


def test_rates_are_those_of_the_batches():
    assert optimizers.SGD(0.5).rates(3, 2).tolist() == [0.5, 0.5]
    schedule = schedules.PiecewiseConstantDecay([1, 3], [0.5, 0.25, 0.125])
    optimizer = optimizers.SGD(schedule)
    assert optimizer.rates(0, 6).tolist() == [0.5, 0.5, 0.25, 0.25, 0.125, 0.125]
    optimizer.batches = 2
    assert optimizer.learning_rate == 0.25
    with pytest.raises(TypeError, match="its learning rate is not settable"):
        optimizer.learning_rate = 0.1
    other = optimizers.SGD(0.5)
    other.learning_rate = schedule
    assert other.rates(3, 2).tolist() == [0.25, 0.125]
    assert [state.name for state in other.variables] == ["iteration"]


def test_schedules_of_ones_own():
    class Inverse(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 1 / (step + 1)

    optimizer = optimizers.SGD(Inverse())
    assert optimizer.rates(0, 4).tolist() == [1, 1 / 2, 1 / 3, 1 / 4]
    with pytest.raises(NotImplementedError, match="must override `get_config\\(\\)`"):
        optimizer.get_config()

    class Root(schedules.LearningRateSchedule):
        def __call__(self, step):
            return step**-0.5

    with pytest.raises(ValueError, match=r"must be finite. Received: .*\(0\)=inf"):
        optimizers.SGD(Root()).rates(0, 4)
    with pytest.raises(NotImplementedError, match="must override `__call__"):
        schedules.LearningRateSchedule()(1)


def test_a_callable_is_called_once_as_in_keras():
    now = 0.5
    optimizer = optimizers.SGD(lambda: now)
    assert optimizer.native().learning_rate == 0.5
    assert optimizer.rates(0, 2).tolist() == [0.5, 0.5]
    now = 0.25
    assert optimizer.learning_rate == 0.25
    with pytest.warns(UserWarning, match=r"goes on with 0\.5, not 0\.25"):
        assert optimizer.rates(2, 1).tolist() == [0.5]
    assert optimizer.native().learning_rate == 0.25
    assert optimizer.rates(2, 1).tolist() == [0.25]
    optimizer.learning_rate = 0.125
    assert optimizer.rates(0, 1).tolist() == [0.125]


def test_steps_are_batches_unless_gradients_are_accumulated():
    optimizer = optimizers.SGD(gradient_accumulation_steps=3)
    optimizer.batches += 7
    assert optimizer.iterations == 2
    optimizer.iterations = 3
    assert optimizer.batches == 9
    optimizer = optimizers.SGD()
    optimizer.iterations += 4
    assert optimizer.iterations.numpy() == optimizer.batches == 4


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
        (lambda: optimizers.AdamW(weight_decay=None), "`weight_decay` must be a float"),
        (lambda: optimizers.SGD(clipnorm=1.0, clipvalue=1.0), "Only one of `clipnorm`"),
        (lambda: optimizers.SGD(clipnorm="1"), "`clipnorm` must be a float"),
        (lambda: optimizers.SGD(weight_decay=float("nan")), "`weight_decay` must be in"),
        (lambda: optimizers.SGD(use_ema=True, ema_momentum=1.5), "`ema_momentum` must be in"),
        (lambda: optimizers.SGD(ema_overwrite_frequency=-1), "must be an integer >= 1 or None"),
        (lambda: optimizers.SGD(gradient_accumulation_steps=1), "must be an integer >= 2"),
        (lambda: optimizers.SGD(loss_scale_factor=0.0), "`loss_scale_factor` must not be 0"),
        (lambda: optimizers.Lion(beta_1=0.0), "`beta_1` must be in the"),
        (lambda: optimizers.Ftrl(learning_rate_power=0.5), "needs to be negative or zero"),
        (lambda: optimizers.Ftrl(l1_regularization_strength=-1.0), "positive or zero"),
        (lambda: optimizers.Muon(ns_steps=0.5), "`ns_steps` must be an integer"),
        (lambda: optimizers.Adafactor(clip_threshold=0.0), "`clip_threshold` must be in"),
        (lambda: optimizers.get(optimizers.SGD), "Could not interpret optimizer identifier"),
        (lambda: optimizers.get("foo"), "Could not interpret optimizer identifier: foo"),
        (lambda: optimizers.get(3), "Could not interpret optimizer identifier: 3"),
    ],
)
def test_wrong_values(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("name", ["LossScaleOptimizer", "MultiOptimizer", "ScheduleFreeAdamW"])
def test_what_keras_has(name):
    with pytest.raises(NotImplementedError, match="The optimizer must be one of"):
        optimizers.get(name)


def test_optimizers_of_ones_own_are_left_out():
    class Mine(optimizers.Optimizer):
        pass

    with pytest.raises(NotImplementedError, match="A custom optimizer"):
        Mine(0.1).native()


def test_decay_is_ignored_with_keras_warning():
    with pytest.warns(UserWarning, match="`decay` is no longer supported"):
        optimizers.SGD(decay=0.1)
