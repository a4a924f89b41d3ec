"""The instalment a reminder is about, and what of it an answer to the reminder may depend on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.history import History
from features.windows import Floats, Ints

CONTEXT = ("reminded_days_past_due", "reminded_amount")
"""The columns that the response model sees beside the features."""


@dataclass(frozen=True)
class Pressing:
    """One instalment a customer, (n,) each.

    ``row`` is its row in the ledger's instalments, -1 where no instalment is open within the schedule in view;
    ``days_past_due`` is negative before the due date; ``amount_due`` and ``amount_open`` are in currency; NaN
    where there is none.
    """

    row: Ints
    days_past_due: Floats
    amount_due: Floats
    amount_open: Floats

    def context(self, index: pd.Index[str]) -> pd.DataFrame:
        """Return the ``CONTEXT`` columns on ``index``."""
        return pd.DataFrame(dict(zip(CONTEXT, (self.days_past_due, self.amount_due), strict=True)), index=index)


def pressing_instalments(history: History) -> Pressing:
    """Return each customer's oldest instalment not yet paid in full: the oldest overdue, else the next to come."""
    schedule = history.instalments
    unpaid = schedule.all.where(~schedule.settled)
    row = unpaid.first(schedule.row.astype(np.float64))
    amount = unpaid.first(schedule.amount)
    return Pressing(
        row=np.where(np.isnan(row), -1, row).astype(np.int64),
        days_past_due=unpaid.first(schedule.age),
        amount_due=amount,
        amount_open=amount - unpaid.first(schedule.paid),
    )


def reminded_instalments(history: History, row: Ints) -> Pressing:
    """Return what ``pressing_instalments`` would, for instalments given by their row in the ledger."""
    schedule = history.ledger.instalments
    amount = schedule["amount_due"][row]
    return Pressing(row, (history.today - schedule["due_day"][row]).astype(np.float64), amount, amount)
