from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.policy_settings import Capacity
from training import ResponseModel
from training.policies import rivals
from training.policies.judgement import Case, Judgement, judge
from training.policies.learned import by_effect, effects_of
from training.policies.occasions import Occasions
from training.policies.room import Room
from training.policies.worth import by_log, by_truth
from training.reports.policy.effects import heterogeneity_words
from training.reports.policy.value import section

Make = Callable[..., Any]


def fitted(occasions: Occasions, seed: int = 0) -> ResponseModel:
    labels = np.array(occasions.settings.action_ids, dtype=object)[occasions.action]
    model = ResponseModel(seed=seed, threads=1)
    return model.fit(occasions.X, labels, occasions.outcome, occasions.propensity, groups=occasions.X.index)


def case_of(occasions: Occasions, model: ResponseModel, calls: float | None = None, **fields: Any) -> Case:
    capacity = Capacity({"call": float(len(occasions)) if calls is None else calls})
    bounded = replace(occasions, settings=replace(occasions.settings, capacity=capacity))
    replies = pd.Series([None] * len(occasions), dtype=object)
    return Case(bounded, model, None, replies, Room(capacity, 30.0, "as many calls as there are occasions"), **fields)


@pytest.fixture(scope="module")
def differing(make_experiment: Make) -> tuple[Any, ResponseModel]:
    made = make_experiment(0.15, rows=8_000)
    return made.half(True), fitted(made.half(False).occasions)


@pytest.fixture(scope="module")
def judged(differing: tuple[Any, ResponseModel]) -> Judgement:
    tested, model = differing
    return judge(case_of(tested.occasions, model, truth=tested.chance))


def gains(judgement: Judgement, table: str = "gains") -> pd.DataFrame:
    return judgement.tables[table].set_index("over")


def test_where_effects_differ_the_learned_policy_is_proven_to_beat_every_rival(judged: Judgement) -> None:
    assert judged.finding == "better"
    for name in (rivals.NOTHING, rivals.LADDER, rivals.RISK, rivals.SINGLE):
        assert gains(judged).loc[name, "low"] > 0


def test_the_log_s_intervals_hold_what_the_truth_says(judged: Judgement) -> None:
    by_log_, truly = gains(judged), gains(judged, "gains_by_truth")
    held = (by_log_["low"] <= truly["gain"]) & (truly["gain"] <= by_log_["high"])
    assert held.sum() >= len(held) - 1


def test_nobody_beats_who_knows_the_truth(judged: Judgement) -> None:
    truth = judged.tables["truth"].set_index("policy")["gain"]
    assert truth.idxmax() == rivals.ORACLE
    assert gains(judged, "gains_by_truth").loc[rivals.ORACLE, "gain"] < 0


def test_every_rival_keeps_the_same_number_of_calls(differing: tuple[Any, ResponseModel]) -> None:
    tested, model = differing
    judgement = judge(case_of(tested.occasions, model, calls=0.05 * len(tested.occasions), truth=tested.chance))
    calls = judgement.tables["worth"].set_index("policy")["calls"]
    assert (calls <= 5.0 + 1e-9).all()
    assert calls[rivals.LEARNED] > 4.9
    frontier = judgement.tables["frontier"]
    assert (frontier["believed"].diff().dropna() >= -1e-9).all()
    assert (frontier["price"].diff().dropna() <= 1e-9).all()
    assert frontier.loc[frontier["now"], "calls_a_day"].tolist() == [0.05 * len(tested.occasions) / 30]


def test_the_placebo_finds_nothing_and_the_gain_is_more_than_chance(judged: Judgement) -> None:
    assert judged.metrics["policy_placebo_bias"] < 0.5
    assert judged.metrics["policy_placebo_share"] <= 0.05


def test_a_budget_is_proven_to_be_spent_better_than_by_lot_where_effects_differ(judged: Judgement) -> None:
    rank = judged.tables["rank"].set_index(["of", "measure"])
    assert rank.loc[("budget", "qini"), "low"] > 0


def test_a_log_without_known_chances_cannot_be_judged_and_says_so(differing: tuple[Any, ResponseModel]) -> None:
    tested, model = differing
    blind = replace(tested.occasions, propensity=np.full(len(tested.occasions), np.nan))
    judgement = judge(case_of(blind, model))
    assert judgement.finding == "cannot be judged"
    assert "none has a known propensity" in judgement.why
    assert np.isnan(judgement.metrics["policy_gain_low"])
    told = section(judgement)
    assert told.verdict == "fail"
    assert told.answer[0].startswith("It cannot be judged")
    assert any("none has a known propensity" in text for text in told.answer)


def test_a_log_that_never_did_what_the_policy_does_cannot_be_judged(differing: tuple[Any, ResponseModel]) -> None:
    tested, model = differing
    call = tested.occasions.settings.action_ids.index("call_standard")
    without = tested.occasions.within(tested.occasions.action != call)
    judgement = judge(case_of(replace(without, propensity=np.full(len(without), 1 / 3)), model))
    assert judgement.finding == "cannot be judged"
    assert "of its decisions are on actions that no row shows" in judgement.why


@pytest.mark.parametrize("seed", range(3))
def test_on_an_experiment_without_heterogeneity_it_is_no_worse_than_the_best_arm_and_says_it_found_none(
    seed: int, make_experiment: Make
) -> None:
    made = make_experiment(0.0, seed, 8_000)
    model, tested = fitted(made.half(False).occasions, seed), made.half(True)
    occasions = tested.occasions
    learned = by_effect(occasions, effects_of(model.scorer_, occasions))
    measure = by_truth(occasions, tested.chance, seed)
    arms = [rivals.always(occasions, name, {}) for name in occasions.settings.action_ids]
    best = max(arms, key=lambda arm: measure(arm, arms[0]).gain)
    worth = measure(best, arms[0]).gain
    assert measure(learned, best).gain > -0.02 * worth
    assert by_log(occasions, tested.chance, seed=seed)(learned, best).high >= 0
    assert model.heterogeneity_ == 0
    assert heterogeneity_words(model.heterogeneity_).startswith("It found none")


def test_where_effects_differ_it_says_that_they_do(differing: tuple[Any, ResponseModel]) -> None:
    assert heterogeneity_words(differing[1].heterogeneity_).startswith("It found that they do")
