"""Intersections over unions."""

from typing import Any

import numpy as np

from .. import _arrays, _native
from ._base import EPSILON, Metric


class IoU(Metric):
    """The mean over classes of (samples of both y and p) / (samples of either).

    Parameters
    ----------
    num_classes : int
    target_class_ids : sequence of int
        The classes of the mean.
    name : str, optional
        See `Metric`.
    dtype : {None, "int64", "int32", "float32", "float64"}
        Of the counts: of integers, by default int64, weights are rounded towards 0.
    ignore_class : int, optional
        A class of y whose samples don't count.
    sparse_y_true, sparse_y_pred : bool
        Whether they are class numbers, or rows whose largest value stands at the class.
    axis : int
        Of these rows; only -1.

    Raises
    ------
    NotImplementedError
        For another axis, or class numbers as predictions beside rows of targets.
    ValueError
        If a target class is not less than `num_classes`.
    """

    kind = _native.INTERSECTION
    _direction = "up"
    _threshold = 0.0

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Any,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        counts = np.dtype(np.int64) if dtype is None else _arrays.standardize_dtype(dtype)
        self._counts_whole = counts.kind == "i"
        super().__init__(None if self._counts_whole else counts, name)
        self._counts_dtype = counts
        if max(target_class_ids) >= num_classes:
            raise ValueError(
                f"Target class id {max(target_class_ids)} is out of range, which is "
                f"[0, {num_classes})."
            )
        if axis != -1 or (sparse_y_pred and not sparse_y_true):
            raise NotImplementedError(
                "`axis` must be -1, and targets must be class numbers where predictions are. "
                f"Received: axis={axis}, sparse_y_true={sparse_y_true}, "
                f"sparse_y_pred={sparse_y_pred}"
            )
        self.num_classes, self.target_class_ids = num_classes, list(target_class_ids)
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        self.sparse = sparse_y_true and not sparse_y_pred
        self._classes = _native.CLASSES_VALUES
        if not sparse_y_pred:
            self._classes = _native.CLASSES_LABELS if sparse_y_true else _native.CLASSES_LARGEST

    @property
    def dtype(self) -> str:
        """The dtype of the counts."""
        return self._counts_dtype.name

    def _fields(self) -> dict[str, Any]:
        flags = _native.TRUNCATED_WEIGHTS * self._counts_whole
        if self.ignore_class is not None:
            flags |= _native.IGNORES_CLASS
        return {
            "flags": flags,
            "number": self.num_classes,
            "classes": self._classes,
            "ignore_class": self.ignore_class or 0,
            "threshold": self._threshold,
        }

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples to the state, see `Metric.update_state`."""
        if self._classes in (_native.CLASSES_VALUES, _native.CLASSES_BINARY):
            # Each value is a sample.
            y_true, y_pred = (np.reshape(y, (-1, 1)) for y in (y_true, y_pred))
            if sample_weight is not None:
                sample_weight = np.reshape(sample_weight, -1)
        super().update_state(y_true, y_pred, sample_weight)

    def _result(self) -> Any:
        matrix = self.state.reshape(self.num_classes, self.num_classes)
        both = np.diag(matrix)
        either = (matrix.sum(axis=0) + matrix.sum(axis=1) - both)[self.target_class_ids]
        there = either > 1e-9
        shares = np.where(there, both[self.target_class_ids] / (either + EPSILON), 0)
        return shares.sum() / (there.sum() + EPSILON)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "target_class_ids": self.target_class_ids,
            "ignore_class": self.ignore_class,
            "sparse_y_true": self.sparse_y_true,
            "sparse_y_pred": self.sparse_y_pred,
            "axis": self.axis,
        }

    def _config_without(self, *names: str) -> dict[str, Any]:
        config = IoU.get_config(self)
        return {name: value for name, value in config.items() if name not in names}


class BinaryIoU(IoU):
    """`IoU` of two classes, 1 where the prediction is >= threshold.

    Parameters
    ----------
    target_class_ids : sequence of int
    threshold : float
    name, dtype
        See `IoU`.
    """

    def __init__(
        self,
        target_class_ids: Any = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(2, target_class_ids, name, dtype)
        self._classes = _native.CLASSES_BINARY
        self.threshold = self._threshold = threshold

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return {
            "target_class_ids": self.target_class_ids,
            "threshold": self.threshold,
            "name": self.name,
            "dtype": self.dtype,
        }


class MeanIoU(IoU):
    """`IoU` of all classes.

    Parameters
    ----------
    num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        See `IoU`.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes,
            range(num_classes),
            name,
            dtype,
            ignore_class,
            sparse_y_true,
            sparse_y_pred,
            axis,
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return self._config_without("target_class_ids")


class OneHotIoU(IoU):
    """`IoU` for targets that are rows.

    Parameters
    ----------
    num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis
        See `IoU`.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Any,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return self._config_without("sparse_y_true")


class OneHotMeanIoU(MeanIoU):
    """`IoU` of all classes for targets that are rows.

    Parameters
    ----------
    num_classes, name, dtype, ignore_class, sparse_y_pred, axis
        See `IoU`.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        return self._config_without("target_class_ids", "sparse_y_true")
