"""A book as it was known at a moment: what came later is for the next snapshot, or for events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from features.book import Book
from features.ledger.ledger import Columns
from features.matrix import moment_seconds


def known_at(book: Book, as_of: pd.Timestamp) -> Book:
    """Return the book without rows that became known after ``as_of``; the book itself where there are none.

    What became of a reminder, and what the table customers says, is as the book has it.
    """
    (at,) = moment_seconds(as_of, 1).tolist()
    ledger = book.ledger
    dated = {name: getattr(ledger, name) for name in ("loans", "incomes", "credit", "reminders")}
    if all((table.at <= at).all() for table in (*dated.values(), ledger.payments)):
        return book
    kept = {name: _kept(getattr(book, name), table, at) for name, table in dated.items()}
    loans = kept["loans"]["loan_id"]
    paid = book.payments["paid_at"].dt.ceil("s") <= as_of.floor("s")
    return replace(
        book,
        **{**kept, "reminders": kept["reminders"][kept["reminders"]["loan_id"].isin(loans)]},
        instalments=book.instalments[book.instalments["loan_id"].isin(loans)],
        payments=book.payments[paid & book.payments["loan_id"].isin(loans)],
    )


def _kept(frame: pd.DataFrame, table: Columns, at: int) -> pd.DataFrame:
    return frame.iloc[np.sort(table["row"][table.at <= at])]
