"""Money received: payments and incomes."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from features.kernel.compiled import compiled
from features.kernel.timeline import EVER, HALF_YEAR, MONTH, QUARTER, TWO_MONTHS, YEAR, Kind
from features.kernel.windows import Floats, Ints
from features.tables.schema import INCOME_SOURCES


class Payment(IntEnum):
    """Money received; gap: days since the payment before; after income: since the newest income before it."""

    AGE = 0
    AMOUNT = 1
    GAP = 2
    AFTER_INCOME = 3


class Income(IntEnum):
    """Income received; gap: days since the income before."""

    AGE = 0
    AMOUNT = 1
    SALARY = 2
    GAP = 3


PAYMENTS = Kind(Payment, (MONTH, QUARTER, HALF_YEAR, YEAR, EVER))
INCOMES = Kind(Income, (MONTH, TWO_MONTHS, QUARTER, HALF_YEAR, YEAR, EVER))
_PAYMENT_COLUMNS, _INCOME_COLUMNS = len(Payment), len(Income)
_SALARY = INCOME_SOURCES.index("salary")


@compiled
def payments(age: Floats, amount: Floats, age_before: Floats, after_income: Floats) -> Floats:
    """Return the facts of payments, (columns of ``Payment``, rows)."""
    out = np.empty((_PAYMENT_COLUMNS, len(age)))
    for k in range(len(age)):
        out[Payment.AGE, k] = age[k]
        out[Payment.AMOUNT, k] = amount[k]
        out[Payment.GAP, k] = age_before[k] - age[k]
        out[Payment.AFTER_INCOME, k] = after_income[k]
    return out


@compiled
def incomes(age: Floats, amount: Floats, source: Ints, age_before: Floats) -> Floats:
    """Return the facts of incomes, (columns of ``Income``, rows)."""
    out = np.empty((_INCOME_COLUMNS, len(age)))
    for k in range(len(age)):
        out[Income.AGE, k] = age[k]
        out[Income.AMOUNT, k] = amount[k]
        out[Income.SALARY, k] = amount[k] if source[k] == _SALARY else 0.0
        out[Income.GAP, k] = age_before[k] - age[k]
    return out
