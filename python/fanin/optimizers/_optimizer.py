"""What optimizers have in common."""

import math
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from .. import _native, _session
from ._state import State
from .schedules import LearningRateSchedule
from .schedules import deserialize as deserialize_schedule
from .schedules import serialize as serialize_schedule

AnyArray = npt.NDArray[Any]


class Slot(NamedTuple):
    """An array that an optimizer keeps for a parameter."""

    #: As Keras calls it: dense_kernel_momentum.
    name: str
    #: Its number in the native library; None for a placeholder of Keras's.
    number: int | None
    shape: tuple[int, ...]


def number(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as a float, which must be in [low, high]."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(f"`{name}` must be a float. Received: {name}={value}")
    if not low <= value <= high:
        raise ValueError(f"`{name}` must be in [{low:g}, {high:g}]. Received: {name}={value}")
    return float(value)


BELOW_ONE = math.nextafter(1, 0)


def _optional(name: str, value: Any) -> float | None:
    return None if value is None else number(name, value, -math.inf, math.inf)


def _option_number(name: str, value: Any, low: int) -> int | None:
    if not value and not isinstance(value, bool):
        return value  # type: ignore[no-any-return]
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < low:
        raise ValueError(f"`{name}` must be an integer >= {low} or None. Received: {name}={value}")
    return int(value)


class Optimizer:
    """What optimizers have in common.

    A step, for each parameter w with gradient g: g is clipped, w decays by w weight_decay lr, the
    optimizer's rule changes w, the average of w is taken, constraints are applied.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
        A number is rounded to float32, as in Keras. A callable without arguments is called once,
        before training, as TensorFlow does when it traces the training step; a UserWarning says so
        if it gives another value later. For a rate that changes, use a schedule.
    weight_decay : float, optional
    clipnorm : float, optional
        The gradient of each variable is made g clipnorm / max(|g|, clipnorm); numbers that are not
        positive do nothing, here and below, as in Keras.
    clipvalue : float, optional
        Each value of gradients is brought to [-clipvalue, clipvalue].
    global_clipnorm : float, optional
        As clipnorm, with the norm of all gradients together.
    use_ema : bool
        Whether an average a = ema_momentum a + (1 - ema_momentum) w is kept, which takes w's place
        when `fit` ends.
    ema_momentum : float
        In [0, 1].
    ema_overwrite_frequency : int, optional
        Every so many steps, w becomes a.
    loss_scale_factor : float, optional
        What Keras multiplies the loss by and divides gradients by: that changes nothing in float32
        and float64, and Fanin does not do it.
    gradient_accumulation_steps : int, optional
        >= 2: a step is taken after so many batches, with the mean of their gradients.
    name : str, optional
        By default the class's: adam, adam_1, ...

    Attributes
    ----------
    iterations : State
        Steps taken, an array of shape ().
    variables : list of State
        In the order of Keras's files.

    Raises
    ------
    ValueError
        For a wrong value or an unknown argument.
    """

    kind: int
    #: The names of the class's own arguments, all of them attributes.
    arguments: tuple[str, ...] = ()
    #: The native library's arrays for the rule; those of the average and of sums come after them.
    rule_slots = 0

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **unknown: Any,
    ) -> None:
        if unknown.pop("decay", None) is not None:
            warnings.warn(
                "Argument `decay` is no longer supported and will be ignored.", stacklevel=3
            )
        if unknown:
            raise ValueError(f"Argument(s) not recognized: {unknown}")
        if sum(limit is not None for limit in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can "
                f"be set. Received: clipnorm={clipnorm}, "
                f"clipvalue={clipvalue}, global_clipnorm={global_clipnorm}"
            )
        self.weight_decay = _optional("weight_decay", weight_decay)
        self.clipnorm = _optional("clipnorm", clipnorm)
        self.clipvalue = _optional("clipvalue", clipvalue)
        self.global_clipnorm = _optional("global_clipnorm", global_clipnorm)
        self.use_ema = bool(use_ema)
        if self.use_ema and not 0 <= ema_momentum <= 1:
            raise ValueError(
                f"`ema_momentum` must be in the range [0, 1]. Received: ema_momentum={ema_momentum}"
            )
        self.ema_momentum = ema_momentum
        self.ema_overwrite_frequency = _option_number(
            "ema_overwrite_frequency", ema_overwrite_frequency, 1
        )
        self.loss_scale_factor = _optional("loss_scale_factor", loss_scale_factor)
        if self.loss_scale_factor == 0:
            raise ValueError("`loss_scale_factor` must not be 0. Received: loss_scale_factor=0")
        self.gradient_accumulation_steps = _option_number(
            "gradient_accumulation_steps", gradient_accumulation_steps, 2
        )
        self._schedule: Callable[..., Any] | None = None
        # What a callable gave when training began.
        self._traced: float | None = None
        self._rate = State("learning_rate", np.zeros((), np.float32))
        self.learning_rate = learning_rate
        self.name = name or _session.automatic_name(type(self).__name__)
        self._batches = State("iteration", np.zeros((), np.int64))
        self._excluded: list[Any] = []
        self._excluded_names: list[str] = []
        # For each variable, the groups of `_all_slots`.
        self._states: list[list[list[State]]] = []

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a `State`, which can be assigned, or what a schedule gives now."""
        if self._schedule is None:
            return self._rate
        if isinstance(self._schedule, LearningRateSchedule):
            return np.float32(self._schedule(np.int64(self.batches)))
        return np.float32(self._schedule())

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if callable(value):
            self._schedule, self._traced = value, None
            return
        if isinstance(self._schedule, LearningRateSchedule):
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule`"
                " object as its `learning_rate` constructor argument, "
                "hence its learning rate is not settable. If you need the"
                " learning rate to be settable, you should instantiate "
                "the optimizer with a float `learning_rate` argument."
            )
        self._rate.assign(_float32_rate(value))
        self._schedule = None

    def rates(self, first: int, count: int) -> npt.NDArray[np.float64]:
        """Return the learning rates of `count` batches, from number `first` (0 first) on.

        Raises
        ------
        ValueError
            If a schedule or callable gives anything but a finite number.
        """
        schedule = self._schedule
        if schedule is None:
            return np.full(count, self._rate, np.float64)
        if isinstance(schedule, LearningRateSchedule):
            rates = schedule.rates(np.arange(first, first + count))
            wrong = ~np.isfinite(rates)
            if wrong.any():
                step = first + int(wrong.argmax())
                raise ValueError(
                    "The learning rate must be finite. "
                    f"Received: {schedule}({step})={rates[step - first]}"
                )
            return rates
        rate = _float32_rate(schedule())
        if self._traced is None:
            self._traced = rate
        elif self._traced != rate:
            warnings.warn(
                "A callable as learning rate is called once, as Keras on TensorFlow does: training "
                f"goes on with {self._traced}, not {rate}. Use a LearningRateSchedule or the "
                "callback LearningRateScheduler for a rate that changes.",
                stacklevel=2,
            )
        return np.full(count, self._traced, np.float64)

    @property
    def batches(self) -> int:
        """Batches trained on: steps, times `gradient_accumulation_steps` if there are any."""
        return int(self._batches)

    @batches.setter
    def batches(self, count: int) -> None:
        self._batches.assign(count)

    @property
    def iterations(self) -> State:
        """Steps taken."""
        if self.gradient_accumulation_steps:
            return State("iteration", np.array(self.batches // self.gradient_accumulation_steps))
        return self._batches

    @iterations.setter
    def iterations(self, count: int) -> None:
        self.batches = int(count) * (self.gradient_accumulation_steps or 1)

    def exclude_from_weight_decay(
        self, var_list: Sequence[Any] | None = None, var_names: Sequence[str] | None = None
    ) -> None:
        """Name the variables that do not decay; replaces what was named before.

        Parameters
        ----------
        var_list : sequence, optional
            Variables, or their memory: elements of `layer.weights`.
        var_names : sequence of str, optional
            Regular expressions, searched for in the variables' paths ("dense/bias").

        Raises
        ------
        ValueError
            If training has begun.
        """
        if self._states:
            raise ValueError(
                "`exclude_from_weight_decay()` can only be configured before "
                "the optimizer is built."
            )
        self._excluded = list(var_list or [])
        self._excluded_names = list(var_names or [])

    def exemptions(self, variable: Any) -> int:
        """Return what the native library leaves out for a variable: FROM_DECAY, FROM_MUON."""
        excluded = any(_is_same(variable, other) for other in self._excluded)
        if excluded or any(re.search(name, path(variable)) for name in self._excluded_names):
            return _native.FROM_DECAY
        return 0

    def slots(self, variable: Any) -> list[list[Slot]]:
        """Return what is kept for a variable.

        In groups: Keras makes the first group of all variables, then the second, and so on.
        """
        raise NotImplementedError

    def bind(self, network: Any, variables: Sequence[tuple[int, int, Any]]) -> None:
        """Take the native memory of a compiled network as that of this optimizer.

        Parameters
        ----------
        network : Network
            That has been compiled with `native()`.
        variables : sequence of (layer, index, variable)
            Those that are trained, in Keras's order, with their places in the network; a variable
            has a `shape`, and a `path` or at least a `name`.
        """
        self._states = []
        for layer, index, variable in variables:
            network.exempt(layer, index, self.exemptions(variable))
            network.scale_rate(layer, index, variable.rate_factor)
            self._states.append(
                [
                    [State(slot.name, _memory(network, layer, index, slot)) for slot in group]
                    for group in self._all_slots(variable)
                ]
            )

    def release(self) -> None:
        """Let go of the native memory, with copies in its place."""
        self._states = [
            [[State(state.name, state.numpy()) for state in group] for group in groups]
            for groups in self._states
        ]

    def _all_slots(self, variable: Any) -> list[list[Slot]]:
        count = self.rule_slots
        extras: list[list[Slot]] = []
        if self.use_ema:
            extras.append([same(variable, "average", count)])
        if self.gradient_accumulation_steps:
            extras.append([same(variable, "gradient_accumulator", count + self.use_ema)])
        return extras + self.slots(variable)

    @property
    def variables(self) -> list[State]:
        """All numbers that are kept, in the order of Keras's files."""
        states = [self._batches]
        if self._schedule is None:
            states.append(self._rate)
        for groups in zip(*self._states, strict=True):
            for group in groups:
                states += group
        return states

    @property
    def built(self) -> bool:
        """Whether it has been used by a model."""
        return bool(self._states)

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set `variables`.

        Raises
        ------
        ValueError
            If there are none yet, or a shape or the count differs; nothing has then been changed.
        """
        if not self.built:
            raise ValueError(
                "You are calling `set_weights()` on an optimizer that has not yet been built. "
                "Train the model for a step first."
            )
        variables = self.variables
        values = [np.asarray(weight) for weight in weights]
        if [v.shape for v in variables] != [v.shape for v in values]:
            raise ValueError(
                f"The optimizer's variables have the shapes {[v.shape for v in variables]}. "
                f"Received: weights of the shapes {[v.shape for v in values]}"
            )
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def finalize_variable_values(self, var_list: Sequence[AnyArray]) -> None:
        """Set variables to their averages, if there are any.

        Parameters
        ----------
        var_list : sequence of ndarray
            The memory of the trained variables, in the order of `bind`.
        """
        if not self.use_ema:
            return
        if len(var_list) != len(self._states):
            raise ValueError(
                f"The length of model variables ({len(var_list)}) to override does not match the "
                f"length of model variables stored in the optimizer ({len(self._states)})."
            )
        for memory, groups in zip(var_list, self._states, strict=True):
            memory[...] = groups[0][0]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal optimizer, which has taken no steps."""
        rate: Any = float(self._rate)
        if isinstance(self._schedule, LearningRateSchedule):
            rate = serialize_schedule(self._schedule)
        elif self._schedule is not None:
            rate = self._schedule
        return {
            "name": self.name,
            "learning_rate": rate,
            "weight_decay": self.weight_decay,
            "clipnorm": self.clipnorm,
            "global_clipnorm": self.global_clipnorm,
            "clipvalue": self.clipvalue,
            "use_ema": self.use_ema,
            "ema_momentum": self.ema_momentum,
            "ema_overwrite_frequency": self.ema_overwrite_frequency,
            "loss_scale_factor": self.loss_scale_factor,
            "gradient_accumulation_steps": self.gradient_accumulation_steps,
            **{argument: getattr(self, argument) for argument in self.arguments},
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Return the optimizer that `get_config` describes."""
        rate = config.get("learning_rate")
        if isinstance(rate, dict):
            config = {**config, "learning_rate": deserialize_schedule(rate, custom_objects)}
        return cls(**config)

    def native(self) -> _native.Optimizer:
        """Return the native library's description.

        Raises
        ------
        NotImplementedError
            If it is a class of the caller's.
        """
        flag, constants = self.constants()
        self._traced = None
        return _native.Optimizer(
            self.kind,
            flag,
            float(self.rates(self.batches, 1)[0]),
            tuple(constants) + (0.0,) * (11 - len(constants)),
            self.weight_decay or 0.0,
            max(self.clipnorm or 0.0, 0.0),
            max(self.global_clipnorm or 0.0, 0.0),
            max(self.clipvalue or 0.0, 0.0),
            self.ema_momentum if self.use_ema else math.nan,
            self.ema_overwrite_frequency or 0,
            self.gradient_accumulation_steps or 1,
        )

    def constants(self) -> tuple[bool, Sequence[float]]:
        """Return the flag and the constants of fanin_optimizer."""
        raise NotImplementedError(
            "A custom optimizer's `update_step` would run Python for each parameter, which Fanin "
            f"leaves out. Received: {self}"
        )


def path(variable: Any) -> str:
    """Return where a variable stands in its model, as far as it knows."""
    return str(getattr(variable, "path", None) or variable.name)


def _is_same(variable: Any, other: Any) -> bool:
    memory = getattr(variable, "value", None)
    if isinstance(memory, np.ndarray) and isinstance(other, np.ndarray):
        return np.may_share_memory(memory, other)
    return variable is other


def same(variable: Any, name: str, number: int) -> Slot:
    """Return a slot of the variable's shape."""
    return Slot(f"{path(variable).replace('/', '_')}_{name}", number, tuple(variable.shape))


def all_same(variable: Any, *names: str) -> list[Slot]:
    """Return the first slots, all of the variable's shape."""
    return [same(variable, name, i) for i, name in enumerate(names)]


def _memory(network: Any, layer: int, index: int, slot: Slot) -> AnyArray:
    if slot.number is None:
        return np.zeros(slot.shape, np.int32)
    memory: AnyArray = network.slot(layer, index, slot.number, slot.shape)
    return memory


def _float32_rate(value: Any) -> float:
    # Of no axes: one of Keras's, NumPy's or our own.
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(
            "Argument `learning_rate` should be float, or an instance "
            "of LearningRateSchedule, or a callable "
            "(that takes in the current iteration value "
            "and returns the corresponding learning rate value). "
            f"Received instead: learning_rate={value}"
        )
    with np.errstate(over="ignore"):
        rate = float(np.float32(value))
    if not math.isfinite(rate):
        raise ValueError(
            f"`learning_rate` must be finite in float32. Received: learning_rate={value}"
        )
    return rate
