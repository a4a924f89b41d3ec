"""The matrix on the hand-made book, and what must never change it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features import Book, SchemaError, build_features, matrix
from features.matrix import features_of, history_of


def test_a_customer_without_history_gets_a_row_with_missing_values_and_no_sentinels(
    book: Book, as_of: pd.Timestamp
) -> None:
    row = build_features(book, as_of).loc["cy"]
    assert row[["dpd_now", "income_30d", "utilisation", "credit_age", "read_share_180d", "repayment_rate"]].isna().all()
    assert (row.dropna() >= 0).all()


def test_the_order_of_rows_changes_nothing(book: Book, as_of: pd.Timestamp) -> None:
    shuffled = Book.of({name: frame.sample(frac=1, random_state=3) for name, frame in book.tables()})
    names = list(book.customers["customer_id"])
    pd.testing.assert_frame_equal(
        build_features(shuffled, as_of, names), build_features(book, as_of, names), check_exact=True
    )


def test_the_order_of_columns_changes_nothing(book: Book, as_of: pd.Timestamp) -> None:
    reversed_ = Book.of({name: frame[frame.columns[::-1]] for name, frame in book.tables()})
    pd.testing.assert_frame_equal(build_features(reversed_, as_of), build_features(book, as_of), check_exact=True)


@pytest.mark.parametrize(("chunk", "threads"), [(1, 1), (7, 1), (7, 3), (10_000, 1)])
def test_neither_the_size_of_a_chunk_nor_the_number_of_threads_changes_anything(
    world_book: Book, world_moment: pd.Timestamp, chunk: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = build_features(world_book, world_moment)
    monkeypatch.setattr(matrix, "CHUNK", chunk)
    pd.testing.assert_frame_equal(
        features_of(history_of(world_book, world_moment), threads), expected, check_exact=True
    )


def test_who_else_is_in_the_book_changes_nothing(world_book: Book, world_moment: pd.Timestamp) -> None:
    everyone = build_features(world_book, world_moment)
    for name in everyone.index[[0, 17, 400, -1]]:
        loans = world_book.loans.loc[world_book.loans["customer_id"] == name, "loan_id"]
        own = {
            table: frame[frame["customer_id"] == name]
            if "customer_id" in frame
            else frame[frame["loan_id"].isin(loans)]
            for table, frame in world_book.tables()
        }
        alone = build_features(Book.of(own), world_moment)
        pd.testing.assert_frame_equal(alone, everyone.loc[[name]], check_exact=True)


def test_a_customer_may_be_asked_for_at_several_moments(book: Book, as_of: pd.Timestamp) -> None:
    earlier = as_of - pd.Timedelta(days=30)
    both = build_features(book, [as_of, earlier], ["bo", "bo"])
    pd.testing.assert_frame_equal(both.iloc[[0]], build_features(book, as_of, ["bo"]), check_exact=True)
    pd.testing.assert_frame_equal(both.iloc[[1]], build_features(book, earlier, ["bo"]), check_exact=True)
    assert both["dpd_now"].tolist() == [50.0, 20.0]


def test_the_moment_counts_and_not_the_zone_it_is_written_in(book: Book, as_of: pd.Timestamp) -> None:
    pd.testing.assert_frame_equal(
        build_features(book, as_of.tz_convert("America/New_York")), build_features(book, as_of), check_exact=True
    )


def test_days_count_in_the_customers_own_zone(tables: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> None:
    tables["customers"]["timezone"] = "America/New_York"
    there = build_features(Book.of(tables), as_of)
    assert there.loc["bo", "dpd_now"] == 49.0  # it is still 28 February there


@pytest.mark.parametrize(
    ("moment", "customers", "message"),
    [
        (pd.Timestamp("2026-03-01"), None, "must be a time with a time zone"),
        (pd.Timestamp("2026-03-01", tz="UTC"), ["zoe"], "'zoe' is not in the book"),
        ([pd.Timestamp("2026-03-01", tz="UTC")] * 2, ["bo", "cy", "ann"], "one moment or one a customer"),
    ],
    ids=["naive moment", "unknown customer", "moments that do not match"],
)
def test_a_question_that_cannot_be_answered_is_refused(
    book: Book, moment: pd.Timestamp, customers: list[str] | None, message: str
) -> None:
    with pytest.raises(SchemaError, match=message):
        build_features(book, moment, customers)


def test_tables_that_were_never_valid_are_refused_before_a_number_is_made(tables: dict[str, pd.DataFrame]) -> None:
    tables["payments"] = tables["payments"].astype({"amount": object})
    tables["payments"].loc[0, "amount"] = "abc"
    with pytest.raises(SchemaError, match=r"payments\.amount: expected a number"):
        build_features(Book.of(tables), pd.Timestamp("2026-03-01", tz="UTC"))


def test_every_value_is_a_number_or_missing(world_book: Book, world_moment: pd.Timestamp) -> None:
    assert not np.isinf(build_features(world_book, world_moment).to_numpy()).any()
