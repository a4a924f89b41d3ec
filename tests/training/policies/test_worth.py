from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import PolicyError
from training.policies import rivals
from training.policies.worth import by_log, by_truth, conduct, grievance_rates, reach, supports, verdicts

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def made(make_experiment: Make) -> Any:
    return make_experiment(0.1, rows=6_000)


def always(made: Any, action: str) -> np.ndarray:
    return rivals.always(made.occasions, action, {})


def test_the_log_tells_what_the_truth_tells(made: Any) -> None:
    target, nothing = always(made, "call_standard"), rivals.nothing(made.occasions)
    told = by_log(made.occasions, made.chance)(target, nothing)
    truth = by_truth(made.occasions, made.chance)(target, nothing)
    assert told.low <= truth.gain <= told.high
    assert truth.low < truth.gain < truth.high


def test_a_policy_gains_nothing_over_itself(made: Any) -> None:
    target = always(made, "sms_gentle")
    for measure in (by_log(made.occasions, made.chance), by_truth(made.occasions, made.chance)):
        told = measure(target, target)
        assert (told.gain, told.low, told.high) == (0.0, 0.0, 0.0)


def test_a_log_without_known_chances_is_refused_with_the_numbers(made: Any) -> None:
    blind = replace(made.occasions, propensity=np.full(len(made.occasions), np.nan))
    with pytest.raises(PolicyError, match=r"of 6000 logged decisions .* none has a known propensity"):
        by_log(blind, made.chance)


def test_a_policy_that_the_measure_refuses_has_no_number_and_spares_the_others(made: Any) -> None:
    call = made.occasions.settings.action_ids.index("call_standard")
    seen = made.occasions.action != call
    occasions, chance = made.occasions.within(seen), made.chance[seen]
    policies = {name: rivals.always(occasions, name, {}) for name in ("sms_gentle", "call_standard")}
    policies[rivals.NOTHING] = rivals.nothing(occasions)
    table = verdicts(policies, rivals.NOTHING, occasions, by_log(occasions, chance), np.zeros(4)).set_index("policy")
    assert np.isnan(table.loc["call_standard", "gain"])
    assert np.isfinite(table.loc["sms_gentle", "gain"])
    support = supports(policies, occasions).set_index("policy")
    assert support.loc["call_standard", "never_logged"] == 1.0
    assert support.loc["sms_gentle", "never_logged"] == 0.0


def test_conduct_is_counted_on_100_occasions(made: Any) -> None:
    target = always(made, "call_standard")
    told = conduct(target, made.occasions, np.array([0.0, 0.1, 0.1, 0.02]))
    assert told == pytest.approx({"contacts": 100.0, "calls": 100.0, "cost": 300.0, "grievances": 2.0})


def test_grievances_are_opt_outs_and_disputes_and_nothing_has_none(made: Any) -> None:
    occasions = made.occasions
    call = occasions.settings.action_ids.index("call_standard")
    replies = pd.Series(np.where(occasions.action == call, "请停止发送，退订", None), dtype=object)
    rates = grievance_rates(occasions, replies)
    assert rates[occasions.none] == 0
    assert rates[call] > 0.9
    assert rates[1] < 0.05


def test_reach_is_the_share_of_each_group(made: Any) -> None:
    target = rivals.nothing(made.occasions).copy()
    first = np.arange(len(target)) < 3_000
    target[first] = np.eye(4)[3]
    table = reach({"p": target}, np.where(first, "a", "b"), made.occasions).set_index("group")
    assert table[["reminded", "called"]].to_numpy().tolist() == [[1.0, 1.0], [0.0, 0.0]]
    assert table["occasions"].tolist() == [3_000, 3_000]
