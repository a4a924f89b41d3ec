from __future__ import annotations

import numpy as np
import pytest

from features import PolicyError
from serving.offpolicy.decision_log import DecisionLog, read_log
from serving.offpolicy.row_scores import METHODS, arm_scores, choose_threshold, largest_bias, row_scores


def trial(rows: int = 20_000, seed: int = 0, wrong: float = 0.7) -> tuple[DecisionLog, np.ndarray]:
    """Return a log of three actions whose outcome model is wrong by a factor, and the truth (rows, 3)."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 1))
    truth = 0.4 + 0.1 * np.tanh(x) * [1, 0, -1] + np.array([0.0, 0.05, 0.1])
    logger = np.exp(x * [0.5, 0.0, -0.5])
    logger /= logger.sum(axis=1, keepdims=True)
    action = (rng.random((rows, 1)) > logger.cumsum(axis=1)).sum(axis=1)
    outcome = (rng.random(rows) < truth[np.arange(rows), action]).astype(float)
    target = rng.dirichlet(np.ones(3), rows)
    return read_log(action, outcome, logger[np.arange(rows), action], target, wrong * truth), truth


def test_the_target_weighted_scores_of_actions_are_the_scores_of_dr() -> None:
    log, _ = trial(500)
    assert (log.target * arm_scores(log)).sum(axis=1) == pytest.approx(row_scores(log, "dr"))


def test_the_mean_score_of_each_action_is_what_it_would_bring_though_the_model_is_wrong() -> None:
    log, truth = trial()
    error = arm_scores(log).std(axis=0) / np.sqrt(len(log.action))
    assert (np.abs(arm_scores(log).mean(axis=0) - truth.mean(axis=0)) < 3 * error).all()
    assert (np.abs(log.model().mean(axis=0) - truth.mean(axis=0)) > 3 * error).all()


def test_scores_of_actions_need_an_outcome_model() -> None:
    with pytest.raises(PolicyError, match="needs predicted"):
        arm_scores(read_log([0, 1], [0.0, 1.0], [0.5, 0.5], np.eye(2)))


def test_the_scores_of_snips_have_the_mean_of_the_ratio() -> None:
    log, _ = trial(500)
    assert row_scores(log, "snips").mean() == pytest.approx((log.weight * log.outcome).sum() / log.weight.sum())


def test_snips_of_a_policy_that_no_row_shows_has_no_value() -> None:
    with pytest.raises(PolicyError, match="snips has no value"):
        row_scores(read_log([0, 0], [0.0, 1.0], [0.5, 0.5], [[0.0, 1.0], [0.0, 1.0]]), "snips")


@pytest.mark.parametrize("method", METHODS)
def test_shuffling_rows_shuffles_scores(method: str) -> None:
    log, _ = trial(300)
    turn = np.random.default_rng(0).permutation(300)
    other = DecisionLog(log.action[turn], log.outcome[turn], log.propensity[turn], log.target[turn], log.model()[turn])
    assert row_scores(other, method) == pytest.approx(row_scores(log, method)[turn])


@pytest.mark.parametrize("method", ["switch-dr", "dr-os"])
def test_a_tamed_value_is_off_by_no_more_than_its_largest_bias(method: str) -> None:
    log, _ = trial(2_000)
    for threshold in (0.5, 2.0, choose_threshold(log, method)):
        moved = abs(row_scores(log, method, threshold).mean() - row_scores(log, "dr").mean())
        assert moved <= largest_bias(log, method, threshold) + 1e-12


@pytest.mark.parametrize("method", ["switch-dr", "dr-os"])
def test_an_endless_threshold_is_dr(method: str) -> None:
    log, _ = trial(300)
    assert row_scores(log, method, np.inf).tolist() == row_scores(log, "dr").tolist()


def test_an_unknown_method_is_refused_by_name() -> None:
    with pytest.raises(PolicyError, match="method must be one of dm, ips"):
        row_scores(trial(10)[0], "guess")
