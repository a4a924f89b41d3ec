"""The plan for a customer's debt is made of the book's own amounts."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import Book
from features.matrix import features_of, history_of
from features.pressing import pressing_instalments
from serving.plans import NoPlan, Plan, PlanSettings, plan_of, read_plans


def plan_for(book: Book, as_of: pd.Timestamp, name: str, settings: PlanSettings | None = None) -> Plan | NoPlan | None:
    history = history_of(book, as_of, ["ann", name])
    row = int(pressing_instalments(history).row[1])
    features = features_of(history).iloc[1].to_dict()
    return plan_of(history, 1, row, features, settings or read_plans())


def test_a_loan_spreads_what_is_due_by_now(book: Book, as_of: pd.Timestamp) -> None:
    plan = plan_for(book, as_of, "bo")
    assert plan is not None
    assert plan.spread == 175_000  # 750 of the fourth and 1,000 of the fifth instalment


def test_a_card_spreads_its_balance(book: Book, as_of: pd.Timestamp) -> None:
    plan = plan_for(book, as_of, "dai")
    assert isinstance(plan, Plan)
    assert plan.spread == 500_000
    assert plan.annual_rate == 0.18
    assert plan.instalments[0].due_date == date(2026, 4, 1)


def test_without_an_income_nothing_can_be_worked_out(book: Book, as_of: pd.Timestamp) -> None:
    assert plan_for(book, as_of, "cy") is None


def test_where_the_bureau_saw_no_balance_a_card_spreads_what_is_due(
    tables: dict[str, Any], as_of: pd.Timestamp
) -> None:
    tables["credit"] = tables["credit"].assign(balance=np.nan)
    plan = plan_for(Book.of(tables), as_of, "dai")
    assert plan is not None
    assert plan.spread == 50_000


@pytest.mark.parametrize("name", ["ann", "bo", "dai"])
def test_a_plan_never_takes_more_than_its_share_of_what_is_left(book: Book, as_of: pd.Timestamp, name: str) -> None:
    plan = plan_for(book, as_of, name)
    if isinstance(plan, Plan):
        assert max(row.amount for row in plan.instalments) <= plan.affordable
