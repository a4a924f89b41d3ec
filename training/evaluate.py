"""How good a default probability is: does it rank, is it calibrated. Per row first, then the mean.

``y_obs`` is 0/1, ``y_pred`` a probability; both (n,). Plots are drawn elsewhere (reports/figures).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from features.errors import ModelError
from training.folds import Labels

Floats = npt.NDArray[np.float64]

_EPSILON = 1e-15


def log_loss_per_row(y_obs: Floats, y_pred: Floats) -> Floats:
    """Return -log of the probability given to what happened, (n,); the smaller the better, minimum is zero.

    >>> log_loss_per_row(np.array([1.0, 0.0]), np.array([0.5, 0.0])).round(4)
    array([0.6931, 0.    ])
    """
    p = np.clip(y_pred, _EPSILON, 1 - _EPSILON)
    return -np.where(y_obs == 1, np.log(p), np.log1p(-p))


def brier_per_row(y_obs: Floats, y_pred: Floats) -> Floats:
    """Return the squared error of the probability, (n,); the smaller the better, minimum is zero."""
    error: Floats = (y_obs - y_pred) ** 2
    return error


def standard_error(per_row: Floats, groups: Labels | None = None) -> float:
    """Return the standard error of the mean of ``per_row`` (n,); rows of one of ``groups`` (n,) are one observation.

    >>> round(standard_error(np.array([1.0, 3.0, 1.0, 3.0])), 3), standard_error(np.array([1.0, 3.0]), ["ann", "ann"])
    (0.577, 0.0)
    """
    total = per_row if groups is None else pd.Series(per_row).groupby(np.asarray(groups)).sum().to_numpy()
    spread = total - total.mean()
    return float(np.sqrt((spread @ spread) * len(total) / max(len(total) - 1, 1)) / len(per_row))


def kolmogorov_smirnov(y_obs: Floats, y_pred: Floats) -> float:
    """Return the largest gap between the score distributions of defaulters and others, in [0, 1]; higher is better."""
    false_positive, true_positive, _ = roc_curve(y_obs, y_pred)
    return float(np.max(np.abs(true_positive - false_positive)))


def calibration_table(y_obs: Floats, y_pred: Floats, bins: int = 10) -> pd.DataFrame:
    """Return expected and observed default rate in bins of equal count, ordered by probability.

    Columns: ``rows``, ``predicted`` (mean probability), ``observed`` (default rate), ``error`` (observed less
    predicted).
    """
    order = np.argsort(y_pred, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    table = pd.DataFrame(
        {
            "rows": [len(part) for part in parts],
            "predicted": [float(y_pred[part].mean()) for part in parts],
            "observed": [float(y_obs[part].mean()) for part in parts],
        }
    )
    return table.assign(error=table["observed"] - table["predicted"])


def expected_calibration_error(y_obs: Floats, y_pred: Floats, bins: int = 10) -> float:
    """Return the mean absolute gap of ``calibration_table`` weighted by rows; smaller is better, minimum is zero."""
    table = calibration_table(y_obs, y_pred, bins)
    return float(np.average(table["error"].abs(), weights=table["rows"]))


def measures(y_obs: Floats, y_pred: Floats) -> dict[str, float]:
    """Return AUC, Gini, KS, PR-AUC, log loss, Brier score and calibration error by name.

    Raises
    ------
    ModelError
        When only one of the outcomes occurs: ranking cannot be judged.
    """
    if not 0 < y_obs.sum() < len(y_obs):
        raise ModelError(
            f"{len(y_obs)} rows with {int(y_obs.sum())} defaults: both outcomes are needed to judge a model."
        )
    auc = float(roc_auc_score(y_obs, y_pred))
    return {
        "auc": auc,
        "gini": 2 * auc - 1,
        "ks": kolmogorov_smirnov(y_obs, y_pred),
        "pr_auc": float(average_precision_score(y_obs, y_pred)),
        "log_loss": float(log_loss_per_row(y_obs, y_pred).mean()),
        "brier": float(brier_per_row(y_obs, y_pred).mean()),
        "calibration_error": expected_calibration_error(y_obs, y_pred),
    }


def order_agreement(a: Floats, b: Floats) -> float:
    """Return Spearman's correlation of two columns, in [-1, 1]; NaN where either has no spread and so no order.

    >>> order_agreement(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    has_order = len(a) > 2 and bool(np.ptp(a) > 0) and bool(np.ptp(b) > 0)
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1].round(12)) if has_order else np.nan


def rank_correlation(predicted: Floats, truth: Floats) -> Floats:
    """Return Spearman's correlation of two orderings of the actions, (n,), row by row; higher is better.

    ``predicted`` and ``truth`` are (n, actions); NaN where a row has no order at all.
    """
    ranks = [pd.DataFrame(values).rank(axis=1).to_numpy() for values in (predicted, truth)]
    centred: list[Any] = [r - r.mean(axis=1, keepdims=True) for r in ranks]
    spread = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
    out = np.full(len(predicted), np.nan)
    np.divide((centred[0] * centred[1]).sum(axis=1), spread, out=out, where=spread > 0)
    return out
