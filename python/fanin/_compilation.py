"""What `compile` was given, and what becomes of it when the first data is seen."""

from collections.abc import Collection
from typing import Any

from . import _native
from . import losses as _losses
from . import metrics as _metrics
from . import optimizers as _optimizers


class Compilation:
    """Optimizer, loss and metrics of a model.

    Parameters
    ----------
    optimizer, loss, loss_weights, metrics, weighted_metrics
        As of `Trainer.compile`.

    Attributes
    ----------
    loss : Loss or None
        None before `keep`.
    metrics : dict of str to Metric, or None
        By their names in the logs, in the order of `compile`; None before `keep`.

    Raises
    ------
    ValueError, TypeError, NotImplementedError
        See `Trainer.compile`.
    """

    def __init__(
        self, optimizer: Any, loss: Any, loss_weights: Any, metrics: Any, weighted_metrics: Any
    ) -> None:
        found = _optimizers.get(optimizer)
        if found is None:
            raise ValueError(f"Could not interpret optimizer identifier: {optimizer}")
        self.optimizer: _optimizers.Optimizer = found
        self._loss = _single("loss", loss)
        if loss_weights and not isinstance(loss_weights, list | tuple | dict | float | int):
            raise ValueError(
                "Expected `loss_weights` argument to be a float (single output case) or a list, "
                "tuple, or dict (multiple output case). "
                f"Received instead: loss_weights={loss_weights} of type {type(loss_weights)}"
            )
        weight = _single("loss_weights", loss_weights)
        self.loss_weight = 1.0 if weight is None else float(weight)
        self._plain = _flatten("metrics", metrics)
        self._weighted = _flatten("weighted_metrics", weighted_metrics)
        self.loss: _losses.Loss | None = None
        self.metrics: dict[str, _metrics.Metric] | None = None
        # Found out now what can be, so that a wrong compilation changes nothing.
        _losses.resolve(self._loss, (0,), (0, 1))
        for identifiers in (self._plain, self._weighted):
            _metrics.resolve(identifiers, (0,), (0, 1))

    @property
    def has_loss(self) -> bool:
        """Whether a loss was given."""
        return self._loss is not None

    @property
    def has_metrics(self) -> bool:
        """Whether metrics were given."""
        return bool(self._plain or self._weighted)

    def resolved(
        self, target_shape: tuple[int, ...], output_shape: tuple[int, ...]
    ) -> tuple[_losses.Loss, dict[str, _metrics.Metric]]:
        """Return the loss, and the metrics by their names in the logs.

        "accuracy" and "crossentropy" are those that fit the first targets and outputs.
        """
        if self.loss is not None and self.metrics is not None:
            return self.loss, self.metrics
        loss = _losses.resolve(self._loss, target_shape, output_shape)
        if loss is None:
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")
        metrics: dict[str, _metrics.Metric] = {}
        for metric in _metrics.resolve(self._plain, target_shape, output_shape):
            metrics[_free_name(metric.name, metrics)] = metric
        for metric in _metrics.resolve(self._weighted, target_shape, output_shape):
            metric.is_weighted = True
            name = f"weighted_{metric.name}" if metric.name in metrics else metric.name
            metrics[_free_name(name, metrics)] = metric
        return loss, metrics

    def keep(self, loss: _losses.Loss, metrics: dict[str, _metrics.Metric]) -> None:
        """Keep what `resolved` returned, for it has to do with all that follows."""
        self.loss, self.metrics = loss, metrics

    def native(self) -> tuple[_native.Loss, list[_native.Metric]]:
        """Return the native library's descriptions of the loss and the metrics."""
        assert self.loss is not None and self.metrics is not None
        metrics = [metric.native() for metric in self.metrics.values()]
        return self.loss.native(self.loss_weight), metrics


def _free_name(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number after it if it is taken."""
    free, count = name, 0
    while free in taken:
        count += 1
        free = f"{name}_{count}"
    return free


def _single(name: str, value: Any) -> Any:
    """Return a value that may be alone in a list, tuple or dict."""
    if isinstance(value, dict) and "class_name" not in value:
        value = list(value.values())
    if isinstance(value, list | tuple):
        if len(value) != 1:
            raise NotImplementedError(
                f"`{name}` must be one for the one output of the model: models with several "
                f"outputs are not implemented. Received: {name}={value}"
            )
        return value[0]
    return value


def _flatten(name: str, identifiers: Any) -> list[Any]:
    """Return the metrics of a (nested) list, tuple or dict."""
    if not identifiers:
        return []
    if not isinstance(identifiers, list | tuple | dict):
        raise ValueError(
            f"Expected `{name}` argument to be a list, tuple, or dict. "
            f"Received instead: {name}={identifiers} of type {type(identifiers)}"
        )
    flat: list[Any] = []
    parts = identifiers.values() if isinstance(identifiers, dict) else identifiers
    for part in parts:
        is_group = isinstance(part, list | tuple) or (
            isinstance(part, dict) and "class_name" not in part
        )
        flat += _flatten(name, part) if is_group else [part]
    return flat
