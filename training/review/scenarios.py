"""The judge cases scored again from a book in which something is wrong, from raw tables as in service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.matrix import build_features
from serving.scorer import Scorer
from training.review.changes import CHANGES, Change


def scenario_scores(
    book: Book, scorer: Scorer, cases: pd.DataFrame, changes: Mapping[str, Change] = CHANGES
) -> pd.DataFrame:
    """Return the default probability of each case under each change, on the index of ``cases``, a column a change.

    ``cases`` holds ``customer_id`` and ``at``. Only the rows of these customers are changed and read.
    """
    scored = pd.DataFrame(np.nan, index=cases.index, columns=list(changes))
    for at in cases["at"].unique():
        customers = cases.loc[cases["at"] == at, "customer_id"]
        tables = _tables_of(book, customers)
        for name, change in changes.items():
            scored.loc[customers.index, name] = _score(tables, scorer, at, customers, change)
    return scored


def _score(
    tables: Mapping[str, pd.DataFrame], scorer: Scorer, at: pd.Timestamp, customers: pd.Series[Any], change: Change
) -> npt.NDArray[np.float64]:
    changed = Book(**change.of(tables, at))
    X = build_features(changed, at + pd.Timedelta(days=change.clock_days), list(customers))
    return scorer.score(X).default_probability


def _tables_of(book: Book, customers: pd.Series[Any]) -> dict[str, pd.DataFrame]:
    """Return the rows of these customers, table by table."""
    whose = pd.Index(customers.unique())
    loans = book.loans[book.loans["customer_id"].isin(whose)]
    of_loans = {name: _rows(getattr(book, name), "loan_id", loans["loan_id"]) for name in ("instalments", "payments")}
    named = ("customers", "incomes", "credit", "reminders")
    of_customers = {name: _rows(getattr(book, name), "customer_id", whose) for name in named}
    return dict(replace(book, loans=loans, **of_loans, **of_customers).tables())


def _rows(frame: pd.DataFrame, column: str, wanted: Any) -> pd.DataFrame:
    return frame[frame[column].isin(wanted)].reset_index(drop=True)
