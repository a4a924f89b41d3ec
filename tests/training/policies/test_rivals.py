from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from serving.policy_settings import Capacity
from serving.rules import LADDER as BLOCKED
from training.policies import rivals
from training.policies.occasions import Occasions
from training.policies.worth import channel_actions

Make = Callable[..., Any]
RIVALS: Mapping[str, Callable[[Occasions, rivals.Most], np.ndarray]] = {
    "ladder": rivals.ladder,
    "risk alone": rivals.risk_alone,
    "single": lambda occasions, most: rivals.always(occasions, "call_standard", most),
}


@pytest.fixture(scope="module")
def occasions(make_experiment: Make) -> Occasions:
    return make_experiment(0.1, rows=600).occasions


def called(target: np.ndarray, occasions: Occasions) -> np.ndarray:
    return target[:, channel_actions(occasions, "call")].sum(axis=1)


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_is_a_policy_and_keeps_the_number_of_calls(name: str, occasions: Occasions) -> None:
    target = RIVALS[name](occasions, {"call": 50})
    assert target.sum(axis=1) == pytest.approx(1)
    assert called(target, occasions).sum() == 50


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_does_nothing_that_a_rule_blocks(name: str, occasions: Occasions) -> None:
    blocked = occasions.blocked.copy()
    blocked[::2, 1:] = BLOCKED
    target = RIVALS[name](replace(occasions, blocked=blocked), {})
    assert (target[::2, occasions.none] == 1).all()
    assert (target[1::2, occasions.none] == 0).all()


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_keeps_the_budget(name: str, occasions: Occasions) -> None:
    target = RIVALS[name](occasions, {rivals.BUDGET: 30.0})
    spent = float((target @ occasions.settings.costs).sum())
    assert 27.0 <= spent <= 30.0 + 1e-9


def test_risk_alone_calls_those_with_the_most_at_risk_and_sends_the_others_a_message(occasions: Occasions) -> None:
    spread = replace(occasions, default_probability=np.linspace(0.01, 0.9, len(occasions)))
    target = rivals.risk_alone(spread, {"call": 40})
    assert np.flatnonzero(called(target, spread)).tolist() == list(range(len(spread) - 40, len(spread)))
    assert (target[:, spread.none] == 0).all()


def test_the_ladder_calls_the_upper_tiers_after_the_due_date_only(occasions: Occasions) -> None:
    upper = occasions.tier >= 2
    assert (called(rivals.ladder(occasions, {}), occasions) == upper).all()
    early = replace(occasions, stage=np.zeros(len(occasions), np.int64))
    assert not called(rivals.ladder(early, {}), early).any()


def test_doing_nothing_costs_nothing(occasions: Occasions) -> None:
    target = rivals.nothing(occasions)
    assert (target[:, occasions.none] == 1).all()


def test_what_is_bounded_is_what_the_capacity_bounds() -> None:
    assert rivals.most_of(Capacity({"call": 5.0, "sms": None}, budget=9.0)) == {"call": 5.0, "budget": 9.0}
    assert rivals.most_of(Capacity()) == {}
