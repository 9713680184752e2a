"""Learning-rate schedules, as in keras.optimizers.schedules: functions of the batch's number.

They compute in float32, as Keras does. The first batch is number 0.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from .. import _named

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

_float = np.float32
_Rates = npt.NDArray[np.float32]


def _positive(name: str, value: Any) -> Any:
    if value <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={value}")
    return value


class LearningRateSchedule:
    """What schedules have in common; one of your own has `__call__(self, step)`.

    It is called with each batch's number, an int64, and returns a number.
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of batch number `step`, 0 first."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' must override `__call__(self, step)`."
        )

    def rates(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the learning rates of batches."""
        with np.errstate(divide="ignore"):
            return np.array([self(step) for step in steps], np.float64)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        raise NotImplementedError(
            f"Learning rate schedule '{type(self).__name__}' "
            "must override `get_config()` in order to be serializable."
        )

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the schedule that `get_config` describes."""
        return cls(**config)


class _Formula(LearningRateSchedule):
    """A schedule whose attributes are its arguments."""

    arguments: tuple[str, ...]
    name: str

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of batch number `step`, 0 first."""
        # One of many: NumPy's functions of numbers and of arrays differ in the last bit.
        return self._rates(np.array([int(step)]))[0]

    def rates(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Return the learning rates of batches."""
        return self._rates(steps).astype(np.float64)

    def _rates(self, steps: npt.NDArray[Any]) -> _Rates:
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal one."""
        return {argument: getattr(self, argument) for argument in (*self.arguments, "name")}


class ExponentialDecay(_Formula):
    """initial_learning_rate decay_rate^(step / decay_steps).

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        > 0.
    decay_rate : float
    staircase : bool
        Whether step / decay_steps is rounded down.
    name : str
    """

    arguments = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive("decay_steps", decay_steps)
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def _rates(self, steps: npt.NDArray[Any]) -> _Rates:
        p = _fraction(steps, self.decay_steps, self.staircase)
        return _float(self.initial_learning_rate) * _float(self.decay_rate) ** p


class InverseTimeDecay(ExponentialDecay):
    """initial_learning_rate / (1 + decay_rate step / decay_steps).

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        > 0.
    decay_rate : float
    staircase : bool
        Whether step / decay_steps is rounded down.
    name : str
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase, name)

    def _rates(self, steps: npt.NDArray[Any]) -> _Rates:
        p = _fraction(steps, self.decay_steps, self.staircase)
        return _float(self.initial_learning_rate) / (_float(1) + _float(self.decay_rate) * p)


class PiecewiseConstantDecay(_Formula):
    """values[i] with i the number of boundaries below the step.

    Parameters
    ----------
    boundaries : sequence of int
        Increasing; fractions are cut off.
    values : sequence of float
        One more.
    name : str
    """

    arguments = ("boundaries", "values")

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of "
                f"values. Received: boundaries={boundaries} of length "
                f"{len(boundaries)}, and values={values} "
                f"of length {len(values)}."
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def _rates(self, steps: npt.NDArray[Any]) -> _Rates:
        below = np.searchsorted(np.array(self.boundaries, np.int64), steps, side="left")
        return np.array(self.values, np.float32)[below]


class PolynomialDecay(_Formula):
    """(initial - end) (1 - step / decay_steps)^power + end; end from step decay_steps on.

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        > 0.
    end_learning_rate : float
    power : float
    cycle : bool
        Whether decay_steps is replaced by its first multiple that the step does not exceed.
    name : str
    """

    arguments = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive("decay_steps", decay_steps)
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def _rates(self, steps: npt.NDArray[Any]) -> _Rates:
        step = steps.astype(np.float32)
        decay_steps = _float(self.decay_steps)
        end = _float(self.end_learning_rate)
        if self.cycle:
            decay_steps = decay_steps * np.maximum(np.ceil(step / decay_steps), _float(1))
        else:
            step = np.minimum(step, decay_steps)
        p = (_float(1) - step / decay_steps) ** _float(self.power)
        return (_float(self.initial_learning_rate) - end) * p + end


class CosineDecay(_Formula):
    """From `start` down to alpha start along half a cosine, perhaps after a linear warmup.

    start ((1 - alpha) (1 + cos(pi step / decay_steps)) / 2 + alpha), where start is the initial
    rate, or warmup_target, which is reached in warmup_steps (Loshchilov and Hutter, 2016).

    Parameters
    ----------
    initial_learning_rate : float
    decay_steps : int
        > 0.
    alpha : float
    name : str
    warmup_target : float, optional
    warmup_steps : int
    """

    arguments = ("initial_learning_rate", "decay_steps", "alpha", "warmup_target", "warmup_steps")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = _positive("decay_steps", decay_steps)
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def _rates(self, steps: npt.NDArray[Any]) -> _Rates:
        step = steps.astype(np.float32)
        initial = _float(self.initial_learning_rate)
        decay_steps = _float(self.decay_steps)
        if self.warmup_target is None:
            return _cosine(np.minimum(step, decay_steps), decay_steps, initial, self.alpha)
        warmup = _float(self.warmup_steps)
        target = _float(self.warmup_target)
        step = np.minimum(step, decay_steps + warmup)
        with np.errstate(divide="ignore", invalid="ignore"):
            rising = (target - initial) * (step / warmup) + initial
        falling = _cosine(step - warmup, decay_steps, target, self.alpha)
        return np.where(step < warmup, rising, falling)


class CosineDecayRestarts(_Formula):
    """Cosines as `CosineDecay`, one after the other.

    Each takes t_mul times the steps of that before it and begins at m_mul times its rate
    (Loshchilov and Hutter, 2016).

    Parameters
    ----------
    initial_learning_rate : float
    first_decay_steps : int
        > 0.
    t_mul, m_mul, alpha : float
    name : str
    """

    arguments = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha")

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = _positive("first_decay_steps", first_decay_steps)
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def _rates(self, steps: npt.NDArray[Any]) -> _Rates:
        one = _float(1)
        done = steps.astype(np.float32) / _float(self.first_decay_steps)
        t_mul = _float(self.t_mul)
        if t_mul == 1:
            restart = np.floor(done)
            done = done - restart
        else:
            restart = np.floor(np.log(one - done * (one - t_mul)) / np.log(t_mul))
            factor = t_mul**restart
            done = (done - (one - factor) / (one - t_mul)) / factor
        half = _float(0.5) * _float(self.m_mul) ** restart
        cosine = half * (one + np.cos(_float(np.pi) * done))
        alpha = _float(self.alpha)
        rates: _Rates = _float(self.initial_learning_rate) * ((one - alpha) * cosine + alpha)
        return rates


def _fraction(steps: npt.NDArray[Any], decay_steps: float, staircase: bool) -> _Rates:
    p = steps.astype(np.float32) / _float(decay_steps)
    return np.floor(p) if staircase else p


def _cosine(step: _Rates, decay_steps: np.float32, start: np.float32, alpha: float) -> _Rates:
    cosine = _float(0.5) * (_float(1) + np.cos(_float(np.pi) * (step / decay_steps)))
    rates: _Rates = start * (_float(1 - alpha) * cosine + _float(alpha))
    return rates


_CLASSES: dict[str, type] = {
    cls.__name__: cls
    for cls in (
        *(CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay),
        *(LearningRateSchedule, PiecewiseConstantDecay, PolynomialDecay),
    )
}


def serialize(learning_rate_schedule: Any) -> Any:
    """Return the dictionary that describes a schedule; Keras's `deserialize` reads it."""
    return _named.serialize(learning_rate_schedule, "keras.optimizers.schedules", _CLASSES)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the schedule that a dictionary of `serialize`, or Keras's, describes."""
    return _named.deserialize("learning rate schedule", config, _CLASSES, custom_objects)
