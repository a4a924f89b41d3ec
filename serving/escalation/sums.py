"""What is owed of a loan at a moment, in whole cents: overdue, still to come, and the interest in it where known.

A book does not divide an instalment into principal and interest. The contract's terms do where its schedule is whole
and pays the principal off at the annual rate in equal monthly periods; anywhere else the division is not known, and
nothing is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from serving.money import cents_of

_MONTHS = 12


@dataclass(frozen=True)
class Sums:
    """Amounts in cents; the oldest instalment overdue and how many days, 0 and None where none is.

    ``overdue_open`` fell due before today; ``to_come_open`` is the rest of the schedule. ``principal_open`` and
    ``interest_open`` divide ``total_open``, a part payment counting as interest first; None where not known.
    """

    overdue_open: int
    to_come_open: int
    total_open: int
    received: int
    principal_open: int | None
    interest_open: int | None
    instalments_overdue: int
    oldest_instalment: int | None
    oldest_days_past_due: int


def sums_of(schedule: pd.DataFrame, contract: pd.Series[Any]) -> Sums:
    """Return the sums of a loan's ``schedule`` (see schedule.py); ``contract`` is its row of the loans."""
    overdue = schedule[(schedule["open"] > 0) & schedule["status"].isin(["overdue", "partly_paid"])]
    total, late = int(schedule["open"].sum()), int(overdue["open"].sum())
    principal = _principal_open(schedule, contract)
    oldest = None if overdue.empty else overdue.sort_values(["due_date", "instalment_no"]).iloc[0]
    return Sums(
        overdue_open=late,
        to_come_open=total - late,
        total_open=total,
        received=int(schedule["paid"].sum()),
        principal_open=principal,
        interest_open=None if principal is None else total - principal,
        instalments_overdue=len(overdue),
        oldest_instalment=None if oldest is None else int(oldest["instalment_no"]),
        oldest_days_past_due=0 if oldest is None else int(oldest["days_late"]),
    )


def is_whole(schedule: pd.DataFrame, contract: pd.Series[Any]) -> bool:
    """Tell whether the schedule runs from the first instalment to the end of the contract's term."""
    term = contract["term_months"]
    return bool(pd.notna(term)) and schedule["instalment_no"].tolist() == list(range(1, int(term) + 1))


def _principal_open(schedule: pd.DataFrame, contract: pd.Series[Any]) -> int | None:
    if not is_whole(schedule, contract):
        return None
    balance, monthly = float(cents_of(contract["principal"])), float(contract["annual_rate"]) / _MONTHS
    interest = []
    for amount in schedule["amount_due"]:
        interest.append(round(balance * monthly))
        balance -= amount - interest[-1]
    if abs(balance) > len(schedule):  # a cent an instalment is rounding; more, and other terms hold
        return None
    unpaid_interest = np.clip(np.array(interest) - schedule["paid"].to_numpy(), 0, schedule["open"].to_numpy())
    return int(schedule["open"].sum() - unpaid_interest.sum())
