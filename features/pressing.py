"""The instalment a reminder is about, and what of it an answer to the reminder may depend on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.history import History, Instalments
from features.kernel.rows import first_where
from features.kernel.windows import Floats, Ints, Mask

CONTEXT = ("reminded_days_past_due", "reminded_amount")
"""The columns that the response model sees beside the features."""


@dataclass(frozen=True)
class Pressing:
    """One instalment a customer, (n,) each.

    ``row`` is its row in the ledger's instalments, -1 where no instalment is open within the schedule in view;
    ``days_past_due`` is negative before the due date; ``amount_due`` and ``amount_open`` are in currency; NaN
    where there is none.
    """

    row: Ints
    days_past_due: Floats
    amount_due: Floats
    amount_open: Floats

    @property
    def context(self) -> dict[str, Floats]:
        """The columns ``CONTEXT``, (n,) each."""
        return dict(zip(CONTEXT, (self.days_past_due, self.amount_due), strict=True))


def pressing_instalments(history: History, left_out: Callable[[Ints, Ints], Mask] | None = None) -> Pressing:
    """Return each customer's oldest instalment not yet paid in full: the oldest overdue, else the next to come.

    ``left_out`` tells which instalments are not looked at, from their rows in the ledger and the customers' bounds.
    """
    overdue, next_due = _oldest_unpaid(history.fallen_due, left_out), _oldest_unpaid(history.to_come, left_out)
    is_overdue = overdue.row >= 0
    columns = zip(vars(overdue).values(), vars(next_due).values(), strict=True)
    return Pressing(*(np.where(is_overdue, old, new) for old, new in columns))


def _oldest_unpaid(schedule: Instalments, left_out: Callable[[Ints, Ints], Mask] | None) -> Pressing:
    unpaid = ~schedule.settled
    if left_out is not None:
        unpaid &= ~left_out(schedule.row, schedule.bounds)
    slot = first_where(schedule.bounds, unpaid)
    none = slot < 0
    row, age, amount, paid = (_taken(c, slot) for c in (schedule.row, schedule.age, schedule.amount, schedule.paid))
    missing = [np.where(none, np.nan, values) for values in (age, amount, amount - paid)]
    return Pressing(np.where(none, -1, row).astype(np.int64), *missing)


def _taken(column: npt.NDArray[Any], slot: Ints) -> npt.NDArray[Any]:
    """Return the entries at ``slot``; anything where it is -1, also of an empty column."""
    return column[slot] if len(column) else np.zeros(len(slot), column.dtype)


def reminded_instalments(history: History, row: Ints) -> Pressing:
    """Return what ``pressing_instalments`` would, for instalments given by their row in the ledger."""
    schedule = history.ledger.instalments
    amount = schedule["amount_due"][row]
    return Pressing(row, (history.today - schedule["due_day"][row]).astype(np.float64), amount, amount)
