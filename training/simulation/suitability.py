"""Whom each offer of education could be meant for, by what the bank can see: no hidden trait decides.

That somebody could need the offer is not that it helps them; that is the truth's, in response.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.arrays import Floats, Ints, Mask
from training.simulation.bank import Bank
from training.simulation.span import MONTHS_AHEAD

_EXPERIENCED_DAYS = 365
_HEAVY_LOAD = 0.4
_GAP_MONTHS = 6


@dataclass(frozen=True)
class Suitability:
    """What the bank sees of ``bank`` month by month.

    ``over_extended`` (customers, months + 1): the month's instalments are more than 0.4 of the usual income, or income
    failed in one of the six months before.
    """

    bank: Bank
    over_extended: Mask

    @classmethod
    def of(cls, bank: Bank) -> Suitability:
        """Look through the schedules and the incomes of ``bank``; months before its first day are not known."""
        lost = bank.traits.income_lost
        gap = np.zeros_like(lost)
        for back in range(1, min(_GAP_MONTHS, bank.span.months) + 1):
            gap[:, back:] |= lost[:, :-back]
        return cls(bank, gap | (monthly_load(bank)[:, : lost.shape[1]] > _HEAVY_LOAD))

    def suits(self, customer: Ints, day: int) -> dict[str, Mask]:
        """Return by offer whom of ``customer`` it could be meant for on ``day``, (n,) each.

        ``basics``: the first credit is within a year, or not known.
        """
        people = self.bank.people
        experienced = people.experience_days[customer] + day >= _EXPERIENCED_DAYS
        return {
            "basics": ~(people.first_credit_known[customer] & experienced),
            "budget": self.over_extended[customer, self.bank.span.month_of(day)],
        }


def monthly_load(bank: Bank) -> Floats:
    """Return what falls due each month over the customer's usual income of one, (customers, months of schedules)."""
    schedule, months = bank.schedule, np.arange(bank.span.months + MONTHS_AHEAD + 1)
    month = np.searchsorted(bank.span.month_day(months), schedule.due, side="right") - 1
    cents = np.zeros((len(bank.people), len(months)))
    np.add.at(cents, (schedule.customer, month), schedule.cents)
    load: Floats = cents / 100 / bank.people.income[:, None]
    return load
