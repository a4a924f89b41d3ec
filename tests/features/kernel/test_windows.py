from __future__ import annotations

from enum import IntEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.kernel.rows import before, cut_rows, days_since_latest, kept, paid_towards, total_since_before
from features.kernel.timeline import EVER, MONTH, YEAR, Kind, Timeline
from features.kernel.windows import days_past_due, drawn_shares, empty_months, ratio, streak

AGE = np.array([400.0, 90.0, 10.0, 20.0, 5.0, 5.0])
VALUES = np.array([1.0, 4.0, 2.0, 7.0, np.nan, 3.0])
BOUNDS = np.array([0, 3, 3, 6])


class Some(IntEnum):
    AGE = 0
    VALUE = 1


KIND = Kind(Some, (MONTH, YEAR, EVER))
TIMELINE = Timeline(KIND, BOUNDS, AGE, np.array([AGE, VALUES]))


@pytest.mark.parametrize(
    ("aggregate", "days", "expected"),
    [
        ("total", EVER, [7.0, 0.0, 10.0]),
        ("total", YEAR, [6.0, 0.0, 10.0]),
        ("total", MONTH, [2.0, 0.0, 10.0]),
        ("mean", EVER, [7 / 3, np.nan, 5.0]),
        ("largest", EVER, [4.0, np.nan, 7.0]),
        ("smallest", YEAR, [2.0, np.nan, 3.0]),
        ("newest", EVER, [2.0, np.nan, 3.0]),
        ("oldest", EVER, [1.0, np.nan, 7.0]),
        ("oldest", MONTH, [2.0, np.nan, 7.0]),
        ("deviation", EVER, [np.std([1, 4, 2]), np.nan, 2.0]),
        ("slope", EVER, [30 * np.polyfit([-400, -90, -10], [1, 4, 2], 1)[0], np.nan, 30 * (3 - 7) / 15]),
    ],
)
def test_an_aggregate_is_what_numpy_says_of_each_customers_known_values(
    aggregate: str, days: int, expected: list[float]
) -> None:
    np.testing.assert_allclose(getattr(TIMELINE, aggregate)(Some.VALUE, days), expected, rtol=1e-12)


def test_a_count_is_of_rows_or_of_a_columns_known_values() -> None:
    np.testing.assert_array_equal(TIMELINE.count(Some.AGE), [3, 0, 3])
    np.testing.assert_array_equal(TIMELINE.count(Some.VALUE, MONTH), [1, 0, 2])


def test_a_window_ends_today_or_yesterday_as_its_youngest_row_says() -> None:
    age = np.array([31.0, 30.0, 1.0])
    counts = [
        Timeline(Kind(Some, (MONTH,), youngest), np.array([0, 3]), age, np.array([age, age])).count(Some.AGE, MONTH)[0]
        for youngest in (0, 1)
    ]
    assert counts == [1, 2]


def test_the_row_before_the_newest_is_the_customers_own() -> None:
    np.testing.assert_array_equal(TIMELINE.before(Some.VALUE, 1), [4.0, np.nan, np.nan])
    np.testing.assert_array_equal(TIMELINE.before(Some.VALUE, 3), [np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(before(BOUNDS, VALUES, 1), [np.nan, 1.0, 4.0, np.nan, 7.0, np.nan])


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([1, 1, 0], 0.0),
        ([0, 1, 1], 2.0),
        ([1, 1, 1], 3.0),
        ([0, 1, np.nan, 1], 2.0),  # what is not known yet neither counts nor ends a streak
        ([], 0.0),
    ],
)
def test_a_streak_is_the_newest_rows_in_a_row(flags: list[float], expected: float) -> None:
    assert streak(np.array([0, len(flags)]), np.array(flags, np.float64))[0] == expected


def test_days_past_due_are_those_of_the_oldest_instalment_open_then() -> None:
    age, settled_age = np.array([70.0, 40.0, 10.0]), np.array([65.0, np.nan, np.nan])
    standing = days_past_due(np.array([0, 3]), age, settled_age, np.array([0.0, 30.0, 66.0, 90.0]))
    np.testing.assert_array_equal(standing[:, 0], [40.0, 10.0, 4.0, np.nan])


def test_months_before_the_first_row_are_not_empty_but_unknown() -> None:
    np.testing.assert_array_equal(empty_months(np.array([0, 2, 2]), np.array([100.0, 5.0]), 6), [2.0, np.nan])


def test_a_ratio_with_nothing_below_is_missing() -> None:
    np.testing.assert_array_equal(ratio(np.array([1.0, 0.0]), np.array([0.0, np.nan])), [np.nan, np.nan])


def test_a_share_without_rows_is_missing_and_one_row_is_drawn_to_the_population() -> None:
    shares = drawn_shares(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]), np.array([0.2]), 4.0)
    np.testing.assert_array_equal(shares, [[np.nan, (1 + 0.8) / 5]])


def test_a_cut_keeps_rows_after_one_moment_up_to_another_of_customers_in_any_order() -> None:
    at, bounds = np.array([1, 5, 9, 2, 4]), np.array([0, 3, 5])
    index, starts = cut_rows(bounds, at, np.array([1, 0, 0]), np.array([0, 1, 9]), np.array([3, 9, 5]))
    assert index.tolist() == [3, 1, 2]
    assert starts.tolist() == [0, 1, 3, 3]


def test_rows_are_kept_by_mask_within_their_customer() -> None:
    index, starts = kept(np.array([7, 8, 9]), np.array([0, 1, 3]), np.array([False, True, True]))
    assert (index.tolist(), starts.tolist()) == ([8, 9], [0, 0, 2])


def test_the_latest_row_of_another_table_may_be_of_the_same_day() -> None:
    since = days_since_latest(np.array([0, 2, 3]), np.array([5, 8, 8]), np.array([0, 2, 2]), np.array([5, 6]))
    np.testing.assert_array_equal(since, [0.0, 2.0, np.nan])


def test_money_between_two_rows_is_that_after_the_first_up_to_the_second() -> None:
    paid = total_since_before(
        np.array([0, 3]), np.array([5, 8, 9]), np.array([0, 3]), np.array([5, 6, 8]), np.array([1.0, 2.0, 4.0])
    )
    np.testing.assert_array_equal(paid, [np.nan, 6.0, 0.0])


def test_payments_count_towards_the_instalments_in_view_only() -> None:
    paid, parts = paid_towards(
        np.array([4, 4, 9]), np.array([1.0, 2.0, 5.0]), np.array([0, 3]), np.array([3, 4]), np.array([0, 2])
    )
    np.testing.assert_array_equal(paid, [0.0, 3.0])
    np.testing.assert_array_equal(parts, [0.0, 2.0])


@given(
    sizes=st.lists(st.integers(0, 6), min_size=1, max_size=5),
    days=st.sampled_from([MONTH, YEAR, EVER]),
    seed=st.integers(0, 1000),
)
def test_every_aggregate_agrees_with_numpy_on_any_rows(sizes: list[int], days: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    age = np.concatenate([np.sort(rng.integers(0, 500, size))[::-1] for size in sizes]).astype(np.float64)
    values = np.where(rng.random(len(age)) < 0.2, np.nan, rng.normal(size=len(age)))
    timeline = Timeline(KIND, bounds, age, np.array([age, values]))
    for i in range(len(sizes)):
        rows = slice(bounds[i], bounds[i + 1])
        seen = values[rows][(age[rows] < days) & ~np.isnan(values[rows])]
        assert timeline.count(Some.VALUE, days)[i] == len(seen)
        assert timeline.total(Some.VALUE, days)[i] == pytest.approx(seen.sum())
        if len(seen):
            assert timeline.largest(Some.VALUE, days)[i] == seen.max()
            assert timeline.smallest(Some.VALUE, days)[i] == seen.min()
            assert timeline.deviation(Some.VALUE, days)[i] == pytest.approx(seen.std(), abs=1e-12)


@given(arrays(np.float64, st.integers(0, 30), elements=st.floats(0, 1e6)))
def test_a_total_runs_from_the_newest_row_to_the_oldest_whoever_else_is_there(values: np.ndarray) -> None:
    age = np.arange(len(values), dtype=np.float64)[::-1].copy()
    alone = Timeline(KIND, np.array([0, len(values)]), age, np.array([age, values]))
    twice = np.array([age, values]).repeat(2, axis=0).reshape(2, -1)
    doubled = Timeline(KIND, np.array([0, len(values), 2 * len(values)]), np.tile(age, 2), twice)
    in_order = 0.0
    for value in values[::-1]:
        in_order += value
    assert alone.total(Some.VALUE)[0] == in_order
    assert doubled.total(Some.VALUE).tolist() == [in_order, in_order]
