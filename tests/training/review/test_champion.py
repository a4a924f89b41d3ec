from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from features import ModelError
from serving.policy_settings import read_policy
from training.review.champion import (
    changed_features,
    compared_cases,
    contribution_changes,
    migration,
    movers,
    moves,
    tiers_of,
)
from training.review.gate_measures import gate_measures
from training.review.material import Material
from training.review.paired import paired


def test_a_better_model_is_found_better_and_the_difference_is_of_the_same_cases(made_up: Material) -> None:
    cases = compared_cases(made_up)
    table = paired(cases, "default_probability", "champion").set_index("measure")
    aucs = [roc_auc_score(cases["outcome"], cases[name]) for name in ("default_probability", "champion")]
    assert table.loc["auc", ["ours", "theirs"]].tolist() == pytest.approx(aucs)
    assert table["verdict"].tolist() == ["better"] * 3
    turned = paired(cases, "champion", "default_probability").set_index("measure")
    assert turned["verdict"].tolist() == ["worse"] * 3
    assert turned.loc["auc", "low"] == pytest.approx(-table.loc["auc", "high"])


def test_the_same_model_with_a_little_noise_is_within_noise(made_up: Material) -> None:
    cases = compared_cases(made_up)
    noise = np.random.default_rng(0).normal(1, 0.01, len(cases))
    table = paired(cases.assign(other=cases["default_probability"] * noise), "default_probability", "other")
    assert (table["verdict"] == "within noise").sum() >= 2
    assert (table["difference"].abs() < 0.002).all()


def test_pairing_makes_the_interval_narrower_than_that_of_either(made_up: Material) -> None:
    from training.review.ranking import measured

    cases = compared_cases(made_up)
    own = measured(cases).set_index("measure").loc["auc"]
    difference = paired(cases, "default_probability", "champion").set_index("measure").loc["auc"]
    assert difference["high"] - difference["low"] < own["high"] - own["low"]


def test_too_few_cases_are_not_compared(made_up: Material) -> None:
    with pytest.raises(ModelError, match=r"50 cases with \d+ defaults have both"):
        paired(compared_cases(made_up).iloc[:50], "default_probability", "champion")


def test_tiers_are_the_policy_s() -> None:
    policy = read_policy()
    p = np.array([0.0, 0.02, 0.0199, 0.06, 0.2, 0.9999, 1.0])
    names = list(policy.tiers)
    assert list(tiers_of(p, policy.tiers)) == [names[k] for k in policy.tier_of(p)]


def test_every_case_is_in_the_matrix_once_and_those_who_rise_default_more(made_up: Material) -> None:
    cases, bounds = compared_cases(made_up), made_up.facts["model"]["tiers"]
    matrix = migration(cases, bounds)
    assert matrix.to_numpy().sum() == len(cases)
    assert matrix.index.tolist() == matrix.columns.tolist() == list(bounds)
    table = moves(cases, bounds).set_index("move")
    assert table.loc["stays", "cases"] == np.trace(matrix.to_numpy())
    up = table.loc["to a riskier tier"]
    assert up["observed"] > up["expected_champion"]
    assert table["share"].sum() == pytest.approx(1)


def test_changes_of_the_contributions_add_up_to_the_change_of_the_log_odds(made_up: Material) -> None:
    changes = contribution_changes(made_up)
    cases = made_up.rows.loc[changes.index]
    moved = np.log(cases["default_probability"] / (1 - cases["default_probability"])) - np.log(
        cases["champion"] / (1 - cases["champion"])
    )
    np.testing.assert_allclose(changes.sum(axis=1) - 0.2, moved, atol=1e-5)  # bases are -3.0 and -2.8


def test_the_feature_the_champion_lacks_is_what_changed_most(made_up: Material) -> None:
    assert changed_features(made_up)["feature"].tolist()[0] == "income_change"
    table = movers(made_up)
    assert len(table) == 15
    assert table["because"].str.startswith("income_change").mean() > 0.8
    assert table["moved"].abs().is_monotonic_decreasing


def test_promotion_s_measures_are_named_and_a_rival_that_is_absent_has_none(made_up: Material) -> None:
    from dataclasses import replace

    found = gate_measures(made_up)
    judge = made_up.window("judge")
    assert found["champion_auc"] == pytest.approx(roc_auc_score(judge["outcome"], judge["champion"]))
    assert set(found) == {
        "judge_psi",
        "tiers_outside",
        "sign_breaches",
        "fairness_gap",
        "fairness_gap_sure",
        "champion_auc",
        "champion_log_loss",
        "scorecard_auc",
        "scorecard_log_loss",
    }
    alone = replace(made_up, rows=made_up.rows.assign(champion=np.nan))
    assert not {name for name in gate_measures(alone) if name.startswith("champion")}
    assert pd.Series(found).notna().all()
