"""Rows as they come with a request, straight to a ledger, without a DataFrame.

Only what is plainly valid passes here: any cell that is not of its declared kind, range and reference stops
the posting, and the screen, which reads more forms and names the fault, has the last word.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd

from features.book import Book
from features.errors import SchemaError
from features.history import History
from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints
from features.ledger.calendar import DAY
from features.ledger.columns import CONSENTS, POSTED, ZONES
from features.ledger.ledger import NEVER, Ledger, Zones
from features.ledger.posting import Entries, post
from features.ledger.replies import causes_of
from features.ledger.texts import CODED, Texts, coded, objects
from features.matrix import features_of, moment_seconds, values_of
from features.plain_rows import NotPlainError, Records, plain_rows
from features.tables.conform import known_zones
from features.tables.schema import FIRST_DAY, LAST_DAY, TABLES, Column
from features.tables.screening import validate

type Cells = Sequence[Any]
type Table = Mapping[str, Cells]
type Read = Callable[[Cells], npt.NDArray[Any]]


@dataclass(frozen=True)
class PostedRows:
    """Plainly valid rows of some customers, ready to be decided on as a book is: a ``ledger`` and its texts."""

    ledger: Ledger
    cells: Mapping[str, Table]

    @cached_property
    def texts(self) -> Texts:
        """What the ledger has no numbers for."""
        customers, loans = self.cells["customers"], self.cells["loans"]
        return Texts(
            {name: coded([_not_blank(cell) for cell in customers[name]]) for name in CODED},
            objects(loans["loan_id"]),
            objects([_not_blank(cell) for cell in loans["account_masked"]]),
            objects([_not_blank(cell) for cell in self.cells["reminders"]["reply_text"]]),
        )


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
    return features_of(_history(records, as_of))


def values_of_records(records: Records, as_of: pd.Timestamp) -> Floats:
    """Return the numbers alone, (1, features) in the order of the catalogue; see ``build_features_of_records``."""
    return values_of(_history(records, as_of))


def _history(records: Records, as_of: pd.Timestamp) -> History:
    ledger = ledger_of_records(records)
    return History(ledger, ledger.everyone, moment_seconds(as_of, 1))


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
    """Return the entries of one customer's rows, each of which says whose it is.

    Raises
    ------
    NotPlainError
        When a cell is not plainly valid; the screen then says whether it is valid at all.
    """
    rows = plain_rows(records)
    own = {row.customer_id for name in _OWNED for row in getattr(rows, name)}
    _require(len(own) == 1 and msgspec.UNSET not in own)
    return _entries([own.pop()], *_cells([rows]))


def posted_rows(sent: Mapping[str, Any]) -> PostedRows:
    """Return the rows of several customers, by customer_id as ``plain_rows`` reads them, posted together.

    Raises
    ------
    NotPlainError
        When a cell is not plainly valid, a row points to nothing, or rows of two customers share an id.
    """
    cells, owner = _cells(list(sent.values()))
    try:
        return PostedRows(post(_entries(list(sent), cells, owner)), cells)
    except SchemaError as error:
        raise NotPlainError(str(error)) from error


def _cells(sent: Sequence[Any]) -> tuple[dict[str, Table], dict[str, Ints]]:
    """Return the cells of each table by column, and whose each row is."""
    cells, owner = {}, {}
    for name in TABLES:
        parts = [getattr(rows, name) for rows in sent]
        cells[name] = _columns(name, [row for part in parts for row in part])
        owner[name] = np.repeat(np.arange(len(sent)), [len(part) for part in parts])
    return cells, owner


def _entries(names: Sequence[str], cells: Mapping[str, Table], owner: Mapping[str, Ints]) -> Entries:
    _check_customers(names, cells, owner)
    tables = {name: {key: read(cells[name][key]) for key, read in _READS[name].items()} for name in TABLES}
    loans = _places(cells["loans"]["loan_id"])
    for name in ("instalments", "payments", "reminders"):
        tables[name]["loan"] = _looked_up(loans, cells[name]["loan_id"])
        _require(bool((owner["loans"][tables[name]["loan"]] == owner[name]).all()))
    for name in _OWNED[1:]:
        tables[name]["customer"] = owner[name]
    refused = [~tables["customers"][name] for name in CONSENTS]
    tables["customers"]["opted_out"] = np.sum(refused, axis=0, dtype=np.float64)
    tables["loans"]["tie"] = _rank(cells["loans"]["loan_id"])
    tables["reminders"]["tie"] = _rank(cells["reminders"]["reminder_id"])
    tables["reminders"]["causes"] = _causes(cells["reminders"]["reply_text"])
    tables["reminders"]["said"] = _said(cells["reminders"]["reply_text"])
    _check_keys(cells, owner)
    return Entries(tuple(names), _zones(*(cells["customers"][name] for name in ZONES)), tables)


def _zones(home: Cells, other: Cells) -> Zones:
    """Return the zones of the customers."""
    names = tuple(dict.fromkeys(zone for zone in (*home, *other) if zone is not None))
    codes = {zone: code for code, zone in enumerate(names)}
    return Zones(names, *(np.array([codes.get(zone, -1) for zone in column], np.int64) for column in (home, other)))


def _columns(table: str, rows: Sequence[Any]) -> Table:
    """Return the cells of rows by column."""
    if not rows:
        return _EMPTY[table]
    return dict(zip(rows[0].__struct_fields__, zip(*map(msgspec.structs.astuple, rows), strict=True), strict=True))


def _check_customers(names: Sequence[str], cells: Mapping[str, Table], owner: Mapping[str, Ints]) -> None:
    """Require one row a customer, that every row is its sender's, zones that are known, and ids that are not blank."""
    customers = cells["customers"]
    _require(len(owner["customers"]) == len(names) and bool((owner["customers"] == np.arange(len(names))).all()))
    _require({zone for name in ZONES for zone in customers[name]} - {None} <= known_zones())
    for name in _OWNED:
        told = zip(cells[name]["customer_id"], owner[name].tolist(), strict=True)
        _require(all(own is msgspec.UNSET or own == names[k] for own, k in told))
    ids = (names, cells["loans"]["loan_id"], cells["reminders"]["reminder_id"])
    _require(not any(name.isspace() for column in ids for name in column))


def _check_keys(cells: Mapping[str, Table], owner: Mapping[str, Ints]) -> None:
    """Require that no two rows of a table share their key."""
    for name in _KEYED:
        columns = [owner[name].tolist() if key == "customer_id" else cells[name][key] for key in TABLES[name].key]
        _require(len(set(zip(*columns, strict=True))) == len(owner[name]))


def _places(ids: Cells) -> Mapping[str, int]:
    places = {name: k for k, name in enumerate(ids)}
    _require(len(places) == len(ids))
    return places


def _looked_up(places: Mapping[Any, int], ids: Cells) -> Ints:
    try:
        return np.array([places[name] for name in ids], np.int64)
    except KeyError as error:
        raise NotPlainError("a row points to nothing.") from error


def _rank(ids: Cells) -> Ints:
    order = {name: k for k, name in enumerate(sorted(ids))}
    return np.array([order[name] for name in ids], np.int64)


def _causes(texts: Cells) -> Ints:
    return np.array([0 if text is None else causes_of(text) for text in texts], np.int64)


def _said(texts: Cells) -> npt.NDArray[np.bool_]:
    return np.array([_not_blank(text) is not None for text in texts], np.bool_)


def _not_blank(text: str | None) -> str | None:
    """Return a text, None where there is nothing in it but spaces, as the screen reads it."""
    return text if text is not None and text.strip() else None


def _require(holds: bool) -> None:
    if not holds:
        raise NotPlainError("a cell is not plainly valid.")


def _reader(column: Column) -> Read:
    """Return what turns valid cells into the plain column that is posted."""
    match column.kind:
        case "date":
            return _dates if column.nullable else _days
        case "moment":
            return _moments_or_never if column.nullable else _moments
        case "choice":
            codes = {name: k for k, name in enumerate(column.choices)} | {None: -1}
            return lambda cells: np.array([codes[cell] for cell in cells], np.int64)
        case "flag":
            return lambda cells: np.array(cells, np.bool_)
        case "integer" if not column.nullable:
            return lambda cells: np.array(cells, np.int64)
        case _:
            return _numbers


def _numbers(cells: Cells) -> npt.NDArray[np.float64]:
    return np.array(cells, np.float64)  # None becomes NaN


def _days(cells: Cells) -> Ints:
    days = np.array([cell.toordinal() for cell in cells], np.int64) - _EPOCH
    _require(within(days, _FIRST, _LAST))
    return days


def _dates(cells: Cells) -> npt.NDArray[np.float64]:
    return _where_known(cells, _days, np.full(len(cells), np.nan))


def _moments(cells: Cells) -> Ints:
    clock = [
        cell.toordinal() * DAY + cell.hour * 3_600 + cell.minute * 60 + cell.second + (cell.microsecond > 0)
        for cell in cells
    ]
    at = np.array(clock, np.int64) - np.array([_offset(cell.tzinfo) for cell in cells], np.int64)
    _require(within(at, _FIRST * DAY, (_LAST + 1) * DAY - 1))
    return at


def _moments_or_never(cells: Cells) -> Ints:
    return _where_known(cells, _moments, np.full(len(cells), NEVER))


def _where_known(cells: Cells, read: Read, column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return a column with what the cells that are not null read as in their places."""
    known = [k for k, cell in enumerate(cells) if cell is not None]
    if known:
        column[known] = read([cells[k] for k in known])
    return column


@compiled
def within(numbers: Ints, first: int, last: int) -> bool:
    """Tell whether every number lies between two, both included."""
    for number in numbers:  # noqa: SIM110 (compiled code knows no generators)
        if number < first or number > last:
            return False
    return True


@cache
def _offset(zone: dt.tzinfo) -> int:
    """Return what the clock of a zone of fixed offset is ahead of the seconds since 1970 UTC."""
    ahead = zone.utcoffset(None) or dt.timedelta()
    return _EPOCH * DAY + int(ahead.total_seconds())


_EPOCH = dt.date(1970, 1, 1).toordinal()
_FIRST, _LAST = (dt.date.fromisoformat(day).toordinal() - _EPOCH for day in (FIRST_DAY, LAST_DAY))
_EMPTY: Mapping[str, Table] = {name: dict.fromkeys(table.columns, ()) for name, table in TABLES.items()}
_READS: Mapping[str, Mapping[str, Read]] = {
    name: {key: _reader(table.columns[key]) for key in table.columns if key in POSTED[name]}
    for name, table in TABLES.items()
}
_OWNED = ("customers", "loans", "incomes", "credit", "reminders")
"""The tables whose rows say whose they are."""
_KEYED = ("instalments", "payments", "incomes", "credit", "reminders")
"""The tables whose keys are checked here; those of customers and loans are looked up by id."""
