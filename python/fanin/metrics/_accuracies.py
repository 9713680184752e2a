"""Metrics that count hits."""

from typing import Any

from .. import _native
from ._means import MeanOfRows


class Accuracy(MeanOfRows):
    """How often a prediction equals its target."""

    kind = _native.ACCURACY
    _is_by_value = True
    _direction = "up"

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class BinaryAccuracy(MeanOfRows):
    """How often y equals 1 where the prediction is > threshold, and 0 elsewhere.

    With several values a sample, a sample counts with the share of its hits.
    """

    kind = _native.BINARY_ACCURACY
    _is_by_value = True
    _direction = "up"

    def __init__(
        self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(name, dtype)
        self.threshold = float(threshold)

    def _fields(self) -> dict[str, Any]:
        return {"threshold": self.threshold}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {**super().get_config(), "threshold": self.threshold}


class CategoricalAccuracy(MeanOfRows):
    """How often the largest prediction stands where the largest of y does."""

    kind = _native.CATEGORICAL_ACCURACY
    _direction = "up"

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class SparseCategoricalAccuracy(MeanOfRows):
    """How often the largest prediction is that of the class number y; the first of equals wins."""

    kind = _native.SPARSE_CATEGORICAL_ACCURACY
    sparse = True
    _direction = "up"

    def __init__(self, name: str = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(name, dtype)


class TopKCategoricalAccuracy(MeanOfRows):
    """How often fewer than k predictions are larger than the one where the largest of y stands."""

    kind = _native.TOP_K_CATEGORICAL_ACCURACY
    _direction = "up"

    def __init__(
        self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(name, dtype)
        self.k = k

    def _fields(self) -> dict[str, Any]:
        return {"number": self.k}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {**super().get_config(), "k": self.k}


class SparseTopKCategoricalAccuracy(MeanOfRows):
    """How often fewer than k predictions are larger than that of the class number y.

    Parameters
    ----------
    k : int
    name, dtype
        See `Metric`.
    from_sorted_ids : bool
        Whether predictions are class numbers, the best ones first.
    """

    sparse = True
    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(name, dtype)
        self.k, self.from_sorted_ids = k, from_sorted_ids
        self.kind = _native.SPARSE_TOP_K_CATEGORICAL_ACCURACY
        if from_sorted_ids:
            self.kind = _native.SPARSE_SORTED_TOP_K_CATEGORICAL_ACCURACY

    def _fields(self) -> dict[str, Any]:
        return {"number": self.k}

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        sorted_ids = {"from_sorted_ids": True} if self.from_sorted_ids else {}
        return {**super().get_config(), "k": self.k, **sorted_ids}
