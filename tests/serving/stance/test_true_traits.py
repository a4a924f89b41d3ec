"""Stances beside what only a simulator knows: each gathers those of whom its own trait is true."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features import build_features
from serving.actions import STANCES
from serving.feedback.causes import CAUSES
from serving.stance import read_stance, stances_of
from training import simulate_bank
from training.simulation.simulation import FIRST_DAY, Simulation

TRAIT = {
    "careless": "forgetful",
    "struggling": "tight",
    "unsure_how": "novice",
    "new_to_credit": "novice",
    "strategic": "strategic",
}
MONTHS = (9, 12, 15, 18)
REMEMBERED = pd.Timedelta(days=90)


def told_by(simulation: Simulation, customers: pd.Index, as_of: pd.Timestamp) -> np.ndarray:
    """Return what the replies of the last months told, (customers, causes)."""
    causes = simulation.truth.cause().replace({"unsure_how": "how_to_pay"})
    sent = simulation.book.reminders.set_index("reminder_id").loc[causes.index]
    recent = (sent["sent_at"] < as_of - pd.Timedelta(days=1)) & (sent["sent_at"] > as_of - REMEMBERED)
    told = np.zeros((len(customers), len(CAUSES)), dtype=bool)
    for column in causes:
        known = causes.loc[recent, column].dropna()
        told[customers.get_indexer(sent.loc[known.index, "customer_id"]), [CAUSES.index(c) for c in known]] = True
    return told


def looked_at(simulation: Simulation, months: int) -> pd.DataFrame:
    """Return the stance and the true traits of who has something due after some months."""
    as_of = pd.Timestamp(FIRST_DAY, tz="Asia/Shanghai") + pd.DateOffset(months=months)
    X = build_features(simulation.book, as_of)
    traits = simulation.truth.bank.traits
    stances = stances_of(X, told_by(simulation, X.index, as_of), read_stance())
    everyone = pd.DataFrame(
        {
            "stance": np.array(STANCES)[stances.stance],
            "forgetful": traits.forgetful,
            "tight": traits.tight[:, months - 1],
            "strategic": traits.strategic,
            "novice": traits.novice,
            "overdue": X["dpd_now"].to_numpy() > 0,
        },
        index=X.index,
    )
    return everyone[((X["dpd_now"] > 0) | (X["days_to_due"] <= 30)).to_numpy()]


@pytest.fixture(scope="module")
def population() -> pd.DataFrame:
    simulation = simulate_bank(3_000, 18, seed=11)
    return pd.concat([looked_at(simulation, months) for months in MONTHS])


@pytest.mark.parametrize(("stance", "trait"), TRAIT.items(), ids=TRAIT)
def test_a_stance_gathers_those_of_whom_it_is_true(population: pd.DataFrame, stance: str, trait: str) -> None:
    own = population["stance"] == stance
    here, elsewhere = population.loc[own, trait], population.loc[~own, trait]
    # the same customers are looked at several times: an error counts each of them once
    error = np.hypot(*(group.std() / np.sqrt(group.index.nunique()) for group in (here, elsewhere)))
    assert here.mean() - elsewhere.mean() > 3 * error


@pytest.mark.parametrize("trait", ["forgetful", "tight", "strategic"])
def test_the_reliable_have_the_least_of_what_makes_people_late(population: pd.DataFrame, trait: str) -> None:
    means = population.groupby("stance")[trait].mean().drop("new_to_credit")
    assert means.idxmin() == "reliable"


def test_firm_is_for_few_and_hardly_for_those_short_of_money(population: pd.DataFrame) -> None:
    firm = population["stance"].isin(["chronic", "strategic"])
    assert firm.mean() < 0.10
    tight = population["tight"] > 0.5
    assert (firm & tight).sum() < 0.2 * (population["overdue"] & tight).sum()
