"""A customer's coming weeks: what would be decided as each stage of the pressing instalment begins, if nothing is paid.

So too on the days on which what is forbidden now is allowed again, such as that after a promised one. Each step is a
decision like any other, on a book in which what was planned before has been sent, nobody answered, and income went on
as in the last month.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.book import Book
from features.errors import SchemaError
from features.tables.schema import TABLES
from serving.contract import CustomerDecision, CustomerError, CustomerRequest, ScoreRequest
from serving.desk import Desk

_MONTH = pd.Timedelta(days=30)


@dataclass(frozen=True)
class Step:
    """What would be decided on a day of the coming weeks; ``at`` is by the customer's own clock."""

    at: pd.Timestamp
    decision: CustomerDecision


def coming_weeks(desk: Desk, book: Book, as_of: pd.Timestamp, customer_id: str, weeks: int = 6) -> tuple[Step, ...]:
    """Return what would be decided now, as each later stage begins and as a limit of now ends, for so many weeks.

    Raises
    ------
    SchemaError
        When the customer is not in the book, or their rows cannot be decided on.
    """
    at = as_of.tz_convert(_zone_of(book, customer_id))
    own = _continued(_known(book, at, customer_id), at, weeks)
    steps: list[Step] = []
    for day in _days(desk, own, at, customer_id, weeks):
        decision = _decided(replace(desk, snapshot=own), day, customer_id)
        steps.append(Step(day, decision))
        own = _after(own, decision, len(steps))
    return tuple(steps)


def _days(desk: Desk, own: Book, at: pd.Timestamp, customer_id: str, weeks: int) -> Iterator[pd.Timestamp]:
    """Yield the moment asked about, and the same time on the days that bring something new."""
    yield at
    now = _decided(replace(desk, snapshot=own), at, customer_id)
    if now.instalment is None:
        return
    begin = (begins - now.instalment.days_past_due for begins in desk.settings.stages.values())
    end = ((blocked.until.date() - at.date()).days for blocked in now.blocked if blocked.until is not None)
    for ahead in sorted({*begin, *end}):
        if 0 < ahead <= 7 * weeks:
            yield at + pd.DateOffset(days=ahead)


def _decided(desk: Desk, at: pd.Timestamp, customer_id: str) -> CustomerDecision:
    request = ScoreRequest(as_of=at.to_pydatetime(), customers=[CustomerRequest(customer_id=customer_id)])
    result = desk.score(request).results[0]
    if isinstance(result, CustomerError):
        raise SchemaError(result.error.message)
    return result


def _zone_of(book: Book, customer_id: str) -> str:
    """Return the zone of a customer, UTC where it is not known."""
    rows = book.customers.loc[book.customers["customer_id"] == customer_id, "timezone"]
    if rows.empty:
        raise SchemaError(f"customers.customer_id: {customer_id!r} is not in the book.")
    return str(rows.fillna("UTC").iloc[0])


def _known(book: Book, as_of: pd.Timestamp, customer_id: str) -> Book:
    """Return the rows of one customer that are known at ``as_of``, by their clock; of the future only the schedule."""
    loans = set(book.loans.loc[book.loans["customer_id"] == customer_id, "loan_id"])
    today = pd.Timestamp(as_of.date())
    tables = {}
    for name, frame in book.tables():
        rows = frame["customer_id"] == customer_id if "customer_id" in frame else frame["loan_id"].isin(loans)
        since = TABLES[name].known_from
        if since is not None:
            rows &= frame[since] <= (as_of if TABLES[name].columns[since].kind == "moment" else today)
        tables[name] = frame[rows].reset_index(drop=True)
    return Book.of(tables)


def _continued(own: Book, as_of: pd.Timestamp, weeks: int) -> Book:
    """Return the book with the income of the last month again in each month to come."""
    seen, today = own.incomes, pd.Timestamp(as_of.date())
    last = seen[seen["received_on"] > today - _MONTH]
    months = range(1, int(np.ceil(7 * weeks / _MONTH.days)) + 1)
    again = [last.assign(received_on=last["received_on"] + k * _MONTH) for k in months]
    return replace(own, incomes=pd.concat([seen, *again], ignore_index=True))


def _after(own: Book, decision: CustomerDecision, number: int) -> Book:
    """Return the book with what was decided sent, and no answer to it."""
    chosen, due = decision.recommendation, decision.instalment
    if due is None or chosen.channel is None or chosen.send_at is None:
        return own
    sent = {
        "reminder_id": f"planned {number}",
        "customer_id": decision.customer_id,
        "loan_id": due.loan_id,
        "instalment_no": due.instalment_no,
        "sent_at": pd.Timestamp(chosen.send_at.earliest),
        "channel": chosen.channel,
        "intensity": chosen.intensity,
        "offer": chosen.offer,
        "delivered": True,
        "read": False,
        "conversation": False,
        "replied": False,
        "cost": 0.0,
    }
    row = pd.DataFrame([sent], dtype=object)
    rows = pd.concat([own.reminders.astype(object), row], ignore_index=True)
    return Book.of({**dict(own.tables()), "reminders": rows})
