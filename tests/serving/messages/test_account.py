from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from features import Book
from features.matrix import history_of
from serving.messages.account import ShownAccount, account_of

BO = {1: ("1000.00", "0.00", 0), 2: ("1000.00", "0.00", 10), 3: ("1000.00", "0.00", 0), 4: ("1000.00", "750.00", 50), 5: ("1000.00", "1000.00", 19)}  # fmt: skip


def shown(
    book: Book, as_of: pd.Timestamp, customer: str, coming: int = 12, past: int = 6, nth: int = 3
) -> ShownAccount:
    history = history_of(book, as_of, ["ann", customer])
    schedule = history.fallen_due
    row = int(schedule.row[schedule.bounds[1] + nth])
    return account_of(history, 1, row, coming, past)


def test_the_past_is_what_was_paid_and_how_late(book: Book, as_of: pd.Timestamp) -> None:
    account = shown(book, as_of, "bo")
    assert {x.instalment_no: (x.amount_due, x.amount_open, x.days_late) for x in account.history} == BO
    assert [x.instalment_no for x in account.repayment_plan] == [6, 7]
    assert account.next_due == account.repayment_plan[0]


@pytest.mark.parametrize(("coming", "past", "numbers"), [(1, 3, [3, 4, 5, 6]), (0, 0, [4, 5]), (9, 1, [4, 5, 6, 7])])
def test_no_more_is_shown_than_the_setting_says_but_always_what_the_reminder_is_about(
    book: Book, as_of: pd.Timestamp, coming: int, past: int, numbers: list[int]
) -> None:
    account = shown(book, as_of, "bo", coming, past)
    assert [x.instalment_no for x in (*account.history, *account.repayment_plan)] == numbers
    assert account.next_due is not None


def test_an_instalment_paid_ahead_is_not_the_next(tables: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> None:
    ahead = {"loan_id": "bo-1", "instalment_no": 6, "paid_at": "2026-02-28T10:00:00+08:00", "amount": 1_000.0}
    tables["payments"] = pd.concat([tables["payments"], pd.DataFrame([ahead])], ignore_index=True)
    account = shown(Book.of(tables), as_of, "bo")
    assert account.next_due is not None
    assert account.next_due.instalment_no == 7
    assert (account.repayment_plan[0].amount_open, account.repayment_plan[0].days_late) == ("0.00", 0)


def test_a_payment_to_come_is_not_known(tables: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> None:
    before = shown(Book.of(tables), as_of, "bo")
    later = {"loan_id": "bo-1", "instalment_no": 4, "paid_at": "2026-03-02T10:00:00+08:00", "amount": 750.0}
    tables["payments"] = pd.concat([tables["payments"], pd.DataFrame([later])], ignore_index=True)
    assert shown(Book.of(tables), as_of, "bo") == before


def test_only_the_loan_reminded_of_is_shown(tables: dict[str, Any], as_of: pd.Timestamp) -> None:
    other = tables["loans"].iloc[1].to_dict() | {"loan_id": "bo-2"}
    tables["loans"] = pd.concat([tables["loans"], pd.DataFrame([other])], ignore_index=True)
    due = {"loan_id": "bo-2", "instalment_no": 1, "due_date": "2025-12-12", "amount_due": 77.0}
    tables["instalments"] = pd.concat([tables["instalments"], pd.DataFrame([due])], ignore_index=True)
    account = shown(Book.of(tables), as_of, "bo", nth=4)
    assert {x.instalment_no: (x.amount_due, x.amount_open, x.days_late) for x in account.history} == BO
