"""Variables: the arrays of numbers of a layer, with what is known of them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from . import _arrays, _limit, initializers

AnyArray = npt.NDArray[Any]


class Tensor(np.ndarray[Any, Any]):
    """An array that also answers to `numpy`, as scripts for Keras expect of results."""

    def numpy(self) -> AnyArray:
        """Return a copy as a plain array."""
        return np.array(self)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Return the results of arithmetic as plain arrays."""
        plain = np.asarray(array)
        return plain[()] if return_scalar or not plain.ndim else plain


class Weight(Tensor):
    """The values of a variable: in a model that is built, a view of the native memory."""

    _variable: "Variable | None"

    def __array_finalize__(self, source: Any) -> None:
        """Know of the variable as long as it is the whole of it."""
        variable = getattr(source, "_variable", None)
        whole = variable is not None and self.shape == variable.shape
        self._variable = variable if whole else None

    def __reduce__(self) -> Any:
        """Be copied and pickled as a plain array."""
        return np.array(self).__reduce__()

    @property
    def variable(self) -> "Variable":
        """What the values are of.

        Raises
        ------
        AttributeError
            If they are a part of a variable.
        """
        if self._variable is None:
            raise AttributeError("A part of a variable has no name, path or trainable.")
        return self._variable

    @property
    def name(self) -> str:
        """The variable's name: kernel, bias, ..."""
        return self.variable.name

    @property
    def path(self) -> str:
        """The names of model, layer and variable, with "/" between them."""
        return self.variable.path

    @property
    def trainable(self) -> bool:
        """Whether training changes the values."""
        return self.variable.trainable

    def assign(self, value: Any) -> "Weight":
        """Copy `value` into the variable; see `Variable.assign`."""
        self.variable.assign(value)
        return self


class Variable:
    """An array of parameters of a layer.

    Parameters
    ----------
    name : str
        kernel, bias, ...
    path : str
        The names of model, layer and variable.
    value : ndarray
    initializer : callable
    can_train : bool
        Whether gradients change it, unless its layer is frozen.
    regularizer, constraint : optional

    Attributes
    ----------
    trainable : bool
        Whether training changes it now.
    memory : ndarray
        Where the values lie.
    rate_factor : float
        What the optimizer's learning rate is multiplied by for it, from the next `compile` on.
    """

    def __init__(
        self,
        name: str,
        path: str,
        value: AnyArray,
        initializer: Any,
        can_train: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> None:
        self.name = name
        self.path = path
        self.initializer = initializer
        self.regularizer = regularizer
        self.constraint = constraint
        self.can_train = self.trainable = can_train
        self.shape: tuple[int, ...] = value.shape
        self.memory = value
        self.rate_factor = 1.0

    def __repr__(self) -> str:
        """Return what Keras says of a variable."""
        return (
            f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, "
            f"value={self.memory}>"
        )

    def __array__(self, dtype: Any = None, copy: Any = None) -> AnyArray:
        """Return the values."""
        return np.array(self.memory, dtype)

    @property
    def value(self) -> Weight:
        """The values, which may be written to."""
        # Made anew each time: a cycle of references would keep the native memory alive.
        weight = self.memory.view(Weight)
        weight._variable = self
        return weight

    @property
    def dtype(self) -> str:
        """The name of the dtype."""
        return self.memory.dtype.name

    def numpy(self) -> AnyArray:
        """Return a copy of the values."""
        return np.array(self.memory)

    def assign(self, value: Any) -> None:
        """Copy `value`.

        Raises
        ------
        ValueError
            If its shape is another one.
        TypeError
            If it does not hold numbers.
        """
        array = _arrays.matrix("value", value, self.memory.dtype)
        if array.shape != self.shape:
            raise ValueError(
                "The shape of the target variable and the shape of the target value in "
                "`variable.assign(value)` must match. "
                f"variable.shape={self.shape}, Received: value.shape={array.shape}. "
                f"Target variable: {self}"
            )
        self.memory[...] = array

    def drawn(self) -> AnyArray:
        """Return new initial values, of the initializer."""
        return initial(self.initializer, self.name, self.shape, self.memory.dtype)


def initial(initializer: Any, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> AnyArray:
    """Return the initial values of a variable.

    Raises
    ------
    ValueError
        If a function of one's own returns something of another shape.
    TypeError
        If it returns something else than numbers.
    """
    _limit.take(shape)
    if isinstance(initializer, initializers.Initializer):
        return initializer.fill(np.empty(_arrays.standardize_shape(shape), dtype))
    argument = f"{name}_initializer"
    values = _arrays.matrix(argument, initializer(shape, dtype=dtype.name), dtype)
    if values.shape != shape:
        raise ValueError(
            f"`{argument}` must return an array of shape {shape}. Received: {values.shape}"
        )
    # The caller may keep what it returned.
    return np.array(values)
