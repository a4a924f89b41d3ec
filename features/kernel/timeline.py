"""A timeline: one kind of row of each customer, oldest first, told in windows back from the cut.

All columns are swept at once, over all windows, when the first is asked for. A column holds NaN in the
rows it does not concern, so that a count, mean or extreme is over the rows it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from features.kernel import rows, windows
from features.kernel.windows import MEASURES, Floats, Ints

WEEK, MONTH, TWO_MONTHS, QUARTER, HALF_YEAR, YEAR = 7, 30, 60, 90, 180, 365
EVER = 100_000
"""A window that holds everything: longer ago than any book."""


@dataclass(frozen=True)
class Kind:
    """What a timeline of one kind of row tells: which columns, over which windows.

    ``columns`` are named by place; ``days`` are the windows' lengths, rising; ``youngest`` is the smallest age in
    a window: 0 when today counts among the last days, 1 when it does not.
    """

    columns: type[IntEnum]
    days: tuple[int, ...] = (EVER,)
    youngest: int = 0

    @cached_property
    def limits(self) -> Floats:
        """The age at which each window ends."""
        return np.array(self.days, np.float64) + self.youngest

    @cached_property
    def window(self) -> dict[int, int]:
        """The place of each window's first measure among those of a column."""
        return {days: place * MEASURES for place, days in enumerate(self.days)}

    @cached_property
    def width(self) -> int:
        """How many measures a column has, over all windows."""
        return len(self.days) * MEASURES

    def place(self, column: IntEnum, days: int, measure: int) -> int:
        """Return where a timeline of this kind tells a measure."""
        return column * self.width + self.window[days] + measure


class Timeline:
    """Rows of n customers.

    Parameters
    ----------
    kind
        The columns and windows.
    bounds
        (n + 1,) where each customer's rows begin.
    age
        (rows,) days since each, falling within a customer.
    values
        (columns, rows).
    """

    def __init__(self, kind: Kind, bounds: Ints, age: Floats, values: Floats) -> None:
        self.kind = kind
        self.bounds = bounds
        self.age = age
        self.values = values

    def count(self, column: IntEnum, days: int = EVER) -> Floats:
        """Return how many rows of the last ``days`` days have a value, (n,)."""
        return self._told(column, days, windows.COUNT)

    def total(self, column: IntEnum, days: int = EVER) -> Floats:
        """Return the sum of the last ``days`` days; 0 without a value."""
        return self._told(column, days, windows.TOTAL)

    def mean(self, column: IntEnum, days: int = EVER) -> Floats:
        """Return the mean of the last ``days`` days; NaN without a value."""
        return self._told(column, days, windows.MEAN)

    def largest(self, column: IntEnum, days: int = EVER) -> Floats:
        """Return the maximum of the last ``days`` days; NaN without a value."""
        return self._told(column, days, windows.LARGEST)

    def smallest(self, column: IntEnum, days: int = EVER) -> Floats:
        """Return the minimum of the last ``days`` days; NaN without a value."""
        return self._told(column, days, windows.SMALLEST)

    def newest(self, column: IntEnum, days: int = EVER) -> Floats:
        """Return the newest value of the last ``days`` days; NaN without one."""
        return self._told(column, days, windows.NEWEST)

    def oldest(self, column: IntEnum, days: int = EVER) -> Floats:
        """Return the oldest value of the last ``days`` days; NaN without one."""
        return self._told(column, days, windows.OLDEST)

    def deviation(self, column: IntEnum, days: int) -> Floats:
        """Return the standard deviation of the last ``days`` days; NaN without a value."""
        return self._spread(column, days)[0]

    def slope(self, column: IntEnum, days: int) -> Floats:
        """Return the least-squares change in 30 days over the last ``days`` days; NaN with fewer than two days."""
        return self._spread(column, days)[1] * MONTH

    def before(self, column: IntEnum, back: int) -> Floats:
        """Return the value of the newest row but ``back``; NaN where there is none."""
        return rows.newest(self.bounds, self.values[column], back)

    def streak(self, column: IntEnum) -> Floats:
        """Return how many of the newest rows in a row hold 1."""
        return windows.streak(self.bounds, self.values[column])

    @cached_property
    def told(self) -> Floats:
        """(measures, n) every measure of every window of every column, in that order."""
        swept = windows.sweep(self.bounds, self.age, self.values, self.kind.limits)
        return swept.reshape(len(swept), -1).T

    def _told(self, column: IntEnum, days: int, measure: int) -> Floats:
        told = self.told[self.kind.place(column, days, measure)]
        return told if len(told) == 1 else told.copy()  # neighbours in memory are quicker to work on

    def _spread(self, column: IntEnum, days: int) -> tuple[Floats, Floats]:
        return windows.spread(self.bounds, self.age, self.values[column], float(days + self.kind.youngest))
