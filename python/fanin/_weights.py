"""What a layer and a model have in common: weights, to be read, replaced and counted."""

from typing import Any

import numpy.typing as npt

from . import _arrays
from ._variables import Variable, Weight

AnyArray = npt.NDArray[Any]


class Weighted:
    """Something with a name and a list of variables, which `trainable` freezes and frees."""

    name: str
    trainable: bool

    @property
    def variables(self) -> list[Variable]:
        """All variables, in Keras's order; an empty list if there are none yet."""
        raise NotImplementedError

    @property
    def built(self) -> bool:
        """Whether the variables have been made."""
        raise NotImplementedError

    @property
    def trainable_variables(self) -> list[Variable]:
        """Those that training changes."""
        return [v for v in self.variables if v.trainable] if self.trainable else []

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """All others."""
        return [v for v in self.variables if not (self.trainable and v.trainable)]

    @property
    def weights(self) -> list[Weight]:
        """The values of `variables`: arrays that may be written to."""
        return [variable.value for variable in self.variables]

    @property
    def trainable_weights(self) -> list[Weight]:
        """The values of `trainable_variables`."""
        return [variable.value for variable in self.trainable_variables]

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """The values of `non_trainable_variables`."""
        return [variable.value for variable in self.non_trainable_variables]

    def get_weights(self) -> list[AnyArray]:
        """Return copies of the values."""
        return [variable.numpy() for variable in self.variables]

    def set_weights(self, weights: Any) -> None:
        """Copy all values from a list of arrays, as `get_weights` returns it.

        Raises
        ------
        ValueError
            If their number or shapes differ; nothing is changed then.
        TypeError
            If they do not hold numbers.
        """
        targets = self.weights
        if len(weights) != len(targets):
            raise ValueError(
                f"You called `set_weights(weights)` on layer '{self.name}' with a weight list of "
                f"length {len(weights)}, but the layer was expecting {len(targets)} weights."
            )
        arrays = [
            _arrays.matrix("weights", source, target.dtype)
            for source, target in zip(weights, targets, strict=True)
        ]
        for array, target in zip(arrays, targets, strict=True):
            if array.shape != target.shape:
                raise ValueError(
                    f"Layer {self.name} weight shape {target.shape} is not compatible with "
                    f"provided weight shape {array.shape}."
                )
        for array, target in zip(arrays, targets, strict=True):
            target[...] = array

    def count_params(self) -> int:
        """Return the number of weights.

        Raises
        ------
        ValueError
            If they have not been made yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer '{self.name}', but the layer isn't "
                "built. You can build it manually via: `layer.build(input_shape)`."
            )
        return sum(weight.size for weight in self.weights)
