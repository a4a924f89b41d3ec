"""One customer's rows as they come with a request, straight to a ledger, without a DataFrame.

Only what is plainly valid passes here: any cell that is not of its declared kind, range and reference stops
the posting, and the screen, which reads more forms and names the fault, has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.columns import CONSENTS
from features.compiled import compiled
from features.conform import known_zones
from features.errors import SchemaError
from features.history import History
from features.ledger import Ledger, Zones
from features.matrix import features_of, moment_seconds
from features.posting import Entries, post
from features.replies import causes_of
from features.schema import FIRST_DAY, LAST_DAY, TABLES, Column
from features.screening import validate
from features.windows import Ints

_OFFSET = re.compile(r"Z|[+-]([01]\d|2[0-3]):[0-5]\d")

type Records = Mapping[str, Sequence[Mapping[str, Any]]]
type Cells = Sequence[Any]
type Read = Callable[[Cells], npt.NDArray[Any]]


class NotPlainError(SchemaError):
    """A cell is not plainly valid: it may have a fault, or a form that only the screen reads."""


def build_features_of_records(records: Records, as_of: pd.Timestamp) -> pd.DataFrame:
    """Compute the catalogue's features of one customer from rows as JSON holds them; see ``build_features``.

    Parameters
    ----------
    records
        The customer's rows, a list of mappings a table; a table without rows may be left out.
    as_of
        The moment of the cut, with a time zone.

    Returns
    -------
    DataFrame
        (1, features), equal to the bit to the same customer's row of ``build_features``.

    Raises
    ------
    SchemaError
        When a row has a fault; it names table, column, row, value and expectation.
    """
    ledger = ledger_of_records(records)
    return features_of(History(ledger, ledger.everyone, moment_seconds(as_of, len(ledger.position))))


def ledger_of_records(records: Records) -> Ledger:
    """Return the ledger of one customer's rows; see ``build_features_of_records``."""
    try:
        return post(plain_entries(records))
    except SchemaError:
        rows = {
            n: pd.DataFrame(list(records.get(n, ())), columns=list(t.columns), dtype=object) for n, t in TABLES.items()
        }
        return validate(Book.of(rows)).ledger


def plain_entries(records: Records) -> Entries:
    """Return the entries of one customer's rows.

    Raises
    ------
    NotPlainError
        When a cell is not plainly valid; the screen then says whether it is valid at all.
    """
    cells = {name: _cells(name, records.get(name, ())) for name in TABLES}
    tables = {name: {key: read(cells[name][key]) for key, read in _READS[name].items()} for name in TABLES}
    _check_owner(cells)
    loans = _places(cells["loans"]["loan_id"])
    for name in ("instalments", "payments", "reminders"):
        tables[name]["loan"] = _looked_up(loans, cells[name]["loan_id"])
    for name in ("loans", "incomes", "credit", "reminders"):
        tables[name]["customer"] = np.zeros(len(cells[name]["customer_id"]), np.int64)
    consents = [tables["customers"].pop(name)[0] for name in CONSENTS]
    tables["customers"]["opted_out"] = np.array([float(len(consents) - sum(consents))])
    tables["loans"]["tie"] = _rank(cells["loans"]["loan_id"])
    tables["reminders"]["tie"] = _rank(cells["reminders"]["reminder_id"])
    tables["reminders"]["causes"] = tables["reminders"].pop("reply_text")
    _check_keys(cells)
    position = pd.Index(cells["customers"]["customer_id"], dtype="str", name="customer_id")
    return Entries(position, Zones(tuple(cells["customers"]["timezone"]), np.zeros(1, np.int64)), tables)


def _cells(table: str, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Cells]:
    """Return the cells of a table by column; a column left out is null."""
    columns = _COLUMNS[table]
    try:
        return dict(zip(columns, zip(*map(_PICK[table], rows), strict=True), strict=True)) if rows else _NO_ROWS[table]
    except KeyError:
        return {name: tuple(row.get(name) for row in rows) for name in columns}


def _check_owner(cells: Mapping[str, Mapping[str, Cells]]) -> None:
    """Require one customer, to whom every row belongs, and a zone that is known."""
    customer = cells["customers"]["customer_id"]
    _require(len(customer) == 1 and type(customer[0]) is str and customer[0] != "")
    _require(cells["customers"]["timezone"][0] in known_zones())
    for name in ("loans", "incomes", "credit", "reminders"):
        _require(set(cells[name]["customer_id"]) <= {customer[0]})


def _check_keys(cells: Mapping[str, Mapping[str, Cells]]) -> None:
    """Require that no two rows of a table share their key."""
    for name in _KEYED:
        keys = list(zip(*(cells[name][key] for key in TABLES[name].key), strict=True))
        _require(len(set(keys)) == len(keys))


def _places(ids: Cells) -> Mapping[str, int]:
    _require(set(map(type, ids)) <= {str} and "" not in ids)
    places = {name: k for k, name in enumerate(ids)}
    _require(len(places) == len(ids))
    return places


def _looked_up(places: Mapping[str, int], ids: Cells) -> Ints:
    try:
        return np.array([places[name] for name in ids], np.int64)
    except (KeyError, TypeError) as error:
        raise NotPlainError("a row points to nothing.") from error


def _rank(ids: Cells) -> Ints:
    _require(set(map(type, ids)) <= {str} and "" not in ids)
    order = {name: k for k, name in enumerate(sorted(ids))}
    return np.array([order[name] for name in ids], np.int64)


def _require(holds: bool) -> None:
    if not holds:
        raise NotPlainError("a cell is not plainly valid.")


def _number(column: Column) -> Read:
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    kinds = {int} if column.kind == "integer" else {int, float}
    dtype = np.int64 if column.kind == "integer" and not column.nullable else np.float64

    def read(cells: Cells) -> npt.NDArray[Any]:
        missing = column.nullable and None in cells
        _require(set(map(type, cells)) <= (kinds | {type(None)} if missing else kinds))
        try:
            numbers = np.array(cells, dtype)  # None becomes NaN
        except OverflowError as error:
            raise NotPlainError("a number is too large.") from error
        _require(within(numbers, low, high, missing))
        return numbers

    return read


def _flag(column: Column) -> Read:
    def read(cells: Cells) -> npt.NDArray[Any]:
        _require(set(map(type, cells)) <= {bool})
        return np.array(cells, np.bool_)

    return read


def _choice(column: Column) -> Read:
    codes: dict[str | None, int] = {name: k for k, name in enumerate(column.choices)}
    if column.nullable:
        codes[None] = -1
    return lambda cells: _looked_up(codes, cells)  # type: ignore[arg-type]


def _date(column: Column) -> Read:
    first, last = (float(np.datetime64(day).astype(np.int64)) for day in (FIRST_DAY, LAST_DAY))

    def read(cells: Cells) -> npt.NDArray[Any]:
        given = [cell for cell in cells if cell is not None] if column.nullable else cells
        _require(all(type(cell) is str and len(cell) == 10 and cell[4] == cell[7] == "-" for cell in given))
        try:
            days = np.array(cells, "datetime64[D]")
        except ValueError as error:
            raise NotPlainError("a date is none.") from error
        whole = days.astype(np.int64)
        numbers = np.where(np.isnat(days), np.nan, whole) if column.nullable else whole
        _require(within(numbers, first, last, column.nullable))
        return numbers

    return read


def _moment(column: Column) -> Read:
    def read(cells: Cells) -> npt.NDArray[Any]:
        _require(all(type(cell) is str and cell[4:5] == cell[7:8] == "-" and cell[10:11] == "T" for cell in cells))
        try:
            clock = np.array([cell[:19] for cell in cells], "datetime64[s]").astype(np.int64)
        except ValueError as error:
            raise NotPlainError("a moment is none.") from error
        return clock - np.array([_offset(cell[19:]) for cell in cells], np.int64)

    return read


@lru_cache
def _offset(text: str) -> int:
    """Return the seconds of a UTC offset such as +08:00 or Z."""
    _require(_OFFSET.fullmatch(text) is not None)
    minutes = 0 if text == "Z" else int(text[1:3]) * 60 + int(text[4:6])
    return -60 * minutes if text[0] == "-" else 60 * minutes


def _text(column: Column) -> Read:
    """Read an answer as the causes it tells of."""

    def read(cells: Cells) -> npt.NDArray[Any]:
        _require(set(map(type, cells)) <= {str, type(None)})
        return np.array([0 if cell is None else causes_of(cell) for cell in cells], np.int64)

    return read


@compiled
def within(numbers: npt.NDArray[Any], low: float, high: float, missing: bool) -> bool:
    """Tell whether every number lies in [low, high]; NaN does when some may be ``missing``."""
    for number in numbers:  # noqa: SIM110 (compiled code knows no generators)
        if not (low <= number <= high or (missing and np.isnan(number))):
            return False
    return True


_MAKERS: Mapping[str, Callable[[Column], Read]] = {
    "number": _number,
    "integer": _number,
    "flag": _flag,
    "choice": _choice,
    "date": _date,
    "moment": _moment,
    "text": _text,
}
_POINTERS = ("id", "zone")
_COLUMNS = {name: tuple(table.columns) for name, table in TABLES.items()}
_PICK = {name: itemgetter(*columns) for name, columns in _COLUMNS.items()}
_NO_ROWS: Mapping[str, Mapping[str, Cells]] = {n: dict.fromkeys(columns, ()) for n, columns in _COLUMNS.items()}
_READS: Mapping[str, Mapping[str, Read]] = {
    name: {key: _MAKERS[c.kind](c) for key, c in table.columns.items() if c.kind not in _POINTERS}
    for name, table in TABLES.items()
}
_KEYED = ("instalments", "payments", "incomes", "credit", "reminders")
"""The tables of one customer whose keys are checked here; those of customers and loans are looked up by id."""
