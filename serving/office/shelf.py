"""The snapshot in service with what was posted to it: opened from a folder, rebuilt from the journal, renewed."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import msgspec

from features.errors import SchemaError
from serving.journal import Journal
from serving.snapshot import Event, Events, Letter, Manifest, Snapshot, write_snapshot
from serving.snapshot.events import SKEW
from serving.snapshot.kept import Kept
from serving.snapshot.manifest import MANIFEST
from serving.snapshot.reading import ReadEvent, read_events

POSTED = "posted:"
"""What the journal's key of an event begins with, before its event_id."""

_PERSON = "person:"
_START = datetime.min.replace(tzinfo=UTC)
_EVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Up to when events may lie that the journal has: they were found fit when they came, whatever the clock says now."""

_AT_A_TIME, _PAUSE = 1_000, 0.05
"""How many events are read at a stroke once the service answers, about 50 ms, and seconds between two strokes."""


@dataclass
class Shelf:
    """What is known of customers who send no records.

    Parameters
    ----------
    folder
        A snapshot's, or a book's, of which a snapshot is made for as long as the service runs; None: nobody is known.

    Attributes
    ----------
    kept
        The snapshot and its events.
    persons
        Since which day who wants a person, by customer_id, also those of no snapshot.
    posting
        Held while something is written to the journal and then to ``kept``.
    latest
        The newest moment at which something was written to the journal by the clock of a service; one before it was
        set back.
    """

    folder: Path | None
    kept: Kept | None = None
    persons: dict[str, date] = field(default_factory=dict)
    latest: datetime = _START
    posting: Lock = field(default_factory=Lock)
    _made: TemporaryDirectory[str] | None = None
    _read_to: int = 0

    @property
    def is_nightly(self) -> bool:
        """Whether the folder is a snapshot's and no book's."""
        return self.folder is not None and (self.folder / MANIFEST).exists()

    @property
    def taken_at(self) -> datetime | None:
        """Up to when the snapshot knows all."""
        return None if self.kept is None else self.kept.snapshot.as_of.to_pydatetime(warn=False)

    def open(self) -> None:
        """Open the folder's snapshot, without what was posted.

        Raises
        ------
        DuewiseError
            When it cannot be read.
        """
        if self.folder is None or self.kept is not None:
            return
        opened = Snapshot.open(self.folder if self.is_nightly else self._of_book(self.folder))
        self.kept = Kept(opened, Events(opened))

    def rebuild(self, journal: Journal, snapshot: Snapshot | None = None) -> None:
        """Hold again what the journal says was posted, to ``snapshot`` or to the one there is; hold ``posting``.

        What was taken then is taken now, also by a clock that was set back since.
        """
        read_to = journal.head().seq
        asked = list(_person_events(journal.posted("person_request")))
        lifted = _lifted(journal, {event.customer_id for _, event in asked})
        held = [(at, event) for at, event in asked if at.timestamp() > lifted.get(event.customer_id, 0)]
        self.persons |= {event.customer_id: at.date() for at, event in sorted(held, key=_moment)}
        snapshot = snapshot or (None if self.kept is None else self.kept.snapshot)
        if snapshot is not None:
            letters = chain(_letters(journal, snapshot), (Letter.of(since(event, snapshot)) for _, event in held))
            self.kept = Kept(snapshot, Events.unread(snapshot, letters, _EVER))
        self._read_to, self.latest = read_to, max(self.latest, journal.latest() or _START)

    def settle(self, stopped: Callable[[], bool]) -> None:
        """Read what nobody asked about yet, a little at a time, so that requests are answered in between."""
        while self.kept is not None and not stopped() and self.kept.events.settle_some(_AT_A_TIME):
            time.sleep(_PAUSE)

    def follow(self, journal: Journal) -> None:
        """Hold what other processes posted since the journal was last read; hold ``posting``."""
        head = journal.head().seq
        if head == self._read_to:
            return
        for record in journal.records("event", self._read_to):
            if record.entry.key.startswith(POSTED):
                self._hold(event_of(record.entry.payload))
        requests = ((r.entry.key, None, r.entry.payload) for r in journal.person_requests(self._read_to))
        for at, event in _person_events(requests):
            self.hold_person(event, at)
        self._read_to, self.latest = head, max(self.latest, journal.latest() or _START)

    def hold_person(self, event: Event, at: datetime) -> None:
        """Hold that a customer, of the snapshot or of none, asked for a person at a moment; hold ``posting``."""
        self.persons[event.customer_id] = at.date()
        if self.kept is not None and event.customer_id in self.kept:
            own = since(event, self.kept.snapshot)
            self._hold(own)

    def _hold(self, event: Event) -> None:
        if self.kept is None:
            return
        try:
            self.kept.events.post(event, _EVER)
        except SchemaError as error:
            self.kept.events.set_aside[event.event_id] = str(error)
        if lifts(event):
            self.persons.pop(event.customer_id, None)

    def behind(self, now: datetime) -> float:
        """Return by how many seconds a clock is behind the newest event of the journal, 0 when it is not."""
        return max(0.0, (self.latest - now).total_seconds())

    def is_stale(self) -> bool:
        """Tell whether the folder holds another snapshot by now."""
        if self.kept is None or self.folder is None or not self.is_nightly:
            return False
        return Manifest.folder_named_in(self.folder) not in (None, self.kept.snapshot.version)

    def renew(self, journal: Journal) -> None:
        """Put the folder's snapshot of now in place of the one there is; hold ``posting``.

        Raises
        ------
        DuewiseError
            When it, or the journal, cannot be read.
        """
        if self.folder is not None:
            self.rebuild(journal, Snapshot.open(self.folder))

    def _of_book(self, folder: Path) -> Path:
        self._made = TemporaryDirectory(prefix="duewise-")
        return write_snapshot(folder, Path(self._made.name) / "snapshot").folder


def lifts(event: Event) -> bool:
    """Tell whether an event says that a customer wants no person any more."""
    return event.kind == "right" and event.row.get("person_asked_on", ...) is None


def event_of(payload: bytes) -> Event:
    """Return the event that a journal's entry keeps."""
    return Event.of(msgspec.json.decode(payload))


def person_event(request_id: str, customer_id: str, at: datetime) -> Event:
    """Return a request for a person as the event of a right."""
    told: dict[str, Any] = {"person_asked_on": at.date().isoformat()}
    return Event(f"{_PERSON}{request_id}", "right", customer_id, told, at.isoformat())


def since(event: Event, snapshot: Snapshot) -> Event:
    """Return a request for a person as made after the snapshot, which need not have it; any other event as it is."""
    if not event.event_id.startswith(_PERSON) or datetime.fromisoformat(event.at) > snapshot.as_of:
        return event
    at = snapshot.as_of.to_pydatetime(warn=False) + timedelta(seconds=1)
    return Event(event.event_id, event.kind, event.customer_id, event.row, at.isoformat())


def _letters(journal: Journal, snapshot: Snapshot) -> Iterator[Letter]:
    """Yield what was posted that a snapshot may not have: nothing lies further in the future than it was taken with."""
    since_when = snapshot.as_of.to_pydatetime(warn=False) - SKEW
    for key, customer, content in journal.posted("event", since_when):
        if customer is not None and key.startswith(POSTED):
            yield Letter(key.removeprefix(POSTED), customer, content)


def _person_events(requests: Iterable[tuple[str, str | None, bytes]]) -> Iterator[tuple[datetime, Event]]:
    for key, _, content in requests:
        told = msgspec.json.decode(content)
        at = datetime.fromisoformat(told["at"])
        yield at, person_event(key, told["customer_id"], at)


def _moment(asked: tuple[datetime, Event]) -> datetime:
    return asked[0]


def _lifted(journal: Journal, customers: Collection[str]) -> dict[str, int]:
    """Return when customers last said that they want no person any more, in seconds since 1970 UTC."""
    records = journal.of_customers("event", list(customers))
    events = [event_of(record.entry.payload) for record in records if record.entry.key.startswith(POSTED)]
    found: dict[str, int] = {}
    for read in read_events([event for event in events if lifts(event)]):
        if isinstance(read, ReadEvent):
            found[read.event.customer_id] = max(read.at, found.get(read.event.customer_id, 0))
    return found
