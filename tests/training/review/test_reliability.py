from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from training.review.intervals import around_expected, effective_cases, likeness
from training.review.material import Material
from training.review.reliability import backtest, before_and_after, deciles, error_by_chance, tiers


def test_tenths_have_wilson_intervals_of_what_was_observed(made_up: Material) -> None:
    table = deciles(made_up.window("judge"))
    row = table.iloc[-1]
    found = binomtest(int(row["defaults"]), int(row["cases"])).proportion_ci(method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((found.low, found.high))
    assert table["cases"].sum() == len(made_up.window("judge"))
    assert table["expected"].is_monotonic_increasing


def test_a_perfect_model_is_inside_about_95_times_in_100_and_a_wrong_one_is_not(
    make_material: Callable[..., Material],
) -> None:
    inside = [
        tiers(material.window("judge"), material.facts["model"]["tiers"])["inside"]
        for material in (make_material(customers=400, seed=seed) for seed in range(20))
    ]
    assert 0.90 <= np.mean(np.concatenate(inside)) <= 1
    wrong = make_material(error=1.0)
    assert tiers(wrong.window("judge"), wrong.facts["model"]["tiers"])["inside"].sum() <= 1


def test_tiers_are_told_from_the_safest_with_every_case_counted_once(made_up: Material) -> None:
    table = tiers(made_up.window("judge"), made_up.facts["model"]["tiers"])
    assert table["tier"].tolist() == ["low", "medium", "elevated", "high"]
    assert table["cases"].sum() == len(made_up.window("judge"))
    assert table["share"].sum() == pytest.approx(1)


def test_outcomes_alike_within_a_customer_halve_the_cases_that_count() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.3, 4_000)
    outcome = (rng.random(4_000) < p).astype(float)
    once = pd.DataFrame({"customer": np.arange(4_000), "default_probability": p, "outcome": outcome})
    twice = pd.concat([once, once])
    apart = pd.concat([once, once.assign(outcome=(rng.random(4_000) < p).astype(float))])
    assert likeness(twice) > 0.9
    assert likeness(apart) < 0.1
    assert likeness(once) == 0
    assert effective_cases(twice["customer"].to_numpy(), 1.0) == 4_000


def test_the_interval_around_an_expected_rate_is_the_binomial_s() -> None:
    low, high = around_expected(0.1, 200)
    draws = np.random.default_rng(0).binomial(200, 0.1, 100_000) / 200
    inside = ((draws >= low) & (draws <= high)).mean()
    assert 0.95 <= inside < 0.975


def test_the_backtest_has_a_row_a_month_and_sees_a_probability_too_high(
    make_material: Callable[..., Material],
) -> None:
    good, bad = backtest(make_material()), backtest(make_material(error=0.7))
    assert len(good) == 8
    assert good["inside"].sum() >= 7
    assert not bad["inside"].any()
    assert (bad["observed"] < bad["low"]).all()


def test_calibrating_a_stretched_score_is_seen_to_pay(made_up: Material) -> None:
    table = before_and_after(made_up).set_index("window")
    assert (table["high"] < 0).all()
    assert (table["error_after"] < table["error_before"]).all()


def test_chance_alone_makes_a_calibration_error_that_falls_with_more_cases(
    make_material: Callable[..., Material],
) -> None:
    few, many = (make_material(customers=n).window("judge") for n in (200, 2_000))
    assert error_by_chance(few)[0] > 2 * error_by_chance(many)[0]
    assert error_by_chance(many)[0] < error_by_chance(many)[1]
