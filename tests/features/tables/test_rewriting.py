"""Harmless rewritings: the same book in other clothes is valid and has the same features, to the bit."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features import Book, SchemaError, build_features, screen, validate
from features.tables.conform import conform
from features.tables.schema import TABLES

Tables = dict[str, pd.DataFrame]
SETTINGS = settings(
    derandomize=True, database=None, deadline=None, max_examples=8, suppress_health_check=list(HealthCheck)
)


def columns_as(convert: Callable[[pd.Series], Any], *kinds: str) -> Callable[[pd.DataFrame, str], pd.DataFrame]:
    """Return a rewriting of the columns of some kinds (all, when none is named) of a canonical table."""

    def rewrite(frame: pd.DataFrame, table: str) -> pd.DataFrame:
        declared = TABLES[table].columns
        return frame.assign(**{n: convert(frame[n]) for n in frame if not kinds or declared[n].kind in kinds})

    return rewrite


def as_texts(cells: pd.Series) -> pd.Series:
    return pd.Series([None if pd.isna(cell) else str(cell) for cell in cells], dtype=object)


def through_csv(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)), dtype="str", keep_default_na=False)


REWRITINGS = {
    "columns in reverse order": lambda frame, table: frame[frame.columns[::-1]],
    "columns that are not declared": lambda frame, table: frame.assign(**{"": 1, "Unnamed: 0": "x"}).assign(**{"more": [[]] * len(frame)}),
    "columns named by numbers and nothing": lambda frame, table: pd.concat([frame, pd.DataFrame({0: 1, None: 2, ("a", "b"): 3}, index=frame.index)], axis=1),
    "two columns of one undeclared name": lambda frame, table: pd.concat([frame, pd.DataFrame([[1, 2]] * len(frame), columns=["x", "x"])], axis=1),
    "an index of one value": lambda frame, table: frame.set_axis([7] * len(frame)),
    "an index of two levels": lambda frame, table: frame.set_axis(pd.MultiIndex.from_arrays([np.arange(len(frame)), ["x"] * len(frame)])),
    "an index of moments named as a column": lambda frame, table: frame.set_axis(pd.date_range("2025", periods=len(frame), name="customer_id")),
    "every cell an object": columns_as(lambda cells: cells.astype(object)),
    "categories": columns_as(lambda cells: cells.astype("category")),
    "pandas' nullable dtypes": lambda frame, table: frame.convert_dtypes(),
    "Arrow's dtypes": lambda frame, table: frame.convert_dtypes(dtype_backend="pyarrow"),
    "through CSV as pandas writes it": through_csv,
    "numbers as texts": columns_as(as_texts, "number", "integer"),
    "numbers as texts with spaces around": columns_as(lambda cells: " " + as_texts(cells) + " ", "number", "integer"),
    "flags as 0 and 1": columns_as(lambda cells: cells.astype(int), "flag"),
    "flags as TRUE and FALSE": columns_as(lambda cells: cells.astype(str).str.upper(), "flag"),
    "whole numbers as decimals": columns_as(lambda cells: cells.astype(float), "integer"),
    "amounts as whole numbers where they are": columns_as(lambda cells: cells.astype("Int64") if (cells % 1 == 0).all() else cells, "number"),
    "dates as texts": columns_as(lambda cells: cells.dt.strftime("%Y-%m-%d"), "date"),
    "dates as midnights in letters": columns_as(lambda cells: cells.dt.strftime("%Y-%m-%dT00:00:00"), "date"),
    "dates as Python's": columns_as(lambda cells: cells.dt.date.astype(object), "date"),
    "dates by the nanosecond": columns_as(lambda cells: cells.astype("datetime64[ns]"), "date"),
    "dates by the second": columns_as(lambda cells: cells.astype("datetime64[s]"), "date"),
    "moments of another zone": columns_as(lambda cells: cells.dt.tz_convert("America/Sao_Paulo"), "moment"),
    "moments of several zones": columns_as(lambda cells: pd.Series([m.tz_convert(("UTC", "Asia/Kathmandu")[k % 2]) for k, m in enumerate(cells)], dtype=object), "moment"),
    "moments with several offsets in letters": columns_as(lambda cells: pd.Series([None if pd.isna(m) else m.tz_convert(("UTC", "Asia/Kathmandu")[k % 2]).isoformat() for k, m in enumerate(cells)], dtype=object), "moment"),
    "moments by the nanosecond": columns_as(lambda cells: cells.dt.as_unit("ns"), "moment"),
    "nulls of another sort": columns_as(lambda cells: cells.astype(object).where(cells.notna(), pd.NA)),
    "nulls as blank texts": columns_as(lambda cells: cells.astype(object).where(cells.notna(), "  ")),
}  # fmt: skip


@pytest.fixture(scope="module")
def canonical(hand_made: Tables) -> Tables:
    return dict(Book.of(hand_made).tables())


@pytest.fixture(scope="module")
def features(canonical: Tables, as_of: pd.Timestamp) -> pd.DataFrame:
    return build_features(Book.of(canonical), as_of)


@pytest.mark.parametrize("rewriting", REWRITINGS.values(), ids=REWRITINGS)
def test_the_same_book_in_other_clothes_has_the_same_features(
    canonical: Tables,
    features: pd.DataFrame,
    as_of: pd.Timestamp,
    rewriting: Callable[[pd.DataFrame, str], pd.DataFrame],
) -> None:
    book = validate(Book.of({name: rewriting(frame.copy(), name) for name, frame in canonical.items()}))
    for name, frame in book.tables():
        pd.testing.assert_frame_equal(frame, canonical[name], check_exact=True)
    pd.testing.assert_frame_equal(build_features(book, as_of), features, check_exact=True)


@SETTINGS
@given(random=st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    canonical: Tables, features: pd.DataFrame, as_of: pd.Timestamp, random: Any
) -> None:
    shuffled = {name: frame.iloc[random.sample(range(len(frame)), len(frame))] for name, frame in canonical.items()}
    found = build_features(validate(Book.of(shuffled)), as_of)
    pd.testing.assert_frame_equal(found.loc[features.index], features, check_exact=True)


@SETTINGS
@given(amounts=st.lists(st.floats(0.01, 1e12), min_size=4, max_size=40))
def test_an_amount_in_letters_is_the_amount_to_the_last_bit(canonical: Tables, amounts: list[float]) -> None:
    frame = canonical["incomes"].iloc[:1].loc[[0] * len(amounts)].assign(amount=[repr(amount) for amount in amounts])
    assert Book.of(canonical | {"incomes": frame}).incomes["amount"].tolist() == amounts


@pytest.mark.parametrize(
    "zone",
    ["Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kathmandu"],
)
def test_days_without_a_midnight_are_days_like_others(canonical: Tables, as_of: pd.Timestamp, zone: str) -> None:
    customers = canonical["customers"].assign(timezone=zone)
    days = pd.to_datetime(["2018-11-04", "2011-12-30", "2023-04-28", "2022-03-27"]).as_unit("us")
    credit = pd.concat([canonical["credit"].iloc[[0]]] * 4).assign(observed_on=days)
    found = build_features(validate(Book.of(canonical | {"customers": customers, "credit": credit})), as_of)
    assert not np.isinf(found.to_numpy()).any()


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_is_valid_unless_others_point_to_it(canonical: Tables, as_of: pd.Timestamp, name: str) -> None:
    tables = canonical | {name: canonical[name].iloc[:0]}
    screened = screen(Book.of(tables))
    pointing = {t.name for t in TABLES.values() if any(reference.table == name for reference in t.references)}
    if name == "loans":
        pointing.add("reminders")  # their instalments are then nobody's
    assert set(screened.rejected["table"]) == pointing
    assert len(build_features(screened.book, as_of)) == {"customers": 0, "instalments": 1, "loans": 1}.get(name, 4)


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame(index=range(3))], ids=["no rows", "rows"])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_without_columns_is_refused_by_its_first_column(
    canonical: Tables, name: str, frame: pd.DataFrame
) -> None:
    first = next(iter(TABLES[name].columns))
    with pytest.raises(
        SchemaError, match=rf"{name}\.{first}: the column is absent from {len(frame)} rows; expected a text"
    ):
        validate(Book.of(canonical | {name: frame}))


@pytest.mark.parametrize(("table", "column"), [(t.name, column) for t in TABLES.values() for column in t.columns])
def test_a_column_that_is_there_twice_is_refused(canonical: Tables, table: str, column: str) -> None:
    twice = pd.concat([canonical[table], canonical[table][[column]]], axis=1)
    with pytest.raises(SchemaError, match=rf"{table}\.{column}: 2 columns have this name; expected one"):
        conform(TABLES[table], twice)


@pytest.mark.parametrize(
    "table", [None, [], {"customer_id": ["ann"]}, pd.Series(["ann"])], ids=["None", "list", "dict", "Series"]
)
def test_what_is_no_table_is_refused(canonical: Tables, table: Any) -> None:
    with pytest.raises(SchemaError, match=r"loans: expected a DataFrame, got \w+"):
        Book.of(canonical | {"loans": table})
