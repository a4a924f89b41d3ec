"""The matrix on the hand-made book, and what must never change it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features import CATALOGUE, Book, SchemaError, build_features

NUMBERS = [
    ("bo", "dpd_now", 50.0),  # due 2026-01-10, open
    ("bo", "dpd_30d_ago", 20.0),
    ("bo", "dpd_60d_ago", 0.0),
    ("ann", "days_late_max_365d", 4.0),
    ("ann", "late_count_365d", 2.0),
    ("ann", "late_share_365d", 2 / 6),
    ("ann", "early_share_365d", 1 / 6),
    ("ann", "on_time_streak", 0.0),
    ("bo", "overdue_amount", 1_750.0),
    ("bo", "overdue_count", 2.0),
    ("bo", "paid_share_90d", 1_250 / 3_000),
    ("bo", "partial_count_180d", 1.0),
    ("ann", "paid_amount_90d", 6_000.0),
    ("ann", "days_to_due", 4.0),
    ("cy", "days_to_due", 19.0),
    ("cy", "due_amount_30d", 300.0),
    ("bo", "months_without_income_180d", 3.0),
    ("bo", "income_change", 0.0),
    ("ann", "income_30d", 9_000.0),
    ("bo", "utilisation", 0.9),
    ("bo", "utilisation_trend_180d", 0.3 / 62 * 30),
    ("bo", "balance_change", 0.3),
    ("bo", "bureau_score_change_365d", -30.0),
    ("ann", "credit_age", 5_903.0),
    ("bo", "calls_90d", 2.0),
    ("bo", "reminders_30d", 1.0),  # the logged decision not to remind is no reminder
    ("bo", "firm_180d", 1.0),
    ("bo", "days_since_conversation", 43.0),
    ("ann", "paid_after_share_180d", (1 + 1) / (1 + 2)),
    ("bo", "paid_after_share_180d", (0 + 1) / (2 + 2)),
]


@pytest.mark.parametrize(("customer", "feature", "expected"), NUMBERS, ids=[f"{c} {f}" for c, f, _ in NUMBERS])
def test_a_feature_is_the_number_worked_out_by_hand(
    book: Book, as_of: pd.Timestamp, customer: str, feature: str, expected: float
) -> None:
    assert build_features(book, as_of).loc[customer, feature] == pytest.approx(expected, rel=1e-12)


def test_a_customer_without_history_gets_a_row_with_missing_values_and_no_sentinels(
    book: Book, as_of: pd.Timestamp
) -> None:
    row = build_features(book, as_of).loc["cy"]
    assert row[["dpd_now", "income_30d", "utilisation", "credit_age", "read_share_180d"]].isna().all()
    assert (row.dropna() >= 0).all()


def test_the_columns_are_the_catalogue() -> None:
    assert len(CATALOGUE) >= 40
    for name, feature in CATALOGUE.items():
        assert feature.name == name
        assert feature.meaning.endswith(".")
        assert feature.sign in (-1, 0, 1)
        assert "{value}" in feature.en
        assert "{value}" in feature.zh


def test_the_order_of_rows_changes_nothing(book: Book, as_of: pd.Timestamp) -> None:
    shuffled = Book.of({name: frame.sample(frac=1, random_state=3) for name, frame in book.tables()})
    names = list(book.customers["customer_id"])
    pd.testing.assert_frame_equal(
        build_features(shuffled, as_of, names), build_features(book, as_of, names), check_exact=True
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
