"""The kernel: sums, counts, extremes and trends over each customer's rows, in one pass over sorted columns.

Rows of one customer lie next to each other, oldest first, so a window is a selection of rows and an
aggregate is a reduction between bounds. A customer's result depends on that customer's rows alone,
to the bit, whoever else is in the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """A selection of one table's rows, grouped by customer.

    Parameters
    ----------
    bounds
        (customers + 1,) where each customer's rows begin in the selection; the last entry is its length.
    index
        (rows,) positions in the table; None selects every row.

    Examples
    --------
    >>> rows = Rows(np.array([0, 2, 2, 3]))
    >>> rows.total(np.array([1.0, 2.0, 5.0]))
    array([3., 0., 5.])
    >>> rows.largest(np.array([1.0, 2.0, 5.0]))
    array([ 2., nan,  5.])
    """

    bounds: Ints
    index: Ints | None = None

    def where(self, mask: Mask) -> Rows:
        """Return the rows of this selection for which ``mask`` (one entry a row of the table) holds."""
        kept = np.flatnonzero(self.pick(mask))
        bounds = np.searchsorted(kept, self.bounds)
        return Rows(bounds, kept if self.index is None else self.index[kept])

    def pick[T: np.generic](self, values: npt.NDArray[T]) -> npt.NDArray[T]:
        """Return the selected entries of a table's column."""
        return values if self.index is None else values[self.index]

    def count(self) -> Floats:
        """Return how many rows each customer has; 0 when none."""
        return np.diff(self.bounds).astype(np.float64)

    def total(self, values: Floats) -> Floats:
        """Return the sum a customer; 0 when there are no rows."""
        return self._reduced(np.add, values, empty=0.0)

    def largest(self, values: Floats) -> Floats:
        """Return the maximum a customer; NaN when there are no rows."""
        return self._reduced(np.maximum, values)

    def smallest(self, values: Floats) -> Floats:
        """Return the minimum a customer; NaN when there are no rows."""
        return self._reduced(np.minimum, values)

    def mean(self, values: Floats) -> Floats:
        """Return the mean a customer; NaN when there are no rows."""
        return ratio(self.total(values), self.count())

    def share(self, mask: Mask) -> Floats:
        """Return the share of rows for which ``mask`` holds, in [0, 1]; NaN when there are no rows."""
        return self.mean(mask.astype(np.float64))

    def deviation(self, values: Floats) -> Floats:
        """Return the standard deviation (of the population of rows) a customer; NaN when there are no rows."""
        centred = self.pick(values) - np.repeat(self.mean(values), np.diff(self.bounds))
        return np.sqrt(Rows(self.bounds).mean(centred * centred))

    def slope(self, values: Floats, at: Floats) -> Floats:
        """Return the least-squares slope of ``values`` over ``at`` a customer; NaN with fewer than two moments."""
        sizes = np.diff(self.bounds)
        rows = Rows(self.bounds)
        x = self.pick(at) - np.repeat(self.mean(at), sizes)
        y = self.pick(values) - np.repeat(self.mean(values), sizes)
        return ratio(rows.total(x * y), rows.total(x * x))

    def run(self, mask: Mask) -> Floats:
        """Return how many of each customer's newest rows in a row satisfy ``mask``; 0 when there are none.

        >>> Rows(np.array([0, 4, 4])).run(np.array([True, False, True, True]))
        array([2., 0.])
        """
        failing = np.flatnonzero(~self.pick(mask))
        before_end = np.searchsorted(failing, self.bounds[1:]) - 1
        newest_failing = np.append(failing, -1)[before_end]
        return (self.bounds[1:] - np.maximum(newest_failing + 1, self.bounds[:-1])).astype(np.float64)

    def last(self, values: Floats, back: int = 0) -> Floats:
        """Return the newest value a customer, or the one ``back`` rows before it; NaN when there is none."""
        return self._at(values, self.bounds[1:] - 1 - back)

    def first(self, values: Floats) -> Floats:
        """Return the oldest value a customer; NaN when there are no rows."""
        return self._at(values, self.bounds[:-1])

    def _at(self, values: Floats, position: Ints) -> Floats:
        found = (position >= self.bounds[:-1]) & (position < self.bounds[1:])
        out = np.full(len(position), np.nan)
        chosen = position[found]
        out[found] = values[chosen if self.index is None else self.index[chosen]]
        return out

    def _reduced(self, reduction: np.ufunc, values: Floats, empty: float = np.nan) -> Floats:
        starts = self.bounds[:-1]
        filled = starts < self.bounds[1:]
        out = np.full(len(starts), empty)
        if filled.any():
            out[filled] = reduction.reduceat(self.pick(values), starts[filled])
        return out


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return ``numerator / denominator``, NaN where the denominator is 0 or unknown.

    >>> ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0]))
    array([0.25,  nan])
    """
    out = np.full(np.broadcast(numerator, denominator).shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


def bounds_of(group: Ints, groups: int) -> Ints:
    """Return where each group begins in the sorted column ``group``, (groups + 1,)."""
    return np.searchsorted(group, np.arange(groups + 1))


def spans(starts: Ints, stops: Ints) -> tuple[Ints, Ints]:
    """Return the row positions of the ranges [start, stop) one after another, and the bounds of each.

    >>> spans(np.array([5, 0]), np.array([7, 1]))
    (array([5, 6, 0]), array([0, 2, 3]))
    """
    bounds = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(stops - starts, out=bounds[1:])
    shift = np.repeat(starts - bounds[:-1], stops - starts)
    return np.arange(bounds[-1]) + shift, bounds
