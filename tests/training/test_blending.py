from __future__ import annotations

import numpy as np
import pytest
import xgboost as xgb

from features import ModelError
from training.blending import blend, chain


def rows(base: float = 0.0) -> xgb.DMatrix:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(800, 3)).astype(np.float32)
    X[:, 2] = rng.integers(0, 5, 800)
    X[rng.random(X.shape) < 0.1] = np.nan
    y = (rng.random(800) < 0.2 + 0.4 * (np.nan_to_num(X[:, 0]) > base)).astype(float)
    return xgb.DMatrix(X, y, feature_types=["q", "q", "c"])


def grown(seed: int, depth: int, on: xgb.DMatrix) -> xgb.Booster:
    params = {"objective": "binary:logistic", "seed": seed, "subsample": 0.7, "max_depth": depth, "eta": 0.2}
    return xgb.train(params, on, 10 + depth)


def test_margin_and_contributions_of_a_blend_are_the_weighted_means_of_its_members() -> None:
    seen = rows()
    members, weights = [grown(0, 2, seen), grown(1, 4, seen), grown(2, 3, seen)], [0.5, 0.3, 0.2]
    whole = blend(members, weights)
    for wanted in ({"output_margin": True}, {"pred_contribs": True}):
        mean = np.tensordot(weights, [member.predict(seen, **wanted) for member in members], 1)
        np.testing.assert_allclose(whole.predict(seen, **wanted), mean, atol=2e-6)
    assert whole.num_boosted_rounds() == sum(member.num_boosted_rounds() for member in members)


def test_one_booster_alone_is_itself() -> None:
    member = grown(0, 2, rows())
    assert blend([member], [1.0]) is member


def test_boosters_that_start_from_different_base_rates_are_refused() -> None:
    with pytest.raises(ModelError, match="must start from one base score"):
        blend([grown(0, 2, rows()), grown(0, 2, rows(base=1.0))], [0.5, 0.5])


def vectors(columns: list[int]) -> tuple[np.ndarray, xgb.Booster]:
    """Return all columns, and a booster of three outputs grown on some of them."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(500, 4)).astype(np.float32)
    X[:, 3] = rng.integers(0, 4, 500)
    X[rng.random(X.shape) < 0.1] = np.nan
    y = np.column_stack([np.nan_to_num(X[:, columns[0]]) * k for k in (1, 2, 3)])
    types = [["q", "q", "q", "c"][column] for column in columns]
    seen = xgb.DMatrix(X[:, columns], y, feature_types=types)
    params = {"multi_strategy": "multi_output_tree", "max_depth": 2, "base_score": 0.0, "tree_method": "hist"}
    return X, xgb.train(params, seen, 5)


def test_a_chain_adds_up_boosters_that_know_some_columns_each() -> None:
    links = [(vectors(columns)[1], columns) for columns in ([0, 2], [3, 1], [1])]
    X = vectors([0])[0]
    kinds = ["q", "q", "q", "c"]
    apart = sum(
        booster.predict(xgb.DMatrix(X[:, columns], feature_types=[kinds[c] for c in columns]))
        for booster, columns in links
    )
    whole = chain(links, kinds)
    np.testing.assert_allclose(whole.predict(xgb.DMatrix(X, feature_types=kinds)), apart, atol=1e-6)
    assert whole.num_boosted_rounds() == 15


def test_leaves_of_several_numbers_are_scaled_too() -> None:
    X, booster = vectors([0, 1, 2, 3])
    seen = xgb.DMatrix(X, feature_types=["q", "q", "q", "c"])
    mean = blend([booster, booster], [0.5, 0.5]).predict(seen)
    np.testing.assert_allclose(mean, booster.predict(seen), atol=1e-6)
