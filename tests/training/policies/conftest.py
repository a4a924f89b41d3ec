"""Experiments with known effects, and a small simulated bank with its truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from features.pressing import CONTEXT
from serving.policy_settings import Exploration, PolicySettings, read_policy
from training.policies.occasions import Occasions

ACTIONS = ("none", "sms_gentle", "sms_standard", "call_standard")
EFFECTS = (0.0, 0.06, 0.02, 0.17)


@dataclass(frozen=True)
class Experiment:
    """Occasions in which every action was as likely as the others, and P(paid | action), (n, k)."""

    occasions: Occasions
    chance: np.ndarray

    def half(self, second: bool) -> Experiment:
        """Return the customers of one half."""
        rows = (np.arange(len(self.chance)) // 2 % 2 == 1) == second
        return Experiment(self.occasions.within(rows), self.chance[rows])


def settings_of() -> PolicySettings:
    """Return the policy with few actions and no exploration."""
    policy = read_policy()
    actions = {name: policy.actions[name] for name in ACTIONS}
    return replace(policy, actions=actions, exploration=Exploration(0.0, 0.0))


def experiment(differing: float = 0.0, seed: int = 0, rows: int = 4_000) -> Experiment:
    """Return an experiment with two rows a customer; the effect of each action differs by ``differing`` x (-1 or 1)."""
    rng, settings = np.random.default_rng(seed), settings_of()
    names = pd.Index([f"c{number // 2}" for number in range(rows)], name="customer_id")
    X = pd.DataFrame(rng.normal(size=(rows, 4)), index=names, columns=["a", "b", "c", "d"])
    side = np.where(X["a"].to_numpy() > 0, 1.0, -1.0)[:, None]
    effects = np.array(EFFECTS) + differing * side * np.array([0, 1, 0, -1])
    chance = np.clip(expit(0.4 * X["b"].to_numpy() - 0.4)[:, None] + effects, 0.01, 0.99)
    action = rng.integers(0, len(ACTIONS), rows)
    customers = pd.DataFrame(
        {
            "customer_id": names,
            "gender": rng.choice(["F", "M"], rows),
            "birth_date": pd.Timestamp("1990-01-01"),
            "region": "Henan",
            "language": "zh",
            "occupation": "teacher",
        },
        index=names,
    )
    occasions = Occasions(
        settings=settings,
        X=X.assign(**{CONTEXT[0]: 10.0, CONTEXT[1]: 2_000.0}),
        at=pd.date_range("2025-01-01", periods=rows, freq="h", tz="UTC"),
        action=action,
        outcome=(rng.random(rows) < chance[np.arange(rows), action]).astype(float),
        propensity=np.full(rows, 1 / len(ACTIONS)),
        reminder_id=np.array([f"r{number}" for number in range(rows)], dtype=object),
        customers=customers,
        default_probability=np.where(X["b"].to_numpy() > 0, 0.03, 0.3),
        programme=np.zeros(rows, np.int64),
        tier=np.where(X["b"].to_numpy() > 0, 1, 3),
        stage=np.full(rows, 4),
        blocked=np.zeros((rows, len(ACTIONS)), dtype=np.int8),
    )
    return Experiment(occasions, chance)


@pytest.fixture(scope="session")
def make_experiment() -> Callable[..., Experiment]:
    return experiment
