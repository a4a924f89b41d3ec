"""Every loan at the ends of the months: how late its oldest open instalment is, and how much of it is overdue.

Days count in the customer's own zone, a month ends at midnight of one zone for all. Only months that have ended count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.kernel.windows import Floats, Ints
from features.ledger.ledger import NEVER, Ledger

BUCKETS = ("current", "1-29", "30-59", "60-89", "90 and over")
_FROM = np.array([1, 30, 60, 90])
"""Days past due at which each bucket but the first begins."""


@dataclass(frozen=True)
class MonthEnd:
    """The loans that were open at a moment, (loans,) each: ``bucket`` a place in ``BUCKETS``, -1 where it was not open.

    ``overdue`` is what had fallen due and was not paid, in currency.
    """

    month: str
    bucket: Ints
    overdue: Floats

    @property
    def loans(self) -> Ints:
        """How many loans are in each bucket, (5,)."""
        return np.bincount(self.bucket[self.bucket >= 0], minlength=len(BUCKETS))

    @property
    def amounts(self) -> Floats:
        """What is overdue in each bucket, (5,) in currency."""
        known = self.bucket >= 0
        return np.bincount(self.bucket[known], self.overdue[known], minlength=len(BUCKETS))


def month_ends(ledger: Ledger, since: pd.Timestamp, until: pd.Timestamp) -> tuple[MonthEnd, ...]:
    """Return the ends of the months between two moments, in their zone, oldest first, from the first due date on."""
    first = int(ledger.instalments.at.min(initial=NEVER))
    starts = pd.date_range(since.normalize(), until, freq="MS", tz=until.tz)
    ended = [start for start in starts if since < start <= until and start.timestamp() > first]
    return tuple(_month_end(ledger, start) for start in ended)


def bucket_of(days_past_due: Ints) -> Ints:
    """Return the bucket of days past due, 0 where they are below 1.

    >>> bucket_of(np.array([-3, 0, 1, 30, 89, 400])).tolist()
    [0, 0, 1, 2, 3, 4]
    """
    return np.searchsorted(_FROM, days_past_due, side="right")


def _month_end(ledger: Ledger, end: pd.Timestamp) -> MonthEnd:
    schedule, at = ledger.instalments, np.int64(end.timestamp())
    loans, everyone = len(ledger.loans.at), ledger.everyone
    age = ledger.local_day(everyone, np.full(len(everyone), at))[schedule.customer] - schedule["due_day"]
    unpaid = (schedule["settled_at"] > at) & (schedule["opened_at"] <= at)
    late = unpaid & (age > 0)
    oldest = np.zeros(loans, np.int64)
    np.maximum.at(oldest, schedule["loan"][late], age[late])
    received = ledger.payments.at <= at
    paid = np.bincount(ledger.payments["instalment"][received], ledger.payments["amount"][received], minlength=len(age))
    owed = np.bincount(schedule["loan"][late], (schedule["amount_due"] - paid)[late], minlength=loans)
    is_open = np.bincount(schedule["loan"][unpaid], minlength=loans) > 0
    month = (end - pd.Timedelta(days=1)).strftime("%Y-%m")
    return MonthEnd(month, np.where(is_open, bucket_of(oldest), -1), np.maximum(owed, 0.0))
