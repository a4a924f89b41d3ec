"""A timeline: one kind of row of each customer, oldest first, told in windows back from the cut.

All columns are swept at once, over all windows, when the first is asked for. A column holds NaN in the
rows it does not concern, so that a count, mean or extreme is over the rows it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from features import rows, windows
from features.windows import Floats, Ints

WEEK, MONTH, TWO_MONTHS, QUARTER, HALF_YEAR, YEAR = 7, 30, 60, 90, 180, 365
EVER = 100_000
"""A window that holds everything: longer ago than any book."""


class Timeline:
    """Rows of n customers with their ages and the columns read from them.

    Parameters
    ----------
    bounds
        (n + 1,) where each customer's rows begin.
    age
        (rows,) days since each, falling within a customer.
    columns
        (rows,) values by name.
    windows
        The lengths in days that will be asked for, rising; the last holds everything.
    youngest
        The smallest age of a window: 0 when today counts among the last days, 1 when it does not.
    """

    def __init__(
        self,
        bounds: Ints,
        age: Floats,
        columns: Mapping[str, Floats],
        windows: tuple[int, ...] = (EVER,),
        youngest: int = 0,
    ) -> None:
        self.bounds = bounds
        self.age = age
        self.columns = {"age": age, **columns}
        self._youngest = youngest
        self._days = np.array(windows, np.float64) + youngest
        self._window = {days: k for k, days in enumerate(windows)}
        self._place = {name: k for k, name in enumerate(self.columns)}

    def count(self, days: int = EVER, column: str = "age") -> Floats:
        """Return how many rows of the last ``days`` days have a value, (n,)."""
        return self._told(column, days, windows.COUNT)

    def total(self, column: str, days: int = EVER) -> Floats:
        """Return the sum of the last ``days`` days; 0 without a value."""
        return self._told(column, days, windows.TOTAL)

    def mean(self, column: str, days: int = EVER) -> Floats:
        """Return the mean of the last ``days`` days; NaN without a value."""
        return self._told(column, days, windows.MEAN)

    def largest(self, column: str, days: int = EVER) -> Floats:
        """Return the maximum of the last ``days`` days; NaN without a value."""
        return self._told(column, days, windows.LARGEST)

    def smallest(self, column: str, days: int = EVER) -> Floats:
        """Return the minimum of the last ``days`` days; NaN without a value."""
        return self._told(column, days, windows.SMALLEST)

    def newest(self, column: str, days: int = EVER) -> Floats:
        """Return the newest value of the last ``days`` days; NaN without one."""
        return self._told(column, days, windows.NEWEST)

    def oldest(self, column: str, days: int = EVER) -> Floats:
        """Return the oldest value of the last ``days`` days; NaN without one."""
        return self._told(column, days, windows.OLDEST)

    def deviation(self, column: str, days: int = EVER) -> Floats:
        """Return the standard deviation of the last ``days`` days; NaN without a value."""
        return self._spread(column, days)[0]

    def slope(self, column: str, days: int = EVER) -> Floats:
        """Return the least-squares change in 30 days over the last ``days`` days; NaN with fewer than two days."""
        return self._spread(column, days)[1] * MONTH

    def before(self, column: str, back: int) -> Floats:
        """Return the value of the newest row but ``back``; NaN where there is none."""
        return rows.newest(self.bounds, self.columns[column], back)

    def streak(self, column: str) -> Floats:
        """Return how many of the newest rows in a row hold 1."""
        return windows.streak(self.bounds, self.columns[column])

    @cached_property
    def _swept(self) -> Floats:
        return windows.sweep(self.bounds, self.age, np.array(list(self.columns.values())), self._days)

    def _told(self, column: str, days: int, measure: int) -> Floats:
        told = self._swept[:, self._place[column], self._window[days], measure]
        return told if len(told) == 1 else told.copy()  # numpy and the kernel are quicker on neighbours

    def _spread(self, column: str, days: int) -> tuple[Floats, Floats]:
        return windows.spread(self.bounds, self.age, self.columns[column], float(days + self._youngest))
