"""How long it takes until an overdue instalment is paid in full: the one door to lifelines (Kaplan-Meier)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.kernel.windows import Ints
from features.ledger.ledger import NEVER, Ledger
from features.tables.schema import PRODUCTS

ALL = "all"
DAYS = (7, 14, 30, 60, 90)


@dataclass(frozen=True)
class Cure:
    """The instalments that fell overdue in the span looked at, of a product or of all.

    ``cured`` of ``overdue`` have been paid in full; the others count as long as they have been seen. ``shares`` are the
    estimated shares cured by the days ``DAYS`` after the due date, between ``low`` and ``high`` (95 %); ``median_days``
    is None where fewer than half are.
    """

    product: str
    overdue: int
    cured: int
    median_days: float | None
    shares: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def cures_of(ledger: Ledger, since: int, until: int) -> tuple[Cure, ...]:
    """Return the time to cure of all instalments that fell overdue between two moments, and of each product's."""
    schedule = ledger.instalments
    today = ledger.local_day(schedule.customer, np.full(len(schedule.at), until))
    settled = np.where(schedule["settled_at"] < until, schedule["settled_day"], today)
    fell = (schedule.at >= since) & (schedule["due_day"] < today) & (schedule["opened_at"] < until)
    late = np.flatnonzero(fell & (settled > schedule["due_day"]))
    days = (settled - schedule["due_day"])[late]
    cured = (schedule["settled_at"] < np.minimum(until, NEVER))[late]
    product = ledger.loans["product"][schedule["loan"]][late].astype(np.int64)
    rows = {ALL: np.ones(len(late), np.bool_)}
    rows |= {name: product == place for place, name in enumerate(PRODUCTS)}
    return tuple(_cure(name, days[chosen], cured[chosen]) for name, chosen in rows.items() if chosen.any())


def _cure(name: str, days: Ints, cured: Any) -> Cure:
    from lifelines import KaplanMeierFitter

    pairs, weights = np.unique(np.column_stack([days, cured]), axis=0, return_counts=True)
    fitted = KaplanMeierFitter().fit(pairs[:, 0], pairs[:, 1], weights=weights)
    told = 1 - fitted.survival_function_at_times(DAYS).to_numpy()
    bounds = fitted.confidence_interval_survival_function_
    at = np.searchsorted(bounds.index.to_numpy(), DAYS, side="right") - 1
    low, high = (1 - bounds.to_numpy()[at, side] for side in (1, 0))
    median = float(fitted.median_survival_time_)
    shares = (tuple(map(float, column)) for column in (told, low, high))
    return Cure(name, len(days), int(cured.sum()), median if np.isfinite(median) else None, *shares)
