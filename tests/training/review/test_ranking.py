from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from training.review.material import Material
from training.review.ranking import auc_by, by_month, by_segment, by_window, gains, roc_points, score_shares


def test_each_measure_lies_in_its_interval_and_is_of_its_window(made_up: Material) -> None:
    table = by_window(made_up)
    judge = made_up.window("judge")
    found = table[(table["window"] == "judge") & (table["measure"] == "auc")].iloc[0]
    assert found["value"] == pytest.approx(roc_auc_score(judge["outcome"], judge["default_probability"]))
    ranked = table[table["measure"] != "calibration_error"]  # whose resamples are never as smooth as the sample
    assert ((ranked["low"] < ranked["value"]) & (ranked["value"] < ranked["high"])).all()


def test_a_segment_too_small_has_a_size_and_no_number(made_up: Material) -> None:
    table = by_segment(made_up).set_index("group")
    assert table.loc["mortgage", "remark"] == "too small"
    assert np.isnan(table.loc["mortgage", "auc"])
    assert table.loc["mortgage", "cases"] > 0
    assert table.loc["credit_card", ["low", "auc", "high"]].is_monotonic_increasing


def test_months_are_told_in_order_of_time(made_up: Material) -> None:
    table = by_month(made_up)
    assert table["group"].tolist() == [f"2025-{m:02d}" for m in (1, 2, 3, 4, 6, 7, 9, 10)]
    assert table["cases"].sum() == len(made_up.rows)


def test_the_same_seed_gives_the_same_interval_in_any_order_of_rows(made_up: Material) -> None:
    judge = made_up.window("judge")
    shuffled = judge.sample(frac=1, random_state=1)
    columns = ["auc", "low", "high"]
    np.testing.assert_allclose(auc_by(judge, "gender")[columns], auc_by(shuffled, "gender")[columns], atol=1e-12)


def test_the_riskiest_tenths_catch_all_in_the_end_and_the_roc_curve_has_the_area(made_up: Material) -> None:
    judge = made_up.window("judge")
    table = gains(judge)
    assert table["caught"].iloc[-1] == pytest.approx(1)
    assert table["defaults"].sum() == judge["outcome"].sum()
    assert table["lift"].iloc[0] > 3
    curve = roc_points(judge)
    area = np.trapezoid(curve["caught"], curve["disturbed"])
    assert area == pytest.approx(roc_auc_score(judge["outcome"], judge["default_probability"]))


def test_score_shares_of_each_outcome_add_up_to_1(made_up: Material) -> None:
    table = score_shares(made_up.window("judge"))
    assert table[["paid", "defaulted"]].sum().tolist() == pytest.approx([1, 1])
    assert (table["low"] < table["high"]).all()
