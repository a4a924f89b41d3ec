"""A signed plan rests its debt until it is broken, and an offered one is remembered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import Book
from features.matrix import history_of
from features.pressing import pressing_instalments
from serving.plans.agreements import plan_kept, plan_offered, pressing_beside_plans

GRACE = 7


def with_plan(tables: dict[str, pd.DataFrame], signed: dict[str, str], *due: tuple[str, int, str]) -> Book:
    """Return the worked book with plans signed on loans by a day, and more instalments."""
    loans = tables["loans"].assign(plan_signed_on=tables["loans"]["loan_id"].map(signed))
    more = pd.DataFrame(
        [(loan, number, day, 400.0) for loan, number, day in due], columns=list(tables["instalments"].columns)
    )
    return Book.of({**tables, "loans": loans, "instalments": pd.concat([tables["instalments"], more])})


def kept_of(book: Book, as_of: pd.Timestamp, name: str) -> bool:
    history = history_of(book, as_of, [name])
    row = pressing_instalments(history).row
    (kept,) = plan_kept(book.ledger, history.customer, history.at, row, GRACE)
    return bool(kept)


@pytest.mark.parametrize(
    ("signed", "due", "kept"),
    [
        ({}, [], False),
        ({"bo-1": "2026-02-20"}, [], True),
        ({"bo-1": "2026-03-01"}, [], True),
        ({"bo-1": "2026-03-02"}, [], False),
        ({"bo-1": "2026-02-20"}, [("bo-1", 90, "2026-02-22")], True),
        ({"bo-1": "2026-02-20"}, [("bo-1", 90, "2026-02-21")], False),
        ({"bo-1": "2026-02-21"}, [("bo-1", 90, "2026-02-20")], True),
        ({"dai-1": "2026-02-20"}, [], False),
    ],
    ids=["none", "signed", "signed today", "signed tomorrow", "late by as much as may be", "broken by a day more", "late before it was signed", "another's"],
)  # fmt: skip
def test_a_plan_is_kept_until_one_of_its_instalments_is_too_late(
    tables: dict[str, Any], as_of: pd.Timestamp, signed: dict[str, str], due: list[Any], kept: bool
) -> None:
    assert kept_of(with_plan(tables, signed, *due), as_of, "bo") == kept


def test_another_debt_is_pressing_while_a_plan_is_kept(tables: dict[str, Any], as_of: pd.Timestamp) -> None:
    book = with_plan(tables, {"dai-1": "2026-02-21"}, ("dai-2", 1, "2026-02-25"), ("dai-1", 90, "2026-02-24"))
    history = history_of(book, as_of, ["ann", "bo", "dai"])
    plain, beside = pressing_instalments(history), pressing_beside_plans(history, GRACE)
    number = book.instalments["instalment_no"].to_numpy()[book.ledger.instalments["row"]]
    assert number[plain.row].tolist() == [7, 4, 90]
    assert number[beside.row].tolist() == [7, 4, 1]
    assert beside.days_past_due[2] == 4
    assert beside.amount_open[2] == 400.0


def test_a_debt_under_a_plan_is_pressing_where_there_is_no_other(tables: dict[str, Any], as_of: pd.Timestamp) -> None:
    history = history_of(with_plan(tables, {"bo-1": "2026-02-20"}), as_of, ["bo"])
    assert pressing_beside_plans(history, GRACE).row.tolist() == pressing_instalments(history).row.tolist()


@pytest.mark.parametrize(("days", "offered"), [(8, False), (9, True), (60, True)])
def test_a_plan_offered_about_the_loan_is_remembered_for_so_long(
    book: Book, as_of: pd.Timestamp, days: int, offered: bool
) -> None:
    history = history_of(book, as_of, ["ann", "bo"])
    rows = pressing_instalments(history).row
    found = plan_offered(book.ledger, history.customer, history.at, rows, days)
    assert found.tolist() == [False, offered]


def test_who_owes_nothing_has_no_plan(book: Book, as_of: pd.Timestamp) -> None:
    history = history_of(book, as_of, ["ann"])
    nothing = np.array([-1])
    assert not plan_offered(book.ledger, history.customer, history.at, nothing, 60).any()
    assert not plan_kept(book.ledger, history.customer, history.at, nothing, GRACE).any()
