"""The measures of a default probability under many weightings of the same rows at once.

The same numbers as ``evaluate.measures`` when every weight is 1; a weight of 2 is the row twice. Rows are sorted
once, rows of one probability are one step of every curve.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.evaluate import brier_per_row, log_loss_per_row

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MEASURES = ("auc", "gini", "ks", "pr_auc", "log_loss", "brier", "calibration_error")
"""In the order of ``WeightedMeasures``'s columns; the last three are the smaller the better."""

BINS = 10


def bin_starts(rows: int, bins: int = BINS) -> Ints:
    """Return where each bin of equal count begins, as ``evaluate.calibration_table`` cuts them."""
    sizes = [len(part) for part in np.array_split(np.arange(rows), bins) if len(part)]
    return np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)


def auc(bad: Floats, good: Floats) -> Floats:
    """Return the area under the ROC curve, (resamples,), of weights by rising probability, (resamples, steps)."""
    below = np.cumsum(good, axis=1) - good / 2
    area: Floats = (bad * below).sum(axis=1) / (bad.sum(axis=1) * good.sum(axis=1))
    return area


def _ks(bad: Floats, good: Floats) -> Floats:
    of_bad = np.cumsum(bad, axis=1) / bad.sum(axis=1, keepdims=True)
    of_good = np.cumsum(good, axis=1) / good.sum(axis=1, keepdims=True)
    gap: Floats = np.abs(of_bad - of_good).max(axis=1)
    return gap


def _average_precision(bad: Floats, good: Floats) -> Floats:
    found = np.cumsum(bad[:, ::-1], axis=1)
    named = found + np.cumsum(good[:, ::-1], axis=1)
    precision = np.divide(found, named, out=np.zeros_like(found), where=named > 0)
    average: Floats = (bad[:, ::-1] * precision).sum(axis=1) / bad.sum(axis=1)
    return average


class WeightedMeasures:
    """Measures of ``y_pred`` (n,) for ``y_obs`` (n,) 0/1, as a statistic of weights (resamples, n).

    Bins of the calibration error are those of the rows as they are, a tenth each: a resample moves no row into
    another bin.

    >>> y_obs, y_pred = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.1, 0.4, 0.4, 0.8])
    >>> WeightedMeasures(y_obs, y_pred)(np.ones((1, 4)))[0, :2]
    array([0.875, 0.75 ])
    """

    def __init__(self, y_obs: Floats, y_pred: Floats) -> None:
        self._order = np.argsort(y_pred, kind="stable")
        self._y, p = y_obs[self._order], y_pred[self._order]
        self._steps = np.flatnonzero(np.concatenate([[True], p[1:] > p[:-1]]))
        self._losses = np.column_stack([log_loss_per_row(self._y, p), brier_per_row(self._y, p)])
        self._error = self._y - p
        self._bins = bin_starts(len(p))

    def __call__(self, weights: Floats) -> Floats:
        """Return (resamples, measures) in the order of ``MEASURES``; NaN where an outcome has no weight."""
        sorted_ = weights[:, self._order]
        bad = np.add.reduceat(sorted_ * self._y, self._steps, axis=1)
        good = np.add.reduceat(sorted_, self._steps, axis=1) - bad
        total = sorted_.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            area = auc(bad, good)
            ranked = [area, 2 * area - 1, _ks(bad, good), _average_precision(bad, good)]
            means = (sorted_ @ self._losses) / total[:, None]
        gaps = np.abs(np.add.reduceat(sorted_ * self._error, self._bins, axis=1)).sum(axis=1) / total
        return np.column_stack([*ranked, means, gaps])
