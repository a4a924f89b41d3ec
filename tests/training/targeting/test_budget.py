from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from features import PolicyError
from training.targeting.budget import qini_curve, qini_measures, spending_path


def by_name(path: Any, customer: np.ndarray) -> Any:
    return qini_measures(path, customer).set_index("measure")


def test_along_the_path_no_choice_of_actions_at_that_cost_is_predicted_to_bring_more() -> None:
    rng = np.random.default_rng(0)
    benefit = np.column_stack([np.zeros(4), rng.uniform(0, 1, (4, 3))])
    cost = np.array([0.0, 1.0, 2.0, 4.0])
    path = spending_path(benefit, benefit, cost)
    spent, gained = path.climb(np.ones((1, 4)))
    choices = [(cost[list(c)].sum() / 4, benefit[np.arange(4), list(c)].sum() / 4) for c in product(range(4), repeat=4)]
    for budget, gain in zip(spent[0], gained[0], strict=True):
        assert gain == pytest.approx(max(g for spends, g in choices if spends <= budget + 1e-9))


def test_a_perfect_prediction_is_proven_to_spend_better_than_by_lot_and_a_drawn_one_is_not(varied: Any) -> None:
    cost = np.array([0.0, 1.0, 3.0])
    perfect = by_name(spending_path(varied.scores, varied.effects, cost), varied.customer)
    drawn = np.random.default_rng(1).normal(size=varied.effects.shape)
    lot = by_name(spending_path(varied.scores, drawn), varied.customer)
    assert perfect.loc["qini", "low"] > 0
    assert perfect.loc["auuc", "low"] > 0
    assert lot.loc["qini", "low"] <= 0 <= lot.loc["qini", "high"]


def test_where_effects_do_not_differ_no_prediction_spends_better(uniform: Any) -> None:
    drawn = uniform.effects + 0.01 * np.random.default_rng(5).normal(size=uniform.effects.shape)
    found = by_name(spending_path(uniform.scores, drawn), uniform.customer)
    assert found.loc["qini", "low"] <= 0 <= found.loc["qini", "high"]


def test_with_one_action_the_curve_upside_down_has_the_area_with_its_sign_changed(varied: Any) -> None:
    scores, effects = varied.scores[:, :2], varied.effects[:, :2]
    up, down = (by_name(spending_path(scores, sign * effects), varied.customer) for sign in (1, -1))
    assert down.loc["qini", "value"] == pytest.approx(-up.loc["qini", "value"])
    assert down.loc["qini", "high"] < 0 < up.loc["qini", "low"]


def test_with_costs_of_1_the_curve_ends_with_all_treated_at_the_mean_gain_of_their_best_actions(varied: Any) -> None:
    curve = qini_curve(spending_path(varied.scores, varied.effects), varied.customer)
    best = 1 + varied.effects[:, 1:].argmax(axis=1)
    gain = (varied.scores[np.arange(len(best)), best] - varied.scores[:, 0]).mean()
    assert curve["cost"].iloc[-1] == pytest.approx(1.0)
    assert curve["gain"].iloc[[0, -1]].tolist() == pytest.approx([0.0, gain])
    assert curve["by_lot"].iloc[-1] == pytest.approx(gain)
    assert (curve["low"] <= curve["gain"]).all()
    assert (curve["gain"] <= curve["high"]).all()


def test_a_dear_action_that_gains_less_a_unit_than_a_dearer_one_is_skipped() -> None:
    benefit = np.array([[0.0, 0.1, 1.0]])
    path = spending_path(benefit, benefit, np.array([0.0, 1.0, 2.0]))
    assert path.cost.tolist() == [2.0]
    assert path.gain.tolist() == [1.0]


def test_whom_every_action_is_predicted_to_harm_comes_last_with_the_least_harmful() -> None:
    benefit = np.array([[0.0, -0.5, -0.1], [0.0, 0.2, 0.1]])
    path = spending_path(benefit, benefit)
    assert path.row.tolist() == [1, 0]
    assert path.gain.tolist() == [0.2, -0.1]


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (np.array([0.0, 1.0]), "one number an action"),
        (np.array([1.0, 1.0, 1.0]), "0 for doing nothing"),
        (np.array([0.0, 0.0, 1.0]), "above 0"),
    ],
    ids=["too few", "nothing costs", "an action is free"],
)
def test_costs_that_make_no_sense_are_refused(cost: np.ndarray, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        spending_path(np.zeros((2, 3)), np.zeros((2, 3)), cost)
