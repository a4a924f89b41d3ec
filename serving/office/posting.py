"""``POST /outcomes``, ``/events`` and ``/person``: written to the journal, then held; twice is once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from features.errors import SchemaError
from serving.access import Refusal
from serving.contract.posted import EventsRequest, Outcome, OutcomesRequest, PersonRequest, Posted, PostedResponse
from serving.journal import ConflictError, Entry, OutcomeRow
from serving.journal.recording import outcome_entry, person_request_entry
from serving.office.office import Office
from serving.office.postbox import Postbox, reading
from serving.office.shelf import POSTED, lifts, person_event
from serving.snapshot import Event
from serving.snapshot.events import SKEW
from serving.snapshot.kept import Kept

_FIELDS = ("delivered", "read", "conversation", "reply", "paid", "promise")


def outcomes(office: Office, asked: OutcomesRequest) -> PostedResponse:
    """Write what happened to decisions; one of a decision that the journal does not have is refused."""
    office.postbox.require_open()
    with reading():
        owners = office.postbox.journal.customers_of([one.decision_id for one in asked.outcomes])
    entries = {
        place: _outcome_entry(one, owners[one.decision_id])
        for place, one in enumerate(asked.outcomes)
        if one.decision_id in owners
    }
    written = _put(office.postbox, entries)
    unknown = "the journal has no decision of this decision_id."
    return PostedResponse(
        [Posted(one.outcome_id, *written.get(place, ("refused", unknown))) for place, one in enumerate(asked.outcomes)]
    )


def events(office: Office, asked: EventsRequest) -> PostedResponse:
    """Write what the bank posts since the snapshot, and decide by it from now on."""
    office.postbox.require_open()
    told: dict[int, Posted] = {}
    with office.shelf.posting:
        kept = office.shelf.kept
        if kept is None:
            raise Refusal(409, "no_snapshot", "There is no snapshot to post to; customers come with their records.")
        for turn in _turns(asked.events, told):
            _post(office, kept, turn, told)
    return PostedResponse([told[place] for place in range(len(asked.events))])


def person(office: Office, asked: PersonRequest) -> PostedResponse:
    """Write that a customer wants a person to decide, and honour it from now on."""
    office.postbox.require_open()
    event = person_event(asked.request_id, asked.customer_id, asked.at)
    content = msgspec.json.encode(asked)
    entry = person_request_entry(asked.request_id, asked.customer_id, asked.at, content, asked.decision_id)
    with office.shelf.posting:
        status = _put(office.postbox, {0: entry})[0]
        if status[0] == "written":
            office.shelf.hold_person(event, asked.at)
    return PostedResponse([Posted(asked.request_id, *status)])


def _outcome_entry(one: Outcome, owner: str | None) -> Entry:
    row = OutcomeRow(**{name: getattr(one, name) for name in _FIELDS})
    return outcome_entry(one.outcome_id, one.decision_id, owner, one.at, row, msgspec.json.encode(one))


def _turns(sent: Sequence[Mapping[str, Any]], told: dict[int, Posted]) -> Iterator[dict[int, Event]]:
    """Yield the events by place, of each customer one at a time, since each must fit those before it."""
    waiting: dict[str, list[tuple[int, Event]]] = {}
    for place, one in enumerate(sent):
        try:
            event = Event.of(one)
        except SchemaError as error:
            name = one.get("event_id")
            told[place] = Posted(name if isinstance(name, str) else None, "refused", str(error))
        else:
            waiting.setdefault(event.customer_id, []).append((place, event))
    while waiting:
        yield dict(own.pop(0) for own in waiting.values())
        waiting = {name: own for name, own in waiting.items() if own}


def _post(office: Office, kept: Kept, turn: Mapping[int, Event], told: dict[int, Posted]) -> None:
    now, entries, read = datetime.now(UTC), dict[int, Entry](), {}
    for place, event in turn.items():
        try:
            read[place] = kept.events.read(event, now)
            entries[place] = _event_entry(event, now)
        except SchemaError as error:
            _require_clock(office, now)
            told[place] = Posted(event.event_id, "refused", str(error))
    for place, status in _put(office.postbox, entries).items():
        event = turn[place]
        if status[0] != "refused":
            kept.events.add(read[place], now)
        if status[0] == "written" and lifts(event):
            office.shelf.persons.pop(event.customer_id, None)
        told[place] = Posted(event.event_id, *status)


def _require_clock(office: Office, now: datetime) -> None:
    """Raise Refusal 503 where our own clock may be why an event seems to lie in the future: it was set back."""
    behind = office.shelf.behind(now)
    if behind > SKEW.total_seconds():
        told = f"An event does not fit, and our clock is {behind:,.0f} s behind the journal's last entries. Ask again."
        raise Refusal(503, "clock_behind", told, {"Retry-After": "5"})


def _event_entry(event: Event, now: datetime) -> Entry:
    payload = msgspec.json.encode(event.told(), order="deterministic")
    return Entry("event", POSTED + event.event_id, now, event.customer_id, payload=payload)


def _put(postbox: Postbox, entries: Mapping[int, Entry]) -> dict[int, tuple[Any, str | None]]:
    """Write entries by place; one whose key is there with other content is refused, and the others are written."""
    left: dict[str, Entry] = {}
    for entry in entries.values():
        left.setdefault(entry.key, entry)
    status: dict[str, tuple[Any, str | None]] = {}
    first = dict(left)
    while left:
        try:
            receipts = postbox.write_now(list(left.values()))
        except ConflictError as error:
            for _, key in error.keys:
                status[key] = "refused", "its id was posted before with other content; expected an id of its own."
                left.pop(key, None)
        else:
            pairs = zip(left, receipts, strict=True)
            status |= {key: ("repeated" if receipt.repeated else "written", None) for key, receipt in pairs}
            break
    clash = "refused", "its id is in this request with other content; expected an id of its own."
    return {k: status[e.key] if first[e.key].same_content(e) else clash for k, e in entries.items()}
