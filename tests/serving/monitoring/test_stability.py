"""The stability index: what it is, and that the chance beside it is the chance it says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from serving.monitoring.stability import chance_apart, counts, edges_of, psi, psi_by_chance


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([50, 50], [50, 50], 0.0),
        ([50, 50], [60, 40], 0.0405),
        ([90, 10], [50, 50], 0.8789),
        ([50, 50, 0], [50, 50, 0], 0.0),
    ],
    ids=["the same", "a little", "a lot", "an empty bin on both sides says nothing"],
)
def test_the_index_is_the_credit_formula(before: list[int], after: list[int], expected: float) -> None:
    assert psi(np.array(before), np.array(after)) == pytest.approx(expected, abs=1e-4)


def test_missing_is_a_bin_of_its_own_and_edges_are_the_references_tenths() -> None:
    edges = edges_of(np.arange(1.0, 101.0))
    assert edges.tolist() == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert counts(np.array([0.0, 10.0, 10.5, 95.0, np.nan]), edges).tolist() == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1]


def test_where_every_bin_is_full_the_chance_is_pearsons() -> None:
    before, after = np.array([300, 400, 300]), np.array([130, 90, 80])
    assert chance_apart(before, after) == pytest.approx(chi2_contingency([before, after], correction=False).pvalue)


def test_a_sample_of_the_same_law_is_unlikely_no_more_often_than_it_says() -> None:
    rng = np.random.default_rng(3)
    law = np.array([0.9, 0.05, 0.03, 0.01, 0.005, 0.003, 0.002])
    told = [chance_apart(rng.multinomial(3_000, law), rng.multinomial(300, law)) for _ in range(2_000)]
    for level in (0.2, 0.05, 0.01):
        assert np.mean(np.array(told) <= level) <= level + 3 * np.sqrt(level / 2_000)


def test_the_index_of_chance_shrinks_with_the_customers() -> None:
    assert psi_by_chance(10, 1_000, 100) > 0.10 > 0.05 > psi_by_chance(10, 10_000, 10_000)
