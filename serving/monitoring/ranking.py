"""How well a probability ranks, and how sure that is, without a training library."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]


def auc(outcome: Floats, probability: Floats) -> float:
    """Return how often a case with ``outcome`` 1 has the larger probability of the two; NaN without both kinds.

    >>> auc(np.array([0.0, 1.0, 0.0]), np.array([0.1, 0.3, 0.3]))
    0.75
    """
    bad = outcome == 1
    positives, negatives = int(bad.sum()), int((~bad).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(probability)
    return float((ranks[bad].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_error(area: float, positives: int, negatives: int) -> float:
    """Return the standard error of an AUC (Hanley and McNeil 1982, 10.1148/radiology.143.1.7063747).

    >>> round(auc_error(0.8, 50, 500), 4)
    0.0384
    """
    if not positives or not negatives:
        return float("nan")
    one, two = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (positives - 1) * (one - area**2) + (negatives - 1) * (two - area**2)
    return float(np.sqrt(spread / (positives * negatives)))
