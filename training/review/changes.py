"""What may go wrong with a bank's tables, as changes to them: what a reviewer asks a model to live through.

A change sees the tables and the moment of the cut, since "the last 30 days" are those before it. Rows that are
taken away are those that would not have arrived; nothing is made up in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import pandas as pd

type Tables = Mapping[str, pd.DataFrame]

MONEY: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "loans": ("principal",),
        "instalments": ("amount_due",),
        "payments": ("amount",),
        "incomes": ("amount",),
        "credit": ("credit_limit", "balance", "external_debt"),
        "reminders": ("cost",),
    }
)
"""Columns that hold money, by table."""


@dataclass(frozen=True)
class Change:
    """One thing that goes wrong: ``says`` it in words, ``of`` makes the tables, ``clock_days`` moves the cut."""

    says: str
    of: Callable[[Tables, pd.Timestamp], Tables]
    clock_days: int = 0


def _same(tables: Tables, at: pd.Timestamp) -> Tables:
    return tables


def _empty(tables: Tables, at: pd.Timestamp, table: str) -> Tables:
    return {**tables, table: tables[table].iloc[:0]}


def _unseen(tables: Tables, at: pd.Timestamp, table: str, column: str, days: int) -> Tables:
    """Leave out a table's rows of the last ``days`` days before the cut, and all after it."""
    frame = tables[table]
    moment = at - pd.Timedelta(days=days)
    since = moment if isinstance(frame[column].dtype, pd.DatetimeTZDtype) else moment.tz_localize(None)
    return {**tables, table: frame[frame[column] < since]}


def _times(tables: Tables, at: pd.Timestamp, columns: Mapping[str, tuple[str, ...]], factor: float) -> Tables:
    scaled = {name: tables[name].assign(**{c: tables[name][c] * factor for c in of}) for name, of in columns.items()}
    return {**tables, **scaled}


def _lately_times(tables: Tables, at: pd.Timestamp, days: int, factor: float) -> Tables:
    """Scale the incomes of the last ``days`` days before the cut."""
    incomes = tables["incomes"]
    is_late = incomes["received_on"] >= (at - pd.Timedelta(days=days)).tz_localize(None)
    amount = incomes["amount"].where(~is_late, incomes["amount"] * factor)
    return {**tables, "incomes": incomes.assign(amount=amount)}


def _shifted(tables: Tables, at: pd.Timestamp, column: str, by: float) -> Tables:
    return {**tables, "credit": tables["credit"].assign(**{column: (tables["credit"][column] + by).clip(lower=0)})}


def _unknown(tables: Tables, at: pd.Timestamp, columns: tuple[str, ...]) -> Tables:
    frame = tables["customers"]
    nothing = {name: pd.Series(pd.NaT, index=frame.index, dtype=frame[name].dtype) for name in columns}
    return {**tables, "customers": frame.assign(**nothing)}


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "no incomes": Change("the income feed is empty", partial(_empty, table="incomes")),
        "no bureau": Change("the credit table is empty", partial(_empty, table="credit")),
        "no reminders": Change("the reminder log is empty", partial(_empty, table="reminders")),
        "bureau stale": Change(
            "credit rows of the last 180 days are not seen",
            partial(_unseen, table="credit", column="observed_on", days=180),
        ),
        "payments 3 days late": Change(
            "payments of the last 3 days are not seen", partial(_unseen, table="payments", column="paid_at", days=3)
        ),
        "no payments for 30 days": Change(
            "payments of the last 30 days are not seen", partial(_unseen, table="payments", column="paid_at", days=30)
        ),
        "customer file bare": Change(
            "birth date and first credit are not known", partial(_unknown, columns=("birth_date", "first_credit_on"))
        ),
        "all money in cents": Change(
            "every amount of every table is 100 times too large", partial(_times, columns=MONEY, factor=100.0)
        ),
        "incomes in cents": Change(
            "incomes alone are 100 times too large", partial(_times, columns={"incomes": ("amount",)}, factor=100.0)
        ),
        "income halved": Change(
            "each income of the last 90 days is half of what it was", partial(_lately_times, days=90, factor=0.5)
        ),
        "debt up by half": Change(
            "balances and debts elsewhere are half as large again",
            partial(_times, columns={"credit": ("balance", "external_debt")}, factor=1.5),
        ),
        "bureau score 50 lower": Change(
            "each bureau score is 50 points lower", partial(_shifted, column="bureau_score", by=-50.0)
        ),
        "clock a day ahead": Change("the cut is a day later than it should be", _same, clock_days=1),
        "clock a day behind": Change("the cut is a day earlier than it should be", _same, clock_days=-1),
    }
)
"""Every change by name: feeds that stop, units that break, shocks to the customer, a wrong clock."""
