"""What a ledger has no numbers for: names, groups and answers in words, as columns of Python objects.

They lie in the order of the tables, which the ledger's ``row`` columns give back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.kernel.windows import Ints, Mask
from features.ledger.ledger import Ledger

Objects = npt.NDArray[np.object_]

CODED = ("language", "gender", "region", "occupation")
"""The columns of the customers that hold few different texts."""


@dataclass(frozen=True)
class Coded:
    """A column of few different texts: ``code`` (rows,) is the place in ``names``, -1 for null."""

    names: tuple[str, ...]
    code: Ints

    def told(self, rows: Ints, absent: str | None = None) -> Objects:
        """Return the texts of these rows, ``absent`` where null."""
        return objects([*self.names, absent])[self.code[rows]]

    def among(self, rows: Ints, wanted: Sequence[str]) -> Mask:
        """Tell which of these rows hold one of the texts wanted."""
        return np.array([*(name in wanted for name in self.names), False])[self.code[rows]]


type People = Mapping[str, Coded]
"""The columns ``CODED`` of customers by name."""


@dataclass(frozen=True)
class Texts:
    """The texts of a book: the columns ``CODED`` of the customers, and by row of their tables, None where null, others.

    ``loans`` are the ids of the loans, ``accounts`` their masked numbers, ``replies`` the answers to the reminders.
    """

    customers: People
    loans: Objects
    accounts: Objects
    replies: Objects


class Posted(Protocol):
    """What decisions are made on: a book, or rows that came with a request, as a ledger with its texts."""

    @property
    def ledger(self) -> Ledger:
        """The rows as sorted numpy columns."""

    @property
    def texts(self) -> Texts:
        """What the ledger has no numbers for."""


def objects(cells: Sequence[Any]) -> Objects:
    """Return cells as they are, (n,)."""
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column


def coded(cells: Sequence[str | None]) -> Coded:
    """Return a column coded, its texts in the order in which they are first met.

    >>> coded(["zh", None, "en", "zh"])
    Coded(names=('zh', 'en'), code=array([ 0, -1,  1,  0]))
    """
    places: dict[str | None, int] = {None: -1}
    code = [places.setdefault(cell, len(places) - 1) for cell in cells]
    return Coded(tuple(name for name in places if name is not None), np.array(code, np.int64))


def texts_of(tables: Mapping[str, pd.DataFrame]) -> Texts:
    """Return the texts of one DataFrame a table, as ``Book.of`` leaves them."""
    customers, loans = tables["customers"], tables["loans"]
    return Texts(
        people_of(customers),
        *(_column(frame) for frame in (loans["loan_id"], loans["account_masked"], tables["reminders"]["reply_text"])),
    )


def people_of(customers: pd.DataFrame) -> People:
    """Return the columns ``CODED`` of rows of the customers' table."""
    return {name: _factorised(customers[name]) for name in CODED}


def _factorised(cells: pd.Series[Any]) -> Coded:
    codes, names = pd.factorize(cells)
    return Coded(tuple(map(str, names)), codes.astype(np.int64))


def _column(cells: pd.Series[Any]) -> Objects:
    return cells.astype(object).where(cells.notna(), None).to_numpy(dtype=object)
