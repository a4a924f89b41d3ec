"""What happened after a moment: the only place that looks past the cut.

Default is a matter of the customer (an instalment reaches a number of days past due within a horizon);
response is a matter of a reminder (its instalment is paid in full within a number of days).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.book import Book
from features.kernel.windows import Mask
from features.ledger.calendar import DAY
from features.ledger.ledger import Columns
from features.matrix import history_of

DEFAULT_DPD = 30
DEFAULT_HORIZON = 90
RESPONSE_DAYS = 7


def default_labels(
    book: Book,
    as_of: pd.Timestamp,
    dpd: int = DEFAULT_DPD,
    horizon_days: int = DEFAULT_HORIZON,
    customers: Sequence[str] | None = None,
) -> pd.Series[Any]:
    """Tell who defaults: an instalment reaches ``dpd`` days past due within ``horizon_days`` after ``as_of``.

    Only customers not in default at ``as_of`` and with an instalment that could reach ``dpd`` in the horizon
    are labelled. The book must run to the end of the horizon, or defaults it has not seen yet count as none.

    Returns
    -------
    Series
        0.0 or 1.0, indexed by customer_id, named ``default``.
    """
    history = history_of(book, as_of, customers)
    ledger, schedule = book.ledger, book.ledger.instalments
    at = history.at[0] if len(history.at) else np.int64(0)
    everyone = ledger.everyone
    today = ledger.local_day(everyone, np.full(len(everyone), at))
    age = today[schedule.customer] - schedule["due_day"]
    open_now = (schedule["settled_at"] > at) & (ledger.loans.at[schedule["loan"]] <= at)
    at_risk = open_now & (age < dpd) & (age >= dpd - horizon_days)
    defaults = _anyone(schedule, at_risk & (schedule["settled_day"] - schedule["due_day"] >= dpd))
    eligible = ~_anyone(schedule, open_now & (age >= dpd)) & _anyone(schedule, at_risk)
    labels = pd.Series(defaults.astype(np.float64), index=ledger.index(everyone), name="default")
    return labels.iloc[history.customer[eligible[history.customer]]]


def response_labels(book: Book, days: int = RESPONSE_DAYS) -> pd.Series[Any]:
    """Tell which reminders were followed by payment in full within ``days`` days.

    Parameters
    ----------
    book
        The raw tables; for a reminder of the last ``days`` days of the book the answer is not known yet.

    Returns
    -------
    Series
        0.0 or 1.0, on the index of the reminders table, named ``paid``.
    """
    rows = book.ledger.reminders
    settled_at = book.ledger.instalments["settled_at"][rows["instalment"]]
    paid = (settled_at > rows.at) & (settled_at <= rows.at + days * DAY)
    labels = np.empty(len(paid))
    labels[rows["row"]] = paid
    return pd.Series(labels, index=book.reminders.index, name="paid")


def _anyone(rows: Columns, mask: Mask) -> Mask:
    """Return which customers have a row with the mask."""
    return np.bincount(rows.customer[mask], minlength=len(rows.bounds) - 1) > 0
