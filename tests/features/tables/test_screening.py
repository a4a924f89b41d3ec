from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from features import Book, SchemaError, screen, validate

Tables = dict[str, pd.DataFrame]

FAULTS = [
    pytest.param("payments", "amount", 0, -5.0, r"payments\.amount: 1 row, .*row 0: got -5\.0; expected a number in \[0\.01", id="negative money"),
    pytest.param("payments", "amount", 0, "abc", r"payments\.amount: .*got 'abc'; expected a number", id="text for a number"),
    pytest.param("payments", "amount", 0, None, r"payments\.amount", id="missing amount"),
    pytest.param("payments", "paid_at", 0, "2025-09-05 12:00", r"payments\.paid_at: .*expected a time with its UTC offset", id="no offset"),
    pytest.param("customers", "timezone", 0, "Asia/Atlantis", r"customers\.timezone: .*IANA", id="unknown zone"),
    pytest.param("customers", "language", 0, "fr", r"customers\.language: .*one of zh, en", id="unknown language"),
    pytest.param("loans", "annual_rate", 0, 12.5, r"loans\.annual_rate: .*\[0, 10\]", id="rate as per cent"),
    pytest.param("loans", "term_months", 0, 1.5, r"loans\.term_months: .*whole number", id="half a month"),
    pytest.param("instalments", "due_date", 0, "2025-13-01", r"instalments\.due_date: .*expected a date", id="thirteenth month"),
    pytest.param("instalments", "due_date", 0, "2025-09-05T10:00", r"instalments\.due_date: .*expected a date", id="a time for a date"),
    pytest.param("reminders", "propensity", 0, 1.2, r"reminders\.propensity", id="propensity above one"),
    pytest.param("reminders", "channel", 0, "pigeon", r"reminders\.channel: .*one of none, sms", id="unknown channel"),
    pytest.param("payments", "loan_id", 0, "ghost", r"payments\.loan_id, instalment_no: .*of the table instalments", id="orphan payment"),
    pytest.param("customers", "consent_sms", 0, "maybe", r"customers\.consent_sms: .*true or false", id="unclear consent"),
]  # fmt: skip


def damaged(tables: Tables, table: str, column: str, row: int, value: Any) -> Book:
    frame = tables[table].astype({column: object})
    frame.loc[row, column] = value
    return Book.of(tables | {table: frame})


def test_a_valid_book_passes_as_it_is(book: Book) -> None:
    assert validate(book) is book
    assert screen(book).rejected.empty


@pytest.mark.parametrize(("table", "column", "row", "value", "message"), FAULTS)
def test_a_fault_is_refused_with_table_column_row_value_and_expectation(
    tables: Tables, table: str, column: str, row: int, value: Any, message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        validate(damaged(tables, table, column, row, value))


@pytest.mark.parametrize(("table", "column", "row", "value", "message"), FAULTS)
def test_a_screen_sets_the_customer_aside_and_keeps_the_others_whole(
    tables: Tables, table: str, column: str, row: int, value: Any, message: str
) -> None:
    whole = Book.of(tables)
    screened = screen(damaged(tables, table, column, row, value))
    assert not screened.rejected.empty
    kept = set(screened.book.customers["customer_id"])
    assert {"bo", "cy"} <= kept
    assert validate(screened.book) is screened.book
    bo = whole.payments[whole.payments["loan_id"] == "bo-1"]
    assert (screened.book.payments["loan_id"] == "bo-1").sum() == len(bo)


def test_a_repeated_key_is_a_fault_of_both_rows(tables: Tables) -> None:
    twice = pd.concat([tables["loans"], tables["loans"].iloc[[1]]])
    with pytest.raises(SchemaError, match=r"loans\.loan_id: 2 rows, .*expected one row a \(loan_id\)"):
        validate(Book.of(tables | {"loans": twice}))


def test_a_reminder_is_of_its_customers_own_instalment(tables: Tables) -> None:
    tables["reminders"].loc[1, "loan_id"] = "ann-1"  # sent to bo
    found = screen(Book.of(tables)).rejected
    assert found[["customer_id", "table", "row"]].to_numpy().tolist() == [["bo", "reminders", 1]]
    assert found["value"].tolist() == [("bo", "ann-1", 4)]


def test_a_reminder_id_need_only_be_one_of_its_customers(tables: Tables) -> None:
    tables["reminders"]["reminder_id"] = ["r1", "r1", *(f"r{k}" for k in range(2, 9))]
    assert screen(Book.of(tables)).rejected.empty
    tables["reminders"]["reminder_id"] = ["r1", "r2", "r2", *(f"r{k}" for k in range(3, 9))]
    assert screen(Book.of(tables)).rejected["customer_id"].tolist() == ["bo", "bo"]


def test_of_two_rows_with_one_key_both_are_faults_even_when_one_has_another(tables: Tables) -> None:
    loans = pd.concat([tables["loans"], tables["loans"].iloc[[0]].assign(customer_id="bo", principal=None)])
    screened = screen(Book.of(tables | {"loans": loans}))
    assert set(screened.rejected["customer_id"]) == {"ann", "bo"}


def test_the_most_frequent_fault_is_named_first(tables: Tables) -> None:
    book = damaged(tables, "customers", "language", 0, "fr")
    late = Book.of(dict(book.tables()) | {"credit": tables["credit"].assign(bureau_score=-1)})
    with pytest.raises(SchemaError, match=r"^credit\.bureau_score: 9 rows.*\ncustomers\.language: 1 row,"):
        validate(late)


def test_an_absent_column_that_all_rows_need_is_named(tables: Tables) -> None:
    book = Book.of(tables | {"payments": tables["payments"].drop(columns="amount")})
    for check in (validate, screen):
        with pytest.raises(SchemaError, match=r"payments\.amount: the column is absent"):
            check(book)


def test_an_absent_nullable_column_is_null(tables: Tables) -> None:
    book = Book.of(tables | {"credit": tables["credit"].drop(columns="bureau_score")})
    assert validate(book).credit["bureau_score"].isna().all()


def test_empty_tables_are_valid(tables: Tables) -> None:
    assert validate(Book.of({name: frame.iloc[:0] for name, frame in tables.items()})) is not None
