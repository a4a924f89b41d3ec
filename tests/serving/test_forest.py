"""Trees as arrays say what XGBoost says of the same trees: margins to the bit, contributions to its own precision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from serving.encoding import Encoding
from serving.forest import Forest, shapley
from serving.scorer import Calibration, Scorer

COLUMNS = 6


def rows(n: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, COLUMNS)).round(1).astype(np.float32)
    matrix[rng.random(matrix.shape) < 0.2] = np.nan
    return matrix


def grown(depth: int, rounds: int = 40, **more: Any) -> xgb.Booster:
    """Return trees grown on something that features tell together."""
    matrix = rows(800)
    filled = np.nan_to_num(matrix)
    outcome = (filled[:, 0] * filled[:, 1] + np.abs(filled[:, 2]) + np.isnan(matrix[:, 3]) > 0.5).astype(np.float32)
    usual = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.3, "nthread": 1}
    return xgb.train(usual | more, xgb.DMatrix(matrix, outcome), rounds)


def forest_of(booster: xgb.Booster) -> Forest:
    forest = Forest.of(booster)
    assert forest is not None
    return forest


BOOSTERS = {
    "stumps": {"depth": 1},
    "three deep": {"depth": 3},
    "five deep, a feature twice on a path": {"depth": 5},
    "by leaves": {"depth": 0, "max_leaves": 6, "grow_policy": "lossguide"},
    "squares": {"depth": 3, "objective": "reg:squarederror", "base_score": 0.25},
    "no tree with a split": {"depth": 3, "min_child_weight": 1e9},
}


@pytest.mark.parametrize("how", BOOSTERS.values(), ids=BOOSTERS.keys())
def test_margins_are_those_of_xgboost_to_the_bit_and_contributions_but_for_its_rounding(how: dict[str, Any]) -> None:
    booster, matrix = grown(**how), rows(300, seed=1)
    forest = forest_of(booster)
    assert forest.has_tables
    whole = xgb.DMatrix(matrix)
    np.testing.assert_array_equal(forest.margin(matrix), booster.predict(whole, output_margin=True))
    theirs = booster.predict(whole, pred_contribs=True)
    np.testing.assert_allclose(forest.contributions(matrix), theirs[:, :-1], atol=5e-6)
    np.testing.assert_allclose(np.full(len(matrix), forest.expected), theirs[:, -1], atol=5e-6)


def test_a_row_is_told_the_same_alone() -> None:
    forest, matrix = forest_of(grown(4)), rows(50, seed=2)
    whole = forest.contributions(matrix)
    for k in range(len(matrix)):
        assert forest.contributions(matrix[k : k + 1]).tobytes() == whole[k].tobytes()
        assert forest.margin(matrix[k : k + 1])[0] == forest.margin(matrix)[k]


def test_contributions_and_what_is_expected_add_up_to_the_margin() -> None:
    forest, matrix = forest_of(grown(5)), rows(200, seed=3)
    total = forest.contributions(matrix).sum(axis=1) + forest.expected
    np.testing.assert_allclose(total, forest.margin(matrix), atol=1e-5)


def test_trees_too_deep_for_tables_have_margins_and_are_explained_by_xgboost(monkeypatch: pytest.MonkeyPatch) -> None:
    booster, matrix = grown(12, min_child_weight=0, reg_lambda=0), rows(100, seed=4)
    X = pd.DataFrame(matrix, columns=[f"x{k}" for k in range(COLUMNS)])
    by_table = Scorer(Encoding.fit(X), booster, Calibration()).score(X, explain=True)
    monkeypatch.setattr("serving.forest.LARGEST_TABLES", 1_000)
    forest = forest_of(booster)
    assert not forest.has_tables
    np.testing.assert_array_equal(forest.margin(matrix), booster.predict(xgb.DMatrix(matrix), output_margin=True))
    by_xgboost = Scorer(Encoding.fit(X), booster, Calibration()).score(X, explain=True)
    np.testing.assert_array_equal(by_xgboost.default_probability, by_table.default_probability)
    assert (by_xgboost.contributions != by_table.contributions).any()
    np.testing.assert_allclose(by_xgboost.contributions, by_table.contributions, atol=2e-5)


def test_trees_that_split_by_categories_are_left_to_xgboost() -> None:
    matrix = np.abs(np.nan_to_num(rows(400))).round()
    types = ["c"] + ["q"] * (COLUMNS - 1)
    known = xgb.DMatrix(matrix, (matrix[:, 0] == 1).astype(np.float32), feature_types=types, enable_categorical=True)
    assert Forest.of(xgb.train({"objective": "binary:logistic", "nthread": 1}, known, 3)) is None


def test_a_leaf_gives_its_features_what_it_is_worth_beyond_its_average() -> None:
    shares = np.array([[0.5, 0.2, 0.9]])
    given = shapley(np.array([3.0]), shares)[0]
    reached = 2**3 - 1
    for pattern in range(2**3):
        worth = 3.0 * (pattern == reached) - 3.0 * shares.prod()
        assert given[pattern].sum() == pytest.approx(worth)
    assert given[reached, 1] > given[reached, 0] > given[reached, 2] > 0  # the rarer it is, the more it tells
