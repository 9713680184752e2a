"""Callbacks, as in keras.callbacks: what `fit`, `evaluate` and `predict` tell what they do."""

from typing import Any

from ._backup_and_restore import BackupAndRestore
from ._callback import Callback
from ._callback_list import CallbackList
from ._csv_logger import CSVLogger
from ._early_stopping import EarlyStopping
from ._history import History
from ._lambda_callback import LambdaCallback
from ._learning_rates import LearningRateScheduler, ReduceLROnPlateau
from ._model_checkpoint import ModelCheckpoint
from ._monitor import MonitorCallback
from ._progbar_logger import ProgbarLogger
from ._swap_ema_weights import SwapEMAWeights
from ._tensorboard import TensorBoard
from ._terminate_on_nan import TerminateOnNaN

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "ModelCheckpoint",
    "MonitorCallback",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]


def __getattr__(name: str) -> Any:
    if name in ("OrbaxCheckpoint", "RemoteMonitor"):
        raise NotImplementedError(f"callbacks.{name} is not implemented.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
