"""What the bank posted since a snapshot, by customer, in memory: payments, contacts and their outcomes, rights, plans.

An event is known by its id: posted again it changes nothing. The journal keeps them; here they are rebuilt from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from threading import RLock
from types import MappingProxyType
from typing import NamedTuple

from features.errors import SchemaError
from serving.snapshot.applying import applied, in_order
from serving.snapshot.event import Event
from serving.snapshot.kept_book import KeptBook
from serving.snapshot.reading import ReadEvent, read_event, read_events
from serving.snapshot.snapshot import Snapshot
from serving.snapshot.unread import Letter, Unread

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

    Attributes
    ----------
    set_aside
        Why events that were posted before do not fit any more, by event_id, of those that were read.
    """

    def __init__(self, snapshot: Snapshot, skew: timedelta = SKEW) -> None:
        self.snapshot = snapshot
        self.skew = skew
        self.set_aside: dict[str, str] = {}
        self._by_id: dict[str, ReadEvent] = {}
        self._by_customer: dict[str, tuple[ReadEvent, ...]] = {}
        self._unread, self._unread_at = Unread(), datetime.min
        self._lock = RLock()

    @classmethod
    def rebuilt(cls, snapshot: Snapshot, events: Iterable[Event], now: datetime, skew: timedelta = SKEW) -> Rebuilt:
        """Hold events that were posted before, in any order; one that does not fit any more is set aside."""
        sent = list(events)
        read = read_events(sent)
        refused = {e.event_id: str(r) for e, r in zip(sent, read, strict=True) if isinstance(r, SchemaError)}
        return cls._holding(snapshot, [r for r in read if isinstance(r, ReadEvent)], now, skew, refused)

    @classmethod
    def unread(cls, snapshot: Snapshot, letters: Iterable[Letter], now: datetime, skew: timedelta = SKEW) -> Events:
        """Hold events that were posted before, each customer's to be read when they are asked about.

        What is told of a customer is the same as after ``rebuilt``, whoever is asked about first.
        """
        events = Events(snapshot, skew)
        events._unread, events._unread_at = Unread(letters), now
        return events

    def settle(self, customers: Iterable[str]) -> None:
        """Read what waits of some customers."""
        waiting = [name for name in customers if name in self._unread]
        if not waiting:
            return
        with self._lock:
            letters = self._unread.of(waiting)
            self._hold_letters(letters)
            self._unread.drop(letters)

    def settle_some(self, events: int) -> bool:
        """Read about so many of those that wait; return False when nothing waits any more."""
        with self._lock:
            self.settle(self._unread.some(events))
            return len(self._unread) > 0

    def moved(self, snapshot: Snapshot, now: datetime) -> Rebuilt:
        """Return the events that a newer snapshot does not cover, as posted to it."""
        self.settle(self._unread.some(len(self._unread)))
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
        self._settle_beside(read)
        if not self._is_repeat(read):
            self._check(read, now)
        return read

    def add(self, read: ReadEvent, now: datetime) -> bool:
        """Hold an event that was read; return False when it was held before. Raises as ``read`` does."""
        with self._lock:
            self._settle_beside(read)
            return self._hold(read, now)

    def post(self, event: Event, now: datetime) -> bool:
        """Read an event and hold it; return False when it was held before. Raises as ``read`` does."""
        return self.add(read_event(event), now)

    def of(self, customer_id: str) -> Sequence[ReadEvent]:
        """Return the events of a customer, as they were posted."""
        self.settle((customer_id,))
        return self._by_customer.get(customer_id, ())

    def __len__(self) -> int:
        return len(self._by_id) + len(self._unread)

    def _hold(self, read: ReadEvent, now: datetime) -> bool:
        if self._is_repeat(read):
            return False
        self._check(read, now)
        customer = read.event.customer_id
        self._by_customer[customer] = (*self._by_customer.get(customer, ()), read)
        self._by_id[read.event.event_id] = read
        return True

    def _hold_letters(self, letters: Sequence[Letter]) -> None:
        sent = []
        for letter in letters:
            try:
                sent.append(letter.event())
            except SchemaError as error:
                self.set_aside[letter.event_id] = str(error)
        read = read_events(sent)
        self.set_aside |= {e.event_id: str(r) for e, r in zip(sent, read, strict=True) if isinstance(r, SchemaError)}
        self._hold_since([r for r in read if isinstance(r, ReadEvent)], self._unread_at)

    def _hold_since(self, read: Sequence[ReadEvent], now: datetime) -> int:
        """Hold what the snapshot does not cover; return of how many it does."""
        since = [one for one in read if one.at > self.snapshot.at]
        for one in in_order(since):
            try:
                self._hold(one, now)
            except SchemaError as error:
                self.set_aside[one.event.event_id] = str(error)
        return len(read) - len(since)

    def _settle_beside(self, read: ReadEvent) -> None:
        """Read what waits that an event could repeat, or must fit."""
        owner = self._unread.owner(read.event.event_id)
        self.settle((read.event.customer_id,) if owner is None else (read.event.customer_id, owner))

    @staticmethod
    def _holding(
        snapshot: Snapshot, read: Sequence[ReadEvent], now: datetime, skew: timedelta, refused: dict[str, str]
    ) -> Rebuilt:
        events = Events(snapshot, skew)
        events.set_aside |= refused
        covered = events._hold_since(read, now)
        return Rebuilt(events, covered, MappingProxyType(events.set_aside))

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
        return [one for one in self._by_customer.get(read.event.customer_id, ()) if one.event.kind == kind]


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
    events.settle(customers)
    posted = {k: own for k, name in enumerate(book.ledger.ids) if (own := events.of(name))}
    return applied(book, posted) if posted else book


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
