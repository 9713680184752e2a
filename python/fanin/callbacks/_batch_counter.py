"""When to save something every so many batches."""


class BatchCounter:
    """Tells every `frequency` batches, over the ends of epochs.

    Parameters
    ----------
    frequency : int
    """

    def __init__(self, frequency: int) -> None:
        self._frequency = frequency
        self._since = 0
        self._last = -1

    def is_due(self, batch: int) -> bool:
        """Return whether it is time, after batch number `batch` of an epoch."""
        self._since += batch + 1 if batch <= self._last else batch - self._last
        self._last = batch
        if self._since < self._frequency:
            return False
        self._since = 0
        return True
