from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from features import ModelError
from training import DefaultModel
from training.calibration import fit_calibration
from training.evaluate import calibration_table, expected_calibration_error, kolmogorov_smirnov, measures
from training.folds import make_folds


def credit_set(rows: int = 3_000, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Return a small credit set with numbers, categories and gaps, and who defaulted."""
    rng = np.random.default_rng(seed)
    income, late = rng.normal(size=rows), rng.poisson(0.7, rows).astype(float)
    job = rng.choice(["clerk", "driver", "none"], rows)
    log_odds = -2.2 - 0.8 * income + 0.9 * late + 1.2 * (job == "none")
    X = pd.DataFrame(
        {
            "income": np.where(rng.random(rows) < 0.1, np.nan, income),
            "late": late,
            "job": job,
            "noise": rng.normal(size=rows),
        }
    )
    return X, (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(float)


@pytest.fixture(scope="module")
def fitted() -> DefaultModel:
    return DefaultModel(signs={"late": 1, "income": -1}).fit(*credit_set())


def test_it_ranks_and_is_calibrated_on_customers_it_never_saw(fitted: DefaultModel) -> None:
    X, y = credit_set(20_000, seed=1)
    predicted = fitted.predict_proba(X)[:, 1]
    assert roc_auc_score(y, predicted) > 0.75
    assert expected_calibration_error(y, predicted) < 0.03


def test_contributions_and_base_add_up_to_the_log_odds(fitted: DefaultModel) -> None:
    X, _ = credit_set(500, seed=2)
    probability = fitted.predict_proba(X)[:, 1]
    np.testing.assert_allclose(fitted.explain(X).sum(axis=1), np.log(probability / (1 - probability)), atol=1e-4)


def test_a_sign_is_kept_everywhere(fitted: DefaultModel) -> None:
    X, _ = credit_set(300, seed=3)
    more = fitted.predict_proba(X.assign(late=X["late"] + 1))[:, 1]
    assert (more >= fitted.predict_proba(X)[:, 1]).all()


def test_a_loaded_model_predicts_to_the_bit_and_no_pickle_is_written(fitted: DefaultModel, tmp_path: Path) -> None:
    X, _ = credit_set(500, seed=4)
    fitted.save(tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".json", ".ubj"}
    assert (DefaultModel.load(tmp_path).predict_proba(X) == fitted.predict_proba(X)).all()


def test_a_row_is_scored_the_same_alone_and_in_any_order(fitted: DefaultModel) -> None:
    X, _ = credit_set(400, seed=5)
    together = fitted.predict_proba(X)
    assert (fitted.predict_proba(X.iloc[::-1])[::-1] == together).all()
    assert (fitted.predict_proba(X.iloc[[7]]) == together[7]).all()
    assert (fitted.predict_proba(X[X.columns[::-1]]) == together).all()


def test_the_same_seed_gives_the_same_model(fitted: DefaultModel) -> None:
    X, y = credit_set()
    again = DefaultModel(signs={"late": 1, "income": -1}).fit(X, y)
    assert (again.predict_proba(X) == fitted.predict_proba(X)).all()


def test_a_search_tries_settings_within_its_folds() -> None:
    X, y = credit_set(1_200, seed=6)
    model = DefaultModel(trials=2, splits=3).fit(X, y)
    assert "gamma" in model.params_
    assert 0 < model.predict_proba(X)[:, 1].mean() < 1


def test_a_category_never_seen_and_a_missing_value_still_get_a_probability(fitted: DefaultModel) -> None:
    X = pd.DataFrame({"income": [np.nan], "late": [1.0], "job": ["astronaut"], "noise": [0.0]})
    assert 0 < fitted.predict_proba(X)[0, 1] < 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X.assign(when=pd.Timestamp("2026-01-01")), y), "column when has dtype datetime64"),
        (lambda X, y: (X, y * 2), "y must hold 0 and 1 only, got 2.0"),
        (lambda X, y: (X, y[:-1]), r"one entry a row of X \(3000\), got shape \(2999,\)"),
        (lambda X, y: (X, np.r_[1.0, np.zeros(len(y) - 1)]), "3000 rows with 1 defaults are too few"),
    ],
    ids=["a date", "not 0/1", "too short", "one default"],
)
def test_a_sample_that_cannot_be_learned_from_is_refused_in_a_sentence(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError, match=message):
        DefaultModel().fit(*change(*credit_set()))


def test_a_damaged_model_is_refused(fitted: DefaultModel, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    (tmp_path / "trees.ubj").write_bytes(b"no trees")
    with pytest.raises(ModelError, match="cannot be read"):
        DefaultModel.load(tmp_path)


def test_calibration_mends_a_margin_that_is_too_sure_of_itself() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(-2, 1, 5_000)
    y = (rng.random(5_000) < 1 / (1 + np.exp(-truth))).astype(float)
    line = fit_calibration(2.5 * truth + 1, y)
    before, after = (1 / (1 + np.exp(-m)) for m in (2.5 * truth + 1, line.slope * (2.5 * truth + 1) + line.intercept))
    assert log_loss(y, after) < log_loss(y, before) - 0.02


def test_a_handful_of_rows_hardly_moves_a_calibration() -> None:
    line = fit_calibration(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
    assert line.slope == pytest.approx(1, abs=0.1)


def test_folds_keep_a_customer_whole_and_look_only_forward_in_time() -> None:
    rng = np.random.default_rng(0)
    groups, time = rng.integers(0, 300, 3_000), rng.integers(0, 6, 3_000)
    y = (rng.random(3_000) < 0.2).astype(float)
    folds = make_folds(y, groups, time)
    assert len(folds) == 5
    for learn, judge in folds:
        assert not set(groups[learn]) & set(groups[judge])
        assert time[learn].max() < time[judge].min()


def test_measures_are_those_of_a_case_worked_by_hand() -> None:
    y, p = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.1, 0.4, 0.35, 0.8])
    found = measures(y, p)
    assert found["auc"] == 0.75
    assert found["gini"] == 0.5
    assert kolmogorov_smirnov(y, p) == 0.5
    assert found["brier"] == pytest.approx((0.01 + 0.16 + 0.4225 + 0.04) / 4)
    assert calibration_table(y, p, bins=2)["observed"].tolist() == [0.5, 0.5]


def test_one_outcome_alone_cannot_be_judged() -> None:
    with pytest.raises(ModelError, match="both outcomes are needed"):
        measures(np.zeros(5), np.full(5, 0.1))
