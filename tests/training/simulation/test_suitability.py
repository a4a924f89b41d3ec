"""Education is logged only for whom the tables show that it could be meant."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.simulation import Simulation
from training.simulation.suitability import Suitability, monthly_load

START = pd.Timestamp("2024-07-01")


@pytest.fixture(scope="module")
def sent(simulation: Simulation) -> pd.DataFrame:
    """The reminders with an offer, their local day, and their customer's row of the table of customers."""
    reminders = simulation.book.reminders.merge(simulation.book.customers, on="customer_id")
    local = [moment.tz_convert(zone) for moment, zone in zip(reminders["sent_at"], reminders["timezone"], strict=True)]
    return reminders.assign(day=pd.to_datetime([moment.date() for moment in local]))


def test_basics_are_for_those_whose_first_credit_is_within_a_year_or_not_known(sent: pd.DataFrame):
    age = (sent["day"] - sent["first_credit_on"]).dt.days
    basics = sent["offer"] == "basics"
    assert basics.sum() > 50
    assert (age[basics].isna() | (age[basics] < 365)).all()
    assert (age.isna() | (age < 365)).mean() < 0.25


def test_budgeting_is_for_heavy_instalments_or_an_income_that_failed(simulation: Simulation, sent: pd.DataFrame):
    bank = simulation.truth.bank
    who = sent["customer_id"].str[1:].astype(int).to_numpy()
    month = (sent["day"].dt.year - START.year).to_numpy() * 12 + (sent["day"].dt.month - START.month).to_numpy()
    due = simulation.book.instalments.merge(simulation.book.loans, on="loan_id")
    by_month = due.groupby([due["customer_id"], due["due_date"].dt.to_period("M")])["amount_due"].sum()
    keys = pd.MultiIndex.from_arrays([sent["customer_id"], sent["day"].dt.to_period("M")])
    heavy = by_month.reindex(keys, fill_value=0).to_numpy() / bank.people.income[who] > 0.4
    failed = np.array([bank.traits.income_lost[i, max(0, m - 6) : m].any() for i, m in zip(who, month, strict=True)])
    budget = (sent["offer"] == "budget").to_numpy()
    assert (heavy | failed)[budget].all()
    assert (heavy & ~failed)[budget].any()
    assert (failed & ~heavy)[budget].any()
    assert 0.05 < (heavy | failed).mean() < 0.4


def test_an_income_that_failed_counts_for_six_months(simulation: Simulation):
    bank = simulation.truth.bank
    lost = np.zeros_like(bank.traits.income_lost)
    lost[:, 2] = True
    found = Suitability.of(replace(bank, traits=replace(bank.traits, income_lost=lost))).over_extended
    light = (monthly_load(bank) <= 0.4).all(axis=1)
    assert light.any()
    assert found[light].all(axis=0).tolist() == [False] * 3 + [True] * 6 + [False] * 4
