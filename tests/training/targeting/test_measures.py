from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features import PolicyError
from training.targeting.measures import gains_at, rank_measures, toc_curve
from training.targeting.ranking import Ranking, best_arm_ranking


def ranked(trial: Any, predicted: np.ndarray) -> Ranking:
    return best_arm_ranking(trial.scores, predicted, trial.customer)


def by_name(ranking: Ranking) -> pd.DataFrame:
    return rank_measures(ranking).set_index("measure")


def test_a_perfect_ranking_is_proven_to_rank_and_beats_one_by_lot(varied: Any) -> None:
    perfect = by_name(ranked(varied, varied.effects))
    drawn = np.random.default_rng(1).normal(size=varied.effects.shape)
    lot = by_name(ranked(varied, drawn))
    for measure in ("autoc", "qini"):
        assert perfect.loc[measure, "low"] > 0
        assert lot.loc[measure, "low"] <= 0 <= lot.loc[measure, "high"]
        assert perfect.loc[measure, "value"] > lot.loc[measure, "high"]


def test_where_effects_do_not_differ_no_ranking_is_proven(uniform: Any) -> None:
    drawn = uniform.effects + np.random.default_rng(2).normal(size=uniform.effects.shape) * [0, 1, 1]
    measures = by_name(ranked(uniform, drawn))
    assert measures.loc["autoc", "low"] <= 0 <= measures.loc["autoc", "high"]
    assert measures.loc["qini", "low"] <= 0 <= measures.loc["qini", "high"]
    assert measures.loc["average_gain", "low"] > 0


def test_the_interval_of_autoc_holds_0_about_as_often_as_it_says_where_there_is_no_order(
    make_trial: Callable[..., Any],
) -> None:
    held = 0
    for seed in range(40):
        null = make_trial(0.0, seed, 800)
        row = by_name(ranked(null, np.random.default_rng(seed).normal(size=null.effects.shape))).loc["autoc"]
        held += row["low"] <= 0 <= row["high"]
    assert held >= 34


def test_a_ranking_turned_upside_down_changes_sign() -> None:
    rng = np.random.default_rng(0)
    ranking = Ranking(rng.normal(size=500), rng.normal(size=500), np.arange(500))
    up, down = by_name(ranking)["value"], by_name(replace(ranking, priority=-ranking.priority))["value"]
    assert down["qini"] == pytest.approx(-up["qini"])
    assert down["average_gain"] == pytest.approx(up["average_gain"])


def test_of_a_proven_order_the_upside_down_is_proven_wrong(varied: Any) -> None:
    ranking = ranked(varied, varied.effects)
    wrong = by_name(replace(ranking, priority=-ranking.priority))
    assert wrong.loc["autoc", "high"] < 0
    assert wrong.loc["qini", "high"] < 0


def test_the_areas_are_those_under_the_curve() -> None:
    rng = np.random.default_rng(3)
    ranking = Ranking(rng.normal(size=300), rng.normal(size=300), np.arange(300))
    share = (np.arange(200_000) + 0.5) / 200_000
    curve = _toc(ranking, share)
    found = by_name(ranking)["value"]
    assert found["autoc"] == pytest.approx(curve.mean(), abs=1e-3)
    assert found["qini"] == pytest.approx((share * curve).mean(), abs=1e-4)


def _toc(ranking: Ranking, share: np.ndarray) -> np.ndarray:
    """Return TOC by its definition: the mean gain of the first rows, a row counting in part, less that of all."""
    gains = ranking.gain[np.argsort(-ranking.priority)]
    rows = share * len(gains)
    return np.interp(rows, np.arange(len(gains) + 1), np.r_[0, gains.cumsum()]) / rows - gains.mean()


def test_the_curve_is_the_mean_gain_of_the_first_less_that_of_all() -> None:
    ranking = Ranking(np.array([4.0, 3.0, 2.0, 1.0]), np.array([1.0, 0.0, 1.0, 0.0]), np.arange(4))
    assert toc_curve(ranking, [0.25, 0.5, 1.0])["toc"].tolist() == [0.5, 0.0, 0.0]
    gains = gains_at(ranking, [0.25, 0.5])
    assert gains["gain"].tolist() == [1.0, 0.5]
    assert gains["of_all"].tolist() == [0.25, 0.25]


def test_a_prediction_that_is_the_same_for_all_has_no_order_whatever_the_order_of_rows() -> None:
    gain = np.sort(np.random.default_rng(0).normal(size=200))[::-1]
    found = by_name(Ranking(np.zeros(200), gain, np.arange(200)))
    assert found.loc["autoc", "value"] == pytest.approx(0, abs=1e-12)
    assert found.loc["qini", "high"] == pytest.approx(0, abs=1e-12)


def test_shuffling_rows_changes_no_value(varied: Any) -> None:
    ranking = ranked(varied, varied.effects)
    turn = np.random.default_rng(0).permutation(len(ranking.gain))
    other = Ranking(ranking.priority[turn], ranking.gain[turn], ranking.customer[turn])
    assert by_name(other)["value"].to_numpy() == pytest.approx(by_name(ranking)["value"].to_numpy())


def test_the_first_tenth_gains_what_the_truth_says(varied: Any) -> None:
    ranking = ranked(varied, varied.effects)
    gains = gains_at(ranking, [0.1, 1.0])
    best = np.sort(varied.effects[:, 1:].max(axis=1))[::-1]
    for row, truth in zip(gains.itertuples(), (best[: len(best) // 10].mean(), best.mean()), strict=True):
        assert row.low <= truth <= row.high


@pytest.mark.parametrize("shares", [[0.0], [1.5], []], ids=["none", "more than all", "no share"])
def test_shares_that_make_no_sense_are_refused(shares: list[float]) -> None:
    with pytest.raises(PolicyError, match="shares must be numbers"):
        gains_at(Ranking(np.zeros(3), np.zeros(3), np.arange(3)), shares)
