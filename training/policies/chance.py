"""What chance alone would have found: the same judgement after the log's actions changed hands, many times."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from serving.offpolicy.placebo import placebo_gain
from serving.rules import LAWS
from training.policies.occasions import Floats, Occasions

ROUNDS = 200


def chance_alone(
    occasions: Occasions, predicted: Floats, target: Floats, baseline: Floats, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the placebo in one row, and the gain of each shuffle (column ``gain``), in recovered currency an occasion.

    What is recovered is told apart from what contacts cost, which no shuffle can undo. ``predicted`` (n, k):
    P(paid | action). Only decisions with a known propensity take part, and actions change hands among those to whom
    the contact rules leave the same actions, with the same chance. ``bias``: the mean of the shuffles over their
    spread, as a size: near 0 in a sound judgement, which finds nothing where there is nothing.
    """
    rows = np.flatnonzero(occasions.randomised)
    drawn = occasions.within(rows)
    worth = drawn.amount * drawn.settings.recovery_weight
    told = placebo_gain(
        drawn.action,
        drawn.outcome * worth,
        drawn.propensity,
        target[rows],
        baseline[rows],
        predicted=predicted[rows] * worth[:, None],
        strata=_alike(drawn),
        rounds=ROUNDS,
        seed=seed,
    )
    names = ("gain", "mean", "low", "high", "share")
    spread = float(told.gains.std(ddof=1))
    bias = abs(told.mean) / spread if spread > 0 else 0.0
    row = {name: getattr(told, name) for name in names} | {"bias": bias, "rounds": ROUNDS}
    return pd.DataFrame([row]), pd.DataFrame({"gain": told.gains})


def _alike(drawn: Occasions) -> npt.NDArray[np.int64]:
    """Number the rows whose logger could choose among the same actions with the same chances, (n,)."""
    closed = drawn.blocked >= LAWS
    pattern = closed @ (1 << np.arange(closed.shape[1]))
    return pd.factorize(pd.MultiIndex.from_arrays([pattern, drawn.propensity.round(6)]))[0].astype(np.int64)
