from __future__ import annotations

import pandas as pd

from features import Book
from features.history import History
from features.labels import default_labels, response_labels
from features.matrix import history_of
from features.pressing import pressing_instalments


def test_default_is_reaching_30_days_within_the_horizon(book: Book) -> None:
    labels = default_labels(book, pd.Timestamp("2025-12-01T00:00:00+08:00"))
    assert labels.to_dict() == {"ann": 0.0, "bo": 1.0, "dai": 0.0}  # cy has no loan yet


def test_a_customer_in_default_already_has_no_label(book: Book, as_of: pd.Timestamp) -> None:
    assert "bo" not in default_labels(book, as_of).index


def test_with_a_limit_of_90_days_a_debt_50_days_late_is_still_to_default(book: Book, as_of: pd.Timestamp) -> None:
    assert default_labels(book, as_of, dpd=90)["bo"] == 1.0


def test_paying_on_the_thirtieth_day_is_a_default_and_a_day_before_is_not(tables: dict[str, pd.DataFrame]) -> None:
    found = []
    for day in ("2026-02-08", "2026-02-09"):  # due on 2026-01-10
        payments = tables["payments"].copy()
        payments.loc[10, ["paid_at", "amount"]] = [f"{day}T10:00:00+08:00", 1_000.0]
        extra = payments.loc[[10]].assign(instalment_no=5, paid_at="2026-02-10T09:00:00+08:00")
        book = Book.of(tables | {"payments": pd.concat([payments, extra])})
        found.append(default_labels(book, pd.Timestamp("2025-12-15T00:00:00+08:00"), horizon_days=60)["bo"])
    assert found == [0.0, 1.0]


def test_a_response_is_payment_in_full_within_a_week_of_the_reminder(book: Book) -> None:
    reminder = book.reminders["reminder_id"]
    assert reminder[response_labels(book) == 1].tolist() == ["r1", "r5", "r7", "r8"]
    assert reminder[response_labels(book, days=1) == 1].tolist() == ["r5", "r8"]


def test_the_pressing_instalment_is_the_oldest_open_one_else_the_next(book: Book, as_of: pd.Timestamp) -> None:
    history: History = history_of(book, as_of)
    pressing = pressing_instalments(history)
    assert pressing.days_past_due.tolist() == [-4.0, 50.0, -19.0, -19.0]
    assert pressing.amount_open.tolist() == [2_000.0, 750.0, 300.0, 500.0]


def test_nothing_is_pressing_where_nothing_is_open(tables: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> None:
    tables["instalments"] = tables["instalments"].query("loan_id != 'cy-1'")
    pressing = pressing_instalments(history_of(Book.of(tables), as_of))
    assert pressing.row[2] == -1
    assert pd.isna(pressing.days_past_due[2])
