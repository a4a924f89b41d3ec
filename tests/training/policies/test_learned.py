from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.pressing import CONTEXT
from serving.policy_settings import Capacity, Exploration
from serving.rules import LADDER as BLOCKED
from training.policies.learned import by_effect
from training.policies.occasions import Occasions

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def made(make_experiment: Make) -> Any:
    plain = make_experiment(0.15, rows=600)
    X = plain.occasions.X.assign(**{CONTEXT[1]: np.random.default_rng(0).uniform(1_000, 3_000, 600)})
    return replace(plain, occasions=replace(plain.occasions, X=X))


def effect_of(made: Any) -> np.ndarray:
    return made.chance - made.chance[:, [0]]


def bounded(occasions: Occasions, capacity: Capacity, explores: float = 0.0) -> Occasions:
    settings = replace(occasions.settings, capacity=capacity, exploration=Exploration(explores, 1.0))
    return replace(occasions, settings=settings)


def test_without_bounds_each_gets_the_action_of_the_largest_value(made: Any) -> None:
    value = made.occasions.value(effect_of(made))
    target = by_effect(made.occasions, effect_of(made))
    assert (target.argmax(axis=1) == value.argmax(axis=1)).all()
    assert set(np.unique(target)) == {0.0, 1.0}


def test_calls_go_to_those_for_whom_they_add_most(made: Any) -> None:
    occasions = bounded(made.occasions, Capacity({"call": 60.0}))
    value = occasions.value(effect_of(made))
    target = by_effect(occasions, effect_of(made))
    called = target[:, 3] > 0
    assert 58 <= called.sum() <= 60
    adds = value[:, 3] - value[:, :3].max(axis=1)
    assert adds[called].min() >= np.sort(adds)[-60] - 1e-6


def test_exploration_keeps_the_capacity_too(made: Any) -> None:
    occasions = bounded(made.occasions, Capacity({"call": 60.0}), explores=0.2)
    target = by_effect(occasions, effect_of(made))
    assert target[:, 3].sum() <= 60 + 1e-6
    assert ((target > 0) & (target < 1)).any()
    certain = by_effect(occasions, effect_of(made), explores=False)
    assert set(np.unique(certain)) == {0.0, 1.0}


def test_what_is_blocked_or_unknown_is_never_taken(made: Any) -> None:
    blocked = made.occasions.blocked.copy()
    blocked[:, 3] = BLOCKED
    effect = effect_of(made)
    effect[:, 1] = np.nan
    target = by_effect(replace(made.occasions, blocked=blocked), effect)
    assert (target[:, [1, 3]] == 0).all()


def test_the_order_of_occasions_changes_no_decision(made: Any) -> None:
    occasions = bounded(made.occasions, Capacity({"call": 60.0}))
    turn = np.random.default_rng(0).permutation(len(occasions))
    ahead, turned = by_effect(occasions, effect_of(made)), by_effect(occasions.within(turn), effect_of(made)[turn])
    assert (ahead[turn] == turned).all(axis=1).mean() > 0.99
