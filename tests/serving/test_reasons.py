"""Reasons: every feature in one, nothing lost between them and the log-odds, and words that say what was used."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from features import CATALOGUE, PolicyError, build_features
from serving.contract import WireReason
from serving.reason_settings import Approval, read_reasons
from serving.reasons import NO_REASON, Explainer
from serving.registry import load_models
from serving.settings import CONFIGS

SETTINGS = read_reasons()
YAML = (CONFIGS / "reasons.yaml").read_text(encoding="utf-8")
LATE = ("days_late_max_90d", "late_count_90d", "enquiries_6m", "responded_in_morning_365d", "days_since_late")


def told(features: tuple[str, ...], values: list[float], contributions: list[float]) -> list[WireReason]:
    """Return the reasons of one customer."""
    explainer, adds = Explainer(SETTINGS, features), np.array([contributions])
    return explainer.tell(explainer.rank(adds), 0, np.array(values), adds[0])


def test_every_feature_of_the_catalogue_belongs_to_one_reason() -> None:
    assert set(SETTINGS.reason_of) == set(CATALOGUE)
    assert set(SETTINGS.reason_of.values()) == set(SETTINGS.reasons)


def test_features_that_say_the_same_are_one_reason_spoken_by_the_one_that_carries_it_most() -> None:
    first, second = told(LATE, [12, 2, 3, 0.3, 20], [0.2, 0.3, 0.15, 0.0, -0.1])
    assert (first.reason, first.feature, first.value) == ("late_recently", "late_count_90d", 2)
    assert first.contribution == pytest.approx(0.4)
    assert [share.feature for share in first.features] == ["late_count_90d", "days_late_max_90d", "days_since_late"]
    assert first.words == {
        "en": "Payments came late recently (instalments late in the last three months: 2).",
        "zh": "近期还款有逾期（近三个月有2期逾期）。",
    }
    assert (second.reason, second.contribution) == ("credit_seeking", 0.15)


def test_the_feature_that_speaks_pushes_the_way_the_reason_does() -> None:
    (lowering,) = told(LATE, [0, 0, 0, 0.3, 20], [-0.2, -0.2, 0.0, 0.0, 0.3])
    assert lowering.contribution == pytest.approx(-0.1)
    assert lowering.feature == "days_late_max_90d"
    assert lowering.words["en"].startswith("Payments came with little or no delay recently (")


def test_what_is_missing_is_said_to_be_missing_and_which_way_it_counts() -> None:
    never, none = told(("days_since_late", "enquiries_6m"), [np.nan, np.nan], [-0.3, 0.2])
    assert never.words["en"] == "No instalment was ever late, which lowers the risk."
    assert none.value is None
    assert none.words == {
        "en": "Credit enquiries are not known, which raises the risk.",
        "zh": "征信查询记录未知，因此评估的风险偏高。",
    }


@pytest.mark.parametrize(("contribution", "count"), [(0.4, 1), (-0.4, 0)], ids=["raises the risk", "lowers it"])
def test_an_awkward_reason_is_told_where_it_raises_the_risk_and_only_there(contribution: float, count: int) -> None:
    reasons = told(LATE, [0, 0, 0, 0.34, 9], [0, 0, 0, contribution, 0])
    assert len(reasons) == count
    assert all("34 % of reminders before noon" in reason.words["en"] for reason in reasons)


def test_what_moves_the_log_odds_by_next_to_nothing_is_no_reason() -> None:
    assert (
        told(("enquiries_6m", "age_years"), [1, 40], [SETTINGS.least, -SETTINGS.least / 2])[0].reason
        == "credit_seeking"
    )
    assert len(told(("enquiries_6m", "age_years"), [1, 40], [SETTINGS.least, -SETTINGS.least / 2])) == 1


def test_a_column_that_is_not_in_the_catalogue_is_a_reason_by_its_name() -> None:
    first, second = told(("PAY_0", "EDUCATION"), [2, np.nan], [0.5, -0.2])
    assert (first.reason, first.words["en"], first.words["zh"]) == ("PAY_0", "PAY_0: 2", "PAY_0：2")
    assert (second.value, second.words["en"], second.words["zh"]) == (None, "EDUCATION is not known", "EDUCATION未知")


def test_at_most_four_reasons_are_told_and_the_largest_come_first() -> None:
    names = ("enquiries_6m", "age_years", "rate_max", "external_debt", "bureau_score")
    reasons = told(names, [1, 40, 0.2, 5_000, 600], [0.1, -0.2, 0.3, 0.5, -0.4])
    assert [reason.feature for reason in reasons] == ["external_debt", "bureau_score", "rate_max", "age_years"]


def test_a_customers_reasons_do_not_depend_on_the_others_to_the_bit() -> None:
    contributions = np.random.default_rng(0).normal(0, 0.1, (500, len(CATALOGUE)))
    explainer = Explainer(SETTINGS, tuple(CATALOGUE))
    together = explainer.rank(contributions)
    for row in (0, 77, 499):
        alone = explainer.rank(contributions[row : row + 1])
        for one, all_of_them in zip(vars(alone).values(), vars(together).values(), strict=True):
            np.testing.assert_array_equal(one[0], all_of_them[row])


def test_on_a_trained_model_the_reasons_and_the_base_add_up_to_the_log_odds(world: Any) -> None:
    X = build_features(world.book, world.as_of)
    scores = load_models().scorer.score(X, explain=True)
    explainer = Explainer(SETTINGS, scores.features)
    sums = explainer.sums(scores.contributions)
    np.testing.assert_allclose(sums.sum(axis=1) + scores.base, logit(scores.default_probability), atol=1e-4)
    ranking = explainer.rank(scores.contributions)
    rows, places = np.nonzero(ranking.reason != NO_REASON)
    reason, feature = ranking.reason[rows, places], ranking.feature[rows, places]
    np.testing.assert_array_equal(ranking.contribution[rows, places], sums[rows, reason])
    np.testing.assert_array_equal(explainer.place[feature], reason)
    assert (np.sign(scores.contributions[rows, feature]) == np.sign(sums[rows, reason])).all()


def test_every_sentence_of_a_book_is_one_sentence_without_a_gap(world: Any) -> None:
    X = build_features(world.book, world.as_of).head(200)
    scores = load_models().scorer.score(X, explain=True)
    explainer, values = Explainer(SETTINGS, scores.features), X[list(scores.features)].to_numpy()
    ranking = explainer.rank(scores.contributions)
    words = [
        reason.words
        for row in range(len(X))
        for reason in explainer.tell(ranking, row, values[row], scores.contributions[row])
    ]
    assert len(words) > 400
    for said in words:
        assert re.fullmatch(r"[A-Z][^{}.]*(\.\d[^{}.]*)*\.", said["en"]), said
        assert re.fullmatch(r"[^{}。]+。", said["zh"]), said
        assert not re.search(r"nan|-\d|below 0|未知元", said["en"] + said["zh"]), said


def test_texts_nobody_approved_say_that_they_are_a_draft() -> None:
    assert SETTINGS.named_version == f"{SETTINGS.version} draft"
    approved = replace(SETTINGS, approved=Approval("head of credit risk", pd.Timestamp("2026-12-01").date()))
    assert approved.named_version == SETTINGS.version


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("most: 4", "most_of: 4", r"most_of: there is no such setting"),
        ("least: 0.05", "least: 0", r"least must be above 0, got 0"),
        ("most: 4", "most: 400", r"most must be in \[1, \d+\], got 400"),
        ("features: [age_years]", "features: [shoe_size]", r"reasons\.age: no feature of the catalogue is called shoe_size"),
        ("features: [age_years]", "features: [enquiries_*]", r"reasons\.age: enquiries_6m belongs to credit_seeking already"),
        ("  days_since_late:", "  shoe_size:", r"absent: shoe_size is not a feature of the catalogue"),
        ("zh: 贷款利率较高", "fr: taux", r"loan_price\.raising\.zh: .*required"),
        ("    told: raising", "    told: never", r"told: got 'never'"),
        ("  pay_ahead: {", "  pray: {", r"acts: pray is not an act; expected pay_overdue, pay_ahead"),
        ("the overdue amount of {amount}", "the overdue amount", r"acts\.pay_overdue\.en must have the places \['amount'\], got \[\]"),
        ("better tier than {now}", "better tier", r"none\.en must have the places \['now'\]"),
        ("({fact}).", "({facts}).", r"told\.en must have the places \['fact', 'headline'\], got \['facts', 'headline'\]"),
    ],
    ids=["unknown key", "no limit", "too many", "unknown feature", "in two reasons", "absent unknown", "a language missing", "hidden", "unknown act", "act without its amount", "no tier named", "unknown place"],
)  # fmt: skip
def test_a_wrong_setting_is_refused_by_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in YAML
    file = tmp_path / "reasons.yaml"
    file.write_text(YAML.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PolicyError, match=rf"reasons\.yaml: .*{message}"):
        read_reasons(file)
