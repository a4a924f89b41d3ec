"""What actions brought against what was expected, and what other policies would have: on logs whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.monitoring.action_value import action_values, modelled_worth, policy_worths, value_findings
from serving.monitoring.decided import Decided, Words
from serving.monitoring.rivals import LADDER, LADDER_MODELLED
from serving.monitoring.sampled import Valued

ACTIONS = ("none", "sms", "call")


def log(rows: int, effects: tuple[float, ...], seed: int = 0) -> Valued:
    """Return decisions by lot, 100 due each, whose model believes in effects of .1 and .2, with the true ``effects``."""
    rng = np.random.default_rng(seed)
    action = rng.integers(0, 3, rows)
    base = rng.uniform(0.2, 0.5, rows)
    paid = rng.random(rows) < base + np.array(effects)[action]
    words = {"action": Words(ACTIONS, action)}
    numbers = {"propensity": np.full(rows, 1 / 3), "expected_effect": np.zeros(rows), "expected_value": np.zeros(rows)}
    who = np.arange(rows)
    decided = Decided(np.zeros(rows, np.int64), who, who, who, np.zeros(rows, np.bool_), words, numbers, {})
    burden = np.tile([0.0, 1.0, 4.0], (rows, 1))
    chance = base[:, None] + np.array([0.0, 0.1, 0.2])
    return Valued(decided, ACTIONS, np.arange(3), action, paid, np.full(rows, 100.0), burden, chance)


@pytest.mark.parametrize(
    ("effects", "found"),
    [((0.0, 0.1, 0.2), []), ((0.0, 0.1, 0.02), ["call"]), ((0.0, -0.1, 0.2), ["sms"])],
    ids=["as believed", "calls do little", "messages do harm"],
)
def test_an_action_that_brings_other_than_was_expected_is_found(effects: Any, found: list[str]) -> None:
    one = log(6_000, effects)
    told = action_values(one.decided, one.paid, one)
    assert [finding.about for finding in value_findings(told) if finding.chance < 1e-4 and finding.size > 0.05] == found
    by_name = {action.action: action for action in told}
    call = by_name["call"]
    assert call.realised_effect == pytest.approx(effects[2], abs=0.03)
    assert call.realised_value == pytest.approx(100 * effects[2] - 4, abs=3.5)
    assert (call.sampled_paid_share, call.decisions) == (pytest.approx(call.paid_share), call.sampled)


def test_a_policy_is_valued_near_its_truth_and_refused_where_the_log_shows_nothing_of_it() -> None:
    one = log(6_000, (0.0, 0.1, 0.2))
    always = np.tile([0.0, 0.0, 1.0], (6_000, 1))
    nothing, calls = policy_worths(one, {"always call": always})
    assert (nothing.policy, nothing.refused) == ("no reminder", None)
    assert calls.value == pytest.approx(100 * 0.55 - 4, abs=2)
    assert calls.gain is not None
    assert calls.low is not None
    assert calls.low <= calls.gain
    silent = log(300, (0.0, 0.1, 0.2))
    rows = silent.action != 2
    few = Valued(
        silent.decided.rows(rows), ACTIONS, silent.columns, silent.action[rows], silent.paid[rows], silent.due[rows],
        silent.burden[rows], silent.chance[rows],
    )  # fmt: skip
    refused = policy_worths(few, {"always call": always[: rows.sum()]})[1]
    assert refused.gain is None
    assert "too little overlap" in str(refused.refused)


def test_the_model_alone_values_what_the_log_shows_nothing_of() -> None:
    one = log(6_000, (0.0, 0.1, 0.2))
    always = np.tile([0.0, 0.0, 1.0], (6_000, 1))
    told = modelled_worth("always call", one, always)
    ran = (0.0 + (10 - 1) + (20 - 4)) / 3
    assert (told.policy, told.refused) == ("always call", None)
    assert told.gain == pytest.approx(16 - ran, abs=0.5)
    assert told.low is not None
    assert told.high is not None
    assert told.low < told.gain < told.high


def test_without_a_response_model_shares_are_told_and_nothing_is_expected() -> None:
    one = log(300, (0.0, 0.1, 0.2))
    told = action_values(one.decided, one.paid, None)
    assert [(action.sampled, action.realised_value) for action in told] == [(0, None)] * 3
    assert list(value_findings(told)) == []


def test_the_worlds_watch_values_its_actions(bank: Any) -> None:
    watch = bank.watched()
    assert {one.action for one in watch.actions} >= {"none"}
    assert [one.policy for one in watch.policies] == ["no reminder", "the champion", LADDER, LADDER_MODELLED]
    assert all((one.refused is None) != (one.gain is None) for one in watch.policies)
