"""The kernel: counts, sums, extremes and trends over (customer, window), in one pass over sorted rows.

Rows of one customer lie next to each other, oldest first; ``bounds`` (customers + 1,) tells where each begins.
A window looks back from the cut: it holds the rows whose ``age`` is below its length. A missing value (NaN)
is passed over, never counted. A customer's result depends on that customer's rows alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.kernel.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

COUNT, TOTAL, MEAN, LARGEST, SMALLEST, NEWEST, OLDEST = range(7)
"""What ``sweep`` tells of a window, by place."""

MEASURES = 7


@compiled
def sweep(bounds: Ints, age: Floats, values: Floats, days: Floats) -> Floats:
    """Return count, total, mean, largest, smallest, newest and oldest of each column in each window.

    Parameters
    ----------
    bounds
        (customers + 1,) where each customer's rows begin.
    age
        (rows,) how long ago each row was, falling within a customer.
    values
        (columns, rows).
    days
        (windows,) lengths, rising.

    Returns
    -------
    Floats
        (customers, columns, windows, 7); without a value the total is 0 and all but count and total NaN.

    Examples
    --------
    >>> told = sweep(np.array([0, 3]), np.array([40.0, 9.0, 2.0]), np.array([[5.0, 1.0, 3.0]]), np.array([30.0, 60.0]))
    >>> told[0, 0, :, MEAN].tolist(), told[0, 0, :, OLDEST].tolist()
    ([2.0, 3.0], [1.0, 5.0])
    """
    out = np.empty((len(bounds) - 1, len(values), len(days), MEASURES))
    for i in range(len(bounds) - 1):
        for c in range(len(values)):
            count, total = 0, 0.0
            largest, smallest, newest, oldest = np.nan, np.nan, np.nan, np.nan
            row = bounds[i + 1] - 1
            for w in range(len(days)):
                while row >= bounds[i] and age[row] < days[w]:
                    value = values[c, row]
                    row -= 1
                    if np.isnan(value):
                        continue
                    if count == 0:
                        largest, smallest, newest = value, value, value
                    count += 1
                    total += value
                    largest, smallest, oldest = max(largest, value), min(smallest, value), value
                mean = total / count if count else np.nan
                told = out[i, c, w]
                told[COUNT], told[TOTAL], told[MEAN], told[LARGEST] = count, total, mean, largest
                told[SMALLEST], told[NEWEST], told[OLDEST] = smallest, newest, oldest
    return out


@compiled
def spread(bounds: Ints, age: Floats, values: Floats, days: float) -> tuple[Floats, Floats]:
    """Return one window's standard deviation (of its values, not of a sample) and least-squares slope a day.

    ``values`` is one column, (rows,); both answers are (customers,), NaN without a value, the slope also with
    fewer than two ages. The slope is positive when newer values are larger. Updated row by row
    (doi 10.2307/1266577).

    >>> deviation, slope = spread(np.array([0, 2]), np.array([10.0, 0.0]), np.array([1.0, 3.0]), 30.0)
    >>> deviation.tolist(), slope.tolist()
    ([1.0], [0.2])
    """
    deviation, slope = np.full(len(bounds) - 1, np.nan), np.full(len(bounds) - 1, np.nan)
    for i in range(len(bounds) - 1):
        count, mean, mean_age, squares, age_squares, products = 0, 0.0, 0.0, 0.0, 0.0, 0.0
        for row in range(bounds[i + 1] - 1, bounds[i] - 1, -1):
            if age[row] >= days:
                break
            if np.isnan(values[row]):
                continue
            count += 1
            off, off_age = values[row] - mean, age[row] - mean_age
            mean += off / count
            mean_age += off_age / count
            squares += off * (values[row] - mean)
            age_squares += off_age * (age[row] - mean_age)
            products += off_age * (values[row] - mean)
        if count:
            deviation[i] = np.sqrt(squares / count)
        if age_squares > 0:
            slope[i] = (0.0 - products) / age_squares
    return deviation, slope


@compiled
def streak(bounds: Ints, flags: Floats) -> Floats:
    """Return how many of each customer's newest rows in a row have the flag (1); 0 when there are none.

    Rows where it is not known (NaN) neither count nor end the streak.

    >>> streak(np.array([0, 5, 5]), np.array([1.0, 0.0, 1.0, 1.0, np.nan])).tolist()
    [2.0, 0.0]
    """
    out = np.zeros(len(bounds) - 1)
    for i in range(len(bounds) - 1):
        for row in range(bounds[i + 1] - 1, bounds[i] - 1, -1):
            if flags[row] == 0:
                break
            if flags[row] == 1:
                out[i] += 1
    return out


@compiled
def empty_months(bounds: Ints, age: Floats, months: int) -> Floats:
    """Return how many of the last 30-day months hold no row, (customers,); NaN for who has no rows.

    Months before the first row are not counted: the customer was not seen yet.

    >>> empty_months(np.array([0, 3]), np.array([95.0, 29.0, 0.0]), 6).tolist()
    [2.0]
    """
    out = np.full(len(bounds) - 1, np.nan)
    for i in range(len(bounds) - 1):
        if bounds[i] == bounds[i + 1]:
            continue
        seen = min(int(age[bounds[i]] // 30), months)
        filled, newest_filled = 0, -1
        for row in range(bounds[i + 1] - 1, bounds[i] - 1, -1):
            month = int(age[row] // 30)
            if newest_filled < month < seen:
                filled, newest_filled = filled + 1, month
        out[i] = seen - filled
    return out


@compiled
def days_past_due(bounds: Ints, age: Floats, settled_age: Floats, ago: Floats) -> Floats:
    """Return the days past due of the oldest instalment open so many days ``ago``; 0 when none was.

    Parameters
    ----------
    bounds, age
        The instalments of each customer and the days since each fell due.
    settled_age
        (rows,) days since each was paid in full, NaN while open.
    ago
        (moments,) days before the cut.

    Returns
    -------
    Floats
        (moments, customers), NaN where nothing had fallen due by then.
    """
    out = np.full((len(ago), len(bounds) - 1), np.nan)
    for i in range(len(bounds) - 1):
        for k in range(len(ago)):
            for row in range(bounds[i], bounds[i + 1]):
                if age[row] <= ago[k]:
                    break
                is_open = np.isnan(settled_age[row]) or settled_age[row] < ago[k]
                if is_open:
                    out[k, i] = age[row] - ago[k]
                    break
                out[k, i] = 0.0
    return out


@compiled
def quotient(numerator: float, denominator: float) -> float:
    """Return ``numerator / denominator``, NaN where the denominator is 0 or unknown."""
    return numerator / denominator if denominator != 0 else np.nan


@compiled
def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotients of two columns, (n,).

    >>> ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    out = np.empty(len(numerator))
    for i in range(len(out)):
        out[i] = quotient(numerator[i], denominator[i])
    return out


@compiled
def per_month(total: Floats, seen_for: Floats, days: float) -> Floats:
    """Return ``total`` of a window of ``days`` a 30-day month (n,); NaN where nothing was ever seen.

    ``seen_for`` (n,) days since the first row, NaN without one; who is seen for less than the window is taken
    over that time, at least a month.

    >>> per_month(np.array([600.0, 600.0, 0.0]), np.array([400.0, 45.0, np.nan]), 90.0).tolist()
    [200.0, 400.0, nan]
    """
    out = np.full(len(total), np.nan)
    for i in range(len(out)):
        if not np.isnan(seen_for[i]):
            out[i] = total[i] / (min(max(seen_for[i], 30.0), days) / 30.0)
    return out


@compiled
def drawn_shares(hits: Floats, counts: Floats, priors: Floats, weight: float) -> Floats:
    """Return ``hits / counts`` drawn towards each share's prior as if ``weight`` more rows had shown it.

    ``hits`` and ``counts`` are (shares, n), ``priors`` (shares,); NaN without rows.

    >>> drawn_shares(np.array([[1.0, 0.0]]), np.array([[1.0, 0.0]]), np.array([0.5]), 2.0).round(4).tolist()
    [[0.6667, nan]]
    """
    out = np.full(hits.shape, np.nan)
    for k in range(len(hits)):
        for i in range(hits.shape[1]):
            if counts[k, i] > 0:
                out[k, i] = (hits[k, i] + priors[k] * weight) / (counts[k, i] + weight)
    return out
