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
from features.ledger.ledger import NEVER, Ledger
from features.ledger.texts import Coded, coded, objects
from features.ledger.texts import Texts as BookTexts
from features.tables.conform import canonical_dtype
from features.tables.schema import TABLES, Column
from serving.snapshot.declared import declared
from serving.snapshot.texts import Texts

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
        return self._made("customers")

    @cached_property
    def loans(self) -> pd.DataFrame:
        """The table loans."""
        return self._made("loans")

    @cached_property
    def instalments(self) -> pd.DataFrame:
        """The table instalments."""
        return self._made("instalments")

    @cached_property
    def payments(self) -> pd.DataFrame:
        """The table payments."""
        return self._made("payments")

    @cached_property
    def incomes(self) -> pd.DataFrame:
        """The table incomes."""
        return self._made("incomes")

    @cached_property
    def credit(self) -> pd.DataFrame:
        """The table credit."""
        return self._made("credit")

    @cached_property
    def reminders(self) -> pd.DataFrame:
        """The table reminders."""
        return self._made("reminders")

    @cached_property
    def texts(self) -> BookTexts:
        """What the ledger has no numbers for, without a DataFrame."""
        words, choices = self.words, TABLES["customers"].columns
        people = {name: Coded(choices[name].choices, self.ledger.customers[name]) for name in ("language", "gender")}
        people |= {"region": coded(words.regions), "occupation": coded(words.occupations)}
        return BookTexts(people, *map(objects, (words.loans, words.accounts, words.replies)))

    def _made(self, table: str) -> pd.DataFrame:
        columns = declared(table, self.ledger, self.words)
        cells = {name: _cells(TABLES[table].columns[name], column) for name, column in columns.items()}
        return pd.DataFrame(cells, copy=False)


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
