from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from training.review.material import Material
from training.review.stability import (
    counts,
    edges_of,
    feature_stability,
    psi,
    psi_by_chance,
    score_bins,
    score_stability,
    state,
)


def test_the_index_by_hand() -> None:
    expected = (0.3 - 0.5) * math.log(0.3 / 0.5) + (0.7 - 0.5) * math.log(0.7 / 0.5)
    assert psi(np.array([50, 50, 0]), np.array([30, 70, 0])) == pytest.approx(expected)
    assert psi(np.array([5, 5]), np.array([50, 50])) == 0


def test_an_empty_bin_counts_as_half_a_case() -> None:
    expected = (0.9 - 1.0) * math.log(0.9 / 1.0) + (0.1 - 0.05) * math.log(0.1 / 0.05)
    assert psi(np.array([10, 0]), np.array([9, 1])) == pytest.approx(expected)


def test_missing_has_a_bin_of_its_own_and_tenths_are_of_the_reference() -> None:
    reference = np.append(np.arange(1.0, 101.0), np.nan)
    edges = edges_of(reference)
    assert edges.tolist() == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0]
    assert counts(reference, edges).tolist() == [10] * 10 + [1]
    assert counts(np.array([np.nan, np.nan, -5.0, 1e9]), edges).tolist() == [1, *[0] * 8, 1, 2]


def test_a_column_nobody_has_is_all_missing() -> None:
    nothing = np.full(4, np.nan)
    assert counts(nothing, edges_of(nothing)).tolist() == [0, 4]


def test_two_samples_of_one_law_exceed_the_chance_level_once_in_20() -> None:
    rng, above = np.random.default_rng(0), 0
    for _ in range(400):
        reference, current = rng.normal(size=600), rng.normal(size=400)
        edges = np.quantile(reference, np.arange(1, 10) / 10)
        old, new = counts(rng.normal(size=600), edges), counts(current, edges)
        above += int(psi(old, new) > psi_by_chance(10, 600, 400))
    assert 8 <= above <= 36


def test_a_population_that_moved_is_seen_and_one_that_did_not_is_stable(made_up: Material) -> None:
    whole = score_stability(made_up).query("month == 'all'").set_index("window")
    assert whole.loc["judge", "state"] == "stable"
    rows = made_up.rows.copy()
    rows.loc[rows["window"] == "judge", "final"] *= 3
    moved = score_stability(replace(made_up, rows=rows)).query("month == 'all'").set_index("window")
    assert moved.loc["judge", "state"] == "changed"
    assert moved.loc["tune", "psi"] == whole.loc["tune", "psi"]


def test_the_feature_that_moved_most_comes_first(made_up: Material) -> None:
    values = made_up.values.copy()
    judge = made_up.rows["window"] == "judge"
    values.loc[judge, "utilisation"] = np.where(np.arange(judge.sum()) % 2, np.nan, 5.0)
    table = feature_stability(replace(made_up, values=values))
    assert table["feature"].iloc[0] == "utilisation"
    assert table["state"].tolist() == ["changed", "stable", "stable"]
    assert table["missing_now"].iloc[0] == pytest.approx(0.5)
    assert table.set_index("feature").loc["dpd_now", "weight"] > 0.5


def test_shares_between_the_tenths_add_up(made_up: Material) -> None:
    table = score_bins(made_up)
    assert table["fit"].to_numpy() == pytest.approx(np.full(10, 0.1), abs=0.01)
    assert table["judge"].sum() == pytest.approx(1)


def test_a_small_sample_s_index_that_chance_explains_is_stable() -> None:
    assert state(0.2, chance=0.3) == "stable"
    assert state(0.2, chance=0.05) == "shifted"
    assert state(0.3, chance=0.05) == "changed"
