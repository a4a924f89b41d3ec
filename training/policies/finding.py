"""Does the model find those whom a reminder helps: ranking measures and their curves on the judged occasions.

Gains are payments an occasion, not currency: a few large instalments would drown the order of the others.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from serving.offpolicy.decision_log import read_log
from serving.offpolicy.row_scores import arm_scores
from training.policies.occasions import Floats, Occasions
from training.targeting.budget import qini_curve, qini_measures, spending_path
from training.targeting.measures import gains_at, rank_measures, toc_curve
from training.targeting.ranking import best_arm_ranking

_NEVER = -1.0
"""The effect given to an action that a row may not have: below any other."""


def finding_tables(occasions: Occasions, predicted: Floats, effect: Floats, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return ``rank``, ``top``, ``toc`` and ``qini`` on the occasions with a known propensity.

    ``predicted`` (n, k): P(paid | action); ``effect`` (n, k): what is judged, NaN where nothing is known. Rows for
    which the rules leave no reminder are left out. Empty where fewer than two customers remain.
    """
    open_to = occasions.allowed & ~np.isnan(effect)
    rows = np.flatnonzero(occasions.randomised & (open_to.sum(axis=1) > 1))
    if pd.Index(occasions.X.index[rows]).nunique() < 2:
        return {}
    drawn = occasions.within(rows)
    even = np.full(predicted[rows].shape, 1 / predicted.shape[1])
    scores = arm_scores(read_log(drawn.action, drawn.outcome, drawn.propensity, even, predicted[rows]))
    ours = np.where(open_to[rows], np.nan_to_num(effect[rows]), _NEVER)
    customer = pd.factorize(drawn.X.index)[0].astype(np.int64)
    ranking = best_arm_ranking(scores, ours, customer, drawn.none)
    path = spending_path(scores, ours, _costs(drawn), drawn.none)
    areas = qini_measures(path, customer, seed).assign(of="budget")
    return {
        "rank": pd.concat([rank_measures(ranking, seed).assign(of="order"), areas], ignore_index=True),
        "top": gains_at(ranking, seed=seed),
        "toc": toc_curve(ranking, seed=seed),
        "qini": qini_curve(path, customer, seed=seed),
    }


def _costs(occasions: Occasions) -> Floats | None:
    """Return what each action costs, None where one is free: then the share of occasions reminded is what is spent."""
    costs = occasions.settings.costs
    return costs if (np.delete(costs, occasions.none) > 0).all() and costs[occasions.none] == 0 else None
