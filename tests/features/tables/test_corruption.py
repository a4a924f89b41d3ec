"""Bad input of every kind in every column: refused by name, or its customers set aside and nobody else changed.

The oracle below says in plain Python, a cell and a row at a time, what is legal; it shares nothing with the
code under test but the declaration in schema.py.
"""

from __future__ import annotations

import zoneinfo
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import Book, build_features, screen
from features.tables.conform import convert
from features.tables.schema import FIRST_DAY, LAST_DAY, TABLES, Column
from features.tables.screening import summary

Tables = dict[str, pd.DataFrame]
Rows = dict[str, list[dict[str, Any]]]

SETTINGS = settings(
    derandomize=True, database=None, deadline=None, max_examples=2, suppress_health_check=list(HealthCheck)
)
PAIRS = [(table.name, column) for table in TABLES.values() for column in table.columns]
CLONES = 2
ILLEGAL = object()

KINDS: dict[str, st.SearchStrategy[Any]] = {
    "a null": st.sampled_from([None, np.nan, pd.NaT, pd.NA, Decimal("NaN"), Decimal("sNaN"), np.datetime64("NaT", "us")]),
    "a blank text": st.sampled_from(["", " ", "\t\n", "\u3000"]),
    "a text": st.sampled_from(["abc", "-", "NULL", "nan", "Infinity", "a\0b", "\ud800", "é", "x" * 5_000]) | st.text(max_size=4),
    "a number in letters": st.sampled_from(["5", " 5 ", "5.0", "1e3", "1e999", "0x10", "1_000", "1,000", "１２", "+.5", "5.", "--1", "12%", "€5"]),
    "a flag in letters": st.sampled_from(["true", "FALSE ", "yes", "t", "1", "0.0", "-0.0", "2"]),
    "true or false": st.sampled_from([True, False, np.True_, np.False_]),
    "a number": st.floats() | st.integers() | st.sampled_from([0, 1, -0.0, 0.5, 0.01, 0.0099, 1e12, 1.1e12, np.inf, -np.inf, 5e-324]),
    "negative money": st.floats(-1e9, -0.001),
    "a huge number": st.sampled_from([10**400, -(10**400), 10**5_000, 2**63, 2**70, 2**53 + 1, 1e308, Decimal("1e400")]),
    "another numeric type": st.sampled_from([1 + 2j, 1j * 0, Decimal(5), Decimal("0.1"), Fraction(1, 2), np.complex64(1)]),
    "a numpy scalar": st.sampled_from([np.int8(3), np.uint64(2**63), np.float32(2.5), np.float16(1), np.longdouble("2.5"), np.str_("5"), np.timedelta64(1, "D"), np.bytes_(b"5")]),
    "a container": st.sampled_from([[1], [], {"a": 1}, (1, 2), {1}, b"5", np.array([1, 2]), np.array([]), pd.Series([1, 2]), pd.DataFrame()]),
    "an object": st.sampled_from([object(), int, len, Ellipsis, pd.Timedelta("1D"), pd.Period("2025-01"), pd.Interval(0, 1)]),
    "a date in letters": st.sampled_from(["2025-09-01", " 2025-09-01", "2025-09-01 00:00:00", "2025-09-01T00:00", "2025-09-01T00:01", "2025-13-01", "2025-02-29", "2024-02-29", "2025-W01-1", "2025-244", "20250901", "2025", "2025-09", "01/09/2025", "2025-9-1", "1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01", "0001-01-01", "9999-12-31", "10000-01-01"]),
    "a date whose midnight does not exist": st.sampled_from(["2018-11-04", "2023-04-28", "2022-03-27", "2011-12-30"]),
    "a date": st.dates() | st.sampled_from([date(2025, 9, 1), datetime(2025, 9, 1), datetime(2025, 9, 1, 1), datetime(2025, 9, 1, tzinfo=UTC), pd.Timestamp("2025-09-01"), pd.Timestamp("2025-09-01 00:00:00.000000001"), np.datetime64("2025-09-01"), np.datetime64("2025", "Y"), np.datetime64("2025-09-01T00:00", "ns")]),
    "a moment in letters": st.sampled_from(["2025-09-05T12:00:00", "2025-09-05T12:00:00+08:00", "2025-09-05 12:00Z", "2025-09-05 12:00:00+08", "2025-09-05T12:00:00.123456789+0545", "2025-09-05T12Z", "2025-09-05T12:00:00+25:00", "2025-09-05T24:00:00Z", "2016-12-31T23:59:60Z", "2025-09-05T12:00:00 Asia/Shanghai", "0001-01-01T00:00:00+14:00", "1899-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "2199-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00"]),
    "a moment": st.datetimes(timezones=st.sampled_from([UTC, zoneinfo.ZoneInfo("America/Sao_Paulo"), zoneinfo.ZoneInfo("Pacific/Apia")])) | st.sampled_from([pd.Timestamp("2025-09-05", tz="Asia/Kathmandu"), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)]),
    "a moment that the clocks show twice": st.sampled_from([datetime(2025, 10, 26, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=fold) for fold in (0, 1)]),
    "a time zone": st.sampled_from(["Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "UTC", "Etc/GMT+12", "GMT+8", "+08:00", "CST", "asia/shanghai", "Asia/Atlantis", "../../etc/passwd", "localtime", "Factory", "posixrules"]),
    "a choice": st.sampled_from(["sms", "SMS", " sms", "none", "letter", "firm", "plan", "zh", "fr", "F", "salary", "mortgage", "deceased"]),
    "an id of nobody": st.sampled_from(["ghost", "ann-0 ", "ANN-0", 7, 7.0, 7.5]),
}  # fmt: skip


def meaning(column: Column, cell: Any) -> Any:
    """Return what a cell stands for: None for a null, ILLEGAL where the column may not hold it."""
    if is_null(cell):
        return None if column.nullable else ILLEGAL
    read: Callable[[Any], Any] = {
        "id": text, "text": text, "choice": text, "zone": text, "date": day, "moment": moment, "number": number, "integer": number, "flag": flag,
    }[column.kind]  # fmt: skip
    value = read(cell)
    if value is ILLEGAL or not is_within(column, value):
        return ILLEGAL
    return value


def is_null(cell: Any) -> bool:
    if isinstance(cell, str):
        return cell.isspace() or not cell
    may_be = isinstance(cell, float | Decimal | np.floating | np.datetime64)
    return cell is None or cell is pd.NA or cell is pd.NaT or (may_be and str(cell) in ("nan", "NaN", "sNaN", "NaT"))


def is_within(column: Column, value: Any) -> bool:
    if column.kind == "choice":
        return value in column.choices
    if column.kind == "zone":
        return value in zoneinfo.available_timezones() - {"Factory", "localtime"}
    if column.kind == "integer" and value % 1:
        return False
    return (column.low is None or value >= column.low) and (column.high is None or value <= column.high)


def text(cell: Any) -> Any:
    if isinstance(cell, str):
        return ILLEGAL if any(0xD800 <= ord(letter) < 0xE000 for letter in cell) else str(cell)
    whole = (
        isinstance(cell, int | np.integer) and not isinstance(cell, bool | np.timedelta64) and abs(int(cell)) < 2**128
    )
    if whole or (isinstance(cell, float | Decimal) and abs(cell) < 2**53 and cell % 1 == 0):
        return str(int(cell))
    return ILLEGAL


def number(cell: Any) -> Any:
    spelt = isinstance(cell, str) and set(cell.strip()) <= set("0123456789+-.eE")
    typed = isinstance(cell, int | float | Decimal | np.integer | np.floating)
    if not (spelt or typed) or isinstance(cell, bool | np.timedelta64):
        return ILLEGAL
    try:
        return float(cell) if abs(float(cell)) < np.inf else ILLEGAL
    except (ValueError, OverflowError):
        return ILLEGAL


def flag(cell: Any) -> Any:
    if isinstance(cell, bool | np.bool_):
        return bool(cell)
    if isinstance(cell, str):
        return {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}.get(
            cell.strip().lower(), ILLEGAL
        )
    return {0: False, 1: True}.get(number(cell), ILLEGAL)


def day(cell: Any) -> Any:
    if isinstance(cell, datetime) and cell.tzinfo:
        return ILLEGAL
    spelt = (str(cell) if isinstance(cell, str | date | np.datetime64) else "").strip()
    if spelt[10:].lstrip("T ").rstrip("0") not in ("", "00:", "00:00:", "00:00:00."):
        return ILLEGAL
    return spelt[:10] if is_day(spelt[:10]) and FIRST_DAY <= spelt[:10] <= LAST_DAY else ILLEGAL


def moment(cell: Any) -> Any:
    spelt = cell.strip() if isinstance(cell, str) else cell.isoformat() if isinstance(cell, datetime) else ""
    try:
        read = datetime.fromisoformat(spelt)
        shift = read.utcoffset()
        utc = (read.replace(tzinfo=None) - shift) if shift is not None else None
    except (ValueError, OverflowError):
        return ILLEGAL
    if utc is None or spelt[13:14] != ":" or not is_day(spelt[:10]) or not 1900 <= utc.year < 2200:
        return ILLEGAL
    return utc.replace(tzinfo=UTC).isoformat()


def is_day(spelt: str) -> bool:
    try:
        return date.fromisoformat(spelt).isoformat() == spelt
    except ValueError:
        return False


class Expected:
    """What the oracle expects of seven tables of rows: faulty rows, whom they concern, and the rest of the rows."""

    def __init__(self, rows: Rows) -> None:
        self.rows = {
            name: [{n: meaning(column, row.get(n)) for n, column in TABLES[name].columns.items()} for row in rows[name]]
            for name in TABLES
        }
        self.lender = {
            loan["loan_id"]: loan["customer_id"]
            for loan in reversed(self.rows["loans"])
            if loan["loan_id"] is not ILLEGAL
        }
        self.faulty = {(name, k) for name in TABLES for k in self.faulty_rows(name)}
        self.concerned = {who for name, k in self.faulty for who in self.named(name, k)}

    def faulty_rows(self, name: str) -> set[int]:
        table, rows = TABLES[name], self.rows[name]
        unfit = {k for k, row in enumerate(rows) if ILLEGAL in row.values()}
        keys = [self.cells(row, table.key) for row in rows]
        times = Counter(keys)
        twice = {k for k, key in enumerate(keys) if key is not None and times[key] > 1}
        lost = set()
        for reference in table.references:
            held = {self.cells(self.owned(row), reference.columns) for row in self.rows[reference.table]}
            lost |= {k for k, row in enumerate(rows) if self.cells(row, reference.columns) not in held}
        return unfit | twice | lost

    def owned(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a row with the customer whose it is, by its loan where it does not say."""
        return {"customer_id": self.lender.get(row.get("loan_id")), **row}

    @staticmethod
    def cells(row: dict[str, Any], columns: tuple[str, ...]) -> tuple[Any, ...] | None:
        found = tuple(row[column] for column in columns)
        return None if any(cell is None or cell is ILLEGAL for cell in found) else found

    def named(self, name: str, k: int) -> set[Any]:
        """Return the customer that a row names, itself or, where it has no such column, by its loan."""
        row = self.rows[name][k]
        return {row["customer_id"] if "customer_id" in row else self.lender.get(row["loan_id"])} - {None, ILLEGAL}

    def kept(self) -> Tables:
        """Return the rows of the customers who are not concerned, in plain types."""
        out = {}
        for name, rows in self.rows.items():
            named = [self.named(name, k) for k in range(len(rows))]
            fit = [
                row
                for k, row in enumerate(rows)
                if named[k] and not named[k] & self.concerned and (name, k) not in self.faulty
            ]
            out[name] = pd.DataFrame(fit, columns=list(TABLES[name].columns), dtype=object)
        return out


@pytest.fixture(scope="module")
def clean(hand_made: Tables) -> Tables:
    """Return the worked customers twice over, under names of their own."""
    whole = {name: frame.reindex(columns=list(TABLES[name].columns)) for name, frame in hand_made.items()}
    parts = [{name: renamed(frame, k) for name, frame in whole.items()} for k in range(CLONES)]
    return {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in hand_made}


def renamed(frame: pd.DataFrame, k: int) -> pd.DataFrame:
    names = [name for name in ("customer_id", "loan_id", "reminder_id") if name in frame]
    return frame.assign(**{name: frame[name] + f"-{k}" for name in names}).astype(object)


@pytest.fixture(scope="module")
def before(clean: Tables) -> Expected:
    return Expected(rows_of(clean))


@pytest.fixture(scope="module")
def clean_features(clean: Tables, as_of: pd.Timestamp) -> pd.DataFrame:
    return build_features(Book.of(clean), as_of)


def rows_of(tables: Tables) -> Rows:
    return {name: frame.to_dict("records") for name, frame in tables.items()}


def with_cells(frame: pd.DataFrame, column: str, cells: dict[int, Any]) -> pd.DataFrame:
    """Return the frame with other cells in some rows of a column, whatever their type."""
    return frame.assign(**{column: column_of(cells.get(k, cell) for k, cell in enumerate(frame[column]))})


CELLS = st.sampled_from(list(KINDS.values())).flatmap(lambda kind: kind)


def column_of(cells: Iterable[Any]) -> pd.Series:
    """Return a column of objects that holds each cell as it is, containers too."""
    listed = list(cells)
    values = np.empty(len(listed), object)
    for k, cell in enumerate(listed):
        values[k] = cell
    return pd.Series(values, dtype=object)


@pytest.mark.parametrize(("table", "column"), PAIRS)
@settings(SETTINGS, max_examples=25)
@given(cells=st.lists(CELLS, min_size=1, max_size=12))
def test_a_cell_is_read_as_what_it_means_or_not_at_all(table: str, column: str, cells: list[Any]) -> None:
    declared = TABLES[table].columns[column]
    values, unfit = convert(declared, column_of(cells))
    for cell, value, refused in zip(cells, values, unfit, strict=True):
        meant = meaning(declared, cell)
        if refused:
            assert meant is ILLEGAL
        elif meant is None:
            assert pd.isna(value)
        elif meant is ILLEGAL:  # out of range: the checks of the table refuse it
            assert declared.kind in ("number", "choice", "zone") or declared.high is not None
        else:
            assert (value.isoformat()[: len(meant)] if declared.kind == "date" else value) == (
                pd.Timestamp(meant) if declared.kind == "moment" else meant
            )


@pytest.mark.parametrize(("table", "column"), PAIRS)
@SETTINGS
@given(drawn=st.data())
def test_bad_cells_set_their_customers_aside_and_change_nobody_else(
    clean: Tables,
    before: Expected,
    clean_features: pd.DataFrame,
    as_of: pd.Timestamp,
    table: str,
    column: str,
    drawn: st.DataObject,
) -> None:
    others = st.sampled_from(list(clean[table][column]))
    cells = drawn.draw(st.dictionaries(st.integers(0, len(clean[table]) - 1), CELLS, min_size=1, max_size=9))
    cells |= drawn.draw(st.dictionaries(st.integers(0, len(clean[table]) - 1), others, max_size=2))
    damaged = clean | {table: with_cells(clean[table], column, cells)}
    rows = rows_of(clean)
    for k, cell in cells.items():
        rows[table][k] = rows[table][k] | {column: cell}
    assert_screened(damaged, Expected(rows), {(table, k) for k in cells}, before, clean_features, as_of)


def assert_screened(
    damaged: Tables,
    expected: Expected,
    touched: set[tuple[str, int]],
    before: Expected,
    clean_features: pd.DataFrame,
    at: pd.Timestamp,
) -> None:
    screened = screen(Book.of(damaged))
    rejected = screened.rejected
    assert set(zip(rejected["table"], rejected["row"], strict=True)) == expected.faulty
    assert set(rejected["customer_id"].dropna()) == expected.concerned
    if len(rejected):
        assert all(f"{table}." in summary(rejected) for table in rejected["table"].head(1))
    found = build_features(screened.book, at)
    assert set(found.index) == {row["customer_id"] for row in expected.rows["customers"]} - expected.concerned - {
        None,
        ILLEGAL,
    }
    assert not np.isinf(found.to_numpy()).any()
    involved = {who for name, k in touched for one in (expected, before) for who in one.named(name, k)}
    involved |= {who for name, k in expected.faulty for who in before.named(name, k)}
    same = [who for who in found.index if who not in involved]
    pd.testing.assert_frame_equal(found.loc[same], clean_features.loc[same], check_exact=True)
    if len(same) < len(found):
        meant = build_features(Book.of(expected.kept()), at)
        pd.testing.assert_frame_equal(found, meant.loc[found.index], check_exact=True)
