"""The rows of a book packed for a snapshot: those of the ledger, and what the ledger leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.book import Book
from features.kernel.windows import Ints
from features.ledger.columns import plain_column
from features.ledger.ledger import Ledger
from features.tables.schema import TABLES
from serving.snapshot.layout import CODED, DATED, LOGGED, packed

type Columns = Mapping[str, npt.NDArray[Any]]

TEXTS: Mapping[str, tuple[str, ...]] = {
    "customers": ("customer_id", "region", "occupation"),
    "loans": ("loan_id", "account_masked"),
    "reminders": ("reminder_id", "reply_text"),
}
"""The columns that are kept as texts, in the order of the ledger's rows."""


@dataclass(frozen=True)
class PackedBook:
    """Packed rows by table, how many each customer has of the tables ``DATED`` (customers, tables), and the texts."""

    rows: Mapping[str, npt.NDArray[Any]]
    counts: Ints
    texts: Mapping[str, pa.Table]


def pack(book: Book, zones: dict[str, int]) -> PackedBook:
    """Return a book's rows packed; ``zones`` numbers the time zones met so far, and takes in those of the book."""
    ledger = book.ledger
    counts = np.stack([np.diff(getattr(ledger, name).bounds) for name in DATED], axis=1)
    rows = {name: packed(name, _columns(name, ledger, book), len(getattr(ledger, name).at)) for name in DATED}
    rows["customers"] = packed("customers", _people(ledger, book, zones), len(ledger.ids))
    return PackedBook(rows, counts, {name: _texts(name, ledger, book) for name in TEXTS})


def _columns(table: str, ledger: Ledger, book: Book) -> Columns:
    columns = getattr(ledger, table)
    values = {**columns.values, "at": columns.at}
    if table in ("payments", "reminders"):
        values["instalment"] = values["instalment"] - ledger.instalments.bounds[columns.customer]
    if table == "instalments":
        values["loan"] = values["loan"] - ledger.loans.bounds[columns.customer]
        values |= _left_out(table, ("instalment_no",), ledger, book)
    if table == "reminders":
        values |= _left_out(table, LOGGED, ledger, book)
    return values


def _left_out(table: str, names: tuple[str, ...], ledger: Ledger, book: Book) -> Columns:
    """Return columns of a table in the ledger's order."""
    row, frame = getattr(ledger, table)["row"], getattr(book, table)
    return {name: plain_column(TABLES[table].columns[name], frame[name])[row] for name in names}


def _people(ledger: Ledger, book: Book, zones: dict[str, int]) -> Columns:
    codes = np.array([zones.setdefault(name, len(zones)) for name in ledger.zones.names] + [-1], np.int64)
    coded = {name: plain_column(TABLES["customers"].columns[name], book.customers[name]) for name in CODED}
    places = {"zone": codes[ledger.zones.code], "zone_other": codes[ledger.zones.other]}
    return {**ledger.customers, **coded, **places}


def _texts(table: str, ledger: Ledger, book: Book) -> pa.Table:
    frame = getattr(book, table)[list(TEXTS[table])]
    ordered = frame if table == "customers" else frame.iloc[getattr(ledger, table)["row"]]
    return pa.Table.from_pandas(ordered, text_schema(table), preserve_index=False)


def text_schema(table: str) -> pa.Schema:
    """Return the columns of a table's file of texts."""
    return pa.schema([(name, pa.string()) for name in TEXTS[table]])
