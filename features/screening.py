"""Are the tables fit to use? ``validate`` refuses a book with a fault, ``screen`` sets the faulty customers aside.

Training validates, serving screens. Ranges, choices and keys are checked by pandera from the declaration
in schema.py; what a cell was before it failed is kept, so that an error shows the bank's own value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from features.book import Book
from features.conform import Mask, absent_cells, canonical_dtype, convert, known_zones
from features.errors import SchemaError
from features.schema import TABLES, Column, Reference, Table

_FAULT_COLUMNS = ["customer_id", "table", "row", "column", "value", "expected"]
_SHOWN = 5


class Screened(NamedTuple):
    """The fit part of a book, and why the rest was set aside.

    ``rejected`` has a row a fault: customer_id (null when the row's customer is not known), table, row
    (counted from 0 in the table as given), column, value and what was expected.
    """

    book: Book
    rejected: pd.DataFrame


def validate(book: Book) -> Book:
    """Return the book as it is when every row of every table is valid.

    Raises
    ------
    SchemaError
        Naming, for each kind of fault, table, column, number of rows, an example and what was expected.
    """
    found = faults(book)
    if len(found):
        raise SchemaError(summary(found))
    return book


def screen(book: Book) -> Screened:
    """Separate the customers whose rows are all valid from those with a fault anywhere.

    Raises
    ------
    SchemaError
        When a column that every row needs is absent: no customer can then be judged.
    """
    found = faults(book)
    if not len(found):
        return Screened(book, found)
    owners = {name: _owners(name, book) for name in TABLES}
    bad = set(found["customer_id"].dropna())
    faulty = {name: found.loc[found["table"] == name, "row"].to_numpy(np.int64) for name in TABLES}
    kept = {}
    for name, frame in book.tables():
        owner = owners[name]
        keep = (~owner.isin(bad) & owner.notna()).to_numpy(copy=True)
        keep[faulty[name]] = False
        kept[name] = frame[keep]
    return Screened(Book.of(kept), found)


def faults(book: Book) -> pd.DataFrame:
    """Return every fault of a book, a row each: customer_id, table, row, column, value, expected.

    Raises
    ------
    SchemaError
        When a column that may not be null is absent from its table.
    """
    checked = {name: _checked(TABLES[name], frame) for name, frame in book.tables()}
    owners = {name: _owners(name, book) for name in TABLES}
    found = []
    for name, table in TABLES.items():
        own = checked[name].own_faults()
        dangling = [_dangling(table, reference, checked, owners) for reference in table.references]
        together = pd.concat([own, *dangling], ignore_index=True)
        together.insert(0, "customer_id", owners[name].iloc[together["row"]].to_numpy())
        found.append(together)
    return pd.concat(found, ignore_index=True)


def summary(found: pd.DataFrame) -> str:
    """Return faults in words, a line a (table, column, expectation), the most frequent first."""
    groups = found.groupby(["table", "column", "expected"], sort=False)
    lines = [
        f"{table}.{column}: {len(rows)} {'row' if len(rows) == 1 else 'rows'}, such as row {rows['row'].iloc[0]}: "
        f"got {rows['value'].iloc[0]!r}; expected {expected}."
        for (table, column, expected), rows in groups
    ]
    more = [f"... and {len(lines) - _SHOWN} more kinds of fault."] if len(lines) > _SHOWN else []
    return "\n".join(lines[:_SHOWN] + more)


class _Failure(NamedTuple):
    """A cell (or, with columns joined by commas, a few cells of a row) that is not as expected."""

    column: str
    row: int
    expected: str


class _Checked(NamedTuple):
    """A table as given, its cells in canonical form, and what failed in it by itself."""

    table: Table
    given: pd.DataFrame
    cells: pd.DataFrame
    failures: list[_Failure]

    def own_faults(self) -> pd.DataFrame:
        return _listed(self.table, self.given, self.failures)

    def sound(self) -> pd.DataFrame:
        rows = list({failure.row for failure in self.failures})
        return self.cells.drop(index=rows) if rows else self.cells


def _checked(table: Table, frame: pd.DataFrame) -> _Checked:
    absent = [name for name in table.columns if name not in frame]
    if absent:
        expected = table.columns[absent[0]].expectation
        raise SchemaError(
            f"{table.name}.{absent[0]}: the column is absent from {len(frame)} rows; expected {expected}."
        )
    given = frame.reset_index(drop=True)
    converted, unfit = {}, {}
    for name, column in table.columns.items():
        converted[name], unfit[name] = _converted(column, given[name])
    cells = pd.DataFrame(converted)
    fitting = cells[~np.any(list(unfit.values()), axis=0)]
    fitting = fitting.astype({name: canonical_dtype(column) for name, column in table.columns.items()})
    failures = [
        _Failure(name, int(row), table.columns[name].expectation)
        for name, mask in unfit.items()
        for row in np.flatnonzero(mask)
    ]
    keyed = cells[~np.any([unfit[name] for name in table.key], axis=0)]
    return _Checked(table, given, cells, failures + _out_of_range(table, fitting) + _repeated(table, keyed))


def _converted(column: Column, cells: pd.Series[Any]) -> tuple[pd.Series[Any], Mask]:
    if cells.dtype != canonical_dtype(column):
        return convert(column, cells)
    missing = absent_cells(cells)
    return cells, np.zeros(len(cells), np.bool_) if column.nullable else missing


def _listed(table: Table, frame: pd.DataFrame, failures: list[_Failure]) -> pd.DataFrame:
    rows = {
        "table": table.name,
        "row": np.array([failure.row for failure in failures], np.int64),
        "column": [failure.column for failure in failures],
        "value": pd.Series([_value(frame, failure.column, failure.row) for failure in failures], dtype=object),
        "expected": [failure.expected for failure in failures],
    }
    return pd.DataFrame(rows, columns=_FAULT_COLUMNS[1:])


def _value(frame: pd.DataFrame, name: str, row: Any) -> Any:
    values = [frame[part].iloc[row] for part in name.split(", ")]
    plain = [
        v.isoformat() if isinstance(v, pd.Timestamp) else v.item() if isinstance(v, np.generic) else v for v in values
    ]
    return plain[0] if len(plain) == 1 else tuple(plain)


def _out_of_range(table: Table, sound: pd.DataFrame) -> list[_Failure]:
    """Return the cells outside their range or choices."""
    import pandera.errors

    try:
        _contract(table.name).validate(sound, lazy=True)
    except pandera.errors.SchemaErrors as refusal:
        cases = refusal.failure_cases.dropna(subset=["index"])
        cells = zip(cases["column"].astype(str), cases["index"].astype(np.int64), strict=True)
        return [_Failure(name, row, table.columns[name].expectation) for name, row in cells]
    return []


def _repeated(table: Table, keyed: pd.DataFrame) -> list[_Failure]:
    """Return the rows whose key another row has too; a row with a fault elsewhere still holds its key."""
    key = ", ".join(table.key)
    rows = keyed.index[keyed.duplicated(list(table.key), keep=False)]
    return [_Failure(key, row, f"one row a ({key})") for row in rows]


@cache
def _contract(name: str) -> Any:
    """Return the pandera schema of a table: ranges and choices of its columns."""
    import pandera.pandas as pa

    columns = {n: pa.Column(checks=_checks(column, pa), nullable=True) for n, column in TABLES[name].columns.items()}
    return pa.DataFrameSchema(columns)


def _checks(column: Column, pa: Any) -> list[Any]:
    checks = []
    if column.low is not None:
        checks.append(pa.Check.ge(column.low))
    if column.high is not None:
        checks.append(pa.Check.le(column.high))
    if column.choices:
        checks.append(pa.Check.isin(column.choices))
    if column.kind == "zone":
        checks.append(pa.Check.isin(known_zones()))
    return checks


def _dangling(
    table: Table, reference: Reference, checked: Mapping[str, _Checked], owners: Mapping[str, pd.Series[Any]]
) -> pd.DataFrame:
    """Return a fault for each sound row whose reference is found in no row of the other table."""
    columns = list(reference.columns)
    rows, there = checked[table.name].sound(), checked[reference.table].cells
    if "customer_id" in columns and "customer_id" not in there:
        there = there.assign(customer_id=owners[reference.table].astype(rows["customer_id"].dtype))
    lost = rows.index[~_keys(rows[columns]).isin(_keys(there[columns]))]
    name = ", ".join(columns)
    expected = f"a {name} of the table {reference.table}"
    return _listed(table, checked[table.name].given, [_Failure(name, row, expected) for row in lost])


def _keys(columns: pd.DataFrame) -> pd.Index[Any]:
    return pd.Index(columns.iloc[:, 0]) if columns.shape[1] == 1 else pd.MultiIndex.from_frame(columns)


def _owners(name: str, book: Book) -> pd.Series[Any]:
    """Return the customer of each row of a table, null where no loan leads to one."""
    frame = getattr(book, name)
    if "customer_id" in frame:
        return pd.Series(frame["customer_id"].to_numpy(), dtype=object)
    loans = book.loans.drop_duplicates("loan_id")
    return frame["loan_id"].map(loans.set_index("loan_id")["customer_id"]).reset_index(drop=True).astype(object)
