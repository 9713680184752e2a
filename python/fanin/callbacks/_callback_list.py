"""Several callbacks as one, and the two that `fit` adds."""

from typing import Any

from ._callback import Callback, Logs, flatten, has_batch_hooks
from ._history import History
from ._progbar_logger import ProgbarLogger


class CallbackList(Callback):
    """Callbacks that are told everything in turn, each with the same `logs`, sorted by name.

    Parameters
    ----------
    callbacks : callback or (nested) list of them, optional
    add_history, add_progbar : bool
        Whether to add a `History` and a `ProgbarLogger` if there is none.
    model : optional
    **params
        What the callbacks get as `params`.

    Raises
    ------
    TypeError
        If something is no callback.
    """

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks = flatten(callbacks)
        for callback in self.callbacks:
            if not hasattr(callback, "set_model"):
                raise TypeError(
                    "`callbacks` must hold objects with the methods of `callbacks.Callback`. "
                    f"Received: {callback} (of type {type(callback).__name__})"
                )
        history = [each for each in self.callbacks if isinstance(each, History)][-1:]
        if add_history and not history:
            history = [History()]
            self.callbacks += history
        if add_progbar and not any(isinstance(each, ProgbarLogger) for each in self.callbacks):
            self.callbacks.append(ProgbarLogger())
        self._history = history[0] if history else None
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def append(self, callback: Any) -> None:
        """Add a callback."""
        self.callbacks.append(callback)

    def set_params(self, params: dict[str, Any] | None) -> None:
        """Tell all callbacks what `fit` was called with."""
        self.params = params
        if params:
            for callback in self.callbacks:
                callback.set_params(params)

    def set_model(self, model: Any) -> None:
        """Tell all callbacks the model, and the model its `history`."""
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def hears_batches(self, mode: str) -> bool:
        """Return whether batches of "train", "test" or "predict" must be told one by one.

        A bar doesn't need that: it is content with `show`.
        """
        return any(
            has_batch_hooks(callback, mode)
            for callback in self.callbacks
            if type(callback) is not ProgbarLogger
        )

    def shows_batches(self) -> bool:
        """Return whether there is a bar that moves."""
        return any(type(each) is ProgbarLogger and each.verbose == 1 for each in self.callbacks)

    def show(self, mode: str, batch: int, logs: Logs) -> None:
        """Tell the bar alone that all batches up to number `batch` are done."""
        for callback in self.callbacks:
            if type(callback) is ProgbarLogger:
                getattr(callback, f"on_{mode}_batch_end")(batch, logs=_sorted(logs))

    def on_train_begin(self, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell("on_train_begin", logs)

    def on_train_end(self, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell_epoch("on_epoch_begin", epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell_epoch("on_epoch_end", epoch, logs)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell_batch("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell_batch("on_train_batch_end", batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell("on_test_begin", logs)

    def on_test_end(self, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell("on_test_end", logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell_batch("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell_batch("on_test_batch_end", batch, logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell("on_predict_end", logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell_batch("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Tell all callbacks."""
        self._tell_batch("on_predict_batch_end", batch, logs)

    # As in Keras, `logs` is a keyword in the hooks of batches and not in the others: functions of
    # a LambdaCallback may name it as they like there.

    def _tell(self, hook: str, logs: Logs) -> None:
        logs = _sorted(logs)
        for callback in self.callbacks:
            getattr(callback, hook, _nothing)(logs)

    def _tell_epoch(self, hook: str, epoch: int, logs: Logs) -> None:
        logs = _sorted(logs)
        for callback in self.callbacks:
            getattr(callback, hook, _nothing)(epoch, logs)

    def _tell_batch(self, hook: str, batch: int, logs: Logs) -> None:
        logs = _sorted(logs)
        for callback in self.callbacks:
            getattr(callback, hook, _nothing)(batch, logs=logs)


def _nothing(*arguments: Any, **keywords: Any) -> None:
    """Stand in for a hook that an object doesn't have."""


def _sorted(logs: Logs) -> dict[str, Any]:
    return dict(sorted((logs or {}).items()))
