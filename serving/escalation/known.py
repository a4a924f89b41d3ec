"""What a bank knew of one customer at a moment, as a book of that customer alone.

All evidence is made of it, so nothing later can be in it: what became of a contact is blank until a day after, and of
the future only the schedule of loans already open is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.errors import SchemaError
from features.facts.reminders import FATE, SETTLES_AFTER
from features.matrix import moment_seconds

UTC = "UTC"

_DATED = ("person_asked_on",)


@dataclass(frozen=True)
class Known:
    """One customer at ``as_of``.

    ``book`` holds their rows known by then; contacts without a decision to send are left out. The row of customers
    is not dated: flags and consents are those of the book.
    """

    customer_id: str
    as_of: pd.Timestamp
    book: Book

    @property
    def customer(self) -> pd.Series[Any]:
        """The customer's row."""
        return self.book.customers.iloc[0]

    @property
    def zone(self) -> str:
        """The zone in which days count and times are told: the customer's, UTC where it is not known."""
        return self.customer["timezone"] if self.knows_zone else UTC

    @property
    def knows_zone(self) -> bool:
        """Whether the book has the customer's zone."""
        return bool(pd.notna(self.customer["timezone"]))

    @property
    def today(self) -> date:
        """The day of the customer's calendar."""
        return self.as_of.tz_convert(self.zone).date()

    @cached_property
    def in_zone(self) -> Book:
        """The same book with the zone filled in, for what reads days off replies."""
        return _with(self.book, customers=self.book.customers.assign(timezone=self.zone))

    def is_settled_fate(self, sent_at: pd.Series[Any]) -> npt.NDArray[np.bool_]:
        """Tell of which contacts it is known what became of them."""
        return np.asarray(_known_fate(sent_at, self.as_of))

    def local(self, moments: pd.Series[Any]) -> pd.Series[Any]:
        """Return moments by the customer's clock."""
        return moments.dt.tz_convert(self.zone)

    def clock(self, moments: pd.Series[Any]) -> pd.Series[Any]:
        """Return moments by the customer's clock as text, such as 2026-03-01T09:30:00+08:00."""
        texts = [at.isoformat(timespec="seconds") for at in self.local(moments)]
        return pd.Series(texts, moments.index, dtype="object")


def known_of(book: Book, as_of: pd.Timestamp, customer_id: str) -> Known:
    """Return what was known of a customer at ``as_of``.

    Raises
    ------
    SchemaError
        When the customer is not in the book, or ``as_of`` has no time zone.
    """
    moment_seconds(as_of, 1)
    customers = book.customers[book.customers["customer_id"] == customer_id]
    if customers.empty:
        raise SchemaError(f"customers.customer_id: {customer_id!r} is not in the book.")
    at = as_of.floor("s")
    zone = customers["timezone"].iloc[0]
    day = pd.Timestamp(at.tz_convert(zone if pd.notna(zone) else UTC).date())
    loans = book.loans[(book.loans["customer_id"] == customer_id) & (book.loans["opened_on"] <= day)]
    payments, sent = book.payments, book.reminders
    own_loans = set(loans["loan_id"])
    payments = payments[payments["loan_id"].isin(own_loans) & (payments["paid_at"].dt.ceil("s") <= at)]
    sent = sent[(sent["customer_id"] == customer_id) & (sent["channel"] != "none")]
    sent = sent[(sent["sent_at"].dt.ceil("s") <= at) & sent["loan_id"].isin(own_loans)]
    own = _with(
        book,
        customers=_until(customers, day),
        loans=loans,
        instalments=book.instalments[book.instalments["loan_id"].isin(own_loans)],
        payments=payments.sort_values(["paid_at", "loan_id", "instalment_no"], kind="stable"),
        incomes=book.incomes.iloc[:0],
        credit=book.credit.iloc[:0],
        reminders=_without_fate(sent, at).sort_values(["sent_at", "reminder_id"], kind="stable"),
    )
    return Known(customer_id, at, own)


def _with(book: Book, **tables: pd.DataFrame) -> Book:
    return Book(**{**dict(book.tables()), **{name: frame.reset_index(drop=True) for name, frame in tables.items()}})


def _until(customers: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the customer without what is dated later."""
    return customers.assign(**{name: customers[name].where(customers[name] <= day) for name in _DATED})


def _known_fate(sent_at: pd.Series[Any], at: pd.Timestamp) -> pd.Series[bool]:
    return sent_at.dt.ceil("s") + pd.Timedelta(seconds=SETTLES_AFTER) <= at


def _without_fate(sent: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Return contacts with what became of them blank where it is not yet known."""
    is_known = _known_fate(sent["sent_at"], at)
    blank = {name: sent[name] & is_known for name in FATE}
    answered = sent["answered_at"].where(sent["answered_at"] <= at)
    return sent.assign(**blank, reply_text=sent["reply_text"].where(is_known), answered_at=answered)
