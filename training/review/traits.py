"""Whose a case is: the product, the age and the other groups by which a reviewer cuts a population.

None of them is made for the model; they are looked up for the moment of the case.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.history import History, Instalments
from features.matrix import history_of
from features.tables.schema import PRODUCTS
from serving.actions import STANCES
from serving.groups import DAYS_A_YEAR, UNKNOWN, age_bands
from serving.stance import stance_of
from training.dataset import Sample


def traits(book: Book, sample: Sample) -> pd.DataFrame:
    """Return ``product``, ``stance``, ``gender``, ``age_band`` and ``region`` of each row of a sample.

    ``product`` is that of the loan with the largest amount open: overdue, or due within the schedule in view.
    """
    history = history_of(book, list(sample.at), list(sample.X.index))
    customers = book.customers.set_index("customer_id").loc[sample.X.index]
    return pd.DataFrame(
        {
            "product": _product(history),
            "stance": np.array(STANCES, dtype=object)[stance_of(sample.X)],
            "gender": customers["gender"].fillna(UNKNOWN).to_numpy(dtype=object),
            "age_band": age_bands(history.days_since("birth_date") / DAYS_A_YEAR),
            "region": customers["region"].fillna(UNKNOWN).to_numpy(dtype=object),
        }
    )


def _product(history: History) -> npt.NDArray[Any]:
    """Return the product of each case's largest open loan, (n,)."""
    ledger = history.ledger
    open_rows = pd.concat([_open(history.fallen_due), _open(history.to_come)])
    loan = ledger.instalments["loan"][open_rows["row"].to_numpy()]
    by_loan = open_rows.assign(loan=loan).groupby(["case", "loan"])["amount"].sum().reset_index()
    largest = by_loan.sort_values("amount", kind="stable").drop_duplicates("case", keep="last")
    product = np.full(len(history.at), UNKNOWN, dtype=object)
    code = ledger.loans["product"][largest["loan"].to_numpy()].astype(np.int64)
    product[largest["case"]] = np.array(PRODUCTS, dtype=object)[code]
    return product


def _open(part: Instalments) -> pd.DataFrame:
    case = np.repeat(np.arange(len(part.bounds) - 1), np.diff(part.bounds))
    rows = pd.DataFrame({"case": case, "row": part.row, "amount": part.amount - part.paid})
    return rows[~part.settled]
