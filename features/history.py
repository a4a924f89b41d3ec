"""What was known of each customer at a moment: the cut that every feature looks through.

Nothing with a later time stamp is in a history, except the schedule of the loans already open. A row with
a moment is known from that moment, a row with a date from the start of that day, and what became of a
reminder (delivered, read, answered) from a day after it was sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from features.facts import credit, money, reminders, schedule
from features.kernel.rows import (
    ages,
    before,
    cut_rows,
    days_since_latest,
    kept,
    known_by,
    paid_towards,
    standing,
    total_since_before,
)
from features.kernel.timeline import Timeline
from features.kernel.windows import Floats, Ints, Mask, days_past_due, empty_months, per_month
from features.ledger.calendar import DAY
from features.ledger.ledger import NEVER, Columns, Ledger

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

    def stacked(self, names: tuple[str, ...]) -> npt.NDArray[Any]:
        """Return several columns, (columns, rows)."""
        return np.array([self[name] for name in names])


@dataclass(frozen=True)
class Instalments:
    """Instalments of the loans known, oldest first.

    ``row`` is the row of the ledger's instalments; ``age`` is days since the due date (negative: to come);
    ``paid`` what was received by now, in ``parts`` payments; ``settled`` whether that is all; ``settled_age``
    days since then, NaN while open; ``days_late`` from the due date to then, or to now; negative where paid early.
    """

    row: Ints
    bounds: Ints
    age: Floats
    amount: Floats
    paid: Floats
    parts: Floats
    settled: Mask
    settled_age: Floats
    days_late: Floats


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
        self._computed: dict[Callable[[History], Any], Any] = {}
        self.today = ledger.local_day(customer, at)
        """(n,) the customer's calendar day at the cut, in days since 1970."""

    def once[T](self, compute: Callable[[History], T]) -> T:
        """Return ``compute`` of this history, computed when first asked for."""
        if compute not in self._computed:
            self._computed[compute] = compute(self)
        return cast(T, self._computed[compute])

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
        values = schedule.due(due.age, due.amount, due.paid, due.parts, due.settled, due.days_late)
        return Timeline(schedule.DUE, due.bounds, due.age, values)

    @cached_property
    def coming(self) -> Timeline:
        """What falls due from today on; there is no looking back, so all lies in the one window."""
        coming = self.to_come
        values = schedule.coming(coming.age, coming.amount, coming.paid, coming.settled)
        return Timeline(schedule.COMING, coming.bounds, coming.age, values)

    @cached_property
    def payments(self) -> Timeline:
        """Money received."""
        paid, income = self._payment_events, self._income_events
        after_income = days_since_latest(paid.bounds, paid["day"], income.bounds, income["day"])
        values = money.payments(paid.age, paid["amount"], before(paid.bounds, paid.age, 1), after_income)
        return Timeline(money.PAYMENTS, paid.bounds, paid.age, values)

    @cached_property
    def incomes(self) -> Timeline:
        """Income received."""
        income = self._income_events
        values = money.incomes(income.age, income["amount"], income["source"], before(income.bounds, income.age, 1))
        return Timeline(money.INCOMES, income.bounds, income.age, values)

    @cached_property
    def credit(self) -> Timeline:
        """Bureau and account observations."""
        seen, paid = self._events(self.ledger.credit), self._payment_events
        received = total_since_before(seen.bounds, seen["day"], paid.bounds, paid["day"], paid["amount"])
        balance_before = before(seen.bounds, seen["balance"], 1)
        values = credit.credit(seen.age, seen.stacked(credit.OBSERVED), balance_before, received)
        return Timeline(credit.CREDIT, seen.bounds, seen.age, values)

    @cached_property
    def loans(self) -> Timeline:
        """The contracts opened by now."""
        loans = self._events(self.ledger.loans)
        columns = (loans[name] for name in ("product", "principal", "annual_rate", "term_months"))
        return Timeline(credit.LOANS, loans.bounds, loans.age, credit.loans(loans.age, *columns))

    @cached_property
    def sent(self) -> Events:
        """The reminders sent; logged decisions not to remind are left out."""
        table = self.ledger.reminders
        logged = self._events(table)
        return self._dated(table, *kept(logged.index, logged.bounds, logged["channel"] != reminders.NOT_SENT))

    @cached_property
    def reminders(self) -> Timeline:
        """What is known of the reminders sent."""
        sent = self.sent
        took = self.ledger.instalments["settled_at"][sent["instalment"]] - sent.table.at[sent.index]
        paid = (took > 0) & (took <= reminders.ANSWER_TIME)
        values = reminders.reminders(
            sent.age, sent.seconds, sent.stacked(reminders.SENT), sent["cost"], sent.stacked(reminders.FATE), paid
        )
        return Timeline(reminders.REMINDERS, sent.bounds, sent.age, values)

    def income_monthly(self, days: int) -> Floats:
        """Return income a 30-day month over the last ``days`` days, see ``per_month``."""
        return per_month(self.incomes.total(money.Income.AMOUNT, days), self.incomes.oldest(money.Income.AGE), days)

    def months_without_income(self, months: int) -> Floats:
        """Return how many of the last 30-day months saw no income, see ``empty_months``."""
        incomes = self._income_events
        return empty_months(incomes.bounds, incomes.age, months)

    def received(self, position: int) -> Floats:
        """Return what was received by now towards each instalment of one customer, in the order of the ledger."""
        customer, payments = self.customer[position], self.ledger.payments
        start, stop = self.ledger.instalments.bounds[customer], self.ledger.instalments.bounds[customer + 1]
        first, last = payments.bounds[customer], payments.bounds[customer + 1]
        known = payments.at[first:last] <= self.at[position]
        towards = payments["instalment"][first:last][known] - start
        return np.bincount(towards, payments["amount"][first:last][known], minlength=stop - start)

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
        return Events(table, index, bounds, *ages(index, bounds, table["day"], table.at, self.today, self.at))

    def _instalments(self, after: Ints, until: Ints) -> Instalments:
        table = self.ledger.instalments
        index, bounds = cut_rows(table.bounds, table.at, self.customer, after, until)
        index, bounds = known_by(index, bounds, table["opened_at"], self.at)
        age, since_settled = ages(index, bounds, table["due_day"], table["settled_at"], self.today, self.at)
        payments = self._payment_events
        paid, parts = paid_towards(payments["instalment"], payments["amount"], payments.bounds, index, bounds)
        return Instalments(
            index,
            bounds,
            age,
            table["amount_due"][index],
            paid,
            parts,
            *standing(age, since_settled, bounds, table["settled_day"][index], self.today),
        )
