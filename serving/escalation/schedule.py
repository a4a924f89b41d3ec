"""A loan's schedule with what was paid towards each instalment by a moment; money is in whole cents."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from features.ledger.ledger import NEVER
from serving.escalation.known import Known
from serving.money import cents_of

Status = Literal["paid", "paid_late", "overdue", "partly_paid", "to_come"]

SCHEDULE = ("instalment_no", "due_date", "amount_due", "paid", "open", "settled_on", "days_late", "status")
PAYMENTS = ("paid_at", "instalment_no", "amount", "days_late")


def schedule_of(known: Known, loan_id: str) -> pd.DataFrame:
    """Return the columns ``SCHEDULE`` of a loan, by number.

    ``due_date`` and ``settled_on`` are days of the customer's calendar, the latter null while open; ``days_late`` from
    the due date to the day it was settled, or to today; 0 where it was in time or is still to come.
    """
    ledger, book = known.book.ledger, known.book
    table = ledger.instalments
    rows = book.instalments.iloc[table["row"]].assign(
        settled_day=np.where(table["settled_at"] < NEVER, table["settled_day"], np.nan),
        due_day=table["due_day"],
    )
    own = rows[rows["loan_id"] == loan_id].sort_values("instalment_no")
    paid = book.payments[book.payments["loan_id"] == loan_id].groupby("instalment_no")["amount"].sum()
    received = paid.reindex(own["instalment_no"]).fillna(0.0).to_numpy()
    due = own["amount_due"].to_numpy()
    settled = own["settled_day"].notna().to_numpy()
    until = np.where(settled, own["settled_day"], np.int64(known.today.toordinal() - _EPOCH))
    late = np.maximum(until - own["due_day"].to_numpy(), 0).astype(np.int64)
    out = pd.DataFrame(
        {
            "instalment_no": own["instalment_no"].to_numpy(),
            "due_date": own["due_date"].dt.date.to_numpy(),
            "amount_due": [cents_of(amount) for amount in due],
            "paid": [cents_of(amount) for amount in received],
            "open": [_open(*row) for row in zip(due.tolist(), received.tolist(), settled.tolist(), strict=True)],
            "settled_on": [_day(day) for day in own["settled_day"]],
            "days_late": late,
        }
    )
    return out.assign(
        status=[_status(*row) for row in zip(settled.tolist(), late.tolist(), (received > 0).tolist(), strict=True)],
    )[list(SCHEDULE)]


def payments_of(known: Known, schedule: pd.DataFrame, loan_id: str) -> pd.DataFrame:
    """Return the columns ``PAYMENTS`` of a loan, the oldest first; ``days_late`` after the instalment's due date."""
    own = known.book.payments[known.book.payments["loan_id"] == loan_id]
    local = known.local(own["paid_at"])
    due = schedule.set_index("instalment_no")["due_date"].reindex(own["instalment_no"])
    late = [max((at.date() - day).days, 0) for at, day in zip(local, due, strict=True)]
    return pd.DataFrame(
        {
            "paid_at": known.clock(own["paid_at"]).to_numpy(),
            "instalment_no": own["instalment_no"].to_numpy(),
            "amount": [cents_of(amount) for amount in own["amount"]],
            "days_late": np.array(late, np.int64),
        }
    )


_EPOCH = pd.Timestamp("1970-01-01").toordinal()


def _day(day: float) -> object:
    return None if np.isnan(day) else pd.Timestamp(int(day), unit="D").date()


def _open(amount_due: float, received: float, is_settled: bool) -> int:
    return 0 if is_settled else cents_of(amount_due - received)


def _status(is_settled: bool, days_late: int, has_part: bool) -> Status:
    if is_settled:
        return "paid_late" if days_late > 0 else "paid"
    if days_late == 0:
        return "to_come"
    return "partly_paid" if has_part else "overdue"
