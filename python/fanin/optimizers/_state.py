"""Numbers that an optimizer keeps, as Keras's variables of it."""

from typing import Any

import numpy as np
import numpy.typing as npt


class State(np.ndarray[Any, Any]):
    """An array that can be read and assigned like a variable of Keras: `numpy()`, `assign(value)`.

    It is a view: what training changes is seen in it.
    """

    #: As Keras calls it: iteration, learning_rate, dense_kernel_momentum, ...
    name: str

    def __new__(cls, name: str, memory: npt.NDArray[Any]) -> "State":
        """Return a view of `memory`."""
        view = memory.view(cls)
        view.name = name
        return view

    def __array_finalize__(self, source: Any) -> None:
        """Take over the name."""
        self.name = getattr(source, "name", "")

    def numpy(self) -> npt.NDArray[Any]:
        """Return a copy."""
        return np.array(self)

    def assign(self, value: Any) -> "State":
        """Set all values.

        Raises
        ------
        ValueError
            If the shape differs.
        """
        values = np.asarray(value)
        if values.shape != self.shape:
            raise ValueError(
                "The shape of the target variable and the shape of the target value in "
                "`variable.assign(value)` must match. "
                f"variable.shape={self.shape}, Received: value.shape={values.shape}. "
                f"Target variable: {self.name}"
            )
        self[...] = values
        return self
