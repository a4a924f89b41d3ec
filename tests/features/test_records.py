"""Rows sent with a request give the numbers of the book, to the bit; what is not plainly valid goes to the screen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import Book, SchemaError, build_features, validate
from features.example import WORKED_AS_OF, worked_tables
from features.ledger.ledger import NEVER
from features.ledger.posting import post
from features.records import (
    NotPlainError,
    build_features_of_records,
    plain_entries,
    values_of_records,
)
from features.tables.schema import TABLES

type Records = dict[str, list[dict[str, Any]]]


def records_of(book: Book, name: str) -> Records:
    """Return a customer's rows as JSON holds them."""
    loans = book.loans.loc[book.loans["customer_id"] == name, "loan_id"]
    own = {
        table: frame[frame["customer_id"] == name] if "customer_id" in frame else frame[frame["loan_id"].isin(loans)]
        for table, frame in book.tables()
    }
    return {table: [wired(table, row) for row in frame.to_dict("records")] for table, frame in own.items()}


def wired(table: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    kinds = {name: column.kind for name, column in TABLES[table].columns.items()}
    return {name: json.loads(json.dumps(cell(kinds[name], value))) for name, value in row.items()}


def cell(kind: str, value: Any) -> Any:
    if pd.isna(value):
        return None
    match kind:
        case "date":
            return value.strftime("%Y-%m-%d")
        case "moment":
            return value.tz_convert("Asia/Shanghai").isoformat(timespec="seconds")
        case "integer":
            return int(value)
    return value


def test_a_customers_records_give_the_row_of_the_book(world_book: Book, world_moment: pd.Timestamp) -> None:
    everyone = build_features(world_book, world_moment)
    for name in everyone.index[[0, 17, 400, -1]]:
        records = records_of(world_book, name)
        assert plain_entries(records)  # the quick way, not the screen's
        alone = build_features_of_records(records, world_moment)
        pd.testing.assert_frame_equal(alone, everyone.loc[[name]], check_exact=True)
        assert values_of_records(records, world_moment).tobytes() == alone.to_numpy().tobytes()


@pytest.mark.parametrize("name", ["ann", "bo", "cy", "dai"])
def test_the_worked_customers_come_out_the_same(book: Book, as_of: pd.Timestamp, name: str) -> None:
    alone = build_features_of_records(records_of(book, name), as_of)
    pd.testing.assert_frame_equal(alone, build_features(book, as_of).loc[[name]], check_exact=True)


def test_a_moment_with_parts_of_a_second_is_known_from_the_second_after(book: Book) -> None:
    records = records_of(book, "ann")
    records["payments"][0]["paid_at"] = "2025-09-05T12:00:00.250+08:00"
    at = plain_entries(records).tables["payments"]["paid_at"][0]
    assert at == pd.Timestamp("2025-09-05T12:00:01+08:00").timestamp()


def test_what_was_said_and_answered_is_posted_the_same(tables: dict[str, pd.DataFrame]) -> None:
    answered = [None, "2026-01-18T09:00:00+08:00", *[None] * 7]
    texts = ["ok", "no", " ", *tables["reminders"]["reply_text"][3:]]
    book = Book.of(tables | {"reminders": tables["reminders"].assign(answered_at=answered, reply_text=texts)})
    whole = book.ledger.reminders
    for place, name in enumerate(("ann", "bo", "cy", "dai")):
        records = records_of(book, name)
        for row in records["reminders"]:
            row["reply_text"] = row["reply_text"] or " "
        alone = post(plain_entries(records)).reminders
        for column in ("said", "answered_at"):
            assert alone[column].tolist() == whole[column][whole.bounds[place] : whole.bounds[place + 1]].tolist()
    assert sorted(whole["answered_at"])[:2] == [pd.Timestamp("2026-01-18T09:00:00+08:00").timestamp(), NEVER]
    assert whole["said"].sum() == 5


def test_nulls_and_tables_without_rows_may_be_left_out(book: Book, as_of: pd.Timestamp) -> None:
    records = {table: rows for table, rows in records_of(book, "cy").items() if rows}
    short = {t: [{k: v for k, v in row.items() if v is not None} for row in rows] for t, rows in records.items()}
    assert plain_entries(short)
    pd.testing.assert_frame_equal(
        build_features_of_records(short, as_of), build_features(book, as_of).loc[["cy"]], check_exact=True
    )


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("payments", "amount", "2000"),
        ("instalments", "instalment_no", "1"),
        ("customers", "birth_date", ""),
    ],
    ids=["a number as text", "a whole number as text", "an empty text for null"],
)
def test_what_the_screen_can_read_is_read(book: Book, table: str, column: str, value: Any) -> None:
    records = records_of(book, "ann")
    records[table][0][column] = value
    with pytest.raises(NotPlainError):
        plain_entries(records)
    assert len(build_features_of_records(records, WORKED_AS_OF)) == 1


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("payments", "amount", -1.0, r"payments\.amount: 1 row, .*got -1\.0"),
        ("payments", "instalment_no", 99, r"payments\.loan_id, instalment_no"),
        ("loans", "product", "boat", r"loans\.product: .*got 'boat'"),
        ("loans", "customer_id", "zoe", r"loans\.customer_id: .*got 'zoe'"),
        ("customers", "timezone", "Asia/Atlantis", r"customers\.timezone"),
        ("credit", "balance", float("inf"), r"credit\.balance"),
        ("instalments", "due_date", "2025-02-30", r"instalments\.due_date"),
    ],
)
def test_a_fault_is_refused_in_the_words_of_validate(
    book: Book, table: str, column: str, value: Any, message: str
) -> None:
    records = records_of(book, "ann")
    records[table][0][column] = value
    with pytest.raises(SchemaError, match=message):
        build_features_of_records(records, WORKED_AS_OF)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "2025-09-05",
            "2026-02-30",
            "2025-09-05T12:00:00+08:00",
            "2025-09-05T12:00:00",
            "2025-9-5",
            "1899-12-31T23:59:59Z",
            "2199-12-31",
            "2200-01-01",
            "2200-01-01T00:00:00Z",
            "1899-12-31T23:59:59Z",
            "2199-12-31",
            "2200-01-01",
            "2200-01-01T00:00:00Z",
            "sms",
            "ann",
            "ann-1",
        ]
    ),
)
PLACES = [(table, column) for table, declared in TABLES.items() for column in declared.columns]
ANN = records_of(Book.of(worked_tables()), "ann")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(place=st.sampled_from(PLACES), row=st.integers(0, 5), value=CELLS)
def test_the_quick_way_and_the_screen_agree_on_every_cell(place: tuple[str, str], row: int, value: Any) -> None:
    table, column = place
    records = json.loads(json.dumps(ANN))
    rows = records[table]
    rows[row % len(rows)][column] = value
    book = Book.of(
        {name: pd.DataFrame(records[name], columns=list(t.columns), dtype=object) for name, t in TABLES.items()}
    )
    try:
        post(plain_entries(records))
    except SchemaError:
        return  # the screen has the last word
    expected = build_features(validate(book), WORKED_AS_OF)
    pd.testing.assert_frame_equal(build_features_of_records(records, WORKED_AS_OF), expected, check_exact=True)
