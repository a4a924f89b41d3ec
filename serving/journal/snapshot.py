"""A snapshot's rows of some customers, by column: what replay decides from where a request sent no records.

Numbers are kept to the bit, moments to the microsecond. By column they take a fifth of the time and half of the room
that rows take; ``rows_of`` makes of them the rows that JSON would have carried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from features.book import Book
from features.records import Records
from features.tables.schema import TABLES, Column

type Ints = npt.NDArray[np.int64]
type Cells = Mapping[str, Mapping[str, Sequence[Any]]]
"""Columns by table and name, null being None; dates are days, moments microseconds since 1970 UTC."""

_NOT_A_TIME = np.iinfo(np.int64).min
_DAY = 86_400_000_000
_START = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Snapshot:
    """A book from which customers' rows are taken; made once, asked often."""

    book: Book

    def cells_of(self, customers: Sequence[str]) -> Sequence[Cells]:
        """Return each customer's rows of the seven tables, by column, in the order asked for.

        Raises
        ------
        KeyError
            When a customer is not in the book.
        """
        place = self.book.ledger.position.get_indexer(pd.Index(customers))
        if (place < 0).any():
            raise KeyError(customers[int(np.flatnonzero(place < 0)[0])])
        found: list[dict[str, dict[str, Sequence[Any]]]] = [{} for _ in customers]
        for table, columns in self._columns.items():
            rows, ends = self._rows(table, place)
            told = [(name, read(rows)) for name, read in columns.items()]
            for cells, begin, end in zip(found, (0, *ends), ends, strict=False):
                cells[table] = {name: column[begin:end] for name, column in told}
        return found

    @cached_property
    def _columns(self) -> Mapping[str, Mapping[str, Callable[[Ints], list[Any]]]]:
        return {
            name: {key: _reader(column, frame[key]) for key, column in TABLES[name].columns.items()}
            for name, frame in self.book.tables()
        }

    def _rows(self, table: str, place: Ints) -> tuple[Ints, list[int]]:
        """Return which rows of a table are those customers', one customer after the other, and where each ends."""
        if table == "customers":
            return place, list(range(1, len(place) + 1))
        columns = getattr(self.book.ledger, table)
        bounds, row = columns.bounds, columns["row"]
        parts = [np.sort(row[bounds[at] : bounds[at + 1]]) for at in place.tolist()]
        return np.concatenate([np.zeros(0, np.int64), *parts]), np.cumsum([len(part) for part in parts]).tolist()


def rows_of(cells: Cells) -> Records:
    """Return the rows that JSON would have carried."""
    return {
        table: [
            dict(zip(columns, row, strict=True))
            for row in zip(*(_said(TABLES[table].columns[name], told) for name, told in columns.items()), strict=True)
        ]
        for table, columns in cells.items()
    }


def _said(column: Column, cells: Sequence[Any]) -> Sequence[Any]:
    """Return a column's cells as JSON has them."""
    match column.kind:
        case "date":
            return [None if day is None else date.fromordinal(_FIRST_DAY + day).isoformat() for day in cells]
        case "moment":
            return [None if at is None else (_START + timedelta(microseconds=at)).isoformat() for at in cells]
    return cells


def _reader(column: Column, cells: pd.Series[Any]) -> Callable[[Ints], list[Any]]:
    """Return what takes rows of a column as plain numbers and texts."""
    match column.kind:
        case "date" | "moment":
            times = cells.astype("int64").to_numpy()
            unit = _DAY if column.kind == "date" else 1
            return lambda rows: _without(times[rows] == _NOT_A_TIME, times[rows] // unit)
        case "number":
            numbers = cells.to_numpy()
            return lambda rows: _without(np.isnan(numbers[rows]), numbers[rows])
        case "integer" if column.nullable:
            whole = cells.to_numpy()
            return lambda rows: _without(np.isnan(whole[rows]), np.nan_to_num(whole[rows]).astype(np.int64))
        case "integer" | "flag":
            plain = cells.to_numpy()
            return lambda rows: plain[rows].tolist()
        case _:
            texts = pa.array(cells, pa.large_string())
            return lambda rows: texts.take(pa.array(rows)).to_pylist()


def _without(null: npt.NDArray[np.bool_], cells: npt.NDArray[Any]) -> list[Any]:
    plain: list[Any] = cells.tolist()
    if null.any():
        for k in np.flatnonzero(null):
            plain[k] = None
    return plain
