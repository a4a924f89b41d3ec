"""Equal instalments to the cent: a balance, interest on it each month, and one amount that repays both.

All in whole cents, so that a schedule repays exactly. Interest is rounded half to even each month, as an account
is kept; the instalment is the least that repays in time, which is the annuity rounded up, and the last takes
what is left, never more than the others.
"""

from __future__ import annotations

from bisect import bisect_left
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

_MONTHS = 12


@dataclass(frozen=True)
class PlannedInstalment:
    """One instalment in cents: ``amount`` is ``principal`` and ``interest``; ``balance`` is left after it."""

    number: int
    due_date: date
    amount: int
    principal: int
    interest: int
    balance: int


@lru_cache(maxsize=1024)
def monthly(annual_rate: float) -> Fraction:
    """Return the interest of a month as an exact share: a twelfth of the year's, as it is written.

    >>> monthly(0.12), monthly(0.1)
    (Fraction(1, 100), Fraction(1, 120))
    """
    return Fraction(repr(float(annual_rate))) / _MONTHS


def interest_on(balance: int, rate: Fraction) -> int:
    """Return a month's interest on a balance, in cents, half to even."""
    whole, rest = divmod(balance * rate.numerator, rate.denominator)
    return whole + (2 * rest + (whole & 1) > rate.denominator)


def months_to_repay(balance: int, rate: Fraction, instalment: int, most: int) -> int | None:
    """Return how many instalments repay a balance, None where ``most`` do not.

    >>> months_to_repay(100_00, Fraction(0), 30_00, 60), months_to_repay(100_00, Fraction(1, 10), 10_00, 60)
    (4, None)
    """
    left = balance
    for month in range(1, most + 1):
        left += interest_on(left, rate) - instalment
        if left <= 0:
            return month
        if left >= balance:
            return None
    return None


def instalment_for(balance: int, rate: Fraction, months: int) -> int:
    """Return the least equal instalment in cents that repays a balance in so many months.

    The annuity balance x rate / (1 - (1 + rate)^-months), rounded up, but for a cent that the rounding of each
    month's interest may add or spare.

    >>> instalment_for(1_200_00, Fraction(0), 12), instalment_for(10_000_00, Fraction(1, 100), 12)
    (10000, 88849)
    """
    enough = balance + interest_on(balance, rate)
    amounts = range(1, enough + 1)
    place = bisect_left(amounts, True, key=lambda amount: months_to_repay(balance, rate, amount, months) is not None)
    return amounts[place]


def schedule_of(balance: int, rate: Fraction, instalment: int, first_due: date) -> tuple[PlannedInstalment, ...]:
    """Return the instalments that repay a balance, one a month from ``first_due`` on."""
    rows: list[PlannedInstalment] = []
    left = balance
    while left > 0:
        interest = interest_on(left, rate)
        amount = min(instalment, left + interest)
        left += interest - amount
        due = months_later(first_due, len(rows))
        rows.append(PlannedInstalment(len(rows) + 1, due, amount, amount - interest, interest, left))
    return tuple(rows)


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or the last of a shorter month.

    >>> months_later(date(2026, 1, 31), 1), months_later(date(2026, 11, 30), 3)
    (datetime.date(2026, 2, 28), datetime.date(2027, 2, 28))
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
