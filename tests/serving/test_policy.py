from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features import PolicyError
from serving.policy import choose, draws, expected_value
from serving.policy_settings import read_policy

SETTINGS = read_policy()
ACTIONS = len(SETTINGS.action_ids)
NONE = SETTINGS.action_ids.index("none")


def values(rows: int, **named: float) -> np.ndarray:
    value = np.full((rows, ACTIONS), -9.0)
    value[:, NONE] = 0.0
    for name, amount in named.items():
        value[:, SETTINGS.action_ids.index(name)] = amount
    return value


def nothing_blocked(rows: int) -> np.ndarray:
    return np.zeros((rows, ACTIONS), np.int8)


def test_the_value_is_effect_times_amount_times_weight_less_cost_and_friction() -> None:
    effect = np.zeros((1, ACTIONS))
    call = SETTINGS.action_ids.index("call_standard")
    effect[0, call] = 0.08
    value = expected_value(effect, np.array([2_000.0]), np.array([1]), SETTINGS)
    assert value[0, call] == pytest.approx(0.08 * 2_000 * 0.05 - 3.0 - 0.9)
    assert value[0, NONE] == 0.0


def test_the_best_action_is_taken_where_nothing_comes_near() -> None:
    choice = choose(
        values(1_000, call_standard=8.0), nothing_blocked(1_000), draws([str(k) for k in range(1_000)]), SETTINGS
    )
    assert (choice.action == SETTINGS.action_ids.index("call_standard")).all()
    np.testing.assert_allclose(choice.propensity, 1.0)


def test_a_blocked_action_is_never_taken_however_valuable() -> None:
    blocked = nothing_blocked(500)
    blocked[:, SETTINGS.action_ids.index("call_firm")] = 2
    choice = choose(values(500, call_firm=100.0), blocked, draws([str(k) for k in range(500)]), SETTINGS)
    assert (choice.action == NONE).all()


def test_exploration_takes_each_near_action_as_often_as_its_propensity_says() -> None:
    settings = replace(SETTINGS, exploration=replace(SETTINGS.exploration, share=0.3, band=0.5))
    rows = 40_000
    choice = choose(
        values(rows, sms_gentle=2.0, push_gentle=1.8),
        nothing_blocked(rows),
        draws([f"c{k}" for k in range(rows)]),
        settings,
    )
    for name, share in (("sms_gentle", 0.85), ("push_gentle", 0.15)):
        taken = choice.action == settings.action_ids.index(name)
        assert taken.mean() == pytest.approx(share, abs=0.01)
        np.testing.assert_allclose(choice.propensity[taken], share)
    np.testing.assert_allclose(choice.probabilities.sum(axis=1), 1.0)


def test_a_draw_depends_on_its_key_alone() -> None:
    assert draws(["a", "b"])[1] == draws(["b"])[0]
    spread = draws([str(k) for k in range(20_000)])
    assert 0 <= spread.min() < spread.max() < 1
    assert spread.mean() == pytest.approx(0.5, abs=0.01)


def test_a_value_that_is_no_number_is_refused_by_action_and_row() -> None:
    with pytest.raises(PolicyError, match=r"expected value of sms_gentle in row 0 is nan"):
        choose(values(1, sms_gentle=np.nan), nothing_blocked(1), np.zeros(1), SETTINGS)


def test_doing_nothing_can_not_be_blocked() -> None:
    blocked = nothing_blocked(1)
    blocked[0, NONE] = 1
    with pytest.raises(PolicyError, match="doing nothing must always be allowed"):
        choose(values(1), blocked, np.zeros(1), SETTINGS)
