from __future__ import annotations

import numpy as np
import pytest

from features import PolicyError
from training import policy_value

METHODS = ["dm", "ips", "snips", "dr", "switch-dr", "dr-os"]


def logged(rows: int = 8_000, seed: int = 0) -> dict[str, np.ndarray]:
    """Return a log of three actions chosen by context, the truth of each, and a policy to judge."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    truth = np.clip(0.4 + 0.1 * x[:, None] * np.array([-1, 0, 1]) + np.array([0, 0.05, 0.02]), 0.02, 0.98)
    logger = np.exp(0.7 * x[:, None] * np.array([1, 0, -1]))
    logger /= logger.sum(axis=1, keepdims=True)
    action = (rng.random(rows)[:, None] > logger.cumsum(axis=1)).sum(axis=1)
    outcome = (rng.random(rows) < truth[np.arange(rows), action]).astype(float)
    target = np.where(np.arange(3) == (x > 0)[:, None] * 2, 0.9, 0.05)
    return {
        "action": action,
        "outcome": outcome,
        "propensity": logger[np.arange(rows), action],
        "target": target,
        "truth": truth,
    }


@pytest.mark.parametrize("method", METHODS)
def test_every_method_recovers_the_value_of_a_policy_it_never_saw_run(method: str) -> None:
    log = logged()
    value = float((log["target"] * log["truth"]).sum(axis=1).mean())
    found = policy_value(log["action"], log["outcome"], log["propensity"], log["target"], log["truth"], method)
    assert found.value == pytest.approx(value, abs=0.03)
    assert found.low <= found.value <= found.high


def test_the_interval_of_dr_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(60):
        log = logged(1_500, seed)
        found = policy_value(
            log["action"], log["outcome"], log["propensity"], log["target"], log["truth"] * 0.8, "dr", seed
        )
        covered += found.low <= float((log["target"] * log["truth"]).sum(axis=1).mean()) <= found.high
    assert covered >= 51


def test_what_a_logger_never_did_can_not_be_judged() -> None:
    log = logged(500)
    log["action"][:] = 0
    with pytest.raises(PolicyError, match=r"ess|overlap|thin"):
        policy_value(
            log["action"], log["outcome"], np.full(500, 0.99), np.tile([0.0, 0.0, 1.0], (500, 1)), log["truth"]
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"propensity": np.zeros(500)}, "propensity"),
        ({"target": np.full((500, 3), 0.5)}, "target"),
        ({"outcome": np.full(500, np.nan)}, "outcome"),
    ],
    ids=["propensity of nothing", "target that does not add up", "outcome that is no number"],
)
def test_a_log_that_makes_no_sense_is_refused_by_name(change: dict[str, np.ndarray], message: str) -> None:
    log = logged(500) | change
    with pytest.raises(PolicyError, match=message):
        policy_value(log["action"], log["outcome"], log["propensity"], log["target"], log["truth"])
