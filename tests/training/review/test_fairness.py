from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.review.fairness import (
    disparities,
    fairness_gap,
    inputs_that_tell,
    judged_cases,
    of_score,
    of_tier,
    of_treatment,
)
from training.review.material import Material


def _wronged(material: Material) -> Material:
    """Return the material with women's probabilities doubled, whatever they do."""
    rows = material.rows.copy()
    women = rows["gender"] == "F"
    rows.loc[women, "default_probability"] = (rows.loc[women, "default_probability"] * 2).clip(upper=0.99)
    rows.loc[women, "tier"] = np.where(rows.loc[women, "default_probability"] >= 0.2, "high", "low")
    return replace(material, rows=rows)


def test_the_score_of_a_group_is_that_of_its_rows(made_up: Material) -> None:
    rows = judged_cases(made_up)
    table = of_score(rows, "gender").set_index("group")
    women = rows[rows["gender"] == "F"]
    assert table.loc["F", "auc"] == pytest.approx(roc_auc_score(women["outcome"], women["default_probability"]))
    assert table.loc["F", "observed"] == pytest.approx(women["outcome"].mean())
    assert table.loc["F", "expected"] == pytest.approx(women["default_probability"].mean())
    assert table.loc["X", "remark"] == "too small"
    assert np.isnan(table.loc["X", "observed"])


def test_a_group_that_is_wronged_is_seen_for_sure(made_up: Material) -> None:
    fair, wronged = fairness_gap(made_up), fairness_gap(_wronged(made_up))
    assert fair["fairness_gap"] < 0.03
    assert fair["fairness_gap_sure"] == 0
    assert wronged["fairness_gap"] > 0.05
    assert 0 < wronged["fairness_gap_sure"] < wronged["fairness_gap"]


def test_wrongs_of_the_tier_are_counted_by_hand(made_up: Material) -> None:
    rows = judged_cases(made_up)
    table = of_tier(rows, "gender", list(made_up.facts["model"]["tiers"])).set_index("group")
    men = rows[rows["gender"] == "M"]
    paid, defaulted = men[men["outcome"] == 0], men[men["outcome"] == 1]
    assert table.loc["M", "false_positive_rate"] == pytest.approx((paid["tier"] == "high").mean())
    assert table.loc["M", "false_negative_rate"] == pytest.approx((defaulted["tier"] != "high").mean())
    assert table.loc["M", ["low", "medium", "elevated", "high"]].sum() == pytest.approx(1)


def test_disparities_lie_in_their_interval_and_grow_when_a_group_is_wronged(made_up: Material) -> None:
    fair = disparities(judged_cases(made_up)).set_index("by")
    wronged = disparities(judged_cases(_wronged(made_up))).set_index("by")
    assert fair.loc["gender", "groups"] == 2
    assert fair.loc["gender", "odds_low"] <= fair.loc["gender", "odds_difference"] <= fair.loc["gender", "odds_high"]
    assert fair.loc["gender", "parity_ratio"] > 0.8 > wronged.loc["gender", "parity_ratio"]
    assert wronged.loc["gender", "odds_low"] > fair.loc["gender", "odds_low"]
    assert wronged.loc["gender", "parity_high"] < 1 < fair.loc["gender", "parity_high"]


def test_treatment_is_counted_from_the_actions(made_up: Material) -> None:
    rows = judged_cases(made_up)
    table = of_treatment(rows, "region").set_index("group")
    own = rows[rows["region"] == "Henan"]
    assert table.loc["Henan", "contacted"] == pytest.approx((own["action"] != "none").mean())
    assert table.loc["Henan", "called"] == pytest.approx((own["action"] == "call_firm").mean())
    assert table.loc["Henan", "firm"] == table.loc["Henan", "called"]
    assert table.loc["Henan", "plan_offered"] == pytest.approx((own["action"] == "sms_gentle_plan").mean())


def test_a_population_of_one_group_has_no_disparity(made_up: Material) -> None:
    rows = judged_cases(made_up).assign(gender="F")
    assert np.isnan(disparities(rows).set_index("by").loc["gender", "parity_ratio"])


def test_with_nobody_in_the_riskiest_tier_there_is_no_disparity(made_up: Material) -> None:
    rows = judged_cases(made_up).assign(flagged=0)
    assert disparities(rows)["parity_ratio"].isna().all()


def test_columns_that_tell_a_group_outright_are_named() -> None:
    assert inputs_that_tell(["dpd_now", "age_years"]) == {"gender": [], "age_band": ["age_years"], "region": []}
