"""The days a simulation covers, counted from its first day in the customer's own calendar.

Month ``k`` starts ``k`` calendar months after ``start``; k may be negative (before the simulation) or
reach beyond the end (the schedule).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from training.simulation.arrays import Ints

Moments = npt.NDArray[np.datetime64]

MONTHS_BEFORE = 372
MONTHS_AHEAD = 3


@dataclass(frozen=True)
class Span:
    """A first day and a number of months.

    >>> Span(date(2024, 7, 1), 12).days
    365
    """

    start: date
    months: int

    @cached_property
    def _month_days(self) -> Ints:
        reach = range(-MONTHS_BEFORE, self.months + MONTHS_AHEAD + 2)
        first = pd.Timestamp(self.start)
        return np.array([(first + pd.DateOffset(months=k) - first).days for k in reach], dtype=np.int32)

    @property
    def days(self) -> int:
        """Number of days simulated; day ``days`` is the first one after the end."""
        return int(self._month_days[MONTHS_BEFORE + self.months])

    def month_day(self, months: Ints) -> Ints:
        """Return the day each month begins."""
        return self._month_days[months + MONTHS_BEFORE]

    def month_of(self, day: int) -> int:
        """Return the month that holds ``day``."""
        return int(np.searchsorted(self._month_days, day, side="right")) - 1 - MONTHS_BEFORE

    def calendar_months(self) -> Ints:
        """Return the calendar month (1 to 12) in which each month 0..months begins, (months + 1,)."""
        return np.array([(self.start.month - 1 + k) % 12 + 1 for k in range(self.months + 1)])

    def dates(self, days: Ints) -> Moments:
        """Return days as datetime64[us] midnights without a zone."""
        return (np.datetime64(self.start, "D") + days.astype("timedelta64[D]")).astype("datetime64[us]")

    def moments(self, days: Ints, seconds: Ints, offset_hours: Ints) -> Moments:
        """Return UTC moments of local ``seconds`` since midnight on local ``days``, as datetime64[us]."""
        since = days.astype(np.int64) * 86_400 + seconds - offset_hours.astype(np.int64) * 3_600
        return np.datetime64(self.start, "us") + since.astype("timedelta64[s]")
