"""Each act moves what it should in the customer's own rows, nothing else, and nothing later than the moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features import Book, build_features
from features.tables.screening import faults
from serving.acts import ACTS
from training import simulate_bank

EARLIER = pd.Timestamp("2026-01-20T12:00:00.250+08:00")


@pytest.mark.parametrize(
    ("act", "numbers", "moved"),
    [
        ("pay_overdue", {"bo": [1_750]}, {"overdue_amount": 0, "overdue_count": 0, "dpd_now": 0, "paid_share_365d": 1, "late_count_365d": 3, "paid_amount_30d": 1_750}),
        ("pay_ahead", {"ann": [2_000], "bo": [1_000], "cy": [300], "dai": [500]}, {"due_amount_30d": 0, "due_count_30d": 0, "overdue_amount": 1_750, "paid_amount_30d": 1_000}),
        ("use_less_credit", {"bo": [18_500, 6_000]}, {"utilisation": 0.3, "balance": 6_000, "utilisation_earlier_1": 0.6, "credit_limit": 20_000}),
        ("owe_less_elsewhere", {"bo": [15_000, 7_500], "dai": [2_000, 1_000]}, {"external_debt": 7_500, "external_debt_change_365d": -500, "balance": 18_500}),
        ("seek_no_credit", {"bo": [4, 0]}, {"enquiries_6m": 0, "open_accounts": 5}),
        ("pay_on_time", {"ann": [2], "bo": [3]}, {"late_count_365d": 0, "days_late_max_365d": 0, "overdue_amount": 0, "dpd_now": 0, "on_time_streak": 5, "paid_amount_365d": 5_000, "payment_count_365d": 5}),
    ],
)  # fmt: skip
def test_an_act_applies_to_whom_it_can_and_moves_what_it_says(
    book: Book, as_of: pd.Timestamp, act: str, numbers: dict[str, list[float]], moved: dict[str, float]
) -> None:
    change = ACTS[act].edit(book, as_of)
    assert {
        name: row.tolist() for name, row in zip(change.numbers.index, change.numbers.to_numpy(), strict=True)
    } == numbers
    assert set(ACTS[act].places) <= set(change.numbers.columns)
    before, after = build_features(book, as_of), build_features(change.book, as_of)
    assert {name: after.loc["bo", name] for name in moved} == pytest.approx(moved)
    others = [name for name in before.index if name not in numbers]
    pd.testing.assert_frame_equal(before.loc[others], after.loc[others], check_exact=True)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_touches_nothing_later_than_the_moment_and_no_other_table(book: Book, act: str) -> None:
    edited = ACTS[act].edit(book, EARLIER).book
    for name, frame in book.tables():
        if name not in ("payments", "credit"):
            assert getattr(edited, name) is frame
    later, still = (b.payments[b.payments["paid_at"] > EARLIER] for b in (book, edited))
    pd.testing.assert_frame_equal(later.reset_index(drop=True), still.reset_index(drop=True))
    to_come = (book.credit["observed_on"] > "2026-01-20").to_numpy()
    assert to_come.any()
    pd.testing.assert_frame_equal(book.credit[to_come], edited.credit[to_come])
    assert len(faults(edited)) == 0
    assert edited.payments.dtypes.equals(book.payments.dtypes)
    assert edited.credit.dtypes.equals(book.credit.dtypes)


@pytest.mark.parametrize("act", ACTS)
def test_what_comes_later_changes_no_act(book: Book, act: str) -> None:
    cut = replace(
        book,
        payments=book.payments[book.payments["paid_at"] <= EARLIER],
        credit=book.credit[book.credit["observed_on"] <= "2026-01-20"],
        reminders=book.reminders[book.reminders["sent_at"] <= EARLIER],
    )
    known, whole = (ACTS[act].edit(one, EARLIER) for one in (cut, book))
    pd.testing.assert_frame_equal(known.numbers, whole.numbers)
    pd.testing.assert_frame_equal(
        build_features(known.book, EARLIER), build_features(whole.book, EARLIER), check_exact=True
    )


@pytest.mark.parametrize("act", ACTS)
def test_the_same_act_again_finds_nothing_left_to_do(book: Book, as_of: pd.Timestamp, act: str) -> None:
    if act == "owe_less_elsewhere":
        return  # a half can be halved again
    again = ACTS[act].edit(ACTS[act].edit(book, as_of).book, as_of)
    assert len(again.numbers) == 0


def test_what_was_paid_in_time_stays_and_the_rest_comes_on_the_due_date(book: Book, as_of: pd.Timestamp) -> None:
    part = (book.payments["loan_id"] == "bo-1") & (book.payments["instalment_no"] == 4)
    morning = pd.Timestamp("2026-01-10T09:00:00+08:00")
    given = replace(book, payments=book.payments.assign(paid_at=book.payments["paid_at"].mask(part, morning)))
    paid = ACTS["pay_on_time"].edit(given, as_of).book.payments.query("loan_id == 'bo-1' and instalment_no == 4")
    assert paid["amount"].tolist() == [250, 750]
    assert paid["paid_at"].tolist() == [morning, pd.Timestamp("2026-01-10T12:00:00+08:00")]


@pytest.mark.parametrize("act", ["pay_overdue", "pay_on_time"])
def test_what_is_open_is_settled_exactly_whatever_the_parts(book: Book, as_of: pd.Timestamp, act: str) -> None:
    instalments = book.instalments.assign(amount_due=np.where(book.instalments["loan_id"] == "bo-1", 333.33, 500.0))
    payments = book.payments.assign(amount=np.where(book.payments["loan_id"] == "bo-1", 0.1 + 0.2, 500.0))
    odd = replace(book, instalments=instalments, payments=payments)
    assert build_features(odd, as_of).loc["bo", "overdue_count"] == 5
    assert build_features(ACTS[act].edit(odd, as_of).book, as_of).loc["bo", "overdue_count"] == 0


@pytest.fixture(scope="module")
def bank() -> Book:
    return simulate_bank(300, 10, seed=11).book


@pytest.mark.parametrize(
    ("act", "column", "value"),
    [
        ("pay_overdue", "overdue_count", 0),
        ("pay_ahead", "due_count_30d", 0),
        ("pay_on_time", "late_count_365d", 0),
        ("seek_no_credit", "enquiries_6m", 0),
    ],
)
def test_on_a_whole_bank_an_act_does_its_work_for_all_it_applies_to_and_nobody_else(
    bank: Book, act: str, column: str, value: float
) -> None:
    moment = pd.Timestamp("2025-02-11T15:30:00+08:00")
    change = ACTS[act].edit(bank, moment)
    before, after = build_features(bank, moment), build_features(change.book, moment)
    assert set(change.numbers.index) == set(before.index[before[column] > value])
    assert (after[column].dropna() == value).all()
    rest = before.index.difference(change.numbers.index)
    assert 0 < len(rest) < len(before)
    pd.testing.assert_frame_equal(before.loc[rest], after.loc[rest], check_exact=True)
    assert len(faults(change.book)) == 0


def test_a_customer_without_rows_has_nothing_to_do(book: Book, as_of: pd.Timestamp) -> None:
    nothing = {
        name: frame if name == "customers" else frame.iloc[:0].reset_index(drop=True) for name, frame in book.tables()
    }
    for act in ACTS.values():
        assert len(act.edit(Book(**nothing), as_of).numbers) == 0
