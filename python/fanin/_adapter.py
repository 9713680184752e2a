"""What draws the kernels of a model and then scales them."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from . import initializers
from .layers import Dense
from .models import Model


class Adapter:
    """Kernels of the dense layers, scaled one after the other to what the layers before give.

    A subclass implements `_prepare` and `_scale`.

    Attributes
    ----------
    initializer : callable
        What draws the kernels.
    layers : list
        What the last call of `adapt` did, a dataclass for each dense layer.
    """

    layers: list[Any]
    _headings: ClassVar[Sequence[str]]

    def __init__(self, model: Any, x: Any, initializer: Any) -> None:
        self.initializer = initializers.get(initializer)
        if self.initializer is None:
            raise TypeError("Argument `initializer` must draw kernels. Received: None")
        self.layers = []
        if model is None and x is not None:
            raise TypeError("Argument `model` must be given with `x`. Received: None")
        if model is not None:
            self._run(model, x, draws=True)

    def adapt(self, model: Any, x: Any = None) -> Self:
        """Scale the kernels that a model has, draw none, and return itself.

        The arguments and errors are those of the constructor.
        """
        self._run(model, x, draws=False)
        return self

    def _run(self, model: Any, x: Any, draws: bool) -> None:
        if not isinstance(model, Model):
            raise TypeError(f"Argument `model` must be a Model. Received: {type(model).__name__}")
        known = self._prepare(model, x)
        dense = [layer for layer in model.leaves if isinstance(layer, Dense)]
        if not dense:
            raise ValueError("Argument `model` must have dense layers. Received: none")
        before = [np.array(layer.kernel) for layer in dense]
        with model._exclusive():
            try:
                if draws:
                    self._draw(dense)
                self.layers = self._scale(model, known)
            except BaseException:
                for layer, kernel in zip(dense, before, strict=True):
                    layer.kernel.assign(kernel)
                raise

    def _draw(self, dense: list[Dense]) -> None:
        for layer in dense:
            draw = self.initializer
            if getattr(draw, "is_unseeded", False):
                draw = draw.clone()
            layer.kernel.assign(draw(layer.kernel.shape, layer.dtype))

    def _prepare(self, model: Model, x: Any) -> Any:
        """Return what is known of the inputs, all checked; the model is built afterwards."""
        raise NotImplementedError

    def _scale(self, model: Model, known: Any) -> list[Any]:
        """Scale the kernels, and return what was done to each."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """Return the settings."""
        return {"initializer": initializers.serialize(self.initializer)}

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            tuple(f"{value:.5g}" if isinstance(value, float) else str(value) for value in cells)
            for cells in (vars(layer).values() for layer in self.layers)
        ]

    def __repr__(self) -> str:
        """Return a line for each layer."""
        from ._tables import text_table

        if not self.layers:
            return f"{type(self).__name__}({type(self.initializer).__name__})"
        return text_table(self._headings, self._rows())

    def _repr_html_(self) -> str:
        from ._tables import html_table

        return html_table(self._headings, self._rows())

    def to_dict(self) -> dict[str, Any]:
        """Return what was done, ready for JSON."""
        from ._tables import jsonable

        result: dict[str, Any] = jsonable({"layers": [vars(layer) for layer in self.layers]})
        return result
