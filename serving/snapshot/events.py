"""What the bank posted since a snapshot, by customer, in memory: payments, contacts and their outcomes, rights, plans.

An event is known by its id: posted again it changes nothing. The journal keeps them; here they are rebuilt from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from types import MappingProxyType
from typing import NamedTuple

from features.errors import SchemaError
from serving.snapshot.applying import applied, in_order
from serving.snapshot.event import Event
from serving.snapshot.kept_book import KeptBook
from serving.snapshot.reading import ReadEvent, read_event, read_events
from serving.snapshot.snapshot import Snapshot

SKEW = timedelta(minutes=2)
"""How far the bank's clock may be ahead of ours."""


class Rebuilt(NamedTuple):
    """Events held again: ``covered`` ones that the snapshot has, and why others were ``set_aside``, by event_id."""

    events: Events
    covered: int
    set_aside: Mapping[str, str]


class Events:
    """The events since one snapshot.

    Parameters
    ----------
    snapshot
        What they are posted to.
    skew
        How far in the future an event may lie.
    """

    def __init__(self, snapshot: Snapshot, skew: timedelta = SKEW) -> None:
        self.snapshot = snapshot
        self.skew = skew
        self._by_id: dict[str, ReadEvent] = {}
        self._by_customer: dict[str, tuple[ReadEvent, ...]] = {}
        self._lock = Lock()

    @classmethod
    def rebuilt(cls, snapshot: Snapshot, events: Iterable[Event], now: datetime, skew: timedelta = SKEW) -> Rebuilt:
        """Hold events that were posted before, in any order; one that does not fit any more is set aside."""
        sent = list(events)
        read = read_events(sent)
        refused = {e.event_id: str(r) for e, r in zip(sent, read, strict=True) if isinstance(r, SchemaError)}
        return cls._holding(snapshot, [r for r in read if isinstance(r, ReadEvent)], now, skew, refused)

    def moved(self, snapshot: Snapshot, now: datetime) -> Rebuilt:
        """Return the events that a newer snapshot does not cover, as posted to it."""
        return self._holding(snapshot, list(self._by_id.values()), now, self.skew, {})

    def read(self, event: Event, now: datetime) -> ReadEvent:
        """Return an event read and found fit to be added; nothing is changed.

        Raises
        ------
        SchemaError
            When a cell is not valid, the customer, the instalment or the contact is not known, the event is older than
            the snapshot or lies in the future, or another event has its id or its key.
        """
        read = read_event(event)
        if not self._is_repeat(read):
            self._check(read, now)
        return read

    def add(self, read: ReadEvent, now: datetime) -> bool:
        """Hold an event that was read; return False when it was held before. Raises as ``read`` does."""
        with self._lock:
            if self._is_repeat(read):
                return False
            self._check(read, now)
            customer = read.event.customer_id
            self._by_customer[customer] = (*self._by_customer.get(customer, ()), read)
            self._by_id[read.event.event_id] = read
            return True

    def post(self, event: Event, now: datetime) -> bool:
        """Read an event and hold it; return False when it was held before. Raises as ``read`` does."""
        return self.add(read_event(event), now)

    def of(self, customer_id: str) -> Sequence[ReadEvent]:
        """Return the events of a customer, as they were posted."""
        return self._by_customer.get(customer_id, ())

    def __len__(self) -> int:
        return len(self._by_id)

    @staticmethod
    def _holding(
        snapshot: Snapshot, read: Sequence[ReadEvent], now: datetime, skew: timedelta, refused: dict[str, str]
    ) -> Rebuilt:
        events = Events(snapshot, skew)
        since = [one for one in read if one.at > snapshot.at]
        for one in in_order(since):
            try:
                events.add(one, now)
            except SchemaError as error:
                refused[one.event.event_id] = str(error)
        return Rebuilt(events, len(read) - len(since), MappingProxyType(refused))

    def _is_repeat(self, read: ReadEvent) -> bool:
        held = self._by_id.get(read.event.event_id)
        if held is None:
            return False
        if not held.says_the_same(read):
            raise SchemaError(
                f"event.event_id: event {read.event.event_id} was posted before and said something else; "
                "expected an id of its own."
            )
        return True

    def _check(self, read: ReadEvent, now: datetime) -> None:
        event, snapshot = read.event, self.snapshot
        position = snapshot.find(event.customer_id)
        if position is None:
            raise event.refusal("customer_id", event.customer_id, "a customer of the snapshot")
        where = "at" if event.form.dated is None else f"row.{event.form.dated}"
        if read.at <= snapshot.at:
            raise event.refusal(
                where, _moment(read.at), f"a moment after {_moment(snapshot.at)}, up to which the snapshot knows all"
            )
        if read.at > (now + self.skew).timestamp():
            latest = (now + self.skew).astimezone(UTC).isoformat(timespec="seconds")
            raise event.refusal(where, _moment(read.at), f"no moment after {latest}, our clock and what it may differ")
        _CHECKS[event.kind](self, read, position)

    def _check_payment(self, read: ReadEvent, position: int) -> None:
        self._check_instalment(read, position)
        key = ("loan_id", "instalment_no", "paid_at")
        mine = [read.cells[name] for name in key]
        if any(mine == [one.cells[name] for name in key] for one in self._held(read, "payment")):
            raise read.event.refusal("row.paid_at", read.event.row["paid_at"], f"one row a ({', '.join(key)})")

    def _check_contact(self, read: ReadEvent, position: int) -> None:
        self._check_instalment(read, position)
        name = read.cells["reminder_id"]
        if self._sent_at(read, position, name) is not None:
            raise read.event.refusal("row.reminder_id", name, "one row a (customer_id, reminder_id)")

    def _check_outcome(self, read: ReadEvent, position: int) -> None:
        name = read.cells["reminder_id"]
        sent_at = self._sent_at(read, position, name)
        if sent_at is None:
            raise read.event.refusal("row.reminder_id", name, "a contact of the customer that was posted before")
        if read.at < sent_at:
            raise read.event.refusal("at", _moment(read.at), f"no moment before the contact, {_moment(sent_at)}")

    def _check_right(self, read: ReadEvent, position: int) -> None:
        """Accept whatever is valid by itself."""

    def _check_plan(self, read: ReadEvent, position: int) -> None:
        if read.cells["loan_id"] not in self.snapshot.loan_ids(position):
            raise read.event.refusal("row.loan_id", read.cells["loan_id"], "one of the customer's loans")

    def _check_instalment(self, read: ReadEvent, position: int) -> None:
        loan, number = read.cells["loan_id"], read.plain["instalment_no"]
        if not self.snapshot.has_instalment(position, loan, number):
            given = {name: read.event.row[name] for name in ("loan_id", "instalment_no")}
            raise read.event.refusal(
                "row.loan_id, instalment_no", tuple(given.values()), "an instalment of the customer's in the snapshot"
            )

    def _sent_at(self, read: ReadEvent, position: int, reminder_id: str) -> int | None:
        """Return when a contact of the customer was sent, None when there is none such."""
        for one in self._held(read, "contact"):
            if one.cells["reminder_id"] == reminder_id:
                return one.at
        return self.snapshot.at if reminder_id in self.snapshot.reminder_ids(position) else None

    def _held(self, read: ReadEvent, kind: str) -> list[ReadEvent]:
        return [one for one in self.of(read.event.customer_id) if one.event.kind == kind]


_CHECKS = {
    "payment": Events._check_payment,
    "contact": Events._check_contact,
    "outcome": Events._check_outcome,
    "right": Events._check_right,
    "plan": Events._check_plan,
}


def with_events(snapshot: Snapshot, customers: Sequence[str], events: Events | None = None) -> KeptBook:
    """Return the book of some customers alone, each once, with what was posted of them since the snapshot.

    Deciding on it equals deciding on a book that had these rows from the start, to the bit. Customers of whom nothing
    was posted are taken from the snapshot as they are.

    Raises
    ------
    SchemaError
        When a customer is not in the snapshot.
    """
    book = snapshot.book(customers)
    if events is None:
        return book
    posted = {k: own for k, name in enumerate(book.ledger.ids) if (own := events.of(name))}
    return applied(book, posted) if posted else book


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
