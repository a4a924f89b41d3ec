"""What the bank's app shows when a reminder is opened: the instalments of one loan, to come and past.

As known at the moment of the decision: a payment received later is not in it. Amounts are decimal numbers in text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from features.history import History
from serving.money import cents_of, plain

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class ShownInstalment:
    """An instalment as the app shows it; ``days_late`` until it was paid or until now, 0 where it was in time."""

    instalment_no: int
    due_date: date
    amount_due: str
    amount_open: str
    days_late: int


@dataclass(frozen=True)
class ShownAccount:
    """A loan as the app shows it: what falls due ``next``, the plan to come, and the past, each oldest first."""

    next_due: ShownInstalment | None
    repayment_plan: tuple[ShownInstalment, ...]
    history: tuple[ShownInstalment, ...]


def account_of(history: History, position: int, row: int, coming: int, past: int) -> ShownAccount:
    """Return the loan to which an instalment belongs, as its customer may see it.

    Parameters
    ----------
    history, position
        The cut, and the customer's place in it.
    row
        The instalment's row in the ledger.
    coming, past
        How many instalments at most are shown of those due from today on, and of those before; of those before
        never fewer than reach back to ``row``.

    """
    ledger, customer = history.ledger, history.customer[position]
    table = ledger.instalments
    start, stop = table.bounds[customer], table.bounds[customer + 1]
    rows = start + np.flatnonzero(table["loan"][start:stop] == table["loan"][row])
    paid = history.received(position)[rows - start]
    today = int(history.today[position])
    split = int(np.searchsorted(table["due_day"][rows], today))
    first = min(max(0, split - past), int(np.searchsorted(rows, row)))
    shown = [
        _shown(history, position, int(k), float(received))
        for k, received in list(zip(rows, paid, strict=True))[first : split + max(coming, 1)]
    ]
    begun = split - first
    to_come = shown[begun:]
    return ShownAccount(
        next_due=next((one for one in to_come if one.amount_open != plain(0)), None),
        repayment_plan=tuple(to_come[:coming]),
        history=tuple(shown[:begun]),
    )


def _shown(history: History, position: int, row: int, received: float) -> ShownInstalment:
    table, today = history.ledger.instalments, int(history.today[position])
    amount, due = float(table["amount_due"][row]), int(table["due_day"][row])
    is_settled = table["settled_at"][row] <= history.at[position]
    until = int(table["settled_day"][row]) if is_settled else today
    return ShownInstalment(
        instalment_no=int(table["instalment_no"][row]),
        due_date=_EPOCH + timedelta(days=due),
        amount_due=plain(cents_of(amount)),
        amount_open=plain(0 if is_settled else cents_of(amount - received)),
        days_late=max(0, until - due),
    )
