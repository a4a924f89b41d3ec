"""Posting: plain columns of the seven tables, in any row order, sorted and joined into a ledger.

Money decides whether an instalment is settled in ten-thousandths, exactly. A row with a date is known from
that day's midnight, the customer's own or UTC's, whichever is later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import SchemaError
from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints
from features.ledger.calendar import DAY
from features.ledger.ledger import NEVER, Columns, Ledger, Zones

type Plain = Mapping[str, npt.NDArray[Any]]

_UNITS = 10_000


@dataclass(frozen=True)
class Entries:
    """The rows to post: a mapping of columns a table, and who they belong to.

    ``ids`` of the customers; ``zones`` where they live; ``tables`` the columns of each table by the
    names of schema.py: dates as days, moments as seconds, choices as numbers; ``customer`` and ``loan`` are
    positions in the tables customers and loans as given; ``tie`` orders rows of one moment.
    """

    ids: tuple[str, ...] | pd.Index[Any]
    zones: Zones
    tables: Mapping[str, Plain]


def post(entries: Entries) -> Ledger:
    """Return the ledger of the rows.

    Raises
    ------
    SchemaError
        When a payment or reminder points to an instalment that is not there.
    """
    tables = entries.tables
    loans = _dated(entries, "loans", "opened_on", ("tie",))
    place = np.empty(len(loans.at), np.int64)
    place[loans["row"]] = np.arange(len(place))
    schedule = _schedule(entries, loans, place)
    payments = _payments(entries, place, schedule)
    return Ledger(
        ids=entries.ids,
        zones=entries.zones,
        customers=tables["customers"],
        loans=loans,
        instalments=_settled(entries, schedule, payments),
        payments=payments,
        incomes=_dated(entries, "incomes", "received_on", ("source", "amount")),
        credit=_dated(entries, "credit", "observed_on", ()),
        reminders=_reminders(entries, place, schedule),
    )


def _columns(entries: Entries, customer: Ints, at: Ints, values: Plain) -> Columns:
    return Columns(customer, at, values, bounds_of(customer, len(entries.ids)))


def _ordered(columns: Plain, order: Ints) -> dict[str, npt.NDArray[Any]]:
    return {name: column[order] for name, column in columns.items()}


def _dated(entries: Entries, table: str, date: str, ties: Sequence[str]) -> Columns:
    """Return a table whose rows carry a date of the customer's calendar, as ``day``."""
    rows = entries.tables[table]
    order = np.lexsort((*(rows[name] for name in ties), rows[date], rows["customer"]))
    values = {name: column[order] for name, column in rows.items() if name not in ("customer", "tie", date)}
    customer, day = rows["customer"][order], rows[date][order]
    midnight = day * DAY
    known = midnight - np.minimum(0, entries.zones.offsets(customer, midnight))
    return _columns(entries, customer, known, {**values, "day": day, "row": order})


@dataclass(frozen=True)
class _Schedule:
    """The instalments in the ledger's order, and how to find one by loan and number."""

    columns: Columns
    pairs: Ints
    at_pair: Ints

    def find(self, table: str, loan: Ints, number: Ints) -> Ints:
        """Return the ledger's row of each (loan, number)."""
        slot, lost = places_of(_pair(loan, number), self.pairs)
        if lost:
            raise SchemaError(f"{table}.instalment_no: {lost} rows point to nothing in instalments; run validate.")
        return self.at_pair[slot]


def _schedule(entries: Entries, loans: Columns, place: Ints) -> _Schedule:
    rows = entries.tables["instalments"]
    loan = place[rows["loan"]]
    customer = loans.customer[loan]
    order = np.lexsort((rows["instalment_no"], loan, rows["due_date"], customer))
    customer, loan, number = customer[order], loan[order], rows["instalment_no"][order]
    due_day = rows["due_date"][order]
    values = {"due_day": due_day, "amount_due": rows["amount_due"][order], "loan": loan, "row": order}
    values |= {"opened_at": loans.at[loan]}
    pairs = _pair(loan, number)
    at_pair = np.argsort(pairs, kind="stable")
    return _Schedule(_columns(entries, customer, due_day * DAY, values), pairs[at_pair], at_pair)


def _payments(entries: Entries, place: Ints, schedule: _Schedule) -> Columns:
    rows = entries.tables["payments"]
    instalment = schedule.find("payments", place[rows["loan"]], rows["instalment_no"])
    customer, at, amount = schedule.columns.customer[instalment], rows["paid_at"], rows["amount"]
    order = np.lexsort((amount, instalment, at, customer))
    customer, at = customer[order], at[order]
    day = np.floor_divide(at + entries.zones.offsets(customer, at), DAY)
    values = {"instalment": instalment[order], "amount": amount[order], "day": day, "row": order}
    return _columns(entries, customer, at, values)


def _settled(entries: Entries, schedule: _Schedule, payments: Columns) -> Columns:
    columns = schedule.columns
    due, received = _in_units(columns["amount_due"]), _in_units(payments["amount"])
    settled_at = settlement(payments["instalment"], payments.at, received, due)
    day = np.floor_divide(settled_at + entries.zones.offsets(columns.customer, settled_at), DAY)
    return columns.with_values(settled_at=settled_at, settled_day=day)


def _reminders(entries: Entries, place: Ints, schedule: _Schedule) -> Columns:
    rows = entries.tables["reminders"]
    order = np.lexsort((rows["tie"], rows["sent_at"], rows["customer"]))
    instalment = schedule.find("reminders", place[rows["loan"]], rows["instalment_no"])
    pointers = ("customer", "loan", "instalment_no", "sent_at", "tie")
    values = _ordered({name: column for name, column in rows.items() if name not in pointers}, order)
    customer, at = rows["customer"][order], rows["sent_at"][order]
    day, second = np.divmod(at + entries.zones.offsets(customer, at), DAY)
    values |= {"instalment": instalment[order], "row": order, "day": day, "hour": second // 3600}
    return _columns(entries, customer, at, values)


def _in_units(money: Floats) -> Ints:
    return np.rint(money * _UNITS).astype(np.int64)


def _pair(loan: Ints, number: Ints) -> Ints:
    return (loan << np.int64(20)) + number


@compiled
def bounds_of(group: Ints, groups: int) -> Ints:
    """Return where each group begins in the sorted column ``group``, (groups + 1,).

    >>> bounds_of(np.array([0, 0, 2]), 3).tolist()
    [0, 2, 2, 3]
    """
    bounds = np.zeros(groups + 1, np.int64)
    for g in group:
        bounds[g + 1] += 1
    return np.cumsum(bounds)


@compiled
def places_of(wanted: Ints, known: Ints) -> tuple[Ints, int]:
    """Return the place of each number in the sorted column ``known``, and how many are not in it.

    >>> places_of(np.array([7, 5, 6]), np.array([5, 7]))
    (array([1, 0, 1]), 1)
    """
    places = np.searchsorted(known, wanted)
    lost = 0
    for k in range(len(wanted)):
        lost += places[k] == len(known) or known[places[k]] != wanted[k]
    return places, lost


@compiled
def settlement(instalment: Ints, at: Ints, received: Ints, due: Ints) -> Ints:
    """Return the second at which the payments towards each instalment first reach its amount, NEVER if they do not.

    Parameters
    ----------
    instalment, at, received
        (payments,) which instalment, when (rising within a customer), and how many units.
    due
        (instalments,) units.

    Examples
    --------
    >>> settlement(np.array([0, 0]), np.array([5, 9]), np.array([60, 40]), np.array([100, 100])).tolist()
    [9, 34359738368]
    """
    so_far = np.zeros(len(due), np.int64)
    settled = np.full(len(due), NEVER)
    for p in range(len(instalment)):
        row = instalment[p]
        so_far[row] += received[p]
        if settled[row] == NEVER and so_far[row] >= due[row]:
            settled[row] = at[p]
    return settled
