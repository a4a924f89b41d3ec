from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from features import ModelError
from training import ResponseModel

ACTIONS = ("none", "sms", "call")


def confounded_log(
    rows: int = 12_000, seed: int = 0
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a log that calls the worst payers, by a hunch not in X; half is randomised with known propensity."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
    hunch = rng.normal(size=rows)
    base = 0.5 + 0.12 * np.tanh(X["a"].to_numpy()) - 0.12 * np.tanh(hunch)
    effects = np.column_stack([np.zeros(rows), np.full(rows, 0.03), np.full(rows, 0.08)])
    randomised = rng.random(rows) < 0.5
    ladder = np.clip(np.round(1 + hunch + 0.5 * rng.normal(size=rows)), 0, 2).astype(int)
    action = np.where(randomised, rng.integers(0, 3, rows), ladder)
    paid = (rng.random(rows) < base + effects[np.arange(rows), action]).astype(float)
    return X, action, paid, np.where(randomised, 1 / 3, np.nan), effects


@pytest.fixture(scope="module")
def fitted() -> ResponseModel:
    X, action, paid, propensity, _ = confounded_log()
    return ResponseModel().fit(X, np.array(ACTIONS)[action], paid, propensity)


def test_effects_come_nearer_the_truth_than_a_classifier_of_the_log(fitted: ResponseModel) -> None:
    X, action, paid, _, effects = confounded_log()
    columns = []
    for k in range(3):
        rows = action == k
        trees = xgb.train({"objective": "binary:logistic", "max_depth": 3}, xgb.DMatrix(X[rows], paid[rows]), 40)
        columns.append(trees.predict(xgb.DMatrix(X)))
    naive = np.column_stack(columns) - columns[0][:, None]
    ours = fitted.effect(X, "none").effects[list(ACTIONS)].to_numpy()
    assert ((ours - effects) ** 2).mean() < 0.5 * ((naive - effects) ** 2).mean()


def test_the_intervals_of_the_average_effects_hold_the_truth(fitted: ResponseModel) -> None:
    found = fitted.average_effects_.loc[["sms", "call"]]
    assert (found["low"] < [0.03, 0.08]).all()
    assert (found["high"] > [0.03, 0.08]).all()


def test_probabilities_are_in_bounds_and_effects_against_oneself_are_nothing(fitted: ResponseModel) -> None:
    X, *_ = confounded_log(300, seed=1)
    assert fitted.predict(X).to_numpy().min() >= 0
    assert fitted.predict(X).to_numpy().max() <= 1
    assert (fitted.effect(X, "sms").effects["sms"] == 0).all()


def test_a_loaded_model_predicts_to_the_bit(fitted: ResponseModel, tmp_path: Path) -> None:
    X, *_ = confounded_log(300, seed=2)
    fitted.save(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".ubj"}
    pd.testing.assert_frame_equal(ResponseModel.load(tmp_path).predict(X), fitted.predict(X), check_exact=True)


def test_a_row_is_predicted_the_same_whoever_stands_beside_it(fitted: ResponseModel) -> None:
    X, *_ = confounded_log(300, seed=3)
    pd.testing.assert_frame_equal(fitted.predict(X.iloc[[9]]), fitted.predict(X).iloc[[9]], check_exact=True)


def test_a_randomised_log_where_all_are_alike_is_found_to_hold_no_differences() -> None:
    X, action, paid, propensity, _ = confounded_log(6_000, seed=4)
    known = ~np.isnan(propensity)
    rng = np.random.default_rng(0)
    action = np.where(known, action, rng.integers(0, 3, len(action)))
    paid = (rng.random(len(action)) < 0.4 + np.array([0, 0.05, 0.1])[action]).astype(float)
    model = ResponseModel().fit(X, np.array(ACTIONS)[action], paid, np.full(len(action), 1 / 3))
    assert model.heterogeneity_ < 0.02


@pytest.mark.parametrize("propensity", [0.0, 1.5, -0.1])
def test_a_propensity_that_is_none_is_refused(propensity: float) -> None:
    X, action, paid, *_ = confounded_log(600)
    with pytest.raises(ModelError, match="propensity"):
        ResponseModel().fit(X, action, paid, np.full(600, propensity))


def test_what_sets_people_apart_is_found_and_serves_an_action_with_few_rows() -> None:
    rng = np.random.default_rng(6)
    X = pd.DataFrame(rng.normal(size=(12_000, 4)), columns=list("abcd"))
    action = rng.choice(4, 12_000, p=[0.32, 0.32, 0.32, 0.04])
    helped = 0.25 * (X["b"].to_numpy() > 0)
    paid = (rng.random(12_000) < 0.3 + helped * (action > 0)).astype(float)
    names = np.array(["none", "sms", "call", "email"])
    propensity = np.array([0.32, 0.32, 0.32, 0.04])[action]
    found = ResponseModel().fit(X, names[action], paid, propensity).effect(X).effects
    assert np.corrcoef(found["sms"], helped)[0, 1] > 0.9
    assert np.corrcoef(found["email"], helped)[0, 1] > 0.7


@pytest.mark.parametrize("seed", [1, 2])
def test_few_columns_are_all_looked_at_by_every_tree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(6_000, 6)))
    action, helped = rng.integers(0, 3, 6_000), 0.12 * np.tanh(X[0].to_numpy())
    paid = (rng.random(6_000) < 0.4 + (0.05 + helped) * (action > 0)).astype(float)
    found = ResponseModel().fit(X, action, paid, np.full(6_000, 1 / 3)).effect(X).effects
    assert np.corrcoef(found[1], helped)[0, 1] > 0.7


REMINDERS, PLANTED = np.array(["none", "sms", "email", "call"]), np.array([0.05, 0.02, 0.1])


def differing_log(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a log of none, sms, email, call, half of it by a hunch, whose effects differ from row to row.

    Messages help those who can pay, calls those who pick up; twelve columns show that, four times over, blurred.
    """
    rng = np.random.default_rng(seed)
    causes = rng.normal(size=(rows, 3))
    blurred = [causes + 0.3 * rng.normal(size=causes.shape) for _ in range(4)]
    able, heard, level = np.tanh(causes).T
    hunch = rng.normal(size=rows)
    own = np.column_stack([0.1 * able, 0.1 * able, 0.15 * heard])
    effects = np.column_stack([np.zeros(rows), PLANTED + own])
    randomised, chances = rng.random(rows) < 0.5, np.array([0.4, 0.25, 0.15, 0.2])
    ladder = np.clip(np.round(1.5 + hunch), 0, 3).astype(int)
    action = np.where(randomised, rng.choice(4, rows, p=chances), ladder)
    chance = 0.42 + 0.1 * level - 0.1 * np.tanh(hunch) + effects[np.arange(rows), action]
    paid = (rng.random(rows) < chance).astype(float)
    return pd.DataFrame(np.hstack(blurred)), action, paid, np.where(randomised, chances[action], np.nan), effects


def test_effects_that_differ_between_customers_and_actions_are_told_apart() -> None:
    X, action, paid, propensity, _ = differing_log(12_000, seed=0)
    model = ResponseModel().fit(X, REMINDERS[action], paid, propensity)
    unseen, *_, effects = differing_log(4_000, seed=99)
    found = model.effect(unseen).effects[list(REMINDERS)].to_numpy()[:, 1:]
    planted = effects[:, 1:]
    assert min(np.corrcoef(found[:, a], planted[:, a])[0, 1] for a in range(3)) > 0.7
    assert ((found - planted) ** 2).mean() < 0.6 * planted.var(axis=0).mean()


def test_intervals_of_average_effects_cover_over_many_logs_and_are_no_wider_than_they_must() -> None:
    inside, width, found = [], [], []
    for seed in range(10):
        X, action, paid, propensity, _ = differing_log(2_000, seed)
        table = ResponseModel().fit(X, REMINDERS[action], paid, propensity).average_effects_.loc[REMINDERS[1:]]
        inside.append((table["low"] < PLANTED) & (table["high"] > PLANTED))
        width.append(table["high"] - table["low"])
        found.append(table["effect"] - PLANTED)
    assert np.mean(inside) > 0.85
    assert np.mean(width) < 2 * 1.96 * 1.6 * np.sqrt(np.mean(np.square(found)))
