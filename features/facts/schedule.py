"""Instalments: those that have fallen due, and those to come."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from features.facts.truth import known
from features.kernel.compiled import compiled
from features.kernel.timeline import EVER, HALF_YEAR, MONTH, QUARTER, YEAR, Kind
from features.kernel.windows import Floats, Mask


class Due(IntEnum):
    """An instalment that has fallen due."""

    AGE = 0
    AMOUNT = 1
    PAID = 2
    OPEN_AMOUNT = 3
    DAYS_LATE = 4
    LATENESS = 5
    LATE = 6
    LATE_30 = 7
    LATE_AGE = 8
    LATE_AMOUNT = 9
    ON_TIME = 10
    EARLY = 11
    OPEN = 12
    PARTIAL = 13
    SPLIT = 14


class Coming(IntEnum):
    """An instalment due today or later."""

    DAYS_TO = 0
    UNPAID = 1
    UNPAID_7D = 2
    UNPAID_30D = 3
    UNPAID_90D = 4
    UNPAID_COUNT_30D = 5
    AMOUNT_30D = 6


DUE = Kind(Due, (MONTH, QUARTER, HALF_YEAR, YEAR, EVER), youngest=1)
COMING = Kind(Coming)
_DUE_COLUMNS, _COMING_COLUMNS = len(Due), len(Coming)


@compiled
def due(age: Floats, amount: Floats, paid: Floats, parts: Floats, settled: Mask, days_late: Floats) -> Floats:
    """Return the facts of instalments that have fallen due, (columns of ``Due``, rows)."""
    out = np.empty((_DUE_COLUMNS, len(age)))
    for k in range(len(age)):
        late, is_open = days_late[k] > 0, not settled[k]
        out[Due.AGE, k] = age[k]
        out[Due.AMOUNT, k] = amount[k]
        out[Due.PAID, k] = paid[k]
        out[Due.OPEN_AMOUNT, k] = amount[k] - paid[k] if is_open else 0.0
        out[Due.DAYS_LATE, k] = days_late[k]
        out[Due.LATENESS, k] = max(days_late[k], 0.0)
        out[Due.LATE, k] = late
        out[Due.LATE_30, k] = days_late[k] > 30
        out[Due.LATE_AGE, k] = age[k] if late else np.nan
        out[Due.LATE_AMOUNT, k] = amount[k] if late else 0.0
        out[Due.ON_TIME, k] = not late
        out[Due.EARLY, k] = days_late[k] < 0
        out[Due.OPEN, k] = is_open
        out[Due.PARTIAL, k] = is_open and paid[k] > 0
        out[Due.SPLIT, k] = known(paid[k] > 0, parts[k] > 1)
    return out


@compiled
def coming(age: Floats, amount: Floats, paid: Floats, settled: Mask) -> Floats:
    """Return the facts of instalments still to fall due, (columns of ``Coming``, rows); ``age`` is not above 0."""
    out = np.empty((_COMING_COLUMNS, len(age)))
    for k in range(len(age)):
        unpaid, days_to, left = not settled[k], -age[k], amount[k] - paid[k]
        out[Coming.DAYS_TO, k] = days_to if unpaid else np.nan
        out[Coming.UNPAID, k] = amount[k] if unpaid else np.nan
        out[Coming.UNPAID_7D, k] = left if unpaid and days_to <= 7 else 0.0
        out[Coming.UNPAID_30D, k] = left if unpaid and days_to <= 30 else 0.0
        out[Coming.UNPAID_90D, k] = left if unpaid and days_to <= 90 else 0.0
        out[Coming.UNPAID_COUNT_30D, k] = unpaid and days_to <= 30
        out[Coming.AMOUNT_30D, k] = amount[k] if days_to < 30 else 0.0
    return out
