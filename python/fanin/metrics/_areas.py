"""The area under a curve."""

from typing import Any

import numpy as np

from .. import _native
from ._base import EPSILON, Array, ratio
from ._confusions import Confusion, is_even

_CURVES = {
    "pr": "PR",
    "PR": "PR",
    "roc": "ROC",
    "ROC": "ROC",
    "prgain": "PRGAIN",
    "PRGAIN": "PRGAIN",
}
_SUMMATIONS = ("interpolation", "majoring", "minoring")


class AUC(Confusion):
    """The area under the ROC or precision-recall curve, by sums over thresholds.

    Parameters
    ----------
    num_thresholds : int
        More than 1.
    curve : {"ROC", "PR", "PRGAIN"}
    summation_method : {"interpolation", "minoring", "majoring"}
        Of "PR", interpolation is that of Davis & Goadrich (2006).
    name, dtype
        See `Metric`.
    thresholds : list of float, optional
        In [0, 1], in place of even ones; 0 and 1 are added.
    multi_label : bool
        Whether each column has an area of its own, of which the result is the mean.
    num_labels : int, optional
        With `multi_label`: the columns.
    label_weights : list of float, optional
        What each column counts.
    from_logits : bool
        Whether predictions are logits, to which sigmoid is applied.

    Raises
    ------
    ValueError
        For other values.
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        if thresholds is not None:
            inner = sorted(float(t) for t in thresholds)
            num_thresholds = len(inner) + 2
            evenly = is_even([0.0, *inner, 1.0])
        else:
            if num_thresholds <= 1:
                raise ValueError(
                    "Argument `num_thresholds` must be an integer > 1. "
                    f"Received: num_thresholds={num_thresholds}"
                )
            inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
            evenly = True
        if curve not in _CURVES:
            raise ValueError(
                f'Invalid AUC curve value: "{curve}". Expected values are ["PR", "ROC", "PRGAIN"]'
            )
        if summation_method not in (*_SUMMATIONS, *(s.capitalize() for s in _SUMMATIONS)):
            raise ValueError(
                f'Invalid AUC summation method value: "{summation_method}". Expected values are '
                '["interpolation", "majoring", "minoring"]'
            )
        if num_labels and not multi_label:
            raise ValueError("`num_labels` is needed only when `multi_label` is True.")
        super().__init__([-EPSILON, *inner, 1 + EPSILON], name, dtype)
        self._is_even = evenly
        self._has_thresholds = thresholds is not None
        self.num_thresholds = num_thresholds
        self.curve = _CURVES[curve]
        self.summation_method = summation_method.lower()
        self.multi_label, self.num_labels = multi_label, num_labels
        self.label_weights = None if label_weights is None else np.asarray(label_weights, float)
        self.from_logits = from_logits
        self._flags = _native.MULTI_LABEL * bool(multi_label) | _native.OF_LOGITS * bool(
            from_logits
        )

    def _fields(self) -> dict[str, Any]:
        fields = super()._fields()
        if self.label_weights is not None and not self.multi_label:
            fields["column_weights"] = [float(w) for w in self.label_weights]
            fields["column_weight_count"] = len(self.label_weights)
        return fields

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add samples to the state, see `Metric.update_state`."""
        shape = np.shape(y_pred)
        if self.multi_label and len(shape) != 2:
            raise ValueError(
                "`y_pred` must have rank 2 when `multi_label=True`. "
                f"Found rank {len(shape)}. Full shape received for `y_pred`: {shape}"
            )
        super().update_state(y_true, y_pred, sample_weight)

    def _result(self) -> Any:
        counts = self._counts()
        if self.curve == "PR" and self.summation_method == "interpolation":
            terms = self._interpolated(*counts)
        else:
            x, y = self._points(*counts)
            heights = (y[:-1] + y[1:]) / 2
            if self.summation_method == "minoring":
                heights = np.minimum(y[:-1], y[1:])
            elif self.summation_method == "majoring":
                heights = np.maximum(y[:-1], y[1:])
            terms = (x[:-1] - x[1:]) * heights
        areas = terms.sum(axis=0)
        if not self.multi_label:
            return areas
        weights = np.ones_like(areas) if self.label_weights is None else self.label_weights
        return ratio((areas * weights).sum(), weights.sum())

    def _points(self, tp: Array, fp: Array, tn: Array, fn: Array) -> tuple[Array, Array]:
        """Return the curve's points at all thresholds."""
        recall = ratio(tp, tp + fn)
        if self.curve == "ROC":
            return ratio(fp, fp + tn), recall
        if self.curve == "PR":
            return recall, ratio(tp, tp + fp)
        scale = ratio(tp + fn, tn + fp)
        recall_gain = np.where(tp == 0, 0, 1 - scale * ratio(fn, tp))
        precision_gain = np.where(tp == 0, 1, 1 - scale * ratio(fp, tp))
        return np.maximum(recall_gain, 0), precision_gain

    @staticmethod
    def _interpolated(tp: Array, fp: Array, _: Array, fn: Array) -> Array:
        """Return the areas between thresholds where true positives rise with all positives."""
        positives = tp + fp
        slope = ratio(tp[:-1] - tp[1:], np.maximum(positives[:-1] - positives[1:], 0))
        intercept = tp[1:] - slope * positives[1:]
        both = (positives[:-1] > 0) & (positives[1:] > 0)
        growth = np.where(both, ratio(positives[:-1], np.maximum(positives[1:], 0)), 1)
        area = slope * (tp[:-1] - tp[1:] + intercept * np.log(growth))
        return np.asarray(ratio(area, np.maximum(tp[1:] + fn[1:], 0)))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        weights = None if self.label_weights is None else self.label_weights.tolist()
        inner = {"thresholds": self.thresholds[1:-1]} if self._has_thresholds else {}
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": weights,
            "from_logits": self.from_logits,
            **inner,
        }
