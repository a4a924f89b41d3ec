"""What happened after a moment: the only place that looks past the cut.

Default is a matter of the customer (an instalment reaches a number of days past due within a horizon);
response is a matter of a reminder (its instalment is paid in full within a number of days).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from features.book import Book
from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints, Mask
from features.ledger.calendar import DAY
from features.ledger.ledger import Columns, Ledger
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


class Fates(NamedTuple):
    """What became of customers after a moment each, (n,).

    ``fate`` is a place in ``FATES``; ``days_to_default`` counts from the moment to the day an instalment reached the
    days past due, NaN where none did within the horizon or the fate is not labelled.
    """

    fate: Ints
    days_to_default: Floats


def fates_of(
    ledger: Ledger, customer: Ints, at: Ints, dpd: int = DEFAULT_DPD, horizon_days: int = DEFAULT_HORIZON
) -> Fates:
    """Tell what ``default_cohort`` tells, of any customers at moments of their own, and when a default came.

    ``customer`` (n,) are positions in the ledger and ``at`` (n,) seconds since 1970 UTC. A default counts whether or
    not the book runs so far: what it has not seen paid, it takes for unpaid.
    """
    schedule = ledger.instalments
    settled, today = (schedule["settled_at"], schedule["settled_day"]), ledger.local_day(customer, at)
    owed = (schedule.bounds, schedule["due_day"], *settled, schedule["opened_at"])
    return Fates(*_fates(*owed, customer, at, today, dpd, horizon_days))


@compiled
def _fates(
    bounds: Ints,
    due_day: Ints,
    settled_at: Ints,
    settled_day: Ints,
    opened_at: Ints,
    customer: Ints,
    at: Ints,
    today: Ints,
    dpd: int,
    horizon_days: int,
) -> tuple[Ints, Floats]:
    fate, days = np.full(len(at), 2, np.int64), np.full(len(at), np.nan)
    for i in range(len(at)):
        for j in range(bounds[customer[i]], bounds[customer[i] + 1]):
            age = today[i] - due_day[j]
            if settled_at[j] <= at[i] or opened_at[j] > at[i] or age < dpd - horizon_days:
                continue
            if age >= dpd:
                fate[i] = 1
            elif fate[i] != 1:
                fate[i] = 0
                if settled_day[j] - due_day[j] >= dpd and not days[i] <= dpd - age:
                    days[i] = dpd - age
        if fate[i] == 1:
            days[i] = np.nan
    return fate, days


def instalment_rows(ledger: Ledger, loan: Ints, instalment_no: Ints) -> Ints:
    """Return the ledger's rows of instalments named by row of the loans and number, (n,); -1 where there is none."""
    schedule = ledger.instalments
    wide = schedule["instalment_no"].max(initial=0) + 1
    keys = pd.Index(schedule["loan"] * wide + schedule["instalment_no"])
    legal = (loan >= 0) & (instalment_no >= 0) & (instalment_no < wide)
    return np.where(legal, keys.get_indexer(np.where(legal, loan * wide + instalment_no, -1)), -1).astype(np.int64)


def paid_within(ledger: Ledger, instalment: Ints, at: Ints, days: int = RESPONSE_DAYS) -> Mask:
    """Tell which instalments, by their row in the ledger, were paid in full within ``days`` after a moment, (n,)."""
    settled_at = ledger.instalments["settled_at"][instalment]
    return (settled_at > at) & (settled_at <= at + days * DAY)


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
    paid = paid_within(book.ledger, rows["instalment"], rows.at, days)
    labels = np.empty(len(paid))
    labels[rows["row"]] = paid
    return pd.Series(labels, index=book.reminders.index, name="paid")


def _anyone(rows: Columns, mask: Mask) -> Mask:
    """Return which customers have a row with the mask."""
    return np.bincount(rows.customer[mask], minlength=len(rows.bounds) - 1) > 0
