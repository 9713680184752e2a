"""What the hooks of `fit`, `evaluate` and `predict` are, and the base of what hangs on them."""

from collections.abc import Iterable
from typing import Any

Logs = dict[str, Any] | None


class Callback:
    """Something that `fit`, `evaluate` and `predict` tell what they do, as in keras.callbacks.

    Subclasses override the hooks that they need. `logs` holds loss and metrics: at the end of an
    epoch those of the epoch, with those of the validation data named val_...; at the end of a batch
    their means over the epoch so far. Hooks of batches take time only where one is overridden.

    Attributes
    ----------
    model
        The model that is trained.
    params : dict
        verbose, epochs, and steps: batches in an epoch, None if not known.
    """

    #: None until the first `fit`, `evaluate` or `predict`.
    params: dict[str, Any] | None = None
    _model: Any = None
    # Functions that override hooks of batches and have nothing to do in this object.
    _idle_hooks: tuple[Any, ...] = ()

    def __init__(self) -> None:
        pass

    @property
    def model(self) -> Any:
        """The model of the last `set_model`."""
        return self._model

    def set_params(self, params: dict[str, Any] | None) -> None:
        """Take what `fit` was called with."""
        self.params = params

    def set_model(self, model: Any) -> None:
        """Take the model."""
        self._model = model

    def on_train_begin(self, logs: Logs = None) -> None:
        """Before the first epoch."""

    def on_train_end(self, logs: Logs = None) -> None:
        """After the last epoch; `logs` are those of its end."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Before an epoch; the first is 0."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """After an epoch and its validation."""

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Do what `on_train_batch_begin` does: an older name."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Do what `on_train_batch_end` does: an older name."""

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `fit`; the first of an epoch is 0."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of `fit`."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Before an evaluation or validation."""

    def on_test_end(self, logs: Logs = None) -> None:
        """After an evaluation or validation, with what it gave."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `evaluate`."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of `evaluate`."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Before a prediction."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """After a prediction."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """After a batch of `predict`; logs["outputs"] are its outputs."""


# The hooks of a batch, and the older names that they call.
_BATCH_HOOKS = {
    "train": ("train_batch_begin", "train_batch_end", "batch_begin", "batch_end"),
    "test": ("test_batch_begin", "test_batch_end"),
    "predict": ("predict_batch_begin", "predict_batch_end"),
}


def has_batch_hooks(callback: Any, mode: str) -> bool:
    """Return whether a callback does something at the batches of "train", "test" or "predict"."""
    idle = getattr(callback, "_idle_hooks", ())
    for hook in _BATCH_HOOKS[mode]:
        method = getattr(callback, f"on_{hook}", None)
        function = getattr(method, "__func__", method)
        if function is not None and function not in (getattr(Callback, f"on_{hook}"), *idle):
            return True
    return False


def flatten(callbacks: Any) -> list[Any]:
    """Return the callbacks of a list, a list of lists, or a single one, as a list."""
    if callbacks is None:
        return []
    if isinstance(callbacks, Iterable):
        return [each for part in callbacks for each in flatten(part)]
    return [callbacks]
