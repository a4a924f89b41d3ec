"""A book of a few customers made from a ledger: what decides asks for the ledger, and a DataFrame is made on demand.

Its rows lie in the ledger's order. Moments are whole seconds, rounded up as the ledger has them.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.ledger.calendar import DAY
from features.ledger.ledger import NEVER, Columns, Ledger
from features.tables.conform import canonical_dtype
from features.tables.schema import TABLES, Column
from serving.snapshot.texts import Texts

type Cells = npt.NDArray[Any] | list[str | None]

_SECOND = 1_000_000  # in microseconds


class KeptBook(Book):
    """A ``Book`` whose tables are made from ``ledger`` and ``words`` when they are first asked for.

    Make one with ``KeptBook.holding``; a copy with other tables (``dataclasses.replace``) is a book like any other.
    """

    words: Texts

    @classmethod
    def holding(cls, ledger: Ledger, words: Texts) -> KeptBook:
        """Return the book of a ledger whose ``row`` counts from 0 in every table, and of its texts."""
        book = cls.__new__(cls)
        vars(book).update(ledger=ledger, words=words)
        return book

    @cached_property
    def customers(self) -> pd.DataFrame:
        """The table customers."""
        ledger, zones = self.ledger, self.ledger.zones
        names = np.array([*zones.names, None], dtype=object)
        texts = {"region": self.words.regions, "occupation": self.words.occupations}
        places = {"timezone": names[zones.code], "timezone_other": names[zones.other]}
        return _frame("customers", {**ledger.customers, "customer_id": list(ledger.ids), **places, **texts})

    @cached_property
    def loans(self) -> pd.DataFrame:
        """The table loans."""
        loans = self.ledger.loans
        texts = {"loan_id": self.words.loans, "account_masked": self.words.accounts}
        return _frame("loans", {**_of(loans), "customer_id": self._owners(loans), "opened_on": loans["day"], **texts})

    @cached_property
    def instalments(self) -> pd.DataFrame:
        """The table instalments."""
        schedule = self.ledger.instalments
        return _frame(
            "instalments",
            {**_of(schedule), "loan_id": self._loans(schedule["loan"]), "due_date": schedule["due_day"]},
        )

    @cached_property
    def payments(self) -> pd.DataFrame:
        """The table payments."""
        payments = self.ledger.payments
        return _frame("payments", {**_of(payments), **self._instalment(payments), "paid_at": payments.at})

    @cached_property
    def incomes(self) -> pd.DataFrame:
        """The table incomes."""
        incomes = self.ledger.incomes
        return _frame("incomes", {**_of(incomes), "customer_id": self._owners(incomes), "received_on": incomes["day"]})

    @cached_property
    def credit(self) -> pd.DataFrame:
        """The table credit."""
        credit = self.ledger.credit
        return _frame("credit", {**_of(credit), "customer_id": self._owners(credit), "observed_on": credit["day"]})

    @cached_property
    def reminders(self) -> pd.DataFrame:
        """The table reminders."""
        sent = self.ledger.reminders
        texts = {"reminder_id": self.words.reminders, "reply_text": self.words.replies}
        return _frame(
            "reminders",
            {
                **_of(sent),
                **self._instalment(sent),
                "customer_id": self._owners(sent),
                "sent_at": sent.at,
                **texts,
            },
        )

    def _owners(self, table: Columns) -> Cells:
        return [self.ledger.ids[k] for k in table.customer.tolist()]

    def _loans(self, rows: npt.NDArray[np.int64]) -> Cells:
        return [self.words.loans[k] for k in rows.tolist()]

    def _instalment(self, table: Columns) -> dict[str, Cells]:
        """Return the loan_id and the number of the instalment of each row."""
        schedule = self.ledger.instalments
        row = table["instalment"]
        return {"loan_id": self._loans(schedule["loan"][row]), "instalment_no": schedule["instalment_no"][row]}


def _of(table: Columns) -> dict[str, Any]:
    return dict(table.values)


def _frame(table: str, columns: dict[str, Any]) -> pd.DataFrame:
    declared = TABLES[table].columns.items()
    return pd.DataFrame({name: _cells(column, columns[name]) for name, column in declared}, copy=False)


def _cells(column: Column, plain: Any) -> Any:
    """Return plain values as the cells of a book."""
    match column.kind:
        case "date":
            return _days(plain)
        case "moment":
            at = np.where(plain == NEVER, np.datetime64("NaT", "us"), (plain * _SECOND).view("datetime64[us]"))
            return pd.DatetimeIndex(at).tz_localize("UTC")
        case "choice":
            names = np.array([*column.choices, None], dtype=object)
            return pd.array(names[plain], canonical_dtype(column))
        case "id" | "text" | "zone":
            return pd.array(plain, canonical_dtype(column))
        case _:
            return plain


def _days(days: npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    is_null = np.isnan(days)
    whole = np.where(is_null, 0, days).astype(np.int64) * DAY * _SECOND
    dates = whole.view("datetime64[us]")
    dates[is_null] = np.datetime64("NaT", "us")
    return dates
