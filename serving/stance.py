"""Why a customer pays late: willingness and ability, read from a few signals that a person can check.

Interpretable on purpose: a stance bounds what may be said to someone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from serving.actions import STANCES

Mask = npt.NDArray[np.bool_]

RELIABLE, CARELESS, STRUGGLING, NEW_TO_CREDIT, CHRONIC, STRATEGIC = range(len(STANCES))


@dataclass(frozen=True)
class StanceLimits:
    """Where the signals change their meaning; the defaults are a bank's rules of thumb, not estimates."""

    income_fallen: float = 0.6
    months_without_income: float = 2
    utilisation_full: float = 0.9
    burden_heavy: float = 0.6
    credit_young_days: float = 365
    chronic_lates: float = 2
    chronic_share: float = 0.5
    strategic_dpd: float = 15
    reply_rare: float = 0.25


def stance_of(X: pd.DataFrame, limits: StanceLimits | None = None) -> npt.NDArray[np.int64]:
    """Return the number in ``STANCES`` for each row of the feature matrix, (n,).

    The first that fits of: struggling (late, and unable), strategic (late, able, silent), chronic, new to
    credit, careless (some lateness), reliable. A missing signal never counts against a customer.
    """
    at = limits or StanceLimits()
    late = _above(X["late_count_365d"], 0)
    unable = (
        _below(X["income_change"], at.income_fallen)
        | _above(X["months_without_income_180d"], at.months_without_income - 1)
        | _above(X["utilisation"], at.utilisation_full)
        | _above(X["instalment_to_income"], at.burden_heavy)
    )
    able = ~unable & X["income_change"].notna().to_numpy()
    silent = _above(X["dpd_now"], at.strategic_dpd) & _below(X["reply_share_180d"], at.reply_rare)
    chronic = _above(X["late_30_count_365d"], at.chronic_lates - 1) | (
        _above(X["late_share_365d"], at.chronic_share) & _above(X["due_count_365d"], 5)
    )
    new = X["credit_age"].isna().to_numpy() | _below(X["credit_age"], at.credit_young_days)
    fits = [late & unable, late & able & silent, chronic, new, late]
    order = [STRUGGLING, STRATEGIC, CHRONIC, NEW_TO_CREDIT, CARELESS]
    return np.select(fits, order, RELIABLE).astype(np.int64)


def _above(signal: pd.Series[float], limit: float) -> Mask:
    return (signal > limit).to_numpy()


def _below(signal: pd.Series[float], limit: float) -> Mask:
    return (signal < limit).to_numpy()
