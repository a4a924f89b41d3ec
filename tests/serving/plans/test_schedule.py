from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.plans.schedule import instalment_for, interest_on, monthly, months_later, months_to_repay, schedule_of

BALANCES = st.integers(1, 10**9)
RATES = st.sampled_from([0.0, 0.035, 0.0435, 0.1, 0.12, 0.18, 0.24, 0.36, 1.5]).map(monthly)
MONTHS = st.integers(1, 60)


@given(balance=BALANCES, rate=RATES, months=MONTHS)
def test_a_schedule_repays_exactly(balance: int, rate: Fraction, months: int) -> None:
    instalment = instalment_for(balance, rate, months)
    rows = schedule_of(balance, rate, instalment, date(2026, 1, 31))
    owed = balance
    for row in rows:
        assert row.interest == interest_on(owed, rate)
        assert row.amount == row.principal + row.interest
        owed -= row.principal
        assert row.balance == owed
    assert owed == 0
    assert sum(row.principal for row in rows) == balance
    assert len(rows) <= months
    assert {row.amount for row in rows[:-1]} <= {instalment}
    assert 0 < rows[-1].amount <= instalment


@given(balance=BALANCES, rate=RATES, months=MONTHS)
def test_no_smaller_instalment_would_do(balance: int, rate: Fraction, months: int) -> None:
    instalment = instalment_for(balance, rate, months)
    assert months_to_repay(balance, rate, instalment, months) is not None
    assert instalment == 1 or months_to_repay(balance, rate, instalment - 1, months) is None


@given(balance=BALANCES, rate=RATES, months=MONTHS)
def test_an_instalment_is_the_annuity_but_for_the_rounding_of_interest(
    balance: int, rate: Fraction, months: int
) -> None:
    annuity = float(balance * rate / (1 - (1 + rate) ** -months)) if rate else balance / months
    assert annuity - 0.51 <= instalment_for(balance, rate, months) <= annuity + 1.51


@given(balance=BALANCES, rate=RATES, months=st.integers(1, 59))
def test_a_longer_plan_asks_for_no_more_a_month(balance: int, rate: Fraction, months: int) -> None:
    assert instalment_for(balance, rate, months + 1) <= instalment_for(balance, rate, months)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 1, 31), 13, date(2028, 2, 29)),
        (date(2026, 3, 31), 0, date(2026, 3, 31)),
        (date(2026, 12, 5), 1, date(2027, 1, 5)),
        (date(2026, 8, 31), 60, date(2031, 8, 31)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later
