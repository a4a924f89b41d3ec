from __future__ import annotations

import numpy as np
import pytest

from features.windows import Rows, ratio, spans

VALUES = np.array([1.0, 4.0, 2.0, 7.0, 7.0, 3.0])
BOUNDS = np.array([0, 3, 3, 6])


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("total", [7.0, 0.0, 17.0]),
        ("largest", [4.0, np.nan, 7.0]),
        ("smallest", [1.0, np.nan, 3.0]),
        ("mean", [7 / 3, np.nan, 17 / 3]),
        ("first", [1.0, np.nan, 7.0]),
        ("last", [2.0, np.nan, 3.0]),
        ("deviation", [np.std([1, 4, 2]), np.nan, np.std([7, 7, 3])]),
    ],
)
def test_an_aggregate_is_what_numpy_says_of_each_customers_rows(aggregate: str, expected: list[float]) -> None:
    np.testing.assert_allclose(getattr(Rows(BOUNDS), aggregate)(VALUES), expected, rtol=1e-15)


def test_a_selection_of_a_selection_keeps_the_rows_that_satisfy_both() -> None:
    rows = Rows(BOUNDS).where(VALUES > 1).where(VALUES < 7)
    np.testing.assert_array_equal(rows.count(), [2, 0, 1])
    np.testing.assert_array_equal(rows.total(VALUES), [6, 0, 3])


def test_a_slope_is_the_least_squares_slope() -> None:
    at = np.array([0.0, 1.0, 2.0, 0.0, 2.0, 4.0])
    slopes = Rows(BOUNDS).slope(VALUES, at)
    assert slopes[0] == pytest.approx(np.polyfit([0, 1, 2], [1, 4, 2], 1)[0])
    assert np.isnan(slopes[1])


def test_one_customers_sum_does_not_depend_on_who_stands_before_them() -> None:
    rng = np.random.default_rng(0)
    own = rng.lognormal(8, 3, 1_000)
    others = rng.lognormal(8, 3, 12_345)
    alone = Rows(np.array([0, 1_000])).total(own)[0]
    together = Rows(np.array([0, 12_345, 13_345])).total(np.concatenate([others, own]))[1]
    assert alone == together


def test_a_run_counts_the_newest_rows_that_hold() -> None:
    np.testing.assert_array_equal(Rows(BOUNDS).run(VALUES < 5), [3, 0, 1])


def test_the_value_before_the_newest_is_missing_where_there_is_one_row() -> None:
    rows = Rows(np.array([0, 1, 3]))
    np.testing.assert_array_equal(rows.last(np.array([5.0, 6.0, 7.0]), back=1), [np.nan, 6.0])


def test_a_ratio_over_nothing_is_missing() -> None:
    assert np.isnan(ratio(np.array([1.0]), np.array([0.0])))[0]


def test_spans_of_nothing_are_empty() -> None:
    index, bounds = spans(np.array([3, 3]), np.array([3, 3]))
    assert len(index) == 0
    assert bounds.tolist() == [0, 0, 0]
