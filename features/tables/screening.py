"""Are the tables fit to use? ``validate`` refuses a book with a fault, ``screen`` sets the faulty customers aside.

Training validates, serving screens. What a table can be wrong in by itself is in checks.py, what it can be
wrong in with the others in references.py.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from features.book import Book
from features.errors import SchemaError
from features.kernel.windows import Ints
from features.tables.cells import shown
from features.tables.checks import Checked, Failure, checked, repeated
from features.tables.references import References
from features.tables.schema import TABLES

_SHOWN = 5


class Screened(NamedTuple):
    """The fit part of a book, and why the rest was set aside.

    ``rejected`` has a row a fault: customer_id (null when the row leads to no customer), table, row (counted
    from 0 in the table as given), column, value and what was expected. Whether a customer is fit depends on
    that customer's own rows, and on nobody sharing their ids.
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
    references = _references(book)
    found = _faults(references)
    if not len(found):
        return Screened(book, found)
    bad = np.append(references.ids["customer_id"].isin(found["customer_id"].dropna()), True)
    kept = {}
    for name, frame in book.tables():
        owner = references.owner[name]
        keep = ~bad[owner]
        keep[found.loc[found["table"] == name, "row"]] = False
        kept[name] = frame[keep]
    return Screened(Book.of(kept), found)


def faults(book: Book) -> pd.DataFrame:
    """Return every fault of a book, a row each: customer_id, table, row, column, value, expected.

    Raises
    ------
    SchemaError
        When a column that may not be null is absent from its table.
    """
    return _faults(_references(book))


def summary(found: pd.DataFrame) -> str:
    """Return faults in words, a line a (table, column, expectation), the most frequent first."""
    once = found.drop_duplicates(["table", "row", "column", "expected"])
    groups = once.groupby(["table", "column", "expected"], sort=False)
    lines = [
        f"{table}.{column}: {len(rows)} {'row' if len(rows) == 1 else 'rows'}, such as row {rows['row'].iloc[0]}: "
        f"got {shown(rows['value'].iloc[0])}; expected {expected}."
        for (table, column, expected), rows in sorted(groups, key=lambda group: -len(group[1]))
    ]
    more = [f"... and {len(lines) - _SHOWN} more kinds of fault."] if len(lines) > _SHOWN else []
    return "\n".join(lines[:_SHOWN] + more)


def _references(book: Book) -> References:
    return References({name: checked(TABLES[name], frame) for name, frame in book.tables()})


def _faults(references: References) -> pd.DataFrame:
    found = [
        _listed(references, one, failure)
        for one in references.tables.values()
        for failure in _failures(references, one)
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(_columns("", [], [], [], ""))


def _failures(references: References, one: Checked) -> list[Failure]:
    dangling = [failure for reference in one.table.references for failure in references.dangling(one.table, reference)]
    return one.failures + repeated(one.table, references.keys(one.table)) + dangling


def _listed(references: References, one: Checked, failure: Failure) -> pd.DataFrame:
    owner = references.owner[one.table.name][failure.rows]
    names = np.array([*references.ids["customer_id"], None], dtype=object)[owner]
    values = _values(one.given, failure.column, failure.rows)
    return pd.DataFrame(_columns(one.table.name, names, failure.rows, values, failure.expected, failure.column))


def _columns(
    table: str, customers: Any, rows: Any, values: list[Any], expected: str, column: str = ""
) -> dict[str, pd.Series[Any]]:
    return {
        "customer_id": pd.Series(customers, dtype=object),
        "table": pd.Series(table, index=range(len(values)), dtype="str"),
        "row": pd.Series(rows, dtype=np.int64),
        "column": pd.Series(column, index=range(len(values)), dtype="str"),
        "value": pd.Series(values, dtype=object),
        "expected": pd.Series(expected, index=range(len(values)), dtype="str"),
    }


def _values(frame: pd.DataFrame, name: str, rows: Ints) -> list[Any]:
    parts = [[_plain(cell) for cell in frame[part].iloc[rows]] for part in name.split(", ")]
    return parts[0] if len(parts) == 1 else list(zip(*parts, strict=True))


def _plain(cell: Any) -> Any:
    if isinstance(cell, pd.Timestamp):
        return cell.isoformat()
    if isinstance(cell, np.datetime64):
        return str(cell)
    return cell.item() if isinstance(cell, np.generic) else cell
