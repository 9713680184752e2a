"""Stop when the loss is no number."""

import math

from .._progress import print_message
from ._callback import Callback, Logs


class TerminateOnNaN(Callback):
    """Stops the training at the first batch after which the loss is NaN or infinite.

    Parameters
    ----------
    raise_error : bool
        Whether by a RuntimeError.
    """

    def __init__(self, raise_error: bool = False) -> None:
        super().__init__()
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating "
                "training immediately."
            )
        print_message(f"Batch {batch}: Invalid loss, terminating training\n")
        self.model.stop_training = True
