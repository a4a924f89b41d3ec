"""How arrears move: from bucket to bucket by month, by age of the loans, and what next month's will be.

The forecast rolls each bucket's loans on as the last months' did, and is judged on every month it could have been made
for, beside the simplest rival: that nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from features.kernel.windows import Floats, Ints
from features.ledger.calendar import DAY
from features.ledger.ledger import Ledger
from serving.monitoring.finding import Finding
from serving.monitoring.month_ends import BUCKETS, MonthEnd

_LEARNED = 3
"""Transitions from month to month that a forecast rolls on by."""

_FEWEST = 3
"""Past forecasts below which nothing is said of their error."""

_LATE = 2
"""The bucket, 30 days, from which on a loan counts in the vintages."""


@dataclass(frozen=True)
class ArrearsMonth:
    """A month's end: loans by bucket, in the order of ``BUCKETS``, and what is overdue in all, in currency."""

    month: str
    loans: tuple[int, ...]
    overdue: float


@dataclass(frozen=True)
class RollRate:
    """Of the ``loans`` in a bucket a month before, the share in each at the month's end; ``closed``: no longer open."""

    month: str
    bucket: str
    loans: int
    shares: tuple[float, ...]
    closed: float


@dataclass(frozen=True)
class LoanVintage:
    """The loans opened in a quarter: the share that had been 30 days late at a month's end by so many months.

    ``shares`` (months from 1 on); None where not every loan of the quarter is so old.
    """

    quarter: str
    loans: int
    shares: tuple[float | None, ...]


@dataclass(frozen=True)
class PastForecast:
    """What was forecast for a month from what was known at the end of the one before, and what came, in currency."""

    month: str
    forecast: float
    actual: float

    @property
    def error(self) -> float:
        """How much more came than forecast, as a share of the forecast."""
        return self.actual / self.forecast - 1 if self.forecast else 0.0


@dataclass(frozen=True)
class Forecast:
    """What will be overdue at the end of ``month``, in currency, with the interval that past errors make (80 %).

    ``past`` are the forecasts of the months before; ``error`` is their mean absolute error as a share, and
    ``error_of_no_change`` that of saying that the last month's arrears stay. None where there are too few such months.
    """

    month: str
    overdue: float
    low: float | None
    high: float | None
    error: float | None
    error_of_no_change: float | None
    past: tuple[PastForecast, ...]


def months_of(ends: Sequence[MonthEnd]) -> tuple[ArrearsMonth, ...]:
    """Return the arrears of each month's end."""
    return tuple(ArrearsMonth(end.month, tuple(map(int, end.loans)), float(end.amounts[1:].sum())) for end in ends)


def roll_rates(ends: Sequence[MonthEnd]) -> tuple[RollRate, ...]:
    """Return where the loans of each bucket went from the last month but one to the last; none of fewer than two."""
    if len(ends) < 2:
        return ()
    moved = _moves(ends[-2], ends[-1])
    return tuple(
        RollRate(
            ends[-1].month, name, int(row.sum()), tuple(map(float, row[:-1] / row.sum())), float(row[-1] / row.sum())
        )
        for name, row in zip(BUCKETS, moved, strict=True)
        if row.sum()
    )


def loan_vintages(ledger: Ledger, ends: Sequence[MonthEnd], until: int, months: int = 12) -> tuple[LoanVintage, ...]:
    """Return how the loans of each quarter that was opened within the months looked at became late."""
    if not ends:
        return ()
    opened = pd.to_datetime(ledger.loans["day"] * DAY, unit="s")
    index = opened.year.to_numpy() * 12 + opened.month.to_numpy() - 1
    at = np.array([int(end.month[:4]) * 12 + int(end.month[5:]) - 1 for end in ends])
    first_late = _first_late(ends, at)
    quarter = index // 3
    known = (index >= at[0]) & (ledger.loans.at < until)
    return tuple(
        _vintage(int(one), index, first_late, (quarter == one) & known, at[-1], months)
        for one in np.unique(quarter[known])
    )


def forecast_of(ends: Sequence[MonthEnd]) -> Forecast | None:
    """Return the forecast for the month after the last; None where fewer than three ends of months are known."""
    if len(ends) < 3:
        return None
    past = tuple(
        PastForecast(ends[k].month, _rolled(ends[:k]), float(ends[k].amounts[1:].sum())) for k in range(2, len(ends))
    )
    coming = _rolled(ends)
    month = str(pd.Period(ends[-1].month, freq="M") + 1)
    errors = np.array([one.error for one in past if one.forecast > 0])
    if len(errors) < _FEWEST:
        return Forecast(month, coming, None, None, None, None, past)
    low, high = np.quantile(errors, [0.1, 0.9])
    stayed = [float(end.amounts[1:].sum()) for end in ends[1:]]
    stay = float(np.mean([abs(now / then - 1) for then, now in pairwise(stayed) if then]))
    interval = (coming * (1 + float(low)), coming * (1 + float(high)))
    return Forecast(month, coming, *interval, float(np.abs(errors).mean()), stay, past)


def arrears_findings(forecast: Forecast | None) -> Iterator[Finding]:
    """Yield what there is to say of the last month, where enough months before it were forecast."""
    judged = [] if forecast is None else [one for one in forecast.past if one.forecast > 0]
    if len(judged) <= _FEWEST:
        return
    *before, last = judged
    usual = float(np.mean([abs(one.error) for one in before]))
    told = (
        f"{last.actual:,.0f} overdue at the end of {last.month}, {last.forecast:,.0f} forecast; usual error {usual:.1%}"
    )
    yield Finding("arrears", last.month, max(0.0, last.error) / max(usual, 0.02), None, told)


def _moves(before: MonthEnd, after: MonthEnd) -> Ints:
    """Return how many loans went from each bucket to each, and out of the book, (5, 6)."""
    known = before.bucket >= 0
    to = np.where(after.bucket < 0, len(BUCKETS), after.bucket)
    width = len(BUCKETS) + 1
    return np.bincount(before.bucket[known] * width + to[known], minlength=len(BUCKETS) * width).reshape(-1, width)


def _rolled(ends: Sequence[MonthEnd]) -> float:
    """Return what will be overdue a month after the last of ``ends``, by the moves between the newest of them."""
    known = ends[-_LEARNED - 1 :]
    moved = sum((_moves(before, after) for before, after in pairwise(known)), np.zeros((5, 6)))
    shares = moved[:, :-1] / np.maximum(moved.sum(axis=1, keepdims=True), 1)
    arrived = sum((_arrived(before, after) for before, after in pairwise(known)), np.zeros(5))
    loans = ends[-1].loans @ shares + arrived / (len(known) - 1)
    size = sum((end.amounts for end in known), np.zeros(5)) / np.maximum(
        sum((end.loans for end in known), np.zeros(5)), 1
    )
    return float((loans * size)[1:].sum())


def _arrived(before: MonthEnd, after: MonthEnd) -> Floats:
    """Return how many loans that were not open before are in each bucket, (5,)."""
    new = (before.bucket < 0) & (after.bucket >= 0)
    return np.bincount(after.bucket[new], minlength=len(BUCKETS)).astype(np.float64)


def _first_late(ends: Sequence[MonthEnd], at: Ints) -> Floats:
    """Return the month, counted from year 0, at whose end each loan was first 30 days late; infinity: never."""
    first = np.full(len(ends[0].bucket), np.inf)
    for end, month in zip(ends, at, strict=True):
        first = np.minimum(first, np.where(end.bucket >= _LATE, month, np.inf))
    return first


def _vintage(quarter: int, opened: Ints, first_late: Floats, chosen: np.ndarray, last: int, months: int) -> LoanVintage:
    age = first_late[chosen] - opened[chosen]
    oldest = int(last - opened[chosen].max())
    shares = tuple(float((age <= month).mean()) if month <= oldest else None for month in range(1, months + 1))
    return LoanVintage(f"{quarter // 4}-Q{quarter % 4 + 1}", int(chosen.sum()), shares)
