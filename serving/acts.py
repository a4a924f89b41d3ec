"""What a customer could do about their risk: each act an edit of their own rows, a book in, a book out.

The rows are edited, never the features: whatever is computed of them stays consistent. An act changes what was
known at the moment and adds nothing later than it. Who someone is, where they live and how they were reminded
is no act: birth date, gender, region and reminders stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.feature import Unit
from features.history import History, Instalments
from features.ledger.calendar import DAY
from features.matrix import history_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

LIMIT_SHARE = 0.3
"""The share of the credit limit to which ``use_less_credit`` brings the balance down."""

DEBT_SHARE = 0.5
"""The share of the debt with other lenders that ``owe_less_elsewhere`` leaves."""

ON_TIME_DAYS = 365
"""How many days back ``pay_on_time`` looks."""

AHEAD_DAYS = 30
"""How many days ahead ``pay_ahead`` looks."""

_UNITS = 10_000


@dataclass(frozen=True)
class Change:
    """What an act leads to: the edited ``book``, and the numbers of those to whom it applies.

    ``numbers`` has a row for each of these customers, indexed by customer_id; its columns hold the act's ``places``.
    """

    book: Book
    numbers: pd.DataFrame


@dataclass(frozen=True)
class Act:
    """An act: the numbers its text has places for, their unit, and the edit of a book's customers at a moment."""

    places: tuple[str, ...]
    unit: Unit
    edit: Callable[[Book, pd.Timestamp], Change]


def _owed(book: Book) -> Floats:
    """Return what settles each instalment of the ledger, in ten-thousandths, as the ledger counts it."""
    return np.rint(book.ledger.instalments["amount_due"] * _UNITS)


def _received(book: Book, which: Mask) -> Floats:
    """Return what these payments brought each instalment of the ledger, in ten-thousandths."""
    payments = book.ledger.payments
    units = np.rint(payments["amount"][which] * _UNITS)
    return np.bincount(payments["instalment"][which], units, minlength=len(book.ledger.instalments.at))


def _paid_by(book: Book, history: History) -> Mask:
    """Return which payments of the ledger had arrived at the moment of the history."""
    return book.ledger.payments.at <= history.at[book.ledger.payments.customer]


def _paid_now(book: Book, history: History, schedule: Instalments, which: Mask) -> Change:
    rows = schedule.row[which]
    customer = book.ledger.instalments.customer[rows]
    added = _payments(book, rows, history.at[customer], (_owed(book) - _received(book, _paid_by(book, history)))[rows])
    amounts = pd.DataFrame({"amount": added["amount"].to_numpy()}, index=book.ledger.index(customer))
    return Change(_with_payments(book, book.payments, added), amounts.groupby(level=0, sort=False).sum())


def _payments(book: Book, rows: Ints, at: Ints, units: Floats) -> pd.DataFrame:
    """Return a payment towards each of these instalments of the ledger, as rows of the payments table."""
    instalments = book.instalments.iloc[book.ledger.instalments["row"][rows]]
    cells: dict[str, Any] = {
        "loan_id": instalments["loan_id"].to_numpy(),
        "instalment_no": instalments["instalment_no"].to_numpy(),
        "paid_at": pd.to_datetime(at, unit="s", utc=True),
        "amount": units / _UNITS,
    }
    return pd.DataFrame(cells).astype(book.payments.dtypes.to_dict())


def _with_payments(book: Book, payments: pd.DataFrame, added: pd.DataFrame) -> Book:
    return replace(book, payments=pd.concat([payments, added], ignore_index=True)) if len(added) else book


def _without_late(book: Book, on_time: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the payments without those that came later than the ones that stand for them, up to the moment."""
    key = ["loan_id", "instalment_no"]
    since = book.payments[key].merge(on_time[[*key, "paid_at"]], how="left", on=key)["paid_at"]
    came = book.payments["paid_at"].dt.ceil("s").reset_index(drop=True)
    return book.payments[~((came >= since) & (came <= as_of)).to_numpy()]


def _counted(history: History, rows: Ints) -> pd.DataFrame:
    customers = history.ledger.index(history.ledger.instalments.customer[rows])
    return pd.DataFrame({"count": 1.0}, index=customers).groupby(level=0, sort=False).sum()


def _newest(history: History, *columns: str) -> Ints:
    """Return each customer's newest observation known at the moment in which these columns are, as ledger rows."""
    credit = history.ledger.credit
    known = credit.at <= history.at[credit.customer]
    for column in columns:
        known &= ~np.isnan(credit[column])
    rows = np.flatnonzero(known)
    last = np.append(credit.customer[rows][1:] != credit.customer[rows][:-1], True)[: len(rows)]
    return rows[last]


def _observed(book: Book, history: History, column: str, rows: Ints, target: Floats) -> Change:
    """Return the book with these rows of the ledger's observations set to ``target``."""
    credit = history.ledger.credit
    cells = book.credit[column].to_numpy(copy=True)
    cells[credit["row"][rows]] = target
    numbers = {"before": credit[column][rows], "after": target}
    index = history.ledger.index(credit.customer[rows])
    return Change(replace(book, credit=book.credit.assign(**{column: cells})), pd.DataFrame(numbers, index=index))


def pay_overdue(book: Book, as_of: pd.Timestamp) -> Change:
    """Pay every overdue instalment in full, now."""
    history = history_of(book, as_of)
    return _paid_now(book, history, history.fallen_due, ~history.fallen_due.settled)


def pay_ahead(book: Book, as_of: pd.Timestamp) -> Change:
    """Pay now what falls due within ``AHEAD_DAYS``."""
    history = history_of(book, as_of)
    coming = history.to_come
    return _paid_now(book, history, coming, ~coming.settled & (coming.age >= -AHEAD_DAYS))


def pay_on_time(book: Book, as_of: pd.Timestamp) -> Change:
    """Have paid every instalment of the last ``ON_TIME_DAYS`` by its due date: what came later came at its noon."""
    history = history_of(book, as_of)
    due = history.fallen_due
    rows = due.row[(due.days_late > 0) & (due.age <= ON_TIME_DAYS)]
    ledger = book.ledger
    noon = np.zeros(len(ledger.instalments.at), np.int64)
    midday = ledger.instalments["due_day"][rows] * DAY + DAY // 2
    noon[rows] = midday - ledger.zones.offsets(ledger.instalments.customer[rows], midday)
    early = _received(book, _paid_by(book, history) & (ledger.payments.at < noon[ledger.payments["instalment"]]))
    owed = np.maximum(_owed(book), _received(book, _paid_by(book, history)))
    moved = _payments(book, rows, noon[rows], (owed - early)[rows])
    return Change(_with_payments(book, _without_late(book, moved, as_of), moved), _counted(history, rows))


def use_less_credit(book: Book, as_of: pd.Timestamp) -> Change:
    """Bring the newest balance down to ``LIMIT_SHARE`` of its limit."""
    history = history_of(book, as_of)
    rows = _newest(history, "balance", "credit_limit")
    credit = book.ledger.credit
    target = np.round(LIMIT_SHARE * credit["credit_limit"][rows], 2)
    above = (credit["balance"][rows] > target) & (target > 0)
    return _observed(book, history, "balance", rows[above], target[above])


def owe_less_elsewhere(book: Book, as_of: pd.Timestamp) -> Change:
    """Bring the newest debt with other lenders down to ``DEBT_SHARE`` of it."""
    history = history_of(book, as_of)
    rows = _newest(history, "external_debt")
    rows = rows[book.ledger.credit["external_debt"][rows] > 0]
    target = np.round(DEBT_SHARE * book.ledger.credit["external_debt"][rows], 2)
    return _observed(book, history, "external_debt", rows, target)


def seek_no_credit(book: Book, as_of: pd.Timestamp) -> Change:
    """Have applied for no credit in the six months before the newest observation."""
    history = history_of(book, as_of)
    rows = _newest(history, "enquiries_6m")
    rows = rows[book.ledger.credit["enquiries_6m"][rows] > 0]
    return _observed(book, history, "enquiries_6m", rows, np.zeros(len(rows)))


ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "pay_overdue": Act(("amount",), "currency", pay_overdue),
        "pay_ahead": Act(("amount",), "currency", pay_ahead),
        "use_less_credit": Act(("before", "after"), "currency", use_less_credit),
        "owe_less_elsewhere": Act(("before", "after"), "currency", owe_less_elsewhere),
        "seek_no_credit": Act(("before",), "count", seek_no_credit),
        "pay_on_time": Act(("count",), "count", pay_on_time),
    }
)
"""Every act there is."""
