"""What was known of each customer at a moment: the cut that every feature looks through.

Nothing with a later time stamp is in a history, except the schedule of the loans already open. A row with
a moment is known from that moment, a row with a date from the start of that day, and what became of a
reminder (delivered, read, answered) from a day after it was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from features import facts
from features.calendar import DAY
from features.ledger import NEVER, Columns, Ledger
from features.rows import cut_rows, kept, owners, paid_towards
from features.timeline import EVER, HALF_YEAR, MONTH, QUARTER, TWO_MONTHS, WEEK, YEAR, Timeline
from features.windows import Floats, Ints, Mask, days_past_due, empty_months, per_month

SCHEDULE_AHEAD = 92
"""How many days of the schedule after the cut a history shows."""

STANDING_DAYS = np.arange(0.0, 361.0, 30.0)
"""How many days ago the days past due are told: now and at the end of each of the twelve 30-day months before."""


@dataclass(frozen=True)
class Events:
    """Rows of a table up to the cut: ``index`` in the ledger, ``bounds`` (n + 1,), ``age`` in the customer's days.

    ``seconds`` since each row became known.
    """

    table: Columns
    index: Ints
    bounds: Ints
    age: Floats
    seconds: Ints

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self.table[name][self.index]


@dataclass(frozen=True)
class Instalments:
    """Instalments of the loans known, oldest first.

    ``row`` is the row of the ledger's instalments; ``age`` is days since the due date (negative: to come);
    ``paid`` what was received by now, in ``parts`` payments; ``settled`` whether that is all; ``settled_age``
    days since then, NaN while open; ``days_late`` is negative where paid early.
    """

    row: Ints
    bounds: Ints
    age: Floats
    amount: Floats
    paid: Floats
    parts: Floats
    settled: Mask
    settled_age: Floats

    @cached_property
    def days_late(self) -> Floats:
        """Days from the due date to settlement, or to now."""
        return np.where(self.settled, self.age - self.settled_age, self.age)


class History:
    """What a ledger's customers looked like, each at a moment of their own.

    Parameters
    ----------
    ledger
        The book as sorted columns.
    customer
        (n,) positions of customers in the ledger; one may appear several times, at different moments.
    at
        (n,) moments in seconds since 1970 UTC.
    """

    def __init__(self, ledger: Ledger, customer: Ints, at: Ints) -> None:
        self.ledger = ledger
        self.customer = customer
        self.at = at
        self.today = ledger.local_day(customer, at)
        """(n,) the customer's calendar day at the cut, in days since 1970."""

    def part(self, start: int, stop: int) -> History:
        """Return the history of the customers from ``start`` to ``stop``."""
        return History(self.ledger, self.customer[start:stop], self.at[start:stop])

    @cached_property
    def fallen_due(self) -> Instalments:
        """The instalments due before today."""
        return self._instalments(np.full(len(self.at), -NEVER), self.today * DAY - 1)

    @cached_property
    def to_come(self) -> Instalments:
        """The instalments due from today to ``SCHEDULE_AHEAD`` days ahead."""
        return self._instalments(self.today * DAY - 1, (self.today + SCHEDULE_AHEAD) * DAY)

    @cached_property
    def standing(self) -> Floats:
        """(13, n) days past due now and each 30 days before (``STANDING_DAYS``); NaN before anything fell due."""
        due = self.fallen_due
        return days_past_due(due.bounds, due.age, due.settled_age, STANDING_DAYS)

    @cached_property
    def due(self) -> Timeline:
        """What fell due before today; windows end yesterday."""
        due = self.fallen_due
        return Timeline(due.bounds, due.age, facts.due(due), (MONTH, QUARTER, HALF_YEAR, YEAR, EVER), youngest=1)

    @cached_property
    def coming(self) -> Timeline:
        """What falls due from today on; there is no looking back, so all lies in every window."""
        coming = self.to_come
        return Timeline(coming.bounds, np.zeros(len(coming.age)), facts.coming(coming))

    @cached_property
    def payments(self) -> Timeline:
        """Money received."""
        payments = self._payment_events
        columns = facts.payments(payments, self._income_events)
        return Timeline(payments.bounds, payments.age, columns, (MONTH, QUARTER, HALF_YEAR, YEAR, EVER))

    @cached_property
    def incomes(self) -> Timeline:
        """Income received."""
        incomes = self._income_events
        windows = (MONTH, TWO_MONTHS, QUARTER, HALF_YEAR, YEAR, EVER)
        return Timeline(incomes.bounds, incomes.age, facts.incomes(incomes), windows)

    @cached_property
    def credit(self) -> Timeline:
        """Bureau and account observations."""
        credit = self._events(self.ledger.credit)
        columns = facts.credit(credit, self._payment_events)
        return Timeline(credit.bounds, credit.age, columns, (QUARTER, HALF_YEAR, YEAR, EVER))

    @cached_property
    def loans(self) -> Timeline:
        """The contracts opened by now."""
        loans = self._events(self.ledger.loans)
        return Timeline(loans.bounds, loans.age, facts.loans(loans))

    @cached_property
    def reminders(self) -> Timeline:
        """Reminders sent; logged decisions not to remind are left out."""
        reminders = self._sent()
        columns = facts.reminders(reminders, self.ledger.instalments)
        return Timeline(reminders.bounds, reminders.age, columns, (WEEK, MONTH, QUARTER, HALF_YEAR, YEAR, EVER))

    def income_monthly(self, days: int) -> Floats:
        """Return income a 30-day month over the last ``days`` days, see ``per_month``."""
        return per_month(self.incomes.total("amount", days), self.incomes.oldest("age"), days)

    def months_without_income(self, months: int) -> Floats:
        """Return how many of the last 30-day months saw no income, see ``empty_months``."""
        incomes = self._income_events
        return empty_months(incomes.bounds, incomes.age, months)

    def days_since(self, column: str) -> Floats:
        """Return the days since a date of the customers table; NaN where it is null or still to come."""
        days = self.today - self.ledger.customers[column][self.customer]
        return np.where(days >= 0, days, np.nan)

    @cached_property
    def _payment_events(self) -> Events:
        return self._events(self.ledger.payments)

    @cached_property
    def _income_events(self) -> Events:
        return self._events(self.ledger.incomes)

    def _events(self, table: Columns) -> Events:
        index, bounds = cut_rows(table.bounds, table.at, self.customer, np.full(len(self.at), -NEVER), self.at)
        return self._dated(table, index, bounds)

    def _dated(self, table: Columns, index: Ints, bounds: Ints) -> Events:
        owner = owners(bounds)
        age = (self.today[owner] - table["day"][index]).astype(np.float64)
        return Events(table, index, bounds, age, self.at[owner] - table.at[index])

    def _sent(self) -> Events:
        """Return the reminders that were sent; logged decisions not to remind are left out."""
        table = self.ledger.reminders
        logged = self._events(table)
        return self._dated(table, *kept(logged.index, logged.bounds, logged["channel"] != facts.NOT_SENT))

    def _instalments(self, after: Ints, until: Ints) -> Instalments:
        table = self.ledger.instalments
        index, bounds = cut_rows(table.bounds, table.at, self.customer, after, until)
        opened = self.ledger.loans.at[table["loan"][index]] <= self.at[owners(bounds)]
        index, bounds = kept(index, bounds, opened)
        owner = owners(bounds)
        age = (self.today[owner] - table["due_day"][index]).astype(np.float64)
        settled = table["settled_at"][index] <= self.at[owner]
        payments = self._payment_events
        paid, parts = paid_towards(payments["instalment"], payments["amount"], payments.bounds, index, bounds)
        return Instalments(
            row=index,
            bounds=bounds,
            age=age,
            amount=table["amount_due"][index],
            paid=paid,
            parts=parts,
            settled=settled,
            settled_age=np.where(settled, self.today[owner] - table["settled_day"][index], np.nan),
        )
