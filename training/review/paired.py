"""Two probabilities of the same cases: how much better one is than the other, and whether that is more than noise.

Both are resampled together, customer by customer: what is hard about a case is hard for both and falls out of
the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import ModelError
from training.review.bootstrap import Floats, Resampling, interval
from training.review.limits import enough
from training.review.weighted import MEASURES, WeightedMeasures

COMPARED = ("auc", "log_loss", "brier")
SMALLER_IS_BETTER = frozenset({"log_loss", "brier", "calibration_error"})

BETTER, WORSE, NOISE = "better", "worse", "within noise"


@dataclass(frozen=True)
class _Pair:
    """Two probabilities as a statistic of weights: measures of the one, then of the other."""

    ours: WeightedMeasures
    theirs: WeightedMeasures

    def __call__(self, weights: Floats) -> Floats:
        places = [MEASURES.index(name) for name in COMPARED]
        return np.stack([part(weights)[:, places] for part in (self.ours, self.theirs)], axis=2).reshape(
            len(weights), -1
        )


def paired(rows: pd.DataFrame, ours: str, theirs: str, seed: int = 0) -> pd.DataFrame:
    """Compare two columns of ``rows`` by AUC, log loss and Brier score over the cases that have both.

    Returns
    -------
    DataFrame
        A row a measure: ``measure``; ``ours``, ``theirs``; ``difference`` (ours less theirs) with its 95 %
        interval ``low``, ``high``; ``verdict``: ours is better, worse, or within noise (the interval holds 0).

    Raises
    ------
    ModelError
        When the cases that have both are too few.
    """
    both = rows[rows[ours].notna() & rows[theirs].notna()]
    y_obs = both["outcome"].to_numpy(np.float64)
    if not enough(len(both), int(y_obs.sum())):
        raise ModelError(
            f"{len(both)} cases with {int(y_obs.sum())} defaults have both {ours} and {theirs}: too few to compare."
        )
    pair = _Pair(*(WeightedMeasures(y_obs, both[name].to_numpy(np.float64)) for name in (ours, theirs)))
    values = Resampling(both["customer"].to_numpy(), seed=seed).values(pair).reshape(-1, len(COMPARED), 2)
    low, high = interval(values[:, :, 0] - values[:, :, 1])
    a, b = pair(np.ones((1, len(both)))).reshape(len(COMPARED), 2).T
    table = pd.DataFrame({"measure": COMPARED, "ours": a, "theirs": b, "difference": a - b, "low": low, "high": high})
    return table.assign(verdict=[_verdict(*row) for row in table[["measure", "low", "high"]].itertuples(index=False)])


def _verdict(measure: str, low: float, high: float) -> str:
    if low <= 0 <= high:
        return NOISE
    return BETTER if (high < 0) == (measure in SMALLER_IS_BETTER) else WORSE
