from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from features import ModelError
from serving.scorer import Calibration
from training import DefaultModel
from training.calibration import choose_calibration, fit_calibration
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


QUICK = {"quick": {"eta": 0.2, "max_depth": 2, "subsample": 0.7}}


def searching(storage: Path, trials: int, seed: int = 6, **more: Any) -> tuple[DefaultModel, list[str]]:
    """Return a model that searched with its study in a file, and what it said of the search."""
    said: list[str] = []
    told = {"progress": lambda done, total, words: said.append(f"{done} of {total}: {words}")}
    study = f"sqlite:///{storage / 'studies.db'}"
    X, y = credit_set(1_200, seed)
    return DefaultModel(trials, splits=3, portfolio=QUICK, study=study, **told, **more).fit(X, y), said


def test_a_search_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    half, said = searching(tmp_path, trials=2)
    assert [words[:6] for words in said] == ["1 of 2", "2 of 2"]
    whole, said_after = searching(tmp_path, trials=4)
    assert [words[:6] for words in said_after] == ["3 of 4", "4 of 4"]
    pd.testing.assert_frame_equal(whole.trials_.iloc[:3], half.trials_)
    assert not whole.trials_["eta"].duplicated().any()
    again, said_at_last = searching(tmp_path, trials=4)
    assert said_at_last == []
    assert (again.out_of_fold_ == whole.out_of_fold_).all()


def test_a_search_on_other_rows_begins_anew(tmp_path: Path) -> None:
    searching(tmp_path, trials=1)
    _, said = searching(tmp_path, trials=1, seed=7)
    assert len(said) == 1


def test_what_is_killed_in_the_middle_of_a_trial_counts_as_failed(tmp_path: Path) -> None:
    searching(tmp_path, trials=1)
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{tmp_path / 'studies.db'}")
    study.ask()
    _, said = searching(tmp_path, trials=2)
    assert [words[:6] for words in said] == ["2 of 2"]
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "FAIL", "COMPLETE"]


def test_a_search_may_free_the_debated_signs_alone(tmp_path: Path) -> None:
    model, _ = searching(tmp_path, trials=3, signs={"late": 1, "income": -1}, debated=["income"])
    assert set(model.trials_["signs"]) <= {"all", "agreed"}


def test_settings_that_do_not_suit_the_rows_have_no_say_and_the_others_an_equal_one() -> None:
    X, y = credit_set(2_000, seed=8)
    settings = {**QUICK, "same": {**QUICK["quick"], "max_bin": 64}, "useless": {"eta": 0.2, "min_child_weight": 1e6}}
    weight = DefaultModel(portfolio=settings, splits=3).fit(X, y).committee_["weight"]
    assert weight.to_dict() == {"quick": 0.5, "same": 0.5, "useless": 0.0}


def test_bags_are_grown_with_seeds_of_their_own() -> None:
    X, y = credit_set(1_200, seed=9)
    one, three = (DefaultModel(portfolio=QUICK, splits=3, bags=bags).fit(X, y) for bags in (1, 3))
    assert three.rounds_ == 3 * one.rounds_
    assert 0 < np.abs(three.predict_proba(X) - one.predict_proba(X)).max() < 0.3


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
        (lambda X, y: (X, np.where(y == 1, "yes", "no")), "y must hold 0 and 1 only: could not convert"),
        (
            lambda X, y: (X.to_numpy(), y),
            r"X must be a DataFrame with a column or more, got ndarray of shape \(3000, 4\)",
        ),
        (lambda X, y: (X[[]], y), r"X must be a DataFrame with a column or more, got DataFrame of shape \(3000, 0\)"),
        (lambda X, y: (X.assign(late=np.inf), y), "column late, row 0: infinity, or a number beyond"),
        (lambda X, y: (X.assign(late=1e300), y), "column late, row 0: infinity, or a number beyond"),
        (lambda X, y: (X.assign(late=1j), y), "column late has dtype complex128"),
    ],
    ids=["a date", "not 0/1", "too short", "one default", "words", "an array", "no column", "inf", "huge", "complex"],
)
def test_a_sample_that_cannot_be_learned_from_is_refused_in_a_sentence(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError, match=message):
        DefaultModel().fit(*change(*credit_set()))


def test_a_column_of_many_categories_that_say_nothing_costs_next_to_nothing() -> None:
    X, y = credit_set(4_000, seed=10)
    unseen, outcome = credit_set(4_000, seed=11)
    rng = np.random.default_rng(0)
    town, other = (pd.Series(rng.integers(0, 200, 4_000).astype(str)) for _ in range(2))
    plain, noisy = (
        roc_auc_score(outcome, DefaultModel(portfolio=QUICK).fit(seen, y).predict_proba(judged)[:, 1])
        for seen, judged in ((X, unseen), (X.assign(town=town), unseen.assign(town=other)))
    )
    assert noisy > plain - 0.01


def test_nobody_gets_no_probability(fitted: DefaultModel) -> None:
    nobody = credit_set(10)[0].iloc[:0]
    assert fitted.predict_proba(nobody).shape == (0, 2)
    assert fitted.explain(nobody).shape == (0, 5)


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


def test_a_calibration_is_taken_only_when_the_rows_prove_it() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(-2, 1, 4_000)
    y = (rng.random(4_000) < 1 / (1 + np.exp(-truth))).astype(float)
    chosen = {
        told: choose_calibration(margin, y, Calibration(), np.arange(4_000) // 2)
        for told, margin in {"right": truth, "shifted": truth - 1, "stretched": 2 * truth}.items()
    }
    assert {told: choice.candidates["chosen"].idxmax() for told, choice in chosen.items()} == {
        "right": "held",
        "shifted": "level",
        "stretched": "line",
    }
    assert chosen["right"].calibration == Calibration()
    assert chosen["shifted"].calibration.slope == 1
    assert chosen["shifted"].calibration.intercept == pytest.approx(1, abs=0.15)
    assert chosen["stretched"].calibration.slope == pytest.approx(0.5, abs=0.05)


def test_one_customer_alone_moves_no_calibration() -> None:
    choice = choose_calibration(np.zeros(3), np.ones(3), Calibration(2.0, 1.0), ["ann"] * 3)
    assert choice.calibration == Calibration(2.0, 1.0)


def test_folds_in_time_leave_the_level_to_the_tune_window() -> None:
    X, y = credit_set(6_000, seed=12)
    time = np.arange(6_000) // 1_000
    fallen = np.where((time >= 3) & (np.arange(6_000) % 5 > 0), 0.0, y)
    model = DefaultModel(portfolio=QUICK).fit(X, fallen, time=time)
    seen = ~np.isnan(model.out_of_fold_)
    of_folds = choose_calibration(model.out_of_fold_[seen], fallen[seen], Calibration()).calibration
    assert of_folds.intercept < -0.2  # what the folds alone would have held
    assert model.calibration_ == Calibration()
