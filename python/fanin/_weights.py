"""What a layer and a model have in common: weights, to be read, replaced and counted."""

from typing import Any

import numpy.typing as npt

from . import _arrays

AnyArray = npt.NDArray[Any]


class Weighted:
    """Something with a name and a list of weights, views of the native memory once it is built."""

    name: str

    @property
    def weights(self) -> list[AnyArray]:
        """Kernels and biases, layer by layer: views; an empty list if there are none yet."""
        raise NotImplementedError

    @property
    def built(self) -> bool:
        """Whether the weights have been made."""
        raise NotImplementedError

    @property
    def trainable_weights(self) -> list[AnyArray]:
        """All of `weights`."""
        return self.weights

    def get_weights(self) -> list[AnyArray]:
        """Return copies of the kernels and biases."""
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights: Any) -> None:
        """Copy all kernels and biases from a list of arrays, as `get_weights` returns it.

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
