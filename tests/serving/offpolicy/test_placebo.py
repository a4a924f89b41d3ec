from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features import PolicyError
from serving.offpolicy.placebo import placebo_gain


def trial(effect: float, seed: int = 0, rows: int = 1_500) -> dict[str, Any]:
    """Return a trial of three equally likely actions; the second works for x > 0 and harms the others by as much."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    action = rng.integers(0, 3, rows)
    chance = 0.4 + effect * np.sign(x) * (action == 1)
    target = np.where((x > 0)[:, None], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0])
    outcome = (rng.random(rows) < chance).astype(float)
    return {"action": action, "outcome": outcome, "propensity": np.full(rows, 1 / 3), "target": target}


EVEN = np.full((1_500, 3), 1 / 3)


def test_a_gain_that_actions_cause_stands_out_from_the_shuffled() -> None:
    found = placebo_gain(**trial(0.2), baseline=EVEN, method="snips", rounds=99)
    assert found.share == 0.01
    assert found.gain > found.high
    assert abs(found.mean) < 0.5 * found.gains.std()


def test_without_an_effect_small_shares_are_as_rare_as_they_say() -> None:
    shares = np.array(
        [placebo_gain(**trial(0.0, seed), method="snips", rounds=39, seed=seed).share for seed in range(100)]
    )
    assert (shares <= 0.1).mean() <= 0.19
    assert 0.4 <= shares.mean() <= 0.6


def test_judging_on_the_rows_one_learned_from_is_found_out() -> None:
    log = trial(0.0)
    cell = np.random.default_rng(1).integers(0, 60, 1_500)

    def learn(action: np.ndarray, propensity: np.ndarray) -> tuple[np.ndarray, None]:
        """Do in each cell of noise what went best there, in the very rows that will judge it."""
        means = np.zeros((60, 3))
        for one in range(3):
            hits = np.bincount(cell, log["outcome"] * (action == one), 60)
            means[:, one] = hits / np.maximum(np.bincount(cell, action == one, 60), 1)
        return np.eye(3)[means.argmax(axis=1)[cell]], None

    log["target"] = learn(log["action"], log["propensity"])[0]
    honest = placebo_gain(**log, method="snips", rounds=50)
    repeated = placebo_gain(**log, method="snips", rounds=50, learn=learn)
    assert honest.share < 0.05
    assert repeated.mean > honest.mean + 10 * repeated.mean_error
    assert repeated.share > 0.1


def test_actions_change_hands_only_within_strata() -> None:
    log = trial(0.0)
    stratum = np.arange(1_500) % 2
    log["propensity"] = np.where(stratum == 1, 1 / 3, np.array([0.2, 0.3, 0.5])[log["action"]])
    with pytest.raises(PolicyError, match=r"3 actions had differing propensities .* from 0\.2 to 0\.3333"):
        placebo_gain(**log, method="ips")
    found = placebo_gain(**log, method="ips", strata=stratum, rounds=19)
    assert len(found.gains) == 19


def test_the_same_seed_shuffles_alike() -> None:
    log = trial(0.1)
    a, b = (placebo_gain(**log, method="ips", rounds=19, seed=4) for _ in range(2))
    assert a.gains.tolist() == b.gains.tolist()


def test_too_few_rounds_are_refused() -> None:
    with pytest.raises(PolicyError, match="rounds must be at least 19"):
        placebo_gain(**trial(0.0), rounds=10)
