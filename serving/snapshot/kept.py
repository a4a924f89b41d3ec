"""Customers by id as the service holds them: the snapshot, and what was posted since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from serving.snapshot.events import Events, with_events
from serving.snapshot.kept_book import KeptBook
from serving.snapshot.snapshot import Snapshot


@dataclass(frozen=True)
class Kept:
    """A snapshot with its events, which grow while it serves."""

    snapshot: Snapshot
    events: Events

    def __contains__(self, customer_id: object) -> bool:
        return customer_id in self.snapshot

    def book(self, customers: Sequence[str]) -> KeptBook:
        """Return the book of some customers alone as it is now, see ``with_events``."""
        return with_events(self.snapshot, customers, self.events)
