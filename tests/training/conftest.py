"""A material made up from a law that is known, so that what a review finds can be compared with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from training.review.champion import tiers_of
from training.review.changes import CHANGES
from training.review.material import Material

TIERS = {"low": 0.02, "medium": 0.06, "elevated": 0.20, "high": 1.0}
MONTHS = {"fit": (1, 2, 3, 4), "tune": (6, 7), "judge": (9, 10)}
FEATURES = ["dpd_now", "income_change", "utilisation"]


def _rows(rng: np.random.Generator, customers: int, error: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    parts, first = [], 0
    for window, months in MONTHS.items():
        people = pd.DataFrame(rng.normal(size=(customers, 3)), columns=FEATURES)
        for month in months:
            at = pd.Timestamp(2025, month, 1, tz="Asia/Shanghai")
            parts.append(people.assign(window=window, at=at, customer=first + np.arange(customers)))
        first += customers
    cases = pd.concat(parts, ignore_index=True).rename_axis("case")
    log_odds = -3.0 + 1.2 * cases["dpd_now"] - 0.8 * cases["income_change"] + 0.3 * cases["utilisation"]
    outcome = (rng.random(len(cases)) < expit(log_odds)).astype(float)
    said = expit(log_odds + error)
    judged = cases["window"] == "judge"
    pick = lambda names, shares=None: rng.choice(np.array(names, dtype=object), len(cases), p=shares)  # noqa: E731
    rows = cases[["window", "at", "customer"]].assign(
        outcome=outcome,
        raw=expit(0.7 * logit(said)),
        default_probability=said,
        final=said,
        tier=np.array(tiers_of(said.to_numpy(), TIERS), dtype=object),
        scorecard=expit(-3.0 + cases["dpd_now"]).where(judged),
        champion=expit(-2.8 + 1.2 * cases["dpd_now"]).where(judged),
        product=pick(["credit_card", "consumer", "mortgage"], [0.6, 0.39, 0.01]),
        stance=pick(["careless", "chronic"]),
        gender=pick(["F", "M", "X"], [0.495, 0.495, 0.01]),
        age_band=pick(["under 25", "25-34", "65 and over"], [0.3, 0.69, 0.01]),
        region=pick(["Henan", "Fujian"]),
        action=pd.Series(pick(["none", "sms_gentle_plan", "call_firm"])).where(judged, None),
    )
    rows["intensity"] = rows["action"].map({"sms_gentle_plan": "gentle", "call_firm": "firm"})
    return rows, cases[FEATURES].astype(np.float32)


def _material(customers: int = 1_000, seed: int = 0, error: float = 0.0) -> Material:
    rng = np.random.default_rng(seed)
    rows, values = _rows(rng, customers, error)
    weights = {"dpd_now": 1.2, "income_change": -0.8, "utilisation": 0.3}
    contributions = (values * pd.Series(weights)).assign(base=-3.0 + error).astype(np.float32)
    judge = rows.index[rows["window"] == "judge"]
    own = pd.DataFrame({"dpd_now": 1.2 * values["dpd_now"], "base": -2.8}).loc[judge].astype(np.float32)
    steps = np.linspace(-2, 2, 5)
    effects = pd.concat(
        [
            pd.DataFrame({"feature": n, "sign": int(np.sign(w)), "value": steps, "log_odds": w * steps - 3})
            for n, w in weights.items()
        ],
        ignore_index=True,
    )
    scenarios = pd.DataFrame(dict.fromkeys(CHANGES, rows.loc[judge, "default_probability"]))
    facts: dict[str, Any] = {
        "model": {
            "columns": FEATURES,
            "signs": {"dpd_now": 1, "income_change": -1, "utilisation": 1},
            "held": {},
            "tiers": TIERS,
        },
        "champion": "duewise-default/1",
        "why_no_champion": "",
        "scenarios": {name: change.says for name, change in CHANGES.items()},
    }
    empty = pd.DataFrame()
    return Material(facts, rows, values, contributions, own, effects, scenarios, empty, empty)


@pytest.fixture(scope="session")
def make_material() -> Callable[..., Material]:
    """Return what makes a material: ``customers`` a window, ``seed``, ``error`` of the probability in log-odds."""
    return _material


@pytest.fixture(scope="session")
def made_up() -> Material:
    """Return a material whose probabilities are those its outcomes were drawn from."""
    return _material()
