"""The rows a decision by id was made of, as the journal keeps them for replay: by column, null being None."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from features.ledger.ledger import NEVER, Ledger
from features.tables.schema import TABLES, Column
from serving.snapshot.declared import declared
from serving.snapshot.kept_book import KeptBook

type Cells = Mapping[str, Mapping[str, Sequence[Any]]]
"""Columns by table and name; dates are days, moments microseconds since 1970 UTC."""

_SECOND = 1_000_000  # in microseconds


def cells_of(book: KeptBook) -> list[Cells]:
    """Return the rows of each customer of a book, in the order of its ledger."""
    ledger = book.ledger
    found: list[dict[str, Mapping[str, Sequence[Any]]]] = [{} for _ in ledger.ids]
    for table in TABLES:
        columns = {name: _told(table, name, column) for name, column in declared(table, ledger, book.words).items()}
        ends = _ends(ledger, table)
        for own, begin, end in zip(found, ends, ends[1:], strict=False):
            own[table] = {name: column[begin:end] for name, column in columns.items()}
    return list(found)


def _ends(ledger: Ledger, table: str) -> list[int]:
    if table == "customers":
        return list(range(len(ledger.ids) + 1))
    bounds: list[int] = getattr(ledger, table).bounds.tolist()
    return bounds


def _told(table: str, name: str, plain: Any) -> list[Any]:
    """Return a column as plain numbers and texts."""
    if isinstance(plain, Sequence):
        return list(plain)
    column, cells = TABLES[table].columns[name], plain.tolist()
    match column.kind:
        case "moment":
            return [None if at == NEVER else at * _SECOND for at in cells]
        case "choice":
            return [None if code < 0 else column.choices[code] for code in cells]
    if plain.dtype != np.float64:
        return list(cells)
    return [None if cell != cell else _whole(column, cell) for cell in cells]  # NaN is not itself


def _whole(column: Column, cell: float) -> float | int:
    return cell if column.kind == "number" else int(cell)
