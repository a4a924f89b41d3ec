"""One customer's rows as they come with a request, straight to a ledger, without a DataFrame.

Only what is plainly valid passes here: any cell that is not of its declared kind, range and reference stops
the posting, and the screen, which reads more forms and names the fault, has the last word.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal

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
from features.matrix import features_of, moment_seconds, values_of
from features.tables.conform import known_zones
from features.tables.schema import FIRST_DAY, LAST_DAY, TABLES, Column
from features.tables.screening import validate

type Records = Mapping[str, Sequence[Mapping[str, Any]]]
type Cells = Sequence[Any]
type Table = Mapping[str, Cells]
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
    """Return the entries of one customer's rows.

    Raises
    ------
    NotPlainError
        When a cell is not plainly valid; the screen then says whether it is valid at all.
    """
    cells = _cells(records)
    tables = {name: {key: read(cells[name][key]) for key, read in _READS[name].items()} for name in TABLES}
    _check_owner(cells)
    loans = _places(cells["loans"]["loan_id"])
    for name in ("instalments", "payments", "reminders"):
        tables[name]["loan"] = _looked_up(loans, cells[name]["loan_id"])
    for name in ("loans", "incomes", "credit", "reminders"):
        tables[name]["customer"] = np.zeros(len(cells[name]["customer_id"]), np.int64)
    consents = [cells["customers"][name][0] for name in CONSENTS]
    tables["customers"]["opted_out"] = np.array([float(len(consents) - sum(consents))])
    tables["loans"]["tie"] = _rank(cells["loans"]["loan_id"])
    tables["reminders"]["tie"] = _rank(cells["reminders"]["reminder_id"])
    tables["reminders"]["causes"] = _causes(cells["reminders"]["reply_text"])
    tables["reminders"]["said"] = _said(cells["reminders"]["reply_text"])
    _check_keys(cells)
    zones = _zones(*(cells["customers"][name][0] for name in ZONES))
    return Entries(tuple(cells["customers"]["customer_id"]), zones, tables)


def _zones(home: str | None, other: str | None) -> Zones:
    """Return the zones of the one customer."""
    names = tuple(dict.fromkeys(zone for zone in (home, other) if zone is not None))
    codes = {zone: code for code, zone in enumerate(names)}
    return Zones(names, *(np.array([codes.get(zone, -1)], np.int64) for zone in (home, other)))  # type: ignore[arg-type]


def _cells(records: Records) -> Mapping[str, Table]:
    """Return the cells of every table by column, each of its declared kind and in its range."""
    try:
        rows = msgspec.convert(records, _rows_type())
    except (msgspec.ValidationError, OverflowError) as error:
        raise NotPlainError(str(error)) from error
    return {name: _columns(name, getattr(rows, name)) for name in TABLES}


def _columns(table: str, rows: Sequence[Any]) -> Table:
    if not rows:
        return _EMPTY[table]
    return dict(zip(rows[0].__struct_fields__, zip(*map(msgspec.structs.astuple, rows), strict=True), strict=True))


def _check_owner(cells: Mapping[str, Table]) -> None:
    """Require one customer, to whom every row belongs, and a zone that is known."""
    customer = cells["customers"]["customer_id"]
    _require(len(customer) == 1 and {cells["customers"][name][0] for name in ZONES} <= {None, *known_zones()})
    for name in ("loans", "incomes", "credit", "reminders"):
        _require(set(cells[name]["customer_id"]) <= {customer[0]})


def _check_keys(cells: Mapping[str, Table]) -> None:
    """Require that no two rows of a table share their key."""
    for name in _KEYED:
        keys = list(zip(*(cells[name][key] for key in TABLES[name].key), strict=True))
        _require(len(set(keys)) == len(keys))


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
    return np.array([text is not None and text.strip() != "" for text in texts], np.bool_)


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
    return np.array([np.nan if cell is None else _days((cell,))[0] for cell in cells], np.float64)


def _moments(cells: Cells) -> Ints:
    clock = [
        cell.toordinal() * DAY + cell.hour * 3_600 + cell.minute * 60 + cell.second + (cell.microsecond > 0)
        for cell in cells
    ]
    at = np.array(clock, np.int64) - np.array([_offset(cell.tzinfo) for cell in cells], np.int64)
    _require(within(at, _FIRST * DAY, (_LAST + 1) * DAY - 1))
    return at


def _moments_or_never(cells: Cells) -> Ints:
    return np.array([NEVER if cell is None else _moments((cell,))[0] for cell in cells], np.int64)


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


@cache
def _rows_type() -> type[msgspec.Struct]:
    """Return the type of one customer's records: a list of rows a table, as schema.py declares them."""
    tables: Any = [(name, list[_row_type(name)], msgspec.field(default_factory=list)) for name in TABLES]  # type: ignore[misc]
    return msgspec.defstruct("Records", tables, forbid_unknown_fields=True)


def _row_type(table: str) -> type[msgspec.Struct]:
    columns = sorted(TABLES[table].columns.items(), key=lambda item: item[1].nullable)
    fields = [(n, _type(c) | None, None) if c.nullable else (n, _type(c)) for n, c in columns]
    return msgspec.defstruct(f"{table}-row", fields, gc=False)


def _type(column: Column) -> Any:
    bounds: dict[str, Any] = {
        name: value for name, value in (("ge", column.low), ("le", column.high)) if value is not None
    }
    match column.kind:
        case "number":
            return Annotated[float, msgspec.Meta(**bounds)]
        case "integer":
            whole: dict[str, Any] = {name: int(value) for name, value in bounds.items()}
            return Annotated[int, msgspec.Meta(**whole)]
        case "date":
            return dt.date
        case "moment":
            return Annotated[dt.datetime, msgspec.Meta(tz=True)]
        case "flag":
            return bool
        case "choice":
            return Literal[column.choices]
        case "id":
            return Annotated[str, msgspec.Meta(min_length=1)]
        case _:
            return str


_EPOCH = dt.date(1970, 1, 1).toordinal()
_FIRST, _LAST = (dt.date.fromisoformat(day).toordinal() - _EPOCH for day in (FIRST_DAY, LAST_DAY))
_EMPTY: Mapping[str, Table] = {name: dict.fromkeys(table.columns, ()) for name, table in TABLES.items()}
_READS: Mapping[str, Mapping[str, Read]] = {
    name: {key: _reader(table.columns[key]) for key in table.columns if key in POSTED[name]}
    for name, table in TABLES.items()
}
_KEYED = ("instalments", "payments", "incomes", "credit", "reminders")
"""The tables of one customer whose keys are checked here; those of customers and loans are looked up by id."""
