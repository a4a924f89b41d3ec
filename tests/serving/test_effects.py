from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xgboost as xgb

from features.errors import ModelError
from serving.effects import Z95, EffectScorer, Weights
from serving.encoding import Encoding

ACTIONS = ("none", "call", "sms")


def some_rows(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"paid_late": rng.normal(size=rows), "income": rng.lognormal(8, 1, rows)})
    frame.loc[rng.random(rows) < 0.1, "income"] = np.nan
    frame["region"] = pd.Categorical(rng.choice(["north", "south"], rows))
    return frame


def some_weights(patterns: int = 1) -> Weights:
    terms = 1 + patterns
    root = np.random.default_rng(3).normal(scale=0.02, size=(2 * terms, 2 * terms))
    covariance = np.zeros((3, terms, 3, terms))
    covariance[1:, :, 1:] = (root @ root.T).reshape(2, terms, 2, terms)
    mean = np.zeros((3, terms))
    mean[1:, 0], mean[1:, 1:] = (0.08, 0.03), 0.9
    return Weights(mean, covariance, np.full((3, patterns), 0.01), np.array([0.0, 1e-4, 2e-4]))


@pytest.fixture(scope="module")
def scorer() -> EffectScorer:
    X = some_rows()
    encoding = Encoding.fit(X)
    matrix = encoding.matrix(X)
    rng = np.random.default_rng(1)
    rows = xgb.DMatrix(matrix, rng.integers(0, 2, len(X)), feature_types=encoding.feature_types)
    base = xgb.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1}, rows, 15)
    targets = rng.normal(scale=0.1, size=(len(X), 4))
    shaped = xgb.DMatrix(matrix, targets, feature_types=encoding.feature_types)
    pattern = xgb.train({"multi_strategy": "multi_output_tree", "max_depth": 2, "nthread": 1}, shaped, 10)
    return EffectScorer(encoding, ACTIONS, base, (pattern,), some_weights())


def test_probabilities_stay_between_zero_and_one_and_differ_between_actions(scorer: EffectScorer) -> None:
    chance = scorer.predict(some_rows())
    assert chance.shape == (400, 3)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert np.ptp(chance, axis=1).min() > 0


def test_a_row_is_scored_alone_as_it_is_in_a_batch_to_the_bit(scorer: EffectScorer) -> None:
    matrix = scorer.encoding.matrix(some_rows())
    order = np.random.default_rng(5).permutation(len(matrix))
    together = scorer.effect(matrix, "sms")
    for whole, part in zip(together, scorer.effect(matrix[order], "sms"), strict=True):
        np.testing.assert_array_equal(whole[order], part)
    for row in range(25):
        alone = scorer.effect(matrix[row : row + 1], "sms")
        for whole, part in zip(together, alone, strict=True):
            np.testing.assert_array_equal(whole[row], part[0])
        np.testing.assert_array_equal(scorer.predict(matrix)[row], scorer.predict(matrix[row : row + 1])[0])


def test_a_table_and_its_matrix_are_scored_the_same_whatever_the_order_of_columns(scorer: EffectScorer) -> None:
    X = some_rows()
    expected = scorer.predict(scorer.encoding.matrix(X))
    np.testing.assert_array_equal(scorer.predict(X), expected)
    np.testing.assert_array_equal(scorer.predict(X[["region", "income", "paid_late"]]), expected)


@pytest.mark.parametrize("baseline", ACTIONS)
def test_effects_are_differences_of_probabilities_inside_their_interval(scorer: EffectScorer, baseline: str) -> None:
    X = some_rows()
    effects, low, high = scorer.effect(X, baseline)
    chance, place = scorer.predict(X), ACTIONS.index(baseline)
    np.testing.assert_allclose(effects, chance - chance[:, [place]])
    assert ((low <= effects) & (effects <= high)).all()
    assert (chance[:, [place]] + low >= -1e-12).all()
    assert (chance[:, [place]] + high <= 1 + 1e-12).all()
    for part in (effects, low, high):
        np.testing.assert_array_equal(part[:, place], 0.0)


def test_with_no_pattern_every_row_has_the_average_effect_and_its_interval(scorer: EffectScorer) -> None:
    flat = EffectScorer(scorer.encoding, ACTIONS, scorer.base, (), some_weights(patterns=0))
    inside = flat.predict(some_rows())[:, 0]
    inside = (inside > 0.3) & (inside < 0.7)
    effects, low, high = flat.effect(some_rows())
    error = np.sqrt(np.diagonal(flat.weights.covariance[:, 0, :, 0]) + flat.weights.noise)
    np.testing.assert_allclose(effects[inside], np.tile([0.0, 0.08, 0.03], (inside.sum(), 1)))
    np.testing.assert_allclose((high - low)[inside] / 2, np.tile(Z95 * error, (inside.sum(), 1)), atol=1e-12)


def test_the_variance_of_a_contrast_is_that_of_the_matrix_formula() -> None:
    weights = some_weights()
    pattern = np.random.default_rng(2).normal(size=(4, 3))
    terms = weights.design([pattern], 4)
    variance = weights.variance(terms, baseline=2)
    flat = weights.covariance.reshape(6, 6)
    for row in range(4):
        for action in range(3):
            contrast = np.zeros((3, 2))
            contrast[action] += [terms[0][row, action], terms[1][row, action]]
            contrast[2] -= [terms[0][row, 2], terms[1][row, 2]]
            expected = contrast.ravel() @ flat @ contrast.ravel()
            expected += 0.0 if action == 2 else weights.noise[action] + weights.noise[2]
            assert variance[row, action] == pytest.approx(expected)


def test_what_was_saved_predicts_the_same_to_the_bit(scorer: EffectScorer, tmp_path: Path) -> None:
    scorer.save(tmp_path)
    again = EffectScorer.load(tmp_path)
    assert again.actions == ACTIONS
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".ubj"}
    np.testing.assert_array_equal(again.predict(some_rows()), scorer.predict(some_rows()))
    for before, after in zip(scorer.effect(some_rows()), again.effect(some_rows()), strict=True):
        np.testing.assert_array_equal(before, after)


def test_whole_number_actions_come_back_as_whole_numbers(scorer: EffectScorer, tmp_path: Path) -> None:
    numbered = EffectScorer(scorer.encoding, (0, 1, 7), scorer.base, scorer.patterns, scorer.weights)
    numbered.save(tmp_path)
    assert EffectScorer.load(tmp_path).actions == (0, 1, 7)
    assert numbered.position("none") == 0
    assert numbered.position(7) == 2


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        pytest.param(lambda folder: (folder / "base.ubj").unlink(), "cannot be read", id="a booster is gone"),
        pytest.param(lambda folder: (folder / "effects.json").write_text("{"), "cannot be read", id="half a card"),
        pytest.param(lambda folder: (folder / "pattern_0.ubj").write_bytes(b"L"), "cannot be read", id="no booster"),
        pytest.param(lambda folder: _with_format(folder, 99), "has format 99, this version reads", id="newer format"),
    ],
)
def test_a_damaged_folder_is_refused(scorer: EffectScorer, tmp_path: Path, harm: object, message: str) -> None:
    scorer.save(tmp_path)
    harm(tmp_path)  # type: ignore[operator]
    with pytest.raises(ModelError, match=message):
        EffectScorer.load(tmp_path)


def test_an_unknown_baseline_is_refused_by_name(scorer: EffectScorer) -> None:
    with pytest.raises(ModelError, match=r"baseline must be one of \['none', 'call', 'sms'\], got 'visit'"):
        scorer.effect(some_rows(), "visit")


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        pytest.param(np.zeros((2, 5), np.float32), r"matrix \(rows, 3\), got float32 of shape \(2, 5\)", id="too wide"),
        pytest.param(np.zeros((2, 3)), "got float64", id="double precision"),
        pytest.param(some_rows().drop(columns="income"), "lacks 1 of the model's columns: income", id="column gone"),
    ],
)
def test_rows_that_do_not_fit_the_model_are_refused(scorer: EffectScorer, matrix: object, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        scorer.predict(matrix)  # type: ignore[arg-type]


def test_weights_of_a_wrong_shape_are_refused() -> None:
    with pytest.raises(ModelError, match="weights for 3 actions and 1 patterns do not fit"):
        Weights(np.zeros((3, 2)), np.zeros((3, 2, 3, 2)), np.zeros((3, 2)), np.zeros(3))


def _with_format(folder: Path, number: int) -> None:
    card = json.loads((folder / "effects.json").read_text())
    (folder / "effects.json").write_text(json.dumps(card | {"format": number}))
