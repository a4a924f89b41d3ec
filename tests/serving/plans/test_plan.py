from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import Book, PolicyError, build_features
from serving.plans import Debt, Means, NoPlan, Plan, means_of, plan_for, read_plans
from serving.settings import CONFIGS

FIRST = date(2026, 3, 31)
SETTINGS = read_plans()
MONEY = st.integers(1, 10**8).map(lambda cents: cents / 100)
RATES = st.sampled_from([0.0, 0.035, 0.12, 0.18, 0.36])
DEBTS = st.builds(lambda due, more, rate: Debt("credit_card", due, due + more, rate), MONEY, MONEY, RATES)


def worked_out(debt: Debt, means: Means, rate: float | None = None) -> Plan:
    plan = plan_for(debt, means, replace(SETTINGS, annual_rate=rate), FIRST)
    assert isinstance(plan, Plan)
    return plan


@given(debt=DEBTS, income=MONEY, obligations=MONEY)
def test_every_instalment_fits_the_income_seen(debt: Debt, income: float, obligations: float) -> None:
    means = Means(income, obligations)
    plan = plan_for(debt, means, SETTINGS, FIRST)
    if isinstance(plan, Plan):
        assert 1 <= plan.months <= 60
        assert max(row.amount for row in plan.instalments) <= plan.affordable <= max(0, income - obligations) * 50 + 1
        assert plan.total == plan.spread + plan.interest
        assert plan.interest_forgone == 0
        assert abs(plan.cost_to_bank) <= plan.months
    else:
        assert plan.needed > plan.affordable
        assert plan.short_by > 0


@given(debt=DEBTS, income=MONEY, more=MONEY, obligations=MONEY)
def test_who_earns_more_is_done_no_later_and_pays_no_more_interest(
    debt: Debt, income: float, more: float, obligations: float
) -> None:
    less, rich = (plan_for(debt, Means(i, obligations), SETTINGS, FIRST) for i in (income, income + more))
    if isinstance(less, Plan):
        assert isinstance(rich, Plan)
        assert rich.months <= less.months
        assert rich.interest <= less.interest


@given(debt=DEBTS, income=MONEY)
def test_no_plan_is_said_only_where_sixty_instalments_do_not_repay(debt: Debt, income: float) -> None:
    plan = plan_for(debt, Means(income), SETTINGS, FIRST)
    if isinstance(plan, NoPlan):
        enough = Means(income=math.ceil(plan.needed / SETTINGS.share_of_free_income) / 100 + 0.01)
        assert isinstance(plan_for(debt, enough, SETTINGS, FIRST), Plan)


@given(debt=DEBTS, income=MONEY, rate=RATES)
def test_a_waived_rate_costs_the_bank_what_the_contract_would_have_brought(
    debt: Debt, income: float, rate: float
) -> None:
    settings = replace(SETTINGS, annual_rate=rate)
    plan = plan_for(debt, Means(income), settings, FIRST)
    if isinstance(plan, Plan):
        assert plan.annual_rate == min(rate, debt.annual_rate)
        assert plan.interest_forgone >= -plan.months
        assert plan.cost_to_bank >= -plan.months
        at_contract = interest_by_hand(plan, debt.annual_rate)
        assert abs(plan.interest + plan.interest_forgone - at_contract) <= plan.months


def interest_by_hand(plan: Plan, annual_rate: float) -> float:
    owed = [plan.spread, *(row.balance for row in plan.instalments[:-1])]
    return sum(owed) * annual_rate / 12


def test_a_plan_worked_out_by_hand() -> None:
    """1,000.00 at 12 % a year in three: 10.00 + 6.70 + 3.37 of interest on 1,000.00, 669.97 and 336.64."""
    plan = worked_out(Debt("credit_card", 1_000, 1_000, 0.12), Means(income=700))
    assert [(r.amount, r.interest, r.balance) for r in plan.instalments] == [
        (34_003, 1_000, 66_997),
        (34_003, 670, 33_664),
        (34_001, 337, 0),
    ]
    assert [r.due_date for r in plan.instalments] == [date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    assert (plan.interest, plan.interest_forgone, plan.present_value) == (2_007, 0, 100_000)


def test_without_interest_the_bank_bears_the_wait() -> None:
    plan = worked_out(Debt("credit_card", 1_200, 1_200, 0.12), Means(income=200), rate=0.0)
    assert (plan.months, plan.interest) == (12, 0)
    # interest of a hundredth on 1,200, 1,100 ... 100; and 100 a month for twelve months at a hundredth: 1,125.51
    assert plan.interest_forgone == 7_800
    assert plan.present_value == 112_551
    assert plan.cost_to_bank == 7_449


@pytest.mark.parametrize(("product", "spread"), [("credit_card", 500_000), ("consumer", 80_000)])
def test_what_is_spread_is_a_setting_by_product(product: str, spread: int) -> None:
    assert worked_out(Debt(product, 800, 5_000, 0.1), Means(income=9_000)).spread == spread


@pytest.mark.parametrize(
    ("instalment", "months"),
    [(None, 3), (9_000.0, 3), (1_000.0, 11), (100.0, 3)],
    ids=["replaces nothing", "above what is affordable", "no more than was asked", "too little to repay in time"],
)
def test_a_plan_asks_no_more_a_month_than_the_contract_did(instalment: float | None, months: int) -> None:
    debt = Debt("credit_card", 1_000, 10_000, 0.18, instalment)
    plan = plan_for(debt, Means(income=8_000), SETTINGS, FIRST)
    assert isinstance(plan, Plan)
    assert plan.months == months
    if months == 11:
        assert plan.instalments[0].amount <= 100_000
    assert plan.affordable == 400_000


def test_no_income_no_plan() -> None:
    plan = plan_for(Debt("credit_card", 100, 6_000, 0.0), Means(income=0), SETTINGS, FIRST)
    assert plan == NoPlan(spread=600_000, months=60, needed=10_000, affordable=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Debt("auto", 0, 10, 0.1), r"an amount due above 0 and a balance no less, got 0 of 10"),
        (lambda: Debt("auto", 11, 10, 0.1), r"got 11 of 10"),
        (lambda: Debt("auto", math.nan, 10, 0.1), r"a plan needs a known debt: .*got nan"),
        (lambda: Debt("auto", 1, 10, -0.1), r"annual_rate must be in \[0, 10\], got -0\.1"),
        (lambda: Debt("auto", 1, 10, math.nan), r"annual_rate must be in \[0, 10\], got nan"),
        (lambda: Means(math.nan), r"a known income of 0 or more a month, got nan"),
        (lambda: Means(10, -1), r"a known obligations of 0 or more a month, got -1"),
    ],
)
def test_what_is_not_known_is_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        make()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("most_months: 60", "most_months: 61", r"most_months must be in \[1, 60\] \(card measures art\. 70\), got 61"),
        ("share_of_free_income: 0.5", "share_of_free_income: 0", r"share_of_free_income must be in \(0, 1\], got 0"),
        ("annual_rate: null", "annual_rate: 12", r"annual_rate must be in \[0, 10\] or null, got 12"),
        ("auto: amount_due", "auto: all", r"spread\.auto: got 'all'; Input should be 'amount_due' or 'balance'"),
        ("auto: amount_due, ", "", r"spread must have exactly the keys"),
        ("most_months", "longest", r"longest: there is no such setting"),
    ],
)
def test_a_wrong_setting_of_plans_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (CONFIGS / "plans.yaml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "plans.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"plans\.yaml: .*{message}"):
        read_plans(file)


def test_means_are_read_from_the_features(book: Book, as_of: pd.Timestamp) -> None:
    X = build_features(book, as_of)
    # Ann: 9,000 a month of salary, 2,000 falling due; the lower of two windows counts
    ann = X.loc["ann"]
    assert means_of(ann) == Means(min(ann["income_monthly_90d"], ann["income_monthly_365d"]), 2_000.0)
    assert means_of(ann, own=1_500.0).obligations == pytest.approx(500)  # type: ignore[union-attr]
    assert means_of(X.loc["bo"]).income == 0  # type: ignore[union-attr]
    assert means_of(X.loc["cy"]) is None
