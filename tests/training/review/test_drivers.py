"""What drives a model whose rule is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.scorer import Scorer
from training import DefaultModel
from training.review import drivers, single
from training.review.material import Material
from training.review.signs import signs

NOISE = tuple(f"noise_{k}" for k in range(6))
NAMES = ("dpd_now", "bureau_score", "utilisation", "income_30d", *NOISE)
RISKIER, SAFER = 1, -1


@pytest.fixture(scope="module")
def known() -> tuple[Material, Scorer]:
    """Return a model of which we know: dpd_now counts most, the next two only together, the rest not at all."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(1_500, len(NAMES))).astype(np.float32), columns=list(NAMES))
    X.loc[::7, "income_30d"] = np.nan
    log_odds = 2.0 * X["dpd_now"] + 3.0 * ((X["bureau_score"] > 0) & (X["utilisation"] > 0)) - 1
    y = (rng.random(len(X)) < 1 / (1 + np.exp(-log_odds))).astype(float)
    model = DefaultModel(splits=3).fit(X, y)
    rows = pd.DataFrame({"window": np.repeat(["fit", "tune", "judge"], 500), "outcome": y, "tier": "low"})
    rows = rows.assign(default_probability=model.predict_proba(X)[:, 1]).rename_axis("case")
    told = {"model": {"signs": dict.fromkeys(NAMES, 0), "held": {}}}
    nothing = pd.DataFrame({"feature": [], "sign": [], "value": [], "log_odds": []})
    frames = dict.fromkeys(("champion_contributions", "scenarios", "points", "dropped"), pd.DataFrame())
    return Material(told, rows, X, model.explain(X), effects=nothing, **frames), model.scorer_


def with_signs(material: Material, held: bool = True, **of: int) -> Material:
    """Return a material that declares these signs, and says whether the trees were held to them."""
    facts = {"model": {"signs": {**dict.fromkeys(NAMES, 0), **of}, "held": of if held else {}}}
    return Material(**{**vars(material), "facts": facts})


def test_strength_is_in_the_order_of_the_rule_and_adds_up_by_family(known: Any) -> None:
    strength = drivers.strengths(known[0])
    assert strength["feature"].iloc[0] == "dpd_now"
    assert set(strength["feature"].head(3)) == {"dpd_now", "bureau_score", "utilisation"}
    assert strength["share"].sum() == pytest.approx(1)
    families = drivers.families(strength).set_index("family")
    assert families["mean_contribution"].sum() == pytest.approx(strength["mean_contribution"].sum())
    assert families.loc["credit", "features"] == 2


def test_the_pair_that_only_counts_together_is_the_strongest(known: Any) -> None:
    first = drivers.pairs(known[1], known[0].values).iloc[0]
    assert {first["feature"], first["with"]} == {"bureau_score", "utilisation"}


def test_pairs_and_features_alone_add_up_to_the_contributions(known: Any) -> None:
    material, scorer = known
    X = material.values.head(20)  # noqa: PD011
    assert np.allclose(scorer.interactions(X).sum(axis=2), scorer.score(X, explain=True).contributions, atol=1e-4)


def test_the_shape_rises_with_the_value_and_the_missing_stand_last(known: Any) -> None:
    rising = drivers.dependence(known[0], "dpd_now")
    assert rising["mean"].corr(rising["from"], method="spearman") > 0.95
    assert rising["cases"].sum() == 500
    gaps = drivers.dependence(known[0], "income_30d").iloc[-1]
    assert np.isnan(gaps["from"])
    assert gaps["cases"] == known[0].values.loc[drivers.cases_of(known[0], "judge"), "income_30d"].isna().sum()  # noqa: PD011


def test_a_sign_the_model_breaks_fails_when_it_was_constrained(known: Any) -> None:
    material, scorer = known
    broken = signs(with_signs(material, dpd_now=SAFER), scorer).set_index("feature")
    assert broken.loc["dpd_now", "verdict"] == "fail"
    assert broken.loc["dpd_now", "against"] > 0.9
    assert broken.loc["dpd_now", "agreeing"] < 0.1
    assert broken.loc["utilisation", ["declared", "verdict"]].tolist() == ["none", "told"]
    free = with_signs(material, held=False, dpd_now=SAFER)
    assert signs(free, scorer).set_index("feature").loc["dpd_now", "verdict"] == "watch"


def test_a_sign_the_trees_were_held_to_is_never_broken(known: Any) -> None:
    material, _ = known
    y = material.rows["outcome"]
    held = DefaultModel(splits=3, signs={"dpd_now": RISKIER}).fit(material.values, y).scorer_
    row = signs(with_signs(material, dpd_now=RISKIER), held).set_index("feature").loc["dpd_now"]
    assert (row["verdict"], row["against"], row["declared"]) == ("pass", 0.0, "risk up")
    assert row["direction"] > 0.9


def test_windows_of_one_law_agree_and_a_reversed_one_does_not(known: Any) -> None:
    material, _ = known
    ranks = drivers.ranks(material)
    assert drivers.rank_agreement(ranks)["spearman"].min() > 0.7
    reversed_ = ranks.assign(judge=len(ranks) + 1 - ranks["fit"])
    agreement = drivers.rank_agreement(reversed_).set_index("windows")
    assert agreement.loc["fit and judge", "spearman"] == pytest.approx(-1)


def test_a_case_taken_apart_adds_up_and_the_missed_default_is_the_least_probable(known: Any) -> None:
    material, _ = known
    cases = single.chosen(material)
    assert cases["gap"].max() < 1e-6
    case = cases.index[-1]
    lines = single.taken_apart(material, case).set_index("feature")["contribution"]
    assert lines.drop(single.TOTAL).sum() == pytest.approx(lines[single.TOTAL])
    judge = material.window("judge")
    assert cases.loc[case, "default_probability"] == judge.loc[judge["outcome"] == 1, "default_probability"].min()
