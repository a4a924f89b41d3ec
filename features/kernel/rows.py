"""Rows of a customer beside other rows of the same customer: the cut, the row before, the latest of another table.

``bounds`` (customers + 1,) tells where each customer's rows begin; ``at`` rises within a customer.
"""

from __future__ import annotations

import numpy as np

from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints, Mask


@compiled
def cut_rows(bounds: Ints, at: Ints, customer: Ints, after: Ints, until: Ints) -> tuple[Ints, Ints]:
    """Return the positions of each customer's rows between two moments, and where each customer's begin among them.

    Parameters
    ----------
    bounds, at
        The whole table.
    customer, after, until
        (n,) positions of customers, in any order and repeated at will, and the moments of each: rows later than
        ``after`` and not later than ``until``.

    Examples
    --------
    >>> customer, after, until = np.array([1, 0]), np.array([2, 0]), np.array([9, 3])
    >>> cut_rows(np.array([0, 2, 5]), np.array([1, 4, 2, 3, 9]), customer, after, until)
    (array([3, 4, 0]), array([0, 2, 3]))
    """
    first = np.empty(len(customer), np.int64)
    starts = np.zeros(len(customer) + 1, np.int64)
    for k in range(len(customer)):
        own = at[bounds[customer[k]] : bounds[customer[k] + 1]]
        first[k] = np.searchsorted(own, after[k], side="right")
        starts[k + 1] = starts[k] + max(np.searchsorted(own, until[k], side="right") - first[k], 0)
    index = np.empty(starts[-1], np.int64)
    for k in range(len(customer)):
        shift = bounds[customer[k]] + first[k] - starts[k]
        for row in range(starts[k], starts[k + 1]):
            index[row] = row + shift
    return index, starts


@compiled
def ages(index: Ints, bounds: Ints, day: Ints, at: Ints, today: Ints, moment: Ints) -> tuple[Floats, Ints]:
    """Return how long before each customer's moment a row was, in days of the calendar and in seconds, (rows,) each.

    ``day`` and ``at`` are the table's, ``today`` and ``moment`` (customers,).

    >>> ages(np.array([1]), np.array([0, 1]), np.array([7, 8]), np.array([70, 80]), np.array([9]), np.array([95]))
    (array([1.]), array([15]))
    """
    age, seconds = np.empty(len(index)), np.empty(len(index), np.int64)
    for i in range(len(bounds) - 1):
        for row in range(bounds[i], bounds[i + 1]):
            age[row] = today[i] - day[index[row]]
            seconds[row] = moment[i] - at[index[row]]
    return age, seconds


@compiled
def standing(age: Floats, seconds: Ints, bounds: Ints, settled_day: Ints, today: Ints) -> tuple[Mask, Floats, Floats]:
    """Return which instalments are paid in full, how many days ago, and how many days late each was or is.

    ``seconds`` since each was settled, negative while open; days ago are NaN while open; late is negative where
    paid early.
    """
    settled = seconds >= 0
    settled_age, late = np.full(len(age), np.nan), age.copy()
    for i in range(len(bounds) - 1):
        for row in range(bounds[i], bounds[i + 1]):
            if settled[row]:
                settled_age[row] = today[i] - settled_day[row]
                late[row] = age[row] - settled_age[row]
    return settled, settled_age, late


@compiled
def before(bounds: Ints, values: Floats, back: int) -> Floats:
    """Return the value of the row ``back`` rows earlier of the same customer, (rows,); NaN where there is none.

    >>> before(np.array([0, 2, 3]), np.array([5.0, 6.0, 7.0]), 1).tolist()
    [nan, 5.0, nan]
    """
    out = np.full(len(values), np.nan)
    for i in range(len(bounds) - 1):
        for row in range(bounds[i] + back, bounds[i + 1]):
            out[row] = values[row - back]
    return out


@compiled
def newest(bounds: Ints, values: Floats, back: int) -> Floats:
    """Return the value of each customer's newest row but ``back``, (customers,); NaN where there is none."""
    out = np.full(len(bounds) - 1, np.nan)
    for i in range(len(bounds) - 1):
        if bounds[i + 1] - 1 - back >= bounds[i]:
            out[i] = values[bounds[i + 1] - 1 - back]
    return out


@compiled
def first_where(bounds: Ints, mask: Mask) -> Ints:
    """Return the position of each customer's oldest row with the mask, (customers,); -1 where there is none."""
    out = np.full(len(bounds) - 1, -1)
    for i in range(len(bounds) - 1):
        for row in range(bounds[i], bounds[i + 1]):
            if mask[row]:
                out[i] = row
                break
    return out


@compiled
def days_since_latest(bounds: Ints, day: Ints, other_bounds: Ints, other_day: Ints) -> Floats:
    """Return, for each row, the days since the latest row of another table up to it; NaN where there is none.

    >>> days_since_latest(np.array([0, 2]), np.array([3, 9]), np.array([0, 1]), np.array([5])).tolist()
    [nan, 4.0]
    """
    out = np.full(bounds[-1], np.nan)
    for i in range(len(bounds) - 1):
        other = other_bounds[i]
        for row in range(bounds[i], bounds[i + 1]):
            while other < other_bounds[i + 1] and other_day[other] <= day[row]:
                other += 1
            if other > other_bounds[i]:
                out[row] = day[row] - other_day[other - 1]
    return out


@compiled
def total_since_before(bounds: Ints, day: Ints, other_bounds: Ints, other_day: Ints, values: Floats) -> Floats:
    """Return, for each row, the sum of another table's values after the row before it up to it.

    NaN for a customer's first row.

    >>> money = np.array([1.0, 2.0, 4.0])
    >>> total_since_before(np.array([0, 2]), np.array([3, 9]), np.array([0, 3]), np.array([3, 5, 9]), money).tolist()
    [nan, 6.0]
    """
    out = np.full(bounds[-1], np.nan)
    for i in range(len(bounds) - 1):
        other = other_bounds[i]
        for row in range(bounds[i], bounds[i + 1]):
            total = 0.0
            while other < other_bounds[i + 1] and other_day[other] <= day[row]:
                total += values[other]
                other += 1
            if row > bounds[i]:
                out[row] = total
    return out


@compiled
def paid_towards(instalment: Ints, amount: Floats, bounds: Ints, rows: Ints, row_bounds: Ints) -> tuple[Floats, Floats]:
    """Return what each instalment in view received, and in how many payments, (rows,) each.

    Parameters
    ----------
    instalment, amount, bounds
        The payments: which instalment of the ledger, how much, and where each customer's begin.
    rows, row_bounds
        The instalments in view: positions in the ledger, rising within a customer.
    """
    paid, parts = np.zeros(len(rows)), np.zeros(len(rows))
    for i in range(len(bounds) - 1):
        low, high = row_bounds[i], row_bounds[i + 1]
        for p in range(bounds[i], bounds[i + 1]):
            slot = low + np.searchsorted(rows[low:high], instalment[p])
            if slot < high and rows[slot] == instalment[p]:
                paid[slot] += amount[p]
                parts[slot] += 1
    return paid, parts


@compiled
def kept(index: Ints, bounds: Ints, mask: Mask) -> tuple[Ints, Ints]:
    """Return the entries of ``index`` with the mask, and where each customer's begin among them.

    >>> kept(np.array([4, 5, 8]), np.array([0, 2, 3]), np.array([True, False, True]))
    (array([4, 8]), array([0, 1, 2]))
    """
    starts = np.zeros(len(bounds), np.int64)
    out = np.empty(len(index), np.int64)
    filled = 0
    for i in range(len(bounds) - 1):
        for row in range(bounds[i], bounds[i + 1]):
            if mask[row]:
                out[filled] = index[row]
                filled += 1
        starts[i + 1] = filled
    return out[:filled].copy(), starts


@compiled
def known_by(index: Ints, bounds: Ints, known_at: Ints, moment: Ints) -> tuple[Ints, Ints]:
    """Return the entries of ``index`` whose row is known at the customer's moment, and where each customer's begin.

    >>> known_by(np.array([0, 1, 2]), np.array([0, 2, 3]), np.array([5, 9, 5]), np.array([7, 7]))
    (array([0, 2]), array([0, 1, 2]))
    """
    mask = np.empty(len(index), np.bool_)
    for i in range(len(bounds) - 1):
        for row in range(bounds[i], bounds[i + 1]):
            mask[row] = known_at[index[row]] <= moment[i]
    return kept(index, bounds, mask)
