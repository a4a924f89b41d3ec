"""``POST /console/customer``: a customer's decision as it was answered, and what went before and came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

import msgspec

from serving.access import Refusal
from serving.console.console import Console
from serving.console.following import review_of
from serving.console.roll import Review
from serving.console.wire import CustomerRequest
from serving.journal import DecisionRow, Payload, Record
from serving.journal.rows import columns_of
from serving.office.postbox import reading

_CONTACTS, _PAST = 60, 60
_FIELDS = ("sent_at", "channel", "intensity", "offer", "delivered", "read", "conversation", "replied", "reply_text")


@dataclass(frozen=True)
class Past:
    """A decision in short."""

    decision_id: str
    written_at: datetime
    as_of: datetime | None
    default_probability: float
    tier: str
    stance: str
    stage: str | None
    action: str
    expected_value: float


@dataclass(frozen=True)
class CustomerAnswer:
    """A customer, whose clock is that of ``zone`` (IANA).

    ``decision`` is the answer's own bytes, ``contacts`` what had been sent by then, the newest first.
    ``outcomes`` and ``persons`` are as they were told; ``past`` are decisions, the newest first.
    """

    customer_id: str
    decision_id: str
    as_of: datetime
    written_at: datetime
    zone: str
    from_snapshot: bool
    decision: msgspec.Raw
    contacts: tuple[dict[str, Any], ...]
    past: tuple[Past, ...]
    outcomes: tuple[msgspec.Raw, ...]
    persons: tuple[msgspec.Raw, ...]
    reviews: tuple[Review, ...]


def customer(console: Console, asked: CustomerRequest) -> CustomerAnswer:
    """Return a customer with the decision asked for, by default the latest.

    Raises
    ------
    Refusal
        404 when the journal has no decision about the customer, or none of this id.
    """
    with reading():
        records = console.journal.of_customer(asked.customer_id)
    by_kind: dict[str, list[Record]] = {}
    for record in records:
        by_kind.setdefault(record.entry.kind, []).append(record)
    decisions = by_kind.get("decision", [])
    chosen = _chosen(console, decisions, asked)
    payload = Payload.from_bytes(chosen.entry.payload)
    return CustomerAnswer(
        customer_id=asked.customer_id,
        decision_id=_id(chosen),
        as_of=payload.as_of,
        written_at=chosen.entry.at,
        zone=_zone(payload),
        from_snapshot=payload.from_snapshot,
        decision=msgspec.Raw(payload.answer),
        contacts=_contacts(payload),
        past=_past(decisions),
        outcomes=_told(by_kind.get("outcome", [])),
        persons=_told(by_kind.get("person_request", [])),
        reviews=tuple(review_of(record) for record in by_kind.get("review", [])),
    )


def _chosen(console: Console, decisions: Sequence[Record], asked: CustomerRequest) -> Record:
    wanted = asked.decision_id
    if wanted is None:
        roll = console.roll()
        row = roll.place.get(asked.customer_id)
        wanted = None if row is None else str(roll.decisions[row])
    found = next((record for record in decisions if _id(record) == wanted), None)
    if found is None:
        raise Refusal(404, "unknown_decision", "The journal has no such decision about this customer.")
    return found


def _id(record: Record) -> str:
    return record.entry.about or record.entry.key


def _contacts(payload: Payload) -> tuple[dict[str, Any], ...]:
    rows = payload.rows.get("reminders", [])
    as_of = payload.as_of
    known = [{name: row.get(name) for name in _FIELDS} for row in rows if _by(row.get("sent_at"), as_of)]
    return tuple(sorted(known, key=lambda row: str(row["sent_at"]), reverse=True)[:_CONTACTS])


def _zone(payload: Payload) -> str:
    """Return the customer's time zone, UTC where it is not known or none."""
    name = next((row.get("timezone") for row in payload.rows["customers"]), None)
    return str(name) if name in available_timezones() else "UTC"


def _by(sent_at: Any, as_of: datetime) -> bool:
    """Tell whether something had been sent by a moment; what cannot be read as a moment is shown."""
    try:
        return datetime.fromisoformat(str(sent_at)) <= as_of
    except (TypeError, ValueError):
        return True


def _past(decisions: Sequence[Record]) -> tuple[Past, ...]:
    told = columns_of(DecisionRow, [record.entry.row for record in decisions])
    rows = [dict(zip(told, cells, strict=True)) for cells in zip(*told.values(), strict=True)]
    kept = {_id(record): (record, row) for record, row in zip(decisions, rows, strict=True)}
    past = [_in_short(record, row) for record, row in kept.values()]
    return tuple(sorted(past, key=lambda one: one.as_of or one.written_at, reverse=True)[:_PAST])


def _in_short(record: Record, row: dict[str, Any]) -> Past:
    names = ("default_probability", "tier", "stance", "stage", "action", "expected_value")
    moment = None if row["as_of"] is None else datetime.fromtimestamp(row["as_of"], record.entry.at.tzinfo)
    return Past(_id(record), record.entry.at, moment, **{name: row[name] for name in names})


def _told(records: Sequence[Record]) -> tuple[msgspec.Raw, ...]:
    return tuple(msgspec.Raw(record.entry.payload) for record in reversed(records))
