from __future__ import annotations

import numpy as np
import pytest

from features import PolicyError
from serving.offpolicy.bootstrap import bootstrap_mean


def test_a_symmetric_mean_has_about_the_interval_of_the_normal_law() -> None:
    scores = np.random.default_rng(0).normal(size=2_000)
    value, low, high = bootstrap_mean(scores, np.arange(2_000), seed=1)
    error = scores.std() / np.sqrt(2_000)
    assert value == pytest.approx(scores.mean())
    assert (low, high) == pytest.approx((value - 1.96 * error, value + 1.96 * error), abs=0.25 * error)


def test_heavy_scores_lengthen_the_side_on_which_they_lie() -> None:
    scores = np.random.default_rng(0).lognormal(sigma=1.5, size=500)
    value, low, high = bootstrap_mean(scores, np.arange(500), seed=1)
    assert high - value > 1.3 * (value - low)


def test_the_interval_holds_a_heavy_mean_about_as_often_as_it_says() -> None:
    held = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        customer = np.repeat(np.arange(600), rng.integers(1, 4, 600))
        scores = rng.lognormal(sigma=0.8, size=600)[customer] * rng.lognormal(sigma=0.3, size=len(customer))
        low, high = bootstrap_mean(scores, customer, seed)[1:]
        held += low <= np.exp(0.8**2 / 2 + 0.3**2 / 2) <= high
    assert 180 <= held <= 198


def test_the_same_seed_gives_the_same_interval_and_more_customers_than_blocks_are_dealt_into_blocks() -> None:
    scores = np.random.default_rng(0).normal(size=20_000)
    found = bootstrap_mean(scores, np.arange(20_000), seed=3)
    assert found == bootstrap_mean(scores, np.arange(20_000), seed=3)
    assert found[2] - found[1] == pytest.approx(2 * 1.96 / np.sqrt(20_000), rel=0.12)


def test_one_customer_is_refused() -> None:
    with pytest.raises(PolicyError, match="at least two customers, got 1 in 3 rows"):
        bootstrap_mean(np.arange(3.0), np.zeros(3, int), seed=0)
