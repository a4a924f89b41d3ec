"""What was known of each customer at a moment: the cut that every feature looks through.

Nothing with a later time stamp is in a history, except the schedule of the loans already open. A row with
a moment is known from that moment, a row with a date from the start of that day, and what became of a
reminder (delivered, read, answered) from a day after it was sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from features.calendar import DAY
from features.ledger import Columns, Ledger, search_key
from features.schema import CHANNELS
from features.windows import Floats, Ints, Mask, Rows, spans

SCHEDULE_AHEAD = 92
"""How many days of the schedule after the cut a history shows."""

SETTLES_AFTER = DAY
"""Seconds after which what became of a reminder counts as known."""


@dataclass(frozen=True)
class Instalments:
    """The instalments of the loans known: fallen due, and due within ``SCHEDULE_AHEAD`` days.

    ``row`` is the row of the ledger's instalments; ``age`` is days since the due date (negative: to come);
    ``settled`` whether it is paid in full; ``days_late`` from due date to settlement, or to now while open
    (negative: paid early).
    """

    all: Rows
    due: Rows
    coming: Rows
    row: Ints
    age: Floats
    amount: Floats
    paid: Floats
    settled: Mask
    days_late: Floats
    settled_age: Floats
    _windows: dict[int, Rows] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def overdue(self) -> Rows:
        """Those past their due date and not paid in full."""
        return self.all.where(~self.settled & (self.age > 0))

    def due_within(self, days: int) -> Rows:
        """Return those that fell due in the last ``days`` days, today's left out."""
        if days not in self._windows:
            self._windows[days] = self.due.where(self.age <= days)
        return self._windows[days]

    def days_past_due(self, days_ago: int = 0) -> Floats:
        """Return the days past due of the oldest instalment open ``days_ago`` days ago; 0 when none was.

        NaN where nothing had fallen due by then.
        """
        due = self.due.where(self.age > days_ago)
        open_then = np.isnan(self.settled_age) | (self.settled_age < days_ago)
        return due.largest(np.where(open_then, self.age - days_ago, 0.0))


@dataclass(frozen=True)
class Events:
    """Rows of a table that happened on a day: ``age`` in days since, and the columns of the ledger by name."""

    all: Rows
    age: Floats
    seconds_ago: Ints
    values: Columns
    index: Ints
    _columns: dict[str, npt.NDArray[Any]] = field(default_factory=dict, repr=False, compare=False)
    _windows: dict[int, Rows] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._columns:
            column = self.values.at if name == "at" else self.values[name]
            self._columns[name] = column[self.index]
        return self._columns[name]

    def within(self, days: int) -> Rows:
        """Return the rows of the last ``days`` days, today's included."""
        if days not in self._windows:
            self._windows[days] = self.all.where(self.age < days)
        return self._windows[days]


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

    @cached_property
    def loans(self) -> Events:
        """The contracts opened by now."""
        return self._events(self.ledger.loans)

    @cached_property
    def incomes(self) -> Events:
        """Income received."""
        return self._events(self.ledger.incomes)

    @cached_property
    def credit(self) -> Events:
        """Bureau and account observations."""
        return self._events(self.ledger.credit)

    @cached_property
    def reminders(self) -> Events:
        """Reminders sent; logged decisions not to remind are left out."""
        reminders = self._events(self.ledger.reminders)
        sent = reminders.all.where(reminders["channel"] != CHANNELS.index("none"))
        return Events(
            Rows(sent.bounds),
            sent.pick(reminders.age),
            sent.pick(reminders.seconds_ago),
            reminders.values,
            sent.pick(reminders.index),
        )

    @cached_property
    def payments(self) -> Events:
        """Money received."""
        return self._events(self.ledger.payments)

    @cached_property
    def instalments(self) -> Instalments:
        """The schedule with what was paid towards it by now."""
        table = self.ledger.instalments
        index, bounds = self._cut(table, (self.today + SCHEDULE_AHEAD) * DAY)
        owner = np.repeat(np.arange(len(self.at)), np.diff(bounds))
        at, today = self.at[owner], self.today[owner].astype(np.float64)
        settled = table["settled_at"][index] <= at
        age = today - table["due_day"][index]
        settled_age = np.where(settled, today - table["settled_day"][index], np.nan)
        opened = Rows(bounds).where(self.ledger.loans.at[table["loan"][index]] <= at)
        return Instalments(
            all=opened,
            due=opened.where(age > 0),
            coming=opened.where(age <= 0),
            row=index,
            age=age,
            amount=table["amount_due"][index],
            paid=self._paid(index, bounds),
            settled=settled,
            days_late=np.where(settled, age - settled_age, age),
            settled_age=settled_age,
        )

    def days_since(self, column: str) -> Floats:
        """Return the days since a date of the customers table; NaN where it is null or still to come."""
        days = self.today - self.ledger.customers[column][self.customer]
        return np.where(days >= 0, days, np.nan)

    def _paid(self, index: Ints, bounds: Ints) -> Floats:
        """Return what each instalment in view has received by now."""
        payments = self.payments
        row = payments["instalment"]
        owner = np.repeat(np.arange(len(self.at)), np.diff(payments.all.bounds))
        first = self.ledger.instalments.bounds[self.customer]
        slot = row - first[owner] + bounds[owner]
        seen = slot < bounds[owner + 1]
        return np.bincount(slot[seen], weights=payments["amount"][seen], minlength=len(index)).astype(np.float64)

    def _cut(self, table: Columns, until: Ints) -> tuple[Ints, Ints]:
        starts = table.bounds[self.customer]
        stops = np.searchsorted(table.key, search_key(self.customer, until), side="right")
        return spans(starts, stops)

    def _events(self, table: Columns) -> Events:
        index, bounds = self._cut(table, self.at)
        owner = np.repeat(np.arange(len(self.at)), np.diff(bounds))
        age = (self.today[owner] - table["day"][index]).astype(np.float64)
        return Events(Rows(bounds), age, self.at[owner] - table.at[index], table, index)
