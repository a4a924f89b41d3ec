"""Overlap: how much of what a policy would do the log shows, and the refusal to judge on too little.

Weights are the target's probability of what was done over the logger's; where a few rows carry them all, an interval
from the log is no interval, so there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.errors import PolicyError
from serving.offpolicy.decision_log import DecisionLog

FEWEST_EFFECTIVE_ROWS = 50.0
SMALLEST_OVERLAP = 0.5


@dataclass(frozen=True)
class Overlap:
    """What a judgement of a policy rests on.

    ``ess``: effective rows, (sum w)^2 / sum w^2. ``overlap``: the mean weight, at most 1, which estimates the share
    of the target's decisions that the logger could have made. ``never_logged``: the share of the target's decisions
    on actions that no row shows.
    """

    ess: float
    overlap: float
    largest_weight: float
    never_logged: float
    rows: int

    @classmethod
    def of(cls, log: DecisionLog) -> Overlap:
        """Return the overlap of the log with its target.

        >>> from serving.offpolicy.decision_log import read_log
        >>> Overlap.of(read_log([0, 1], [0, 1], [0.5, 0.5], [[0.0, 1.0], [0.0, 1.0]])).ess
        1.0
        """
        weight = log.weight
        shown = np.isin(np.arange(log.target.shape[1]), log.action)
        return cls(
            ess=float(weight.sum() ** 2 / (weight**2).sum()) if weight.any() else 0.0,
            overlap=min(1.0, float(weight.mean())),
            largest_weight=float(weight.max()),
            never_logged=float(log.target[:, ~shown].sum(axis=1).mean()),
            rows=len(weight),
        )

    def refuse_thin(self) -> None:
        """Raise PolicyError, with the numbers, when there is too little to judge the policy on."""
        if self.ess >= FEWEST_EFFECTIVE_ROWS and self.overlap >= SMALLEST_OVERLAP:
            return
        raise PolicyError(
            f"too little overlap to value this policy: of {self.rows} rows {self.ess:.1f} are effective "
            f"(at least {FEWEST_EFFECTIVE_ROWS:.0f} are needed), the mean weight is {self.overlap:.3f} "
            f"(at least {SMALLEST_OVERLAP}), the largest weight is {self.largest_weight:.1f}, and "
            f"{self.never_logged:.1%} of its decisions are on actions that no row shows."
        )
