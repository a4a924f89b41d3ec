from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from serving.offpolicy.decision_log import read_log
from serving.offpolicy.row_scores import arm_scores


@dataclass(frozen=True)
class Trial:
    """A randomised trial of three actions, the first of them nothing: scores (n, 3), true effects (n, 3), customers."""

    scores: np.ndarray
    effects: np.ndarray
    customer: np.ndarray


def trial(heterogeneity: float, seed: int = 0, rows: int = 6_000) -> Trial:
    """Return a trial whose effects spread by ``heterogeneity`` around .1 and .05, two rows a customer."""
    rng = np.random.default_rng(seed)
    customer = np.arange(rows) // 2
    x = rng.normal(size=(rows // 2, 2))[customer]
    effects = np.column_stack([np.zeros(rows), 0.1 + heterogeneity * x[:, 0], 0.05 + heterogeneity * x[:, 1]])
    chance = np.clip(0.4 + effects, 0.01, 0.99)
    action = rng.integers(0, 3, rows)
    outcome = (rng.random(rows) < chance[np.arange(rows), action]).astype(float)
    even = np.full((rows, 3), 1 / 3)
    log = read_log(action, outcome, np.full(rows, 1 / 3), even, np.full((rows, 3), outcome.mean()))
    return Trial(arm_scores(log), chance - chance[:, [0]], customer)


@pytest.fixture(scope="session")
def make_trial() -> Callable[..., Trial]:
    return trial


@pytest.fixture(scope="session")
def varied() -> Trial:
    return trial(0.15)


@pytest.fixture(scope="session")
def uniform() -> Trial:
    return trial(0.0)
