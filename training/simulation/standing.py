"""Where every customer and instalment stands while the days go by: the one thing that changes in place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.simulation.actions import channel_codes, contact_weights
from training.simulation.arrays import Floats, Ints, Mask
from training.simulation.bank import Bank
from training.simulation.response import State

NEVER = 2**30

_CONTACT_MEMORY_DAYS = 40.0
_LATENESS_MEMORY_DAYS = 300.0


@dataclass(frozen=True)
class Standing:
    """Arrays that the programme updates in place.

    A customer's: ``stock`` (n, 4) of recent contacts, ``lateness`` as the bank has seen it, the number of
    instalments ``overdue``, and channels ``opted_out`` of (n, 4). An instalment's: the day it is
    ``settled`` (NEVER), the ``remaining`` cents, the second of day it was ``last_sent`` a reminder, and
    whether it is ``counted`` among the overdue.
    """

    stock: Floats
    lateness: Floats
    overdue: Ints
    opted_out: Mask
    settled: Ints
    remaining: Ints
    last_sent: Ints
    counted: Mask

    def fade(self) -> None:
        """Let one day pass."""
        self.stock[:] *= np.float32(np.exp(-1 / _CONTACT_MEMORY_DAYS))
        self.lateness[:] *= np.float32(np.exp(-1 / _LATENESS_MEMORY_DAYS))

    def contacted(self, customer: Ints, action: Ints) -> None:
        """Add the actions to the stocks of contacts."""
        channel = channel_codes()[action]
        made = channel >= 0
        np.add.at(self.stock, (customer[made], channel[made]), contact_weights()[action[made]])

    def seen_overdue(self, customer: Ints, instalment: Ints, days: Ints) -> None:
        """Record instalments past due: the bank remembers, and the debts weigh on each other."""
        late = days > 0
        np.add.at(self.lateness, customer[late], np.minimum(days[late], 28).astype(np.float32) / 28)
        fresh = late & ~self.counted[instalment]
        np.add.at(self.overdue, customer[fresh], 1)
        self.counted[instalment[fresh]] = True

    def settle(self, customer: Ints, instalment: Ints, day: Ints) -> None:
        """Record that ``instalment`` is paid in full on ``day``."""
        self.settled[instalment] = day
        was = self.counted[instalment]
        np.add.at(self.overdue, customer[was], -1)
        self.counted[instalment[was]] = False


def opening_standing(bank: Bank) -> Standing:
    """Return the standing on the first day: nobody reminded, nothing paid."""
    n, k = len(bank.people), len(bank.schedule.due)
    return Standing(
        stock=np.zeros((n, 4), dtype=np.float32),
        lateness=np.zeros(n, dtype=np.float32),
        overdue=np.zeros(n, dtype=np.int32),
        opted_out=np.zeros((n, 4), dtype=bool),
        settled=np.full(k, NEVER, dtype=np.int32),
        remaining=bank.schedule.cents.copy(),
        last_sent=np.full(k, -1, dtype=np.int32),
        counted=np.zeros(k, dtype=bool),
    )


def days_to_income(bank: Bank, customer: Ints, day: int) -> Ints:
    """Return how many days away the next usual pay day is, 0 to 29."""
    today = day - int(bank.span.month_day(np.array(bank.span.month_of(day))))
    return (bank.people.pay_day[customer] - today) % 30


def state_of(bank: Bank, standing: Standing, instalment: Ints, day: int) -> State:
    """Return what decides about each instalment on ``day``."""
    people, traits, loans = bank.people, bank.traits, bank.loans
    customer, loan = bank.schedule.customer[instalment], bank.schedule.loan[instalment]
    month = bank.span.month_of(day)
    earning = ~traits.income_lost[customer, month] & (people.sources[customer] != 1)
    income = people.income[customer]
    return State(
        days=day - bank.schedule.due[instalment],
        forgetful=traits.forgetful[customer],
        tight=traits.tight[customer, month],
        strategic=traits.strategic[customer],
        novice=traits.novice[customer],
        punctual=traits.punctual[customer],
        mood=bank.schedule.mood[instalment],
        autopay=loans.autopay[loan],
        product=loans.product[loan],
        burden=(bank.schedule.cents[instalment] / 100 / income).astype(np.float32),
        pay_soon=earning & (days_to_income(bank, customer, day) < 7),
        overdue=standing.overdue[customer] - standing.counted[instalment],
        stopped=people.stop[customer] >= 0,
        stock=standing.stock[customer],
        affinity=traits.affinity[customer],
    )
