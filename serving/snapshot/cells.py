"""The rows a decision by id was made of, as the journal keeps them for replay."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from features.ledger.ledger import Ledger
from features.tables.schema import TABLES, Column
from serving.journal.cells import Cells, kept_numbers
from serving.snapshot.declared import declared
from serving.snapshot.kept_book import KeptBook


def cells_of(book: KeptBook) -> list[Cells]:
    """Return the rows of each customer of a book, in the order of its ledger."""
    ledger = book.ledger
    by_table = []
    for table in TABLES:
        ends, columns = _ends(ledger, table), declared(table, ledger, book.words)
        kept = [_kept(TABLES[table].columns[name], column, ends) for name, column in columns.items()]
        by_table.append([dict(zip(columns, own, strict=True)) for own in zip(*kept, strict=True)])
    return [dict(zip(TABLES, own, strict=True)) for own in zip(*by_table, strict=True)]


def _ends(ledger: Ledger, table: str) -> list[int]:
    if table == "customers":
        return list(range(len(ledger.ids) + 1))
    bounds: list[int] = getattr(ledger, table).bounds.tolist()
    return bounds


def _kept(column: Column, plain: Any, ends: Sequence[int]) -> Sequence[bytes | Sequence[str | None]]:
    """Return what is kept of a column for each customer."""
    if isinstance(plain, np.ndarray) and column.kind != "choice":
        return kept_numbers(plain, ends)
    names = [*column.choices, None]
    texts = [names[code] for code in plain.tolist()] if column.kind == "choice" else plain
    return [texts[begin:end] for begin, end in pairwise(ends)]
