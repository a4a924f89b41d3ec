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

LABELLED, IN_DEFAULT, NOTHING_AT_RISK = "labelled", "in default", "nothing at risk"
FATES = (LABELLED, IN_DEFAULT, NOTHING_AT_RISK)
"""What a customer is at a moment: with an outcome to learn from, in default already, or with nothing that could be."""


def default_cohort(
    book: Book,
    as_of: pd.Timestamp,
    dpd: int = DEFAULT_DPD,
    horizon_days: int = DEFAULT_HORIZON,
    customers: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Tell of each customer whether they are labelled at ``as_of``, else why not; arguments as of ``default_labels``.

    Returns
    -------
    DataFrame
        Indexed by customer_id: ``fate``, one of ``FATES``, and ``default``, 0.0 or 1.0, which counts
        where the fate is labelled.
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
    is_in_default, has_risk = _anyone(schedule, open_now & (age >= dpd)), _anyone(schedule, at_risk)
    fate = np.where(is_in_default, IN_DEFAULT, np.where(has_risk, LABELLED, NOTHING_AT_RISK))
    cohort = pd.DataFrame({"fate": fate, "default": defaults.astype(np.float64)}, index=ledger.index(everyone))
    return cohort.iloc[history.customer]


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
    cohort = default_cohort(book, as_of, dpd, horizon_days, customers)
    return cohort.loc[cohort["fate"] == LABELLED, "default"]


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
