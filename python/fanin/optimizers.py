"""Optimizers, as in keras.optimizers: update rules, applied in the native library.

Below, w is a parameter, g its gradient, t the step (1 first), lr the learning rate.
"""

import math
import warnings
from typing import Any, Self

import numpy as np

from . import _native, _session

__all__ = ["SGD", "Adagrad", "Adam", "Optimizer", "RMSprop", "get"]

# Keras's arguments that are not there yet, with the value that leaves them off.
_NOT_YET_ARGUMENTS: dict[str, Any] = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


def _number(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as a float, which must be in [low, high]."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(f"`{name}` must be a float. Received: {name}={value}")
    if not low <= value <= high:
        raise ValueError(f"`{name}` must be in [{low:g}, {high:g}]. Received: {name}={value}")
    return float(value)


class Optimizer:
    """What optimizers have in common.

    Parameters
    ----------
    learning_rate : float
        Rounded to float32, as in Keras.
    name : str, optional
        By default the class's: adam, adam_1, ...
    **options
        Keras's other arguments (weight_decay, clipnorm, use_ema, ...), only at their defaults.

    Attributes
    ----------
    iterations : int
        Steps taken.

    Raises
    ------
    ValueError
        For a wrong value or an unknown argument.
    NotImplementedError
        For a schedule or callable as learning rate, and for `options` that are not there yet.
    """

    kind: int
    #: The names of the class's own arguments, all of them attributes.
    arguments: tuple[str, ...] = ()
    #: Arrays of the parameters' size that the rule keeps.
    slots = 0

    def __init__(self, learning_rate: float, name: str | None = None, **options: Any) -> None:
        if options.pop("decay", None) is not None:
            warnings.warn(
                "Argument `decay` is no longer supported and will be ignored.", stacklevel=3
            )
        for option in [option for option in options if option in _NOT_YET_ARGUMENTS]:
            value = options.pop(option)
            if value != _NOT_YET_ARGUMENTS[option]:
                raise NotImplementedError(
                    f"`{option}` is not implemented. Received: {option}={value}"
                )
        if options:
            raise ValueError(f"Argument(s) not recognized: {options}")
        self.learning_rate = learning_rate
        self.name = name or _session.automatic_name(type(self).__name__)
        self.iterations = 0

    @property
    def learning_rate(self) -> float:
        """The learning rate; a new one holds from the next call of `fit` on."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        if callable(value):
            raise NotImplementedError(
                f"`learning_rate` must be a float, not a schedule. Received: {value}"
            )
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise ValueError(
                f"Argument `learning_rate` should be float. Received instead: learning_rate={value}"
            )
        with np.errstate(over="ignore"):
            rate = float(np.float32(value))
        if not math.isfinite(rate):
            raise ValueError(
                f"`learning_rate` must be finite in float32. Received: learning_rate={value}"
            )
        self._learning_rate = rate

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal optimizer, which has taken no steps."""
        return {
            "name": self.name,
            "learning_rate": self.learning_rate,
            **_NOT_YET_ARGUMENTS,
            **{argument: getattr(self, argument) for argument in self.arguments},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the optimizer that `get_config` describes."""
        return cls(**config)

    def native(self) -> _native.Optimizer:
        """Return the native library's description."""
        raise NotImplementedError("Use one of SGD, Adagrad, Adam and RMSprop.")


class SGD(Optimizer):
    """Gradient descent: m = momentum m - lr g; w += m, or with nesterov w += momentum m - lr g.

    Parameters
    ----------
    learning_rate : float
    momentum : float
        In [0, 1].
    nesterov : bool
    name, **options
        See `Optimizer`.

    Raises
    ------
    ValueError, NotImplementedError
        See `Optimizer`.
    """

    kind = _native.SGD
    arguments = ("momentum", "nesterov")

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, name, **options)
        self.momentum = _number("momentum", momentum, 0, 1)
        self.nesterov = bool(nesterov)
        self.slots = int(self.momentum != 0)

    def native(self) -> _native.Optimizer:
        """Return the native library's description."""
        return _native.Optimizer(
            self.kind, self.nesterov, self.learning_rate, momentum=self.momentum
        )


class Adagrad(Optimizer):
    """a += g²; w -= lr g / sqrt(a + epsilon) (Duchi, Hazan and Singer, 2011).

    Parameters
    ----------
    learning_rate : float
    initial_accumulator_value : float
        What a is at first, >= 0.
    epsilon : float
        >= 0.
    name, **options
        See `Optimizer`.

    Raises
    ------
    ValueError, NotImplementedError
        See `Optimizer`.
    """

    kind = _native.ADAGRAD
    arguments = ("initial_accumulator_value", "epsilon")
    slots = 1

    def __init__(
        self,
        learning_rate: float = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, name, **options)
        self.initial_accumulator_value = _number(
            "initial_accumulator_value", initial_accumulator_value, 0, math.inf
        )
        self.epsilon = _number("epsilon", epsilon, 0, math.inf)

    def native(self) -> _native.Optimizer:
        """Return the native library's description."""
        return _native.Optimizer(
            self.kind,
            0,
            self.learning_rate,
            epsilon=self.epsilon,
            initial_accumulator_value=self.initial_accumulator_value,
        )


class Adam(Optimizer):
    """m += (g - m)(1 - beta_1); v += (g² - v)(1 - beta_2); w -= a m / (sqrt(v) + epsilon).

    Here a = lr sqrt(1 - beta_2^t) / (1 - beta_1^t); amsgrad takes the largest v so far
    (Kingma and Ba, 2015; Reddi, Kale and Kumar, 2018). epsilon is Keras's, not corrected for bias.

    Parameters
    ----------
    learning_rate : float
    beta_1, beta_2 : float
        In [0, 1).
    epsilon : float
        >= 0.
    amsgrad : bool
    name, **options
        See `Optimizer`.

    Raises
    ------
    ValueError, NotImplementedError
        See `Optimizer`.
    """

    kind = _native.ADAM
    arguments = ("beta_1", "beta_2", "epsilon", "amsgrad")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, name, **options)
        below_one = math.nextafter(1, 0)
        self.beta_1 = _number("beta_1", beta_1, 0, below_one)
        self.beta_2 = _number("beta_2", beta_2, 0, below_one)
        self.epsilon = _number("epsilon", epsilon, 0, math.inf)
        self.amsgrad = bool(amsgrad)
        self.slots = 2 + self.amsgrad

    def native(self) -> _native.Optimizer:
        """Return the native library's description."""
        return _native.Optimizer(
            self.kind,
            self.amsgrad,
            self.learning_rate,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
        )


class RMSprop(Optimizer):
    """v = rho v + (1 - rho) g²; m = momentum m + lr g / sqrt(v + epsilon); w -= m.

    With centered, the square of the mean gradient is taken from v (Tieleman and Hinton, 2012).

    Parameters
    ----------
    learning_rate : float
    rho, momentum : float
        In [0, 1].
    epsilon : float
        >= 0.
    centered : bool
    name, **options
        See `Optimizer`.

    Raises
    ------
    ValueError, NotImplementedError
        See `Optimizer`.
    """

    kind = _native.RMSPROP
    arguments = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, name, **options)
        self.rho = _number("rho", rho, 0, 1)
        self.momentum = _number("momentum", momentum, 0, 1)
        self.epsilon = _number("epsilon", epsilon, 0, math.inf)
        self.centered = bool(centered)
        self.slots = 1 + (self.momentum > 0) + self.centered

    def native(self) -> _native.Optimizer:
        """Return the native library's description."""
        return _native.Optimizer(
            self.kind,
            self.centered,
            self.learning_rate,
            momentum=self.momentum,
            rho=self.rho,
            epsilon=self.epsilon,
        )


_OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "adagrad": Adagrad,
    "adam": Adam,
    "rmsprop": RMSprop,
}

_NOT_YET = frozenset(
    "adadelta adafactor adamax adamw ftrl lion lossscaleoptimizer multioptimizer muon nadam "
    "schedulefreeadamw".split()
)


def get(identifier: Any) -> Optimizer | None:
    """Return the optimizer that a name or a dict with class_name and config means, or one itself.

    Names may be in any case.

    Raises
    ------
    NotImplementedError
        If it is another optimizer of Keras.
    ValueError
        If it is no optimizer.
    """
    if identifier is None or isinstance(identifier, Optimizer):
        return identifier
    name, config = identifier, {}
    if isinstance(identifier, dict):
        name, config = identifier.get("class_name"), identifier.get("config", {})
    if isinstance(name, str) and name.lower() in _OPTIMIZERS:
        return _OPTIMIZERS[name.lower()].from_config(config)
    if isinstance(name, str) and name.lower() in _NOT_YET:
        raise NotImplementedError(
            f"The optimizer must be one of {sorted(_OPTIMIZERS)}. Received: {identifier}"
        )
    raise ValueError(f"Could not interpret optimizer identifier: {identifier}")
