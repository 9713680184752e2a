"""Metrics that compare how the values of a sample go together."""

from typing import Any

from .. import _native
from .. import losses as _losses
from ._means import MeanLoss


class PearsonCorrelation(MeanLoss):
    """The mean of the samples' correlations of their values along an axis.

    Parameters
    ----------
    name, dtype
        See `Metric`.
    axis : int
        -1 in training.
    """

    kind = _native.PEARSON_CORRELATION
    _direction = "up"

    def __init__(
        self, name: str = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        # The loss only stands for the axis.
        super().__init__(_losses.CosineSimilarity(axis), name, dtype)
        self.axis = axis

    def _fields(self) -> dict[str, Any]:
        return {}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {**super().get_config(), "axis": self.axis}


class ConcordanceCorrelation(PearsonCorrelation):
    """The mean of the samples' concordances of their values along an axis (Lin, 1989).

    With the covariance as Keras 3.15 computes it: of y minus the mean of p.
    """

    kind = _native.CONCORDANCE_CORRELATION

    def __init__(
        self, name: str = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(name, dtype, axis)
