"""Arrears of a book written by hand: buckets, rolls, vintages, time to cure, and what is forecast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.monitoring.arrears import (
    Forecast,
    PastForecast,
    arrears_findings,
    forecast_of,
    loan_vintages,
    months_of,
    roll_rates,
)
from serving.monitoring.cure import DAYS, cures_of
from serving.monitoring.month_ends import BUCKETS, MonthEnd, bucket_of, month_ends


def month(name: str, *buckets: int, overdue: float = 100.0) -> MonthEnd:
    bucket = np.array(buckets)
    return MonthEnd(name, bucket, np.where(bucket > 0, overdue, 0.0))


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-400, "current"), (0, "current"), (1, "1-29"), (29, "1-29"), (30, "30-59"), (89, "60-89"), (90, "90 and over")],
)
def test_a_bucket_begins_at_its_day(days: int, bucket: str) -> None:
    assert BUCKETS[bucket_of(np.array([days]))[0]] == bucket


def test_month_ends_are_counted_as_pandas_counts_them(bank: Any) -> None:
    """Every loan of the bank, row by row: the oldest open instalment's days past due, and what is overdue."""
    zone, book = "Asia/Shanghai", bank.book
    until = bank.as_of.tz_convert(zone)
    end = month_ends(book.ledger, until - pd.Timedelta(days=100), until)[1]
    assert end.month == "2025-04"
    at = pd.Timestamp("2025-05-01", tz=zone)
    paid = book.payments[book.payments["paid_at"] <= at].groupby(["loan_id", "instalment_no"])["amount"].sum()
    rows = book.instalments.merge(paid.rename("paid"), on=["loan_id", "instalment_no"], how="left").fillna(
        {"paid": 0.0}
    )
    rows = rows.merge(book.loans[["loan_id", "opened_on"]], on="loan_id")
    left = (rows["amount_due"] - rows["paid"]).round(4)
    late = rows[
        (left > 0) & (rows["due_date"] < pd.Timestamp("2025-05-01")) & (rows["opened_on"] <= pd.Timestamp("2025-05-01"))
    ]
    days = (pd.Timestamp("2025-05-01") - late["due_date"]).dt.days
    oldest = days.groupby(late["loan_id"]).max()
    expected = np.bincount(bucket_of(oldest.to_numpy()), minlength=5)
    assert end.loans[1:].tolist() == expected[1:].tolist()
    assert end.amounts.sum() == pytest.approx(left[late.index].sum(), rel=1e-9)


def test_roll_rates_say_where_the_loans_of_a_bucket_went() -> None:
    rolls = roll_rates([month("2025-01", 0, 0, 0, 1, 1, -1), month("2025-02", 0, 1, -1, 2, 0, 0)])
    assert [(one.bucket, one.loans) for one in rolls] == [("current", 3), ("1-29", 2)]
    assert rolls[0].shares == pytest.approx((1 / 3, 1 / 3, 0, 0, 0))
    assert (rolls[0].closed, rolls[1].shares[2]) == (pytest.approx(1 / 3), 0.5)
    assert roll_rates([month("2025-01", 0)]) == ()


def test_a_book_that_rolls_always_alike_is_forecast_without_error() -> None:
    rng, ends = np.random.default_rng(0), []
    bucket = np.zeros(3_000, np.int64)
    for k in range(1, 10):
        ends.append(month(f"2025-{k:02d}", *bucket))
        draw = rng.random(3_000)
        bucket = np.where(draw < 0.7 - 0.2 * (bucket > 0), 0, np.minimum(bucket + 1, 4))
    forecast = forecast_of(ends)
    assert forecast is not None
    assert (forecast.month, len(forecast.past)) == ("2025-10", 7)
    assert forecast.past[-1].actual == months_of(ends)[-1].overdue
    assert abs(forecast.past[-1].error) < 0.08
    assert forecast.low is not None
    assert forecast.high is not None
    assert forecast.low <= forecast.overdue * 1.1
    assert forecast.error is not None
    assert forecast.error_of_no_change is not None
    assert forecast_of(ends[:2]) is None


def test_a_forecast_knows_nothing_of_what_came_after() -> None:
    ends = [month(f"2025-{k:02d}", *np.roll([0, 0, 1, 0, 2, 1], k)) for k in range(1, 7)]
    whole, short = forecast_of(ends), forecast_of(ends[:-1])
    assert whole is not None
    assert short is not None
    assert (whole.past[:-1], whole.past[-1].forecast) == (short.past, short.overdue)


@pytest.mark.parametrize(("came", "size"), [(100.0, 0.0), (90.0, 0.0), (130.0, 6.0)], ids=["as told", "less", "more"])
def test_more_arrears_than_forecast_are_told_in_times_of_the_usual_error(came: float, size: float) -> None:
    past = [PastForecast(f"2025-{k:02d}", 100.0, 105.0 if k % 2 else 95.0) for k in range(1, 6)]
    forecast = Forecast("2025-07", 100.0, None, None, None, None, (*past, PastForecast("2025-06", 100.0, came)))
    (found,) = arrears_findings(forecast)
    assert found.size == pytest.approx(size)
    assert list(arrears_findings(None)) == []


def test_loans_of_a_quarter_become_late_once_and_for_all(bank: Any) -> None:
    until = bank.as_of.tz_convert("Asia/Shanghai")
    ends = month_ends(bank.book.ledger, until - pd.Timedelta(days=350), until)
    vintages = loan_vintages(bank.book.ledger, ends, int(until.timestamp()))
    assert vintages
    for one in vintages:
        known = [share for share in one.shares if share is not None]
        assert known == sorted(known)
        assert one.shares[: len(known)] == tuple(known)


def test_time_to_cure_is_kaplan_and_meiers(bank: Any) -> None:
    ledger, until = bank.book.ledger, int(bank.as_of.timestamp())
    whole, *products = cures_of(ledger, until - 300 * 86_400, until)
    assert whole.overdue == sum(one.overdue for one in products)
    assert whole.cured < whole.overdue
    assert list(whole.shares) == sorted(whole.shares)
    assert all(low <= share <= high for low, share, high in zip(whole.low, whole.shares, whole.high, strict=True))
    schedule = ledger.instalments
    today = ledger.local_day(schedule.customer, np.full(len(schedule.at), until))
    days = np.minimum(schedule["settled_day"], today) - schedule["due_day"]
    late = (schedule.at >= until - 300 * 86_400) & (schedule["due_day"] < today) & (days > 0)
    cured = schedule["settled_at"] < until
    survived = 1.0
    for day in range(1, DAYS[2] + 1):
        here = late & (days >= day)
        survived *= 1 - (late & cured & (days == day)).sum() / here.sum()
    assert whole.shares[2] == pytest.approx(1 - survived, abs=1e-9)
