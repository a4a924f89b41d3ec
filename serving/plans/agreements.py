"""Plans already offered and signed: whose debts rest because a plan is kept, and who was offered one lately.

A loan's instalments due from the day its plan was signed on are the plan's own; one that stays open too long breaks it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from features.history import History
from features.kernel.compiled import compiled
from features.kernel.windows import Floats, Ints
from features.ledger.calendar import DAY
from features.ledger.ledger import Ledger
from features.pressing import Pressing, pressing_instalments
from features.tables.schema import OFFERS

Mask = npt.NDArray[np.bool_]

_PLAN = OFFERS.index("plan")


def plan_kept(ledger: Ledger, customer: Ints, at: Ints, instalment: Ints, broken_after: int) -> Mask:
    """Tell whose debt rests under a signed plan that is not broken, (n,).

    ``customer`` and ``at`` (n,) are positions and moments (seconds since 1970 UTC), ``instalment`` (n,) rows of the
    ledger, -1 where there is none; a plan is broken ``broken_after`` days after the due date of one of its instalments.
    """
    signed = ledger.loans["plan_signed_on"]
    if not len(ledger.instalments.at) or np.isnan(signed).all():
        return np.zeros(len(customer), bool)
    owed = ledger.instalments
    schedule = (owed.bounds, owed["due_day"], owed["settled_at"], owed["loan"])
    today = ledger.local_day(customer, at)
    return _kept(*schedule, signed, customer, instalment, at, today, broken_after)


def plan_offered(ledger: Ledger, customer: Ints, at: Ints, instalment: Ints, days: int) -> Mask:
    """Tell whom a plan was offered about the instalment's loan within so many days before ``at``, (n,)."""
    sent, loans = ledger.reminders, ledger.instalments["loan"]
    if not len(sent.at):
        return np.zeros(len(customer), bool)
    return _offered(
        sent.bounds, sent.at, sent["offer"], sent["instalment"], loans, customer, instalment, at, days * DAY
    )


def pressing_beside_plans(history: History, broken_after: int) -> Pressing:
    """Return the pressing instalments, those of a loan whose plan is kept only where there is no other."""
    ledger, customer, at = history.ledger, history.customer, history.at
    pressing = pressing_instalments(history)
    resting = np.flatnonzero(plan_kept(ledger, customer, at, pressing.row, broken_after))
    if not len(resting):
        return pressing
    again = History(ledger, customer[resting], at[resting])

    def rests(rows: Ints, bounds: Ints) -> Mask:
        whose = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        return plan_kept(ledger, again.customer[whose], again.at[whose], rows, broken_after)

    beside = pressing_instalments(again, rests)
    found = beside.row >= 0
    columns = [column.copy() for column in vars(pressing).values()]
    for column, other in zip(columns, vars(beside).values(), strict=True):
        column[resting[found]] = other[found]
    return Pressing(*columns)


@compiled
def _kept(
    bounds: Ints, due_day: Ints, settled_at: Ints, loan: Ints,
    signed: Floats, customer: Ints, instalment: Ints, at: Ints, today: Ints, broken_after: int,
) -> Mask:  # fmt: skip
    out = np.zeros(len(customer), np.bool_)
    for i in range(len(customer)):
        if instalment[i] < 0:
            continue
        own = loan[instalment[i]]
        since = signed[own]
        out[i] = since <= today[i]
        for row in range(bounds[customer[i]], bounds[customer[i] + 1]):
            is_of_plan = loan[row] == own and due_day[row] >= since
            if is_of_plan and settled_at[row] > at[i] and due_day[row] + broken_after < today[i]:
                out[i] = False
    return out


@compiled
def _offered(
    bounds: Ints, sent_at: Ints, offer: Ints, about: Ints, loan: Ints,
    customer: Ints, instalment: Ints, at: Ints, seconds: int,
) -> Mask:  # fmt: skip
    out = np.zeros(len(customer), np.bool_)
    for i in range(len(customer)):
        if instalment[i] < 0:
            continue
        for row in range(bounds[customer[i]], bounds[customer[i] + 1]):
            is_near = at[i] - seconds <= sent_at[row] <= at[i]
            if is_near and offer[row] == _PLAN and loan[about[row]] == loan[instalment[i]]:
                out[i] = True
    return out
