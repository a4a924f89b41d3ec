from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from scipy.special import logit

from features import ModelError
from features.matrix import build_features
from serving.policy_settings import read_policy
from serving.registry import DEFAULT_MODEL, load_models
from training.dataset import customer_windows
from training.review.collect import champion_for
from training.review.material import FOLDER, Material
from training.review.scenarios import scenario_scores
from training.review.traits import traits
from training.settings import read_train_settings


@pytest.fixture(scope="module")
def run(world: Any) -> Any:
    client = MlflowClient(world.tracking_uri, world.tracking_uri)
    return client.get_run(client.get_model_version_by_alias(DEFAULT_MODEL, "champion").run_id)


@pytest.fixture(scope="module")
def material(world: Any, run: Any) -> Material:
    return Material.load(download_artifacts(f"{run.info.artifact_uri}/{FOLDER}", tracking_uri=world.tracking_uri))


def test_the_judge_cases_are_those_the_verdict_was_made_on(run: Any, material: Material) -> None:
    judge = material.window("judge")
    assert judge["outcome"].mean() == run.data.metrics["judge_default_rate"]
    assert ((judge["default_probability"] - judge["outcome"]) ** 2).mean() == pytest.approx(
        run.data.metrics["judge_brier"], rel=1e-12
    )


def test_fit_cases_that_no_fold_judged_have_no_probability_and_the_others_one_of_the_calibrated_margin(
    material: Material,
) -> None:
    fit = material.rows[material.rows["window"] == "fit"]
    known = fit["default_probability"].notna()
    assert 0 < known.sum() < len(fit)
    assert fit.loc[~known, "tier"].isna().all()
    line = material.facts["model"]["calibration"]
    expected = line["slope"] * logit(fit.loc[known, "raw"]) + line["intercept"]
    np.testing.assert_allclose(logit(fit.loc[known, "default_probability"]), expected, atol=1e-9)


def test_contributions_add_up_to_the_probability_of_their_case(material: Material) -> None:
    judge = material.contributions.loc[material.contributions.index.isin(material.window("judge").index)]
    assert len(judge) > 100
    expected = logit(material.rows.loc[judge.index, "default_probability"])
    np.testing.assert_allclose(judge.sum(axis=1), expected, atol=1e-4)


def test_no_id_is_kept_and_customers_are_in_one_window(world: Any, material: Material) -> None:
    ids = set(world.book.customers["customer_id"])
    for name in ("rows", "values", "contributions", "scenarios"):
        for column in getattr(material, name).select_dtypes(exclude="number"):
            assert not ids & set(getattr(material, name)[column].astype(str))
    assert (material.rows.groupby("customer")["window"].nunique() == 1).all()
    assert material.rows["customer"].nunique() == sum(w["customers"] for w in material.facts["windows"].values())


def test_everyone_of_a_window_is_accounted_for(world: Any, material: Material) -> None:
    settings = read_train_settings()
    windows = customer_windows(world.book.customers["customer_id"], settings).value_counts()
    for name, population in material.facts["population"].items():
        assert population["customers"] == windows[name]
        assert population["looked_at"] == population["customers"] * population["moments"]
        left_out = population["in_default"] + population["nothing_at_risk"] + population["thinned"]
        assert population["looked_at"] - left_out == (material.rows["window"] == name).sum()
        assert population["in_default"] > 0


def test_only_judge_cases_have_an_action_and_its_tone_is_the_policy_s(material: Material) -> None:
    tones = {name: action.intensity for name, action in read_policy().actions.items()}
    rows = material.rows
    judge = rows[rows["window"] == "judge"]
    assert judge["action"].notna().all()
    assert rows.loc[rows["window"] != "judge", "action"].isna().all()
    assert judge["action"].nunique() > 1
    assert [tones[action] for action in judge["action"]] == [None if pd.isna(i) else i for i in judge["intensity"]]


def test_an_unchanged_book_scores_as_before_and_an_empty_feed_as_if_it_had_never_been(world: Any) -> None:
    scorer, at = load_models().scorer, world.as_of
    ids = list(world.book.customers["customer_id"][:60])
    cases = pd.DataFrame({"customer_id": ids, "at": at})
    scored = scenario_scores(world.book, scorer, cases)
    without = build_features(replace(world.book, credit=world.book.credit.iloc[:0]), at, ids)
    np.testing.assert_array_equal(scored["no bureau"], scorer.score(without).default_probability)
    later = build_features(world.book, at + pd.Timedelta(days=1), ids)
    np.testing.assert_array_equal(scored["clock a day ahead"], scorer.score(later).default_probability)
    assert (scored["no payments for 30 days"] >= scored["payments 3 days late"] - 1e-9).mean() > 0.9


def test_every_scenario_was_scored_and_told_in_words(material: Material) -> None:
    assert list(material.scenarios) == list(material.facts["scenarios"])
    assert material.scenarios.notna().all(axis=None)
    assert set(material.scenarios.index) == set(material.window("judge").index)
    assert (material.scenarios.nunique() > 1).all()


def test_the_product_is_that_of_the_largest_amount_open(book: Any, as_of: pd.Timestamp) -> None:
    from training.dataset import Sample

    X = build_features(book, as_of)
    found = traits(book, Sample(X, np.zeros(len(X)), pd.DatetimeIndex([as_of] * len(X))))
    in_view = book.instalments["due_date"] < as_of.tz_localize(None) + pd.Timedelta(days=92)
    open_now = book.instalments[in_view].merge(
        book.payments[book.payments["paid_at"] <= as_of].groupby(["loan_id", "instalment_no"])["amount"].sum(),
        how="left",
        left_on=["loan_id", "instalment_no"],
        right_index=True,
    )
    owed = (open_now["amount_due"] - open_now["amount"].fillna(0)).groupby(open_now["loan_id"]).sum()
    loans = book.loans.assign(owed=book.loans["loan_id"].map(owed)).dropna(subset="owed").sort_values("owed")
    expected = loans.drop_duplicates("customer_id", keep="last").set_index("customer_id")["product"]
    known = (found["product"] != "not known").to_numpy()
    assert known.any()
    assert found.loc[known, "product"].tolist() == expected.loc[X.index[known]].tolist()


def test_a_champion_that_lacks_a_column_is_not_compared_with_and_the_reason_is_kept(world: Any) -> None:
    X = build_features(world.book, world.as_of, list(world.book.customers["customer_id"][:2]))
    champion, why = champion_for(X)
    assert champion is not None
    assert why == ""
    missing = champion.scorer.encoding.columns[0]
    absent, why = champion_for(X.drop(columns=missing))
    assert absent is None
    assert missing in why


def test_measures_for_promotion_are_among_the_run_s(run: Any) -> None:
    assert run.data.metrics["sign_breaches"] == 0
    assert "champion_auc" not in run.data.metrics


def test_material_that_is_not_there_is_refused(tmp_path: Any) -> None:
    with pytest.raises(ModelError, match=r"the review material in .* cannot be read"):
        Material.load(tmp_path)
